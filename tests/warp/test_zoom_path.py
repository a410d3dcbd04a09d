"""The camera of a zoom: even, without a jolt, and at each keyframe on time."""

from __future__ import annotations

import cmath
import math

import numpy as np
import pytest

from lib_parallax.warp.similarity import Similarity
from lib_parallax.warp.zoom_path import Path, Step, from_pixels, step_of


def close(a: Similarity, b: Similarity, tolerance=1e-9):
    return abs(a.turn - b.turn) < tolerance and abs(a.shift - b.shift) < tolerance


def several(count=6, seed=3):
    rng = np.random.default_rng(seed)
    return [Step(complex(*rng.uniform(-0.4, 0.4, 2)), float(rng.uniform(-0.5, 0.5))) for _ in range(count)]


def velocity(path, step, t, h=1e-5):
    """As the camera sees it: the rates of scale and angle, and of the move in frame half widths."""
    a, b = path.camera(step, t), path.camera(step, t + h)
    rate = cmath.log(b.turn / a.turn) / h
    return rate, (b.shift - a.shift) / h / a.turn


def test_similarities_follow_and_undo_each_other():
    a, b, z = Similarity(2 + 1j, 3 - 2j), Similarity(0.3j, 1 + 1j), 0.7 - 0.2j
    assert (a @ b)(z) == pytest.approx(a(b(z)))
    assert a.inverse(a(z)) == pytest.approx(z)
    assert a.scale == pytest.approx(math.sqrt(5))


def test_pixels_to_half_widths():
    assert from_pixels((200, 100))(0) == pytest.approx(-1 - 0.5j)
    assert from_pixels((200, 100))(200 + 100j) == pytest.approx(1 + 0.5j)


def test_a_step_from_shares_and_degrees():
    step = step_of((0.75, 0.25), 90.0, 0.5)
    assert step.centre == pytest.approx(0.5 - 0.25j) and step.angle == pytest.approx(math.pi / 2)


@pytest.mark.parametrize("step", [Step(), Step(0.3 - 0.2j), Step(0, 0.4), Step(-0.2 + 0.1j, -1.2)])
def test_a_camera_that_always_moves_alike_has_one_velocity(step):
    path = Path([step] * 4, 2.0)
    halves = path.camera(1, 0.5)
    assert close(halves @ halves, step.inward(2.0))
    rates = [velocity(path, i, t) for i in range(4) for t in (0.0, 0.3, 0.7, 0.99)]
    for rate, drift in rates:
        assert rate == pytest.approx(complex(math.log(2), -step.angle), abs=1e-4)
        assert drift == pytest.approx(rates[0][1], abs=1e-4)


def test_each_keyframe_is_met_exactly():
    steps = several()
    path = Path(steps, 1.7)
    for i, step in enumerate(steps):
        assert close(path.camera(i, 0.0), Similarity())
        assert close(path.camera(i, 1.0), step.inward(1.7))
        assert close(path.camera(i, 1 - 1e-9), step.inward(1.7), 1e-7)


def test_the_scale_is_even_whatever_the_camera_does_besides():
    path = Path(several(), 3.0)
    for i in range(6):
        for t in np.linspace(0, 1, 11):
            assert path.camera(i, float(t)).scale == pytest.approx(3.0**t, rel=1e-12)


@pytest.mark.parametrize("closed", [False, True])
def test_no_jolt_where_steps_meet(closed):
    path = Path(several(), 2.0, closed)
    for i in range(6 if closed else 5):
        before, after = velocity(path, i, 1 - 2e-5), velocity(path, (i + 1) % 6, 0.0)
        assert before[0] == pytest.approx(after[0], abs=2e-3)
        assert before[1] == pytest.approx(after[1], abs=2e-3)


def test_a_thousandth_step_is_as_exact_as_the_first():
    path = Path([Step(0.2, 0.3)] * 1000, 4.0)
    assert close(path.camera(999, 0.37), path.camera(0, 0.37), 1e-12)
