"""How fast layers slide: true to their distances, whatever their number; exactly along any direction."""

from __future__ import annotations

import math

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from lib_parallax.loops.scroll.motion import (
    PAINTERLY,
    SHORTEST,
    Motion,
    extent,
    looped,
    speeds_of,
    toward,
)

ANGLES = (0, 37, 90, 143, 180, 225.5, 270, 359)


@pytest.mark.parametrize(("angle", "way"), [(0, (1, 0)), (90, (0, -1)), (180, (-1, 0)), (270, (0, 1))])
def test_quarters_are_exact(angle, way):
    assert toward(angle) == way and toward(angle + 720) == way and toward(angle - 360) == way


@pytest.mark.parametrize(("one", "same"), [(-90, 270), (725, 5), (-3600 + 37, 37), (450, 90)])
def test_any_angle_is_one_of_a_turn(one, same):
    assert toward(one) == pytest.approx(toward(same), abs=1e-12)


@given(st.floats(-3600, 3600))
def test_a_direction_is_a_unit_vector_with_y_down(angle):
    x, y = toward(angle)
    assert math.hypot(x, y) == pytest.approx(1)
    assert x == pytest.approx(math.cos(math.radians(angle)), abs=1e-9)
    assert y == pytest.approx(-math.sin(math.radians(angle)), abs=1e-9)


def test_extent_is_the_pictures_length_along_the_motion():
    assert extent((640, 360), toward(180)) == 640 and extent((640, 360), toward(90)) == 360
    assert extent((300, 300), toward(45)) == pytest.approx(300 * math.sqrt(2))


DISTANCES = st.lists(st.floats(0.01, 1e6), min_size=1, max_size=50)


@given(DISTANCES, st.floats(0.01, 1e4))
def test_speed_is_the_references_times_its_distance_over_the_layers(distances, reference):
    speeds = speeds_of(distances, reference, False, [1] * len(distances))
    near = min(distances)
    assert speeds == pytest.approx([reference * near / z for z in distances], rel=1e-9)


@given(DISTANCES)
def test_the_number_of_layers_changes_nothing(distances):
    near = min(distances)
    many = speeds_of([*distances, near], 80, False, [1] * (len(distances) + 1))
    for distance, speed in zip(distances, many, strict=False):
        assert speeds_of([distance, near], 80, False, [1, 1])[0] == pytest.approx(speed)


def test_twice_as_far_is_half_as_fast():
    one, other = speeds_of((70, 140), 32, False, (1, 1)), speeds_of((70, 280), 32, False, (1, 1))
    assert one == (32, 16) and other == (32, 8)


def test_gains_are_factors_of_each_speed():
    assert speeds_of((1, 2, 4), 40, False, (1, 0.5, 0)) == (40, 10, 0)


def test_painterly_speeds_by_nearness():
    assert speeds_of((7, 1, 2, 3), 100, True, [1] * 4) == pytest.approx([6, 100, 86, 35])
    assert speeds_of((5,), 100, True, [1]) == (100,)
    assert speeds_of((5, 2), 100, True, [1, 1]) == pytest.approx((6, 100))
    assert speeds_of((3, 3, 9), 100, True, [1] * 3) == pytest.approx((100, 100, 6))
    between = speeds_of(range(1, 8), 1, True, [1] * 7)
    assert between[::2] == pytest.approx(PAINTERLY) and list(between) == sorted(between, reverse=True)


@pytest.mark.parametrize("angle", ANGLES)
def test_travel_is_speed_times_time_after_many_steps(angle):
    motion = Motion(toward(angle), (37.3, 0.013, 0.0))
    for seconds in np.arange(1, 1001) * 4.9:
        for layer, speed in enumerate(motion.speeds):
            x, y = motion.window(layer, float(seconds))
            assert math.hypot(x, y) == pytest.approx(speed * seconds, abs=0.01)
            assert x * motion.toward[0] + y * motion.toward[1] == pytest.approx(-speed * seconds, abs=0.01)


# perfect loops


@pytest.mark.parametrize("angle", ANGLES)
@pytest.mark.parametrize("seconds", [3.0, 20.0, 400.0])
def test_a_loop_is_whole_laps_of_whole_pixels(angle, seconds):
    size = (320, 180)
    free = Motion(toward(angle), (41.7, 20.1, 3.3, 0.2, 0.0))
    motion = looped(free, size, seconds)
    for layer, (speed, period, laps) in enumerate(
        zip(motion.speeds, motion.periods, motion.laps, strict=True)
    ):
        if period is None:
            assert speed == 0 and laps == 0 and motion.window(layer, 7.0) == (0, 0)
            continue
        assert all(isinstance(side, int) for side in period) and laps >= 1
        assert motion.window(layer, seconds) == pytest.approx((laps * period[0], laps * period[1]), abs=1e-6)
        # never shorter than what is seen of it, and against the motion
        assert math.hypot(*period) >= SHORTEST * extent(size, free.toward) - 1
        along = -(period[0] * free.toward[0] + period[1] * free.toward[1])
        assert along == pytest.approx(math.hypot(*period), rel=1e-3)
    assert motion.laps[0] >= 1, "the fastest always moves"
    assert motion.laps[4] == 0


def test_a_loop_keeps_a_speed_that_fits_but_for_half_a_pixel_a_lap():
    motion = looped(Motion(toward(180), (40.0, 25.0)), (100, 60), 20.0)
    assert motion.laps == (6, 4)
    for speed, asked, laps in zip(motion.speeds, (40, 25), motion.laps, strict=True):
        assert abs(speed - asked) * 20 <= laps / 2


def test_a_slow_layer_goes_round_once_or_stands_still():
    size, seconds = (400, 200), 10.0
    shortest = SHORTEST * 400
    motion = looped(Motion((-1.0, 0.0), (60.0, 26.0, 24.0)), size, seconds)
    assert motion.laps == (1, 1, 0) and motion.speeds[1] == pytest.approx(shortest / seconds)


def test_strips_that_are_there_keep_their_rings():
    motion = looped(Motion((-1.0, 0.0), (100.0, 10.0)), (100, 50), 10.0, [(130, 0), None])
    assert motion.periods == ((130, 0), None) and motion.laps == (8, 0)
    assert motion.speeds == pytest.approx((104, 0))
