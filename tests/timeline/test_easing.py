"""Ways from key to key: easings by their formulas, splines as scipy has them, seconds as keys."""

from __future__ import annotations

import math
from fractions import Fraction

import numpy as np
import pytest
from scipy.interpolate import CubicSpline, PchipInterpolator

from lib_parallax.errors import OptionError
from lib_parallax.timeline import Schedule
from lib_parallax.timeline.easing import EASES, WAYS, ease


@pytest.mark.parametrize("name", EASES)
def test_every_easing_begins_at_0_and_ends_at_1(name):
    assert ease(name, 0.0) == pytest.approx(0, abs=1e-12) and ease(name, 1.0) == pytest.approx(1)
    assert ease(name, -3) == ease(name, 0) and ease(name, 7) == ease(name, 1)
    steps = np.diff([ease(name, u) for u in np.linspace(0, 1, 20001)])
    assert np.abs(steps).max() < 0.005  # no jumps


@pytest.mark.parametrize("name", [name for name in EASES if name.endswith("-in-out")])
def test_in_out_is_the_same_from_both_ends_and_made_of_in_and_out(name):
    stem = name.removesuffix("-in-out")
    for u in np.linspace(0, 1, 33):
        assert ease(name, u) + ease(name, 1 - u) == pytest.approx(1)
        assert ease(f"{stem}-in", u) + ease(f"{stem}-out", 1 - u) == pytest.approx(1)
        assert ease(name, u / 2) == pytest.approx(ease(f"{stem}-in", u) / 2)
        assert ease(stem, u) == ease(name, u)


@pytest.mark.parametrize(
    ("name", "half"),
    [("sine-in", 1 - math.sqrt(0.5)), ("quad-in", 0.25), ("cubic-out", 0.875), ("expo-in", 31 / 1023),
     ("back-in", 0.25 * (2.70158 / 2 - 1.70158)), ("bounce-out", 0.765625), ("linear", 0.5),
     ("elastic-in", -(2**-5) * math.sin(-5.75 * 2 * math.pi / 3))],
)  # fmt: skip
def test_easings_halfway(name, half):
    assert ease(name, 0.5) == pytest.approx(half)
    schedule = Schedule.parse(f"0:(10) {name}, 20:(20)")
    assert schedule.at(10) == pytest.approx(10 + 10 * half)
    assert (schedule.at(0), schedule.at(20), schedule.at(99)) == (pytest.approx(10), 20, 20)


def test_back_draws_back_by_a_tenth():
    assert min(ease("back-in", u) for u in np.linspace(0, 1, 1001)) == pytest.approx(-0.1, abs=1e-4)


def test_a_step_holds_until_the_next_key():
    schedule = Schedule.parse("0:(1) step, 10:(3), 20:(5)")
    assert [schedule.at(t) for t in (0, 9.99, 10, 15)] == [1, 1, 3, 4]


@pytest.mark.parametrize(("way", "known"), [("cubic", "natural"), ("pchip", None)])
def test_splines_go_through_all_keys_of_their_stretch(way, known):
    keys = {0: 1.0, 7: 4.0, 10: -2.0, 30: 0.5, 31: 0.6}
    text = ", ".join(f"{frame}:({value!r}) {way}" for frame, value in keys.items())
    schedule = Schedule.parse(text)
    curve = (
        CubicSpline(*zip(*keys.items(), strict=True), bc_type=known)
        if known
        else PchipInterpolator(*zip(*keys.items(), strict=True))
    )
    at = np.linspace(0, 31, 200)
    np.testing.assert_allclose(schedule.values(at), curve(at), atol=1e-12)
    np.testing.assert_allclose(
        Schedule.parse(f"{way}, {text.replace(' ' + way, '')}").values(at), curve(at), atol=1e-12
    )


def test_a_stretch_ends_where_another_way_begins():
    schedule = Schedule.parse("0:(0) cubic, 10:(5) cubic, 20:(0) linear, 30:(10) cubic, 40:(0)")
    first = CubicSpline([0, 10, 20], [0, 5, 0], bc_type="natural")
    assert schedule.at(4) == pytest.approx(float(first(4))) and schedule.at(16) == pytest.approx(
        float(first(16))
    )
    assert schedule.at(25) == 5
    assert schedule.at(35) == pytest.approx(5)  # of two keys alone: straight


def test_a_way_behind_an_expression_makes_a_number_of_it():
    schedule = Schedule.parse("0:(s+t) linear, 10:(t*t) step, 20:(0)", seed=6)
    assert [schedule.at(t) for t in (0, 5, 10, 19, 20)] == [6, 53, 100, 100, 0]
    assert Schedule.parse("0:(s+t), 10:(9)", seed=6).at(5) == 11


def test_a_way_for_all_leaves_expressions_alone():
    schedule = Schedule.parse("step, 0:(1), 10:(t), 20:(3) linear, 30:(4)")
    assert [schedule.at(t) for t in (9, 15, 25)] == [1, 15, 3.5]


@pytest.mark.parametrize(
    "text", ["0:(0)sine,9:(1)", "0: 0 sine , 9:1", "0:(0) SINE, 9:(1)", "'0':'0 sine', 9:(1)"]
)
def test_where_a_way_may_stand(text):
    assert Schedule.parse(text).at(3) == pytest.approx(0.25)


@pytest.mark.parametrize(
    ("text", "says", "character"),
    [("0:(1) sinus, 3:(2)", "'sinus' is not a way", 7), ("0:(1+) sine", "cannot be read", 6),
     ("0:sine", "'sine' is not a name", 3), ("sine, 0", "frame and a colon are missing", 7),
     ("1, 0:(3)", "frame and a colon are missing", 1), ("0:(foo) sine", "'foo' is not a name", 4),
     ("0:(1) sine linear", "cannot be read", 7)],
)  # fmt: skip
def test_refusals_of_ways_say_where(text, says, character):
    with pytest.raises(OptionError, match=f"at character {character}: ") as refused:
        Schedule.parse(text)
    assert says in str(refused.value)


@pytest.mark.parametrize("text", ["pchip", "pchip,", "step,,"])
def test_a_way_alone_is_no_schedule(text):
    with pytest.raises(OptionError, match=r"needed|missing"):
        Schedule.parse(text)


def test_splines_of_huge_numbers_are_numbers_or_refused():
    schedule = Schedule.parse("cubic, 0:(1e300), 1:(-1e300), 2:(1e300), 9:(0)")
    assert schedule.at(1) == pytest.approx(-1e300)
    with pytest.raises(OptionError, match=r"at frame 5\.5"):
        schedule.at(5.5)


# Seconds


def test_keys_in_seconds():
    schedule = Schedule.parse('0:(0), 1.5s:(3), "2 sec":(1), 100:(7)', fps=24)
    assert [key.frame for key in schedule.keys] == [0, 36, 48, 100]
    assert (schedule.at(18), schedule.at(36), schedule.at(42)) == (1.5, 3, 2)


def test_a_key_in_seconds_may_lie_between_two_frames():
    schedule = Schedule.parse("0:(0), 1s:(2997)", fps=Fraction(30000, 1001))
    assert schedule.at(15) == pytest.approx(1500, abs=0.01)
    assert schedule.at(30) == 2997


@pytest.mark.parametrize(
    ("text", "says"),
    [("1s:(1), 30:(2)", "two keys for frame 30"), ("-1s:(1)", "missing"), ("1e3s:(2)", "missing"),
     ("99999999999s:(1)", "no frame"), ("1.s.:(1)", "missing"), ("0:(1s)", "missing")],
)  # fmt: skip
def test_seconds_that_are_none(text, says):
    with pytest.raises(OptionError, match=says):
        Schedule.parse(text)


def test_all_ways_are_known():
    assert {"step", "linear", "cubic", "pchip", "sine", "sine-in", "cubic-in-out"} <= set(WAYS)
