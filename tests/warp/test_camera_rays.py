"""The camera of parallax: its formula, its turns, and what it refuses."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from lib_parallax.errors import OptionError
from lib_parallax.warp import Camera
from lib_parallax.warp.camera import BEHIND, STEP, STEPS, rays

small = st.floats(-1, 1)


def place(way, column, row, u):
    """Where a pixel's ray is over the picture, in pixels."""
    x, y, w = way.turn @ np.array([column, row, 1.0])
    gx, gy = x / max(w, BEHIND), y / max(w, BEHIND)
    (p, q, r, t), (p2, q2, r2, t2) = way.across, way.down
    return p * gx + q + u * (r * gx + t), p2 * gy + q2 + u * (r2 * gy + t2)


@given(
    offset=st.tuples(small, small), origin=st.tuples(small, small), center=st.tuples(small, small),
    height=st.floats(0, 0.9), steady=st.floats(0, 1), focus=st.floats(0, 1), zoom=st.floats(0.1, 2),
    isometric=st.floats(0, 1), dolly=st.floats(0, 20), share=st.floats(0, 1),
)  # fmt: skip
def test_rays_follow_the_formula(offset, origin, center, share, **others):
    camera = Camera(offset=offset, origin=origin, center=center, **others)
    wide, high = 64, 36
    u = share * camera.height
    way = rays(camera, (wide, high), (wide, high))
    s = (1 - u + camera.dolly) / (1 + camera.dolly)
    near = 1 - camera.focus * camera.height + camera.dolly
    scale = camera.isometric + (1 - camera.isometric) * (1 - u + camera.dolly) / near
    for column, row in ((0, 0), (63, 35), (20, 30)):
        g = ((2 * (column + 0.5) / wide - 1) * wide / high, 2 * (row + 0.5) / high - 1)
        expected = []
        for i in range(2):
            at = camera.zoom * g[i] * scale + offset[i] * (1 - s / (1 - camera.steady * camera.height))
            expected.append(at + origin[i] * (1 - s) + center[i] * s)
        x, y = (expected[0] * high / wide + 1) * wide / 2 - 0.5, (expected[1] + 1) * high / 2 - 0.5
        assert place(way, column, row, u) == pytest.approx((x, y), abs=1e-6)


def test_a_flat_picture_straight_on_is_itself():
    way = rays(Camera(height=0), (40, 30), (40, 30))
    assert place(way, 7, 11, 0.0) == pytest.approx((7, 11))


def test_no_step_is_longer_than_it_may_be():
    way = rays(Camera(offset=(0.4, 0.3), zoom=1.3, height=0.9), (80, 45), (3840, 2160))
    ends = [(c, r) for c in (0, 79) for r in (0, 44)]
    lengths = [np.hypot(*np.subtract(place(way, c, r, 0.9), place(way, c, r, 0.0))) for c, r in ends]
    assert max(lengths) / way.steps <= STEP and way.steps % STEPS == 0
    assert max(lengths) / (way.steps - STEPS) > STEP  # and no more of them than it takes
    assert rays(Camera(), (8, 8), (8, 8)).steps == STEPS


@pytest.mark.parametrize(
    ("turn", "column", "row", "across", "down"),
    [
        ({"pan": 5.0}, 50, 25, 1, 0),  # to the right: the middle of the frame shows what lies right
        ({"tilt": 5.0}, 50, 25, 0, -1),  # upwards
        ({"roll": 5.0}, 100, 25, 0, 1),  # clockwise: the frame's right edge sinks
    ],
)
def test_which_way_it_turns(turn, column, row, across, down):
    still = place(rays(Camera(height=0), (101, 51), (101, 51)), column, row, 0)
    moved = place(rays(Camera(height=0, **turn), (101, 51), (101, 51)), column, row, 0)
    assert np.sign(np.round(np.subtract(moved, still)[0], 0)) == across or across == 0
    assert np.sign(np.round(np.subtract(moved, still)[1], 6)) == down


def test_pan_is_a_pinhole_cameras():
    """Turned by half its field of view, the middle shows what the edge showed."""
    way = rays(Camera(height=0, tilt=-20, fov=40), (31, 31), (31, 31))
    _, y = place(way, 15, 15, 0)
    assert y == pytest.approx(30.5, abs=1e-6)


def test_past_the_horizon_rays_stay_finite():
    way = rays(Camera(pan=170, tilt=80), (20, 10), (20, 10))
    assert np.isfinite(place(way, 3, 4, 0.1)).all() and way.steps >= 1


@pytest.mark.parametrize(
    ("fields", "name"),
    [
        ({"offset": (0, float("nan"))}, "offset"), ({"offset": 3}, "offset"), ({"center": "ab"}, "center"),
        ({"height": -1}, "height"), ({"zoom": float("inf")}, "zoom"), ({"dolly": -1}, "dolly"),
        ({"steady": 2, "height": 0.5}, "steady"), ({"focus": 2, "height": 0.5}, "focus"),
        ({"outside": "tile"}, "outside"), ({"fov": 180}, "fov"), ({"pan": None}, "pan"),
    ],
)  # fmt: skip
def test_what_is_refused(fields, name):
    with pytest.raises(OptionError) as caught:
        Camera(**fields)
    assert caught.value.field == name and str(caught.value).startswith(name)


def test_numbers_of_any_kind_are_taken():
    camera = Camera(offset=[np.float32(0.5), 1], height=np.float64(0.25))
    assert camera.offset == (0.5, 1.0) and hash(camera) == hash(Camera(offset=(0.5, 1), height=0.25))
