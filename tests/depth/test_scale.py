"""Depth brought to 0..1: steady through what comes and goes, exact at cuts and after a resume."""

from __future__ import annotations

from fractions import Fraction

import numpy as np
import pytest

from lib_parallax.depth.scale import ROOM, steady_range, unit
from lib_parallax.types import Boundary, Depth, Frame

IMAGE = np.zeros((40, 60, 3), np.uint8)


def scene(near_from: int = 10**9, count: int = 80, scale: float = 3.0) -> list[np.ndarray]:
    """A slanted background 10..40 times `scale`; from a frame on, a thing twice as near."""
    background = np.linspace(10, 40, 40 * 60, dtype=np.float32).reshape(40, 60) * scale
    frames = []
    for t in range(count):
        values = background.copy()
        if t >= near_from:
            values[10:30, 20:40] = 80 * scale
        frames.append(values)
    return frames


def pairs(depths, cuts=(), boundaries=(), start=0, **known):
    out = []
    for i, values in enumerate(depths[start:], start):
        boundary = Boundary(i, i in cuts) if i in cuts or i in boundaries else None
        out.append((Frame(IMAGE, Fraction(i, 24), boundary=boundary), Depth(values, **known)))
    return out


def test_fills_the_range_and_keeps_the_order():
    _, depth = next(iter(steady_range(pairs(scene(count=1)))))
    assert depth.range == (0.0, 1.0) and depth.values.dtype == np.float32
    flat = depth.values.ravel()
    assert (np.diff(flat) > 0).all() and 0 <= flat[0] < ROOM and 1 - ROOM < flat[-1] <= 1


def test_a_near_thing_moves_the_background_little():
    out = [d.values for _, d in steady_range(pairs(scene(near_from=40, count=120)))]
    corner = np.array([v[0, 0] for v in out]), np.array([v[-1, -1] for v in out])
    # Scaled by its own extremes a frame would move the background's near end by 0.57 at once.
    assert np.abs(np.diff(corner[0])).max() < 0.01 and np.abs(np.diff(corner[1])).max() < 0.01
    assert out[45][20, 30] > out[45][-1, -1]


def test_a_cut_starts_afresh():
    one, two = scene(count=50), scene(count=50, scale=100.0)
    together = [d.values for _, d in steady_range(pairs(one + two, cuts=(0, 50)))]
    alone = [d.values for _, d in steady_range(pairs(two, cuts=(0,)))]
    for a, b in zip(together[50:], alone, strict=True):
        np.testing.assert_array_equal(a, b)


@pytest.mark.parametrize("at", [1, 24, 70])
def test_going_on_from_a_boundary_is_bit_identical(at):
    rng = np.random.default_rng(0)
    depths = [d + rng.normal(0, 3, d.shape).astype(np.float32) for d in scene(near_from=30)]
    whole = list(steady_range(pairs(depths, cuts=(0,), boundaries=(at,))))
    state = whole[at][0].boundary.state["scale"]
    rest = list(steady_range(pairs(depths, boundaries=(at,), start=at), state))
    assert rest[0][0].boundary.state["scale"] == state
    for (_, a), (_, b) in zip(whole[at:], rest, strict=True):
        np.testing.assert_array_equal(a.values, b.values)


def test_state_is_that_of_the_frame_handed_on():
    """The frames ahead are known, but what is stored belongs to the boundary frame itself."""
    depths = scene(near_from=50)
    short = list(steady_range(pairs(depths[:60], boundaries=(20,))))
    full = list(steady_range(pairs(depths, boundaries=(20,))))
    assert short[20][0].boundary.state == full[20][0].boundary.state


def test_holds_look_ahead_frames_and_no_more():
    taken = 0

    def source():
        nonlocal taken
        for pair in pairs(scene(count=60)):
            taken += 1
            yield pair

    for done, _ in enumerate(steady_range(source(), look_ahead=5)):
        assert taken - done <= 6


def test_depth_with_a_range_goes_straight_through():
    taken = []

    def source():
        for pair in pairs(scene(count=5), range=(0.0, 1.0)):
            taken.append(pair)
            yield pair

    for done, (frame, depth) in enumerate(steady_range(source()), 1):
        assert len(taken) == done and depth is taken[-1][1] and frame is taken[-1][0]


def test_another_known_range_is_brought_to_one():
    ((_, depth),) = steady_range(pairs([np.float32([[10, 15], [20, 25]])], range=(10.0, 20.0)))
    np.testing.assert_allclose(depth.values, [[0, 0.5], [1, 1]])
    assert depth.range == (0.0, 1.0)


def test_metric_kind_is_kept():
    ((_, depth),) = steady_range(pairs(scene(count=1), kind="metric"))
    assert depth.kind == "metric"


def test_flat_and_broken_depth_stays_finite():
    broken = scene(count=1)[0]
    broken[3, 4], broken[5, 6], broken[7, 8] = np.nan, np.inf, -np.inf
    depths = [np.full((40, 60), 7, np.float32), np.zeros((40, 60), np.float32), broken, broken * np.nan]
    for _, depth in steady_range(pairs(depths, cuts=range(4))):
        assert np.isfinite(depth.values).all() and depth.values.min() >= 0 and depth.values.max() <= 1


def test_unit_bends_what_lies_outside():
    values = unit(np.float32([-50, 0, 1, 2, 3]), 0, 1)
    assert (np.diff(values) >= 0).all() and values[0] >= 0 and values[-1] <= 1 and values[3] > values[2]
