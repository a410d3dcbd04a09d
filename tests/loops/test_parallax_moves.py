"""The camera's moves."""

from __future__ import annotations

import math
from itertools import pairwise

import pytest

from lib_parallax.errors import OptionError
from lib_parallax.loops.parallax.moves import MOVES, ONE_WAY, Course
from lib_parallax.options import ParallaxOptions, parse
from lib_parallax.options.parallax import MOVES as NAMES

FRAMES = 48


def course(**values):
    return Course.of(parse(ParallaxOptions, values), FRAMES, 24.0)


def path(**values):
    """What of the camera moves, frame by frame."""
    made = course(**values)
    return [_numbers(made.camera(n)) for n in range(FRAMES)]


def _numbers(camera):
    return (*camera.offset, camera.zoom, camera.dolly, camera.roll, camera.isometric, camera.focus)


def apart(a, b):
    return math.dist(a, b)


def test_every_move_has_its_name():
    assert set(MOVES) == set(NAMES) and set(ONE_WAY) <= set(NAMES)


@pytest.mark.parametrize("move", [move for move in NAMES if move != "still"])
def test_a_loop_closes(move):
    """From the last frame to the first it is no farther than between any two neighbours."""
    whole = path(move=move)
    steps = [apart(a, b) for a, b in pairwise(whole)]
    assert max(steps) > 0
    assert apart(whole[-1], whole[0]) <= max(steps) * 1.001


@pytest.mark.parametrize("move", ONE_WAY)
def test_one_way_from_end_to_end(move):
    whole = path(move=move, seamless=False, easing="linear")
    steps = [apart(a, b) for a, b in pairwise(whole)]
    assert max(steps) == pytest.approx(min(steps), rel=1e-6)
    backwards = path(move=move, seamless=False, easing="linear", reverse=True)
    assert backwards[0] == pytest.approx(whole[-1]) and backwards[-1] == pytest.approx(whole[0])


def test_intensity_and_amounts():
    assert path(move="circle", intensity=0) == path(move="still")
    assert max(n[0] for n in path(move="circle", amount_x=2)) == pytest.approx(1.2)
    assert max(n[0] for n in path(move="circle", amount_x=0)) == 0


def test_phase_and_loops():
    assert path(move="circle", phase=0.5)[0] == pytest.approx(path(move="circle")[FRAMES // 2])
    assert path(move="circle", loops=2)[6] == pytest.approx(path(move="circle")[12])


def test_schedules_are_added_to_the_move():
    made = course(move="horizontal", offset_x="0:(0), 47:(1)", zoom="0:(2)")
    assert made.camera(47).offset[0] == pytest.approx(1 + 0.6 * math.sin(2 * math.pi * 47 / 48))
    assert made.camera(0).zoom == 2
    assert course(move="orbital", isometric="0.9").camera(0).isometric == 0.9


def test_a_frame_at_which_there_can_be_no_camera_is_named():
    with pytest.raises(OptionError, match="frame 24") as caught:
        course(move="still", height="0.1/((t-24)*(t-24))").check()
    assert caught.value.field == "height"
