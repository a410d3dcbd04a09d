"""Shots: no false cuts on film, exactly the cuts of what was put together from several shots."""

from __future__ import annotations

import os
from fractions import Fraction
from pathlib import Path

import cv2
import numpy as np
import pytest

from lib_parallax.media.shots import mark_shots, place_change, thumbnail
from lib_parallax.types import Frame

RATE = 24


def scene(seed: int, count: int, speed: float = 3.0) -> list[np.ndarray]:
    """A camera sliding over a textured wall in the seed's own colours."""
    rng = np.random.default_rng(seed)
    wide = 160 + int(abs(speed) * count) + 2
    wall = sum(
        cv2.resize(rng.uniform(0, 1, (90 // c + 2, wide // c + 2, 3)).astype(np.float32), (wide, 90))
        for c in (30, 12, 5)
    )
    tint = rng.uniform(0.2, 1, 3)
    wall = (wall / 3 * 255 * tint).astype(np.uint8)
    return [np.ascontiguousarray(wall[:, int(speed * t) : int(speed * t) + 160]) for t in range(count)]


def clip(*pieces: list[np.ndarray], rate: int = RATE) -> list[Frame]:
    images = [image for piece in pieces for image in piece]
    return [Frame(image, Fraction(i, rate)) for i, image in enumerate(images)]


def cuts(frames: list[Frame], **options: object) -> list[int]:
    marked = list(mark_shots(frames, **options))
    assert [f.pts for f in marked] == [f.pts for f in frames]
    assert all(a.image is b.image for a, b in zip(marked, frames, strict=True))
    return [f.boundary.index for f in marked if f.boundary and f.boundary.cut]


def fade(image: np.ndarray, gain: float) -> np.ndarray:
    return np.rint(image * gain).astype(np.uint8)


def test_one_frame_and_none():
    assert cuts(clip(scene(0, 1))) == [0]
    assert list(mark_shots([])) == []


def test_exactly_the_cuts_of_a_concatenation():
    assert cuts(clip(scene(1, 12), scene(2, 9), scene(3, 20), scene(4, 5))) == [0, 12, 21, 41]


def test_cuts_in_deep_colour():
    frames = [Frame(f.image.astype(np.uint16) * 257, f.pts) for f in clip(scene(1, 8), scene(2, 8))]
    assert cuts(frames) == [0, 8]


def test_a_cut_between_two_views_of_one_room():
    room = scene(5, 1)[0]
    left, right = (cv2.resize(room[:, x : x + 80], (160, 90)) for x in (0, 80))
    moving_left = [np.roll(left, t, 1) for t in range(10)]
    moving_right = [np.roll(right, t, 1) for t in range(10)]
    assert cuts(clip(moving_left, moving_right)) == [0, 10]


def test_shots_of_one_frame_at_both_ends():
    assert cuts(clip(scene(1, 1), scene(2, 6), scene(3, 1))) == [0, 1, 7]


@pytest.mark.parametrize("length", [1, 2])
def test_a_flash_is_no_cut(length):
    images = scene(6, 24)
    for i in range(10, 10 + length):
        images[i] = np.full_like(images[i], 250)
    assert cuts(clip(images)) == [0]


def test_a_lamp_switched_on_is_no_cut():
    images = scene(7, 20)
    images[:10] = [fade(i, 0.35) for i in images[:10]]
    assert cuts(clip(images)) == [0]


@pytest.mark.parametrize("length", [6, 12, 24])
def test_fades_are_no_cuts(length):
    images = scene(8, 3 * length)
    gains = [*np.linspace(1, 0, length), *[0] * length, *np.linspace(0, 1, length)]
    assert cuts(clip([fade(i, g) for i, g in zip(images, gains, strict=True)])) == [0]


def test_a_dissolve_is_no_cut():
    a, b = scene(9, 12), scene(10, 12)
    mixed = [cv2.addWeighted(x, 1 - t, y, t, 0) for x, y, t in zip(a, b, np.linspace(0, 1, 12), strict=True)]
    assert cuts(clip([a[0]] * 6, mixed, [b[-1]] * 6)) == [0]


@pytest.mark.parametrize("speed", [8, 25])
def test_a_fast_pan_is_no_cut(speed):
    assert cuts(clip(scene(11, 30, speed))) == [0]


def test_confirm_sees_the_neighbours_and_may_veto():
    frames = clip(scene(1, 6), scene(2, 6), scene(3, 6))
    asked = []

    def confirm(a, b):
        asked.append((a, b))
        return len(asked) == 1

    assert cuts(frames, confirm=confirm) == [0, 12]
    assert asked[0][0] is frames[5].image and asked[0][1] is frames[6].image


def test_segments_by_timestamp():
    frames = [Frame(f.image, Fraction(i * i, 20)) for i, f in enumerate(clip(scene(1, 20)))]
    marked = list(mark_shots(frames, segment_seconds=2))
    found = [(f.boundary.index, f.boundary.cut) for f in marked if f.boundary]
    expected, last = [(0, True)], Fraction(0)
    for i, f in enumerate(frames):
        if f.pts - last >= 2:
            expected.append((i, False))
            last = f.pts
    assert found == expected and len(expected) > 5


def test_a_cut_starts_the_segment_clock_anew_and_its_state_is_empty():
    marked = list(mark_shots(clip(scene(1, 30), scene(2, 40)), segment_seconds=1))
    boundaries = [f.boundary for f in marked if f.boundary]
    assert [(b.index, b.cut) for b in boundaries] == [(0, True), (24, False), (30, True), (54, False)]
    assert all(b.state == {} for b in boundaries if b.cut)


def test_going_on_from_a_boundary_marks_the_same():
    images = scene(6, 30)
    images[25] = np.full_like(images[25], 250)  # a flash one frame after the boundary at 24
    frames = clip(images, scene(2, 20))
    whole = [f.boundary for f in mark_shots(frames, segment_seconds=1) if f.boundary]
    for start in whole:
        rest = mark_shots(frames[start.index :], segment_seconds=1, start=start)
        marks = [f.boundary for f in rest if f.boundary]
        assert [(b.index, b.cut) for b in marks] == [
            (b.index, b.cut) for b in whole if b.index >= start.index
        ]


def test_holds_back_two_frames_only():
    taken = []

    def source():
        for frame in clip(scene(1, 40)):
            taken.append(frame)
            yield frame

    for done, _ in enumerate(mark_shots(source())):
        assert len(taken) - done <= 3


@pytest.mark.parametrize("size", [(1, 1), (8, 8), (3, 200), (641, 17)])
def test_any_size(size):
    rng = np.random.default_rng(0)
    images = [rng.integers(0, 255, (size[1], size[0], 3), dtype=np.uint8)] * 4
    assert cuts(clip(images)) == [0]


def test_place_change_ignores_brightness_and_contrast():
    a = thumbnail(scene(1, 1)[0])
    assert place_change(a, fade(a, 0.5)) < 0.05
    assert place_change(a, thumbnail(scene(2, 1)[0])) > 0.5
    black = np.zeros_like(a)
    assert place_change(black, black) == 0


def real_clip(name: str, every: int = 1) -> list[np.ndarray]:
    folder = os.environ.get("PARALLAX_TEST_DATA")
    if not folder:
        pytest.skip("PARALLAX_TEST_DATA is not set")
    av = pytest.importorskip("av")
    with av.open(str(Path(folder) / "clips" / name)) as container:
        pictures = (f.to_ndarray(format="rgb24") for f in container.decode(video=0))
        return [cv2.resize(p, (96, 96), interpolation=cv2.INTER_AREA) for p in pictures][::every]


@pytest.mark.parametrize("name", ["tokyo-walk.mp4", "dog.mp4", "boxer.mp4"])
def test_no_false_cuts_on_film(name):
    assert cuts(clip(real_clip(name))) == [0]


def test_exactly_the_cuts_of_films_put_together():
    tokyo, dog, boxer = (real_clip(n) for n in ("tokyo-walk.mp4", "dog.mp4", "boxer.mp4"))
    together = clip(boxer, dog[:30], tokyo[:25], boxer[5:20], tokyo[100:120], dog[200:])
    assert cuts(together) == [0, 32, 62, 87, 102, 122]
