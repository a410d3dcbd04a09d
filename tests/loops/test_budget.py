"""From depth to disparity within the limits."""

from __future__ import annotations

from dataclasses import replace
from fractions import Fraction
from itertools import pairwise

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from lib_parallax.errors import OptionError
from lib_parallax.loops.budget import Budget, Limits, LimitsOver, salient_depth
from lib_parallax.options import StereoOptions, parse

FLAT = np.full((9, 16), 0.5, np.float32)


def line(depth=FLAT, pts=0, cut=True, **changes):
    limits = LimitsOver.of(replace(StereoOptions(), **changes)).at(0)
    return Budget().line(limits, depth, Fraction(pts), cut)


@given(
    strength=st.floats(0, 10),
    convergence=st.floats(0, 1),
    near_limit=st.floats(0, 10),
    far_limit=st.floats(0, 10),
)
def test_limits_hold_and_convergence_lies_on_the_screen(strength, convergence, near_limit, far_limit):
    gain, bias = line(strength=strength, convergence=convergence, near_limit=near_limit, far_limit=far_limit)
    near, far = gain + bias, bias
    assert 0 <= gain <= strength
    assert near <= near_limit + 1e-9 and -far <= far_limit + 1e-9
    assert gain * convergence + bias == pytest.approx(0, abs=1e-9)
    # nothing is taken back without a reason
    reached = near >= near_limit - 1e-9 or -far >= far_limit - 1e-9
    assert gain == pytest.approx(strength) or reached


@pytest.mark.parametrize(
    ("convergence", "expected"), [(0.0, (2.5, 0.0)), (1.0, (2.5, -2.5)), (0.5, (2.5, -1.25))]
)
def test_the_default_strength(convergence, expected):
    assert line(convergence=convergence) == pytest.approx(expected)


def test_a_limit_scales_everything_evenly():
    gain, bias = line(convergence=0.5, strength=4.0, near_limit=1.0)
    assert (gain, bias) == pytest.approx((2.0, -1.0))


def test_convergence_does_not_depend_on_the_frames_extremes():
    depth = np.full((90, 160), 0.4, np.float32)
    spiked = depth.copy()
    spiked[0, 0], spiked[-1, -1] = 0.0, 1.0
    assert line(depth) == line(spiked)
    assert salient_depth(depth) == pytest.approx(0.4)


def test_what_is_looked_at_is_near_the_middle():
    depth = np.full((90, 160), 0.1, np.float32)
    depth[15:75, 35:125] = 0.8
    assert salient_depth(depth) == pytest.approx(0.8)
    aside = np.full((90, 160), 0.1, np.float32)
    aside[:30, :30] = 0.8
    assert salient_depth(aside) == pytest.approx(0.1)


@pytest.mark.parametrize("size", [(1, 1), (1, 50), (50, 1), (2, 3)])
def test_salient_depth_of_tiny_pictures(size):
    assert salient_depth(np.full(size, 0.3, np.float32)) == pytest.approx(0.3)


def test_convergence_follows_slowly_and_jumps_at_a_cut():
    near, far = np.full((9, 16), 0.9, np.float32), np.full((9, 16), 0.1, np.float32)
    budget = Budget()

    def converged(depth, seconds, cut=False):
        gain, bias = budget.line(Limits(), depth, Fraction(seconds), cut)
        return -bias / gain

    assert converged(far, 0, True) == pytest.approx(0.1)
    steps = [converged(near, Fraction(n, 10)) for n in range(1, 11)]
    assert all(0 < b - a < 0.08 for a, b in pairwise(steps))
    assert 0.3 < steps[-1] < 0.7
    assert converged(far, 2, True) == pytest.approx(0.1)
    # a second is a second at any rate
    other = Budget()
    other.line(Limits(), far, Fraction(0), True)
    for n in range(1, 101):
        gain, bias = other.line(Limits(), near, Fraction(n, 100), False)
    assert -bias / gain == pytest.approx(steps[-1], abs=0.02)


def test_state_goes_on_as_if_nothing_had_happened():
    rng = np.random.default_rng(0)
    depths = [rng.random((9, 16)).astype(np.float32) for _ in range(8)]
    whole = Budget()
    lines = [whole.line(Limits(), d, Fraction(i, 7), i == 0) for i, d in enumerate(depths[:4])]
    again = Budget()
    again.restore(whole.state())
    for n, depth in enumerate(depths[4:], 4):
        two = [budget.line(Limits(), depth, Fraction(n, 7), False) for budget in (whole, again)]
        assert two[0] == two[1]
    assert len(set(lines)) > 1


def test_fixed_convergence_has_nothing_to_remember():
    budget, fixed = Budget(), Limits(convergence=0.25)
    first = budget.line(fixed, FLAT, Fraction(0), True)
    assert budget.line(fixed, FLAT * 2, Fraction(5), False) == first == pytest.approx((2.5, -0.625))
    again = Budget()
    again.restore(budget.state())
    assert again.line(Limits(), FLAT, Fraction(0), False) == pytest.approx((2.5, -1.25))


def test_limits_change_over_the_frames_within_their_range():
    options = parse(StereoOptions, {"strength": "0:(1), 10:(3)", "convergence": "where(t<5, 0, 1)"})
    over = LimitsOver.of(options, 11, 25)
    assert [over.at(frame)[:2] for frame in (0, 5, 10)] == [(1.0, 0.0), (2.0, 1.0), (3.0, 1.0)]
    assert not over.constant and LimitsOver.of(StereoOptions()).constant
    for name, text, said in (
        ("strength", "0:(1), 10:(21)", "strength: 11 at frame 5 is outside 0 to 10 % of width"),
        ("convergence", "t/5", "convergence: 1.2 at frame 6 is outside 0 to 1"),
        ("near_limit", "0:(1", "near_limit: the \\( is never closed"),
        ("far_limit", "1/(t-3)**2", "far_limit: .* frame 3"),
    ):
        with pytest.raises(OptionError, match=said) as refused:
            LimitsOver.of(parse(StereoOptions, {name: text}), 11, 25)
        assert refused.value.field == name
