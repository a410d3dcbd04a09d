"""Depth estimated on some frames and carried to the others."""

from __future__ import annotations

from fractions import Fraction

import numpy as np
import pytest

from lib_parallax import samples
from lib_parallax.depth.stream import paired
from lib_parallax.types import Boundary, Depth, Frame

SIZE = (480, 270)


class Exact:
    """Knows the depth of every picture, and which it was asked for."""

    name, note, flickers = "exact", "exact", False

    def __init__(self, clip):
        self.depths = {id(frame.image): depth for frame, depth in clip}
        self.asked = []

    def stream(self, frames):
        for frame in frames:
            self.asked.append(int(frame.pts * 25))
            yield Depth(self.depths[id(frame.image)], range=(0.0, 1.0))


@pytest.fixture(scope="module")
def clip():
    made = []
    for i in range(9):
        view = samples.street(SIZE, motion="pan", time=0.6 + i / 25, supersample=2).view(0.0)
        boundary = Boundary(0, True) if i == 0 else None
        made.append((Frame(view.image, Fraction(i, 25), boundary=boundary), view.depth))
    return made


def test_every_frame_has_its_own_depth_when_each_is_asked_for(clip):
    exact = Exact(clip)
    found = list(paired((f for f, _ in clip), exact))
    assert exact.asked == list(range(9))
    for (frame, depth), (source, truth) in zip(found, clip, strict=True):
        assert frame is source and np.array_equal(depth.values, truth)


def test_frames_between_keys_are_carried(clip):
    exact = Exact(clip)
    found = list(paired((f for f, _ in clip), exact, every=4))
    assert exact.asked == [0, 4, 8]
    assert [f.pts for f, _ in found] == [f.pts for f, _ in clip]
    for n, ((_, depth), (_, truth)) in enumerate(zip(found, clip, strict=True)):
        wrong = np.abs(depth.values - truth) > 0.05
        assert wrong.mean() == 0 if n in (0, 4, 8) else wrong.mean() < 0.04
    held = np.mean([np.abs(clip[0][1] - clip[2][1]) > 0.05])  # the key's depth left where it was
    assert np.mean(np.abs(found[2][1].values - clip[2][1]) > 0.05) < held / 2


def test_the_tail_after_the_last_key_is_carried_from_it_alone(clip):
    found = list(paired((f for f, _ in clip[:7]), Exact(clip), every=4))
    assert len(found) == 7
    assert np.mean(np.abs(found[6][1].values - clip[6][1]) > 0.05) < 0.06


def test_nothing_is_carried_across_a_cut(clip):
    frames = [
        Frame(f.image, f.pts, boundary=Boundary(5, True) if n == 5 else f.boundary)
        for n, (f, _) in enumerate(clip)
    ]
    exact = Exact(clip)
    together = list(paired(iter(frames), exact, every=4))
    assert exact.asked == [0, 4, 5]
    alone = list(paired(iter(frames[5:]), Exact(clip), every=4))
    for (_, a), (_, b) in zip(together[5:], alone, strict=True):
        np.testing.assert_array_equal(a.values, b.values)


def test_a_boundary_is_estimated_so_that_a_job_can_go_on_from_it(clip):
    frames = [
        Frame(f.image, f.pts, boundary=Boundary(6, False) if n == 6 else f.boundary)
        for n, (f, _) in enumerate(clip)
    ]
    exact = Exact(clip)
    whole = list(paired(iter(frames), exact, every=4))
    assert exact.asked == [0, 4, 6]
    rest = list(paired(iter(frames[6:]), Exact(clip), every=4))
    for (_, a), (_, b) in zip(whole[6:], rest, strict=True):
        np.testing.assert_array_equal(a.values, b.values)
