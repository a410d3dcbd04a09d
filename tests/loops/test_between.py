"""What is carried between two keys, over motions known exactly."""

from __future__ import annotations

import itertools

import cv2
import numpy as np
import pytest

from lib_parallax.errors import ParallaxError
from lib_parallax.flow.reach import Step
from lib_parallax.loops.animate.between import Blend, Further, carry

SIZE = (96, 128)  # height, width


def surface(seed, side=400, soft=2.0, colour=(128, 128, 128)):
    noise = np.random.default_rng(seed).normal(size=(side, side, 3)).astype(np.float32)
    noise = cv2.GaussianBlur(noise, (0, 0), soft)
    return np.clip(np.array(colour) + 40 * noise / noise.std(), 0, 255).astype(np.uint8)


def window(picture, x, y, size=SIZE):
    return picture[y : y + size[0], x : x + size[1]].copy()


def panning(picture, count, dx=3, dy=1):
    return [window(picture, 100 + dx * t, 100 + dy * t) for t in range(count)]


def pan_steps(count, dx=3, dy=1, size=SIZE):
    forth = np.broadcast_to(np.array([-dx, -dy], np.float32), (*size, 2)).copy()
    return [Step(forth, -forth)] * (count - 1)


def psnr(a, b, where=...):
    error = ((a.astype(float) - b) ** 2)[where].mean()
    return 10 * np.log10(255**2 / max(error, 1e-9))


def assert_exact(carried, frame):
    """All but the two corners that neither key shows is the painting itself."""
    assert carried.holes.mean() < 0.005
    assert np.array_equal(carried.image[~carried.holes], frame[~carried.holes])


def test_whole_pixels_come_exactly():
    source, painting = surface(1), surface(2)
    sources, truth, steps = panning(source, 4), panning(painting, 4), pan_steps(4)
    made = list(carry(sources, steps, truth[0], truth[3]))
    assert len(made) == 3
    for frame, carried in zip(truth, made, strict=False):
        assert_exact(carried, frame)
    one = list(carry(sources, steps, truth[0], None))
    assert len(one) == 4
    for t, carried in enumerate(one):
        inside = np.zeros(SIZE, bool)
        inside[: SIZE[0] - t, : SIZE[1] - 3 * t] = True
        assert np.array_equal(carried.holes, ~inside)
        assert np.array_equal(carried.image[inside], truth[t][inside])


def test_long_gaps_stay_exact_within_a_level():
    # what composing added up is looked for in the pictures every few steps, to fractions of a pixel
    sources, truth = panning(surface(1), 11, 2, 0), panning(surface(2), 11, 2, 0)
    made = list(carry(sources, pan_steps(11, 2, 0), truth[0], truth[10]))
    assert min(psnr(c.image, t) for c, t in zip(made, truth, strict=False)) > 40


def test_keys_come_back_as_they_are_and_once():
    sources, steps = panning(surface(1), 3), pan_steps(3)
    first, last = window(surface(2), 0, 0), window(surface(3), 0, 0)
    for how in (Blend(), Blend("gradients"), Blend(sharpen=1.0)):
        made = list(carry(sources, steps, first, last, how))
        assert len(made) == 2
        assert np.array_equal(made[0].image, first) and not made[0].holes.any()


def test_without_a_first_key_and_without_any():
    sources, truth, steps = panning(surface(1), 4), panning(surface(2), 4), pan_steps(4)
    made = list(carry(sources, steps, None, truth[3]))
    assert len(made) == 3
    for frame, carried in zip(truth, made, strict=False):
        assert carried.holes.any()
        assert np.array_equal(carried.image[~carried.holes], frame[~carried.holes])
    with pytest.raises(ParallaxError, match="no key"):
        list(carry(sources, steps, None, None))


def test_one_frame_alone():
    key = window(surface(2), 0, 0)
    (made,) = carry([window(surface(1), 0, 0)], [], key, None)
    assert np.array_equal(made.image, key)


def test_flow_may_be_smaller_than_the_pictures():
    source, painting = surface(1, soft=4.0), surface(2, soft=4.0)
    sources, truth = panning(source, 4, 4, 2), panning(painting, 4, 4, 2)
    steps = pan_steps(4, 2, 1, (48, 64))
    for carried, frame in zip(carry(sources, steps, truth[0], truth[3]), truth, strict=False):
        assert_exact(carried, frame)


@pytest.mark.parametrize("depth", [np.uint8, np.uint16])
def test_keys_have_a_size_of_their_own(depth):
    source, painting = surface(1, soft=4.0), surface(2, soft=4.0)
    sources = [frame.astype(depth) * (257 if depth == np.uint16 else 1) for frame in panning(source, 4, 2, 1)]
    truth = [window(painting, 100 + 4 * t, 100 + 2 * t, (192, 256)) for t in range(4)]
    for carried, frame in zip(carry(sources, pan_steps(4, 2, 1), truth[0], truth[3]), truth, strict=False):
        assert carried.holes.shape == (192, 256)
        assert_exact(carried, frame)


@pytest.mark.parametrize("fusion", ["blend", "gradients"])
def test_keys_that_differ_go_over_into_each_other_evenly(fusion):
    count, still = 9, window(surface(1), 0, 0)
    painting = [surface(2, colour=(120, 130, 100)), surface(3, colour=(140, 120, 110))]
    first, last = (window(p, 0, 0) for p in painting)
    steps = pan_steps(count, 0, 0)
    frames = [c.image for c in carry([still] * count, steps, first, last, Blend(fusion))] + [last]
    moves = [np.abs(b.astype(float) - a).mean() for a, b in itertools.pairwise(frames)]
    floor = np.abs(last.astype(float) - first).mean() / (count - 1)
    assert np.median(moves) < 1.5 * floor
    assert max(moves) < 1.3 * np.median(moves)
    assert moves[-1] < 1.2 * np.median(moves)
    sharp = [cv2.Laplacian(f.mean(2), cv2.CV_64F).var() for f in frames]
    assert min(sharp) > 0.9 * min(sharp[0], sharp[-1])


def crossing(count, back, front, painted_back, painted_front, speed=4):
    """A square that crosses a still background: source, painting, exact steps, and the square's place."""
    sources, truth, steps, inside = [], [], [], []
    for t in range(count):
        here = np.zeros(SIZE, bool)
        here[30:62, 10 + speed * t : 42 + speed * t] = True
        inside.append(here)
        for frames, ground, square in ((sources, back, front), (truth, painted_back, painted_front)):
            frame = window(ground, 0, 0)
            frame[here] = window(square, 0, 0, (32, 32)).reshape(-1, 3)
            frames.append(frame)
    for a, b in itertools.pairwise(inside):
        forth, back_ = np.zeros((*SIZE, 2), np.float32), np.zeros((*SIZE, 2), np.float32)
        forth[a], back_[b] = (speed, 0), (-speed, 0)
        steps.append(Step(forth, back_))
    return sources, truth, steps, inside


def test_an_object_hides_and_uncovers():
    sources, truth, steps, inside = crossing(6, surface(1), surface(2), surface(3), surface(4))
    for t, carried in enumerate(carry(sources, steps, truth[0], truth[5])):
        if t == 0:
            continue
        unseen = inside[0] & inside[5] & ~inside[t]
        assert (carried.holes & unseen).sum() >= 0.9 * unseen.sum()
        assert carried.holes.mean() < 0.04
        near = (
            cv2.dilate((cv2.Canny(inside[t].astype(np.uint8), 1, 1) > 0).astype(np.uint8), np.ones((5, 5)))
            > 0
        )
        whole = ~carried.holes & ~unseen & ~near
        assert psnr(carried.image, truth[t], whole) > 40


def test_further_keys_show_what_the_two_around_do_not():
    painting = surface(2)
    places = [0, 4, 8, 12, 16, 12, 8, 12, 16]  # a pan there, half the way back, and there again
    sources, truth = ([window(p, 100 + x, 100) for x in places] for p in (surface(1), painting))
    steps = []
    for a, b in itertools.pairwise(places):
        forth = np.zeros((*SIZE, 2), np.float32)
        forth[..., 0] = a - b
        steps.append(Step(forth, -forth))
    two = list(carry(sources[4:], steps[4:], truth[4], truth[8]))
    past = Further(truth[0], steps[:4], past=True)
    more = list(carry(sources[4:], steps[4:], truth[4], truth[8], further=[past]))
    assert two[2].holes.sum() >= 8 * SIZE[0] and more[2].holes.sum() < 20
    for carried, frame in zip(more, truth[4:], strict=False):
        assert psnr(carried.image, frame) > 38
    mirrored = [Step(s.back, s.forth) for s in steps[::-1]]
    future = Further(truth[0], mirrored[4:], past=False)
    turned = list(carry(sources[:3:-1], mirrored[:4], truth[8], truth[4], further=[future]))
    assert turned[2].holes.sum() < 20 and psnr(turned[2].image, truth[6]) > 38


def test_sharpening_is_asked_for():
    sources, steps = panning(surface(1), 3), pan_steps(3)
    key = window(surface(2), 100, 100)
    plain, sharper = (
        list(carry(sources, steps, key, None, Blend(sharpen=amount)))[2].image for amount in (0.0, 1.0)
    )
    energies = [cv2.Laplacian(f.mean(2), cv2.CV_64F).var() for f in (plain, sharper)]
    assert energies[1] > 1.5 * energies[0]


def test_nothing_adds_up_over_many_intervals():
    # each interval from its own two keys: the last is as near to its painting as the first
    painting, source = surface(2, 1200), surface(1, 1200)
    size, gap, count = (48, 64), 6, 80
    found = []
    for first in (0, gap * (count - 1)):
        places = [first * 2 + 2 * t for t in range(gap + 1)]
        sources, truth = ([window(p, x, 50, size) for x in places] for p in (source, painting))
        made = list(carry(sources, pan_steps(gap + 1, 2, 0, size), truth[0], truth[-1]))[3]
        found.append((psnr(made.image, truth[3]), made.image.mean() - truth[3].mean()))
    assert abs(found[0][1]) < 0.5 and abs(found[1][1]) < 0.5
    assert min(score for score, _ in found) > 40
