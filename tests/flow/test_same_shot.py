"""The motion check that a proposed cut has to pass."""

from __future__ import annotations

import os
from fractions import Fraction
from pathlib import Path

import cv2
import numpy as np
import pytest

from lib_parallax.flow import same_shot
from lib_parallax.flow.shots import lost_share
from lib_parallax.media import mark_shots
from lib_parallax.types import Frame


def picture(seed: int, width: int = 200) -> np.ndarray:
    rng = np.random.default_rng(seed)
    noise = rng.uniform(0, 255, (40, width // 3, 3)).astype(np.float32)
    return cv2.resize(noise, (width, 120), interpolation=cv2.INTER_CUBIC).clip(0, 255).astype(np.uint8)


def test_a_pan_is_one_shot_and_another_scene_is_not():
    wide = picture(0, 230)
    assert same_shot(wide[:, :200], wide[:, 9:209])
    assert not same_shot(picture(1), picture(2))


def test_deep_and_tiny_pictures():
    a = picture(3)
    assert same_shot(a.astype(np.uint16) * 257, a.astype(np.uint16) * 257)
    assert same_shot(a[:8, :8], a[:8, :8])


def test_film_frames_return_and_cuts_do_not():
    folder = os.environ.get("PARALLAX_TEST_DATA")
    if not folder:
        pytest.skip("PARALLAX_TEST_DATA is not set")
    av = pytest.importorskip("av")
    clips = []
    for name in ("tokyo-walk.mp4", "dog.mp4", "boxer.mp4"):
        with av.open(str(Path(folder) / "clips" / name)) as container:
            every = [
                f.to_ndarray(format="rgb24")
                for _, f in zip(range(32), container.decode(video=0), strict=False)
            ]
        clips.append([cv2.resize(f, (480, 480), interpolation=cv2.INTER_AREA) for f in every])
    for clip in clips:
        assert all(same_shot(clip[i], clip[i + 1]) for i in range(0, 31, 3))
    tokyo, dog, boxer = clips
    assert max(lost_share(tokyo[i], tokyo[i + 1]) for i in range(0, 30, 5)) < 0.05
    for a, b in ((tokyo, dog), (dog, boxer), (boxer, tokyo)):
        assert not any(same_shot(a[i], b[31 - i]) for i in range(0, 32, 6))


def test_confirms_the_cuts_that_mark_shots_proposes():
    def pan(seed: int) -> list[np.ndarray]:
        wide = picture(seed, 260)
        return [np.ascontiguousarray(wide[:, 4 * t : 4 * t + 200]) for t in range(12)]

    frames = [Frame(image, Fraction(i, 24)) for i, image in enumerate(pan(1) + pan(2))]
    marked = mark_shots(frames, confirm=same_shot)
    assert [f.boundary.index for f in marked if f.boundary] == [0, 12]
