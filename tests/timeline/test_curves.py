"""Curves lent to schedules, and schedules as an editor holds them."""

from __future__ import annotations

import json
import math
import re
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from lib_parallax.errors import OptionError
from lib_parallax.timeline import Curve, CurveKey, Schedule
from lib_parallax.timeline.curve import sample
from lib_parallax.timeline.easing import WAYS
from lib_parallax.timeline.fit import fit

LENT = {"audio.bass": np.array([0, 1, 0.5], np.float32), "audio.beats": [1, 0, 0]}


def test_a_curve_has_its_value_at_every_frame_and_holds_after():
    schedule = Schedule.parse("0:(1 + 2*audio.bass)", curves=LENT)
    assert [schedule.at(t) for t in (-1, 0, 0.5, 1, 2, 99)] == [1, 1, 2, 3, 2, 2]


def test_curves_mix_with_everything():
    schedule = Schedule.parse(
        "0:(audio.bass) linear, 1:(where(audio.beats > .5, t, max(audio.bass, .7)))", curves=LENT
    )
    assert [schedule.at(t) for t in (0, 0.5, 1, 2)] == [0, 0.5, 1, 0.7]


@pytest.mark.parametrize(
    ("text", "says", "character"),
    [("0:(audio.bas)", "there are audio.bass, audio.beats", 4), ("0:(1), audio.bass:(2)", "part of a key", 8),
     ("0:(audio)", "'audio' is not a name", 4), ("0:(audio.bass.real)", "only numbers", 4),
     ("0:(t.bass)", "only numbers", 4), ("0:(audio.bass(2))", "only a function", 4)],
)  # fmt: skip
def test_refusals_of_curves(text, says, character):
    with pytest.raises(OptionError, match=f"at character {character}: ") as refused:
        Schedule.parse(text, curves=LENT)
    assert says in str(refused.value)


def test_without_sound_there_is_no_curve():
    with pytest.raises(
        OptionError, match=r"'audio.bass' is not a curve; there is no sound here, at character 4"
    ):
        Schedule.parse("0:(audio.bass)")


@pytest.mark.parametrize(
    "lent",
    [{"bass": [1]}, {"audio.bass": []}, {"audio.bass": [[1.0]]}, {"audio.bass": [1, math.nan]},
     {"audio.b c": [1]}, {"audio.bass": "loud"}, {"a.b.c": [1]}],
)  # fmt: skip
def test_curves_that_are_none(lent):
    with pytest.raises(OptionError, match=r"^zoom: "):
        Schedule.parse("1", name="zoom", curves=lent)


# The editor's


TEXT = '0:(1.0), 30:(1.2*sin(t/10)), 1.5s:(2) sine-in, 90:((s)) step, "max_f-1":(-3.5)'
KNOWN = {"frames": 120, "seed": 4, "fps": 24}


def test_the_keys_of_a_text():
    assert Curve.parse(TEXT, **KNOWN).keys == (
        CurveKey(0, 1.0, "linear"),
        CurveKey(30, "1.2*sin(t/10)", ""),
        CurveKey(36, 2.0, "sine-in", "1.5s"),
        CurveKey(90, "(s)", "step"),
        CurveKey(118, -3.5, "linear", "max_f-1"),
    )


def test_there_and_back_again():
    curve = Curve.parse(TEXT, **KNOWN)
    assert curve.text == '0:(1), 30:(1.2*sin(t/10)), "1.5s":(2) sine-in, 90:((s)) step, "max_f-1":(-3.5)'
    assert Curve.parse(curve.text, **KNOWN) == curve
    assert Curve.from_json(json.loads(json.dumps(curve.to_json()))) == curve


@settings(max_examples=100, deadline=None)
@given(
    st.dictionaries(
        st.integers(0, 200),
        st.tuples(
            st.one_of(st.floats(-1e9, 1e9), st.sampled_from(["t*2", "sin(t)+(s)", "(t)-(s)", "max_f"])),
            st.sampled_from(WAYS),
        ),
        min_size=1,
        max_size=6,
    )
)
def test_text_and_json_say_the_same(keys):
    curve = Curve(tuple(CurveKey(float(frame), *keys[frame]) for frame in sorted(keys)))
    assert Curve.parse(curve.text, frames=201) == curve
    assert Curve.from_json(json.loads(json.dumps(curve.to_json()))) == curve


def test_editing():
    curve = Curve.parse("0:(1), 10:(2), 20:(3)")
    assert curve.with_key(CurveKey(15, 9.0, "step")).text == "0:(1), 10:(2), 15:(9) step, 20:(3)"
    assert curve.with_key(CurveKey(10, "t")).text == "0:(1), 10:(t), 20:(3)"
    assert curve.without(0).text == "10:(2), 20:(3)"
    with pytest.raises(OptionError, match="no key at frame 5"):
        curve.without(5)
    with pytest.raises(OptionError, match="no other key"):
        Curve.parse("1").without(0)


@pytest.mark.parametrize(
    ("content", "says"),
    [(None, "list of keys"), ([], "list of keys"), ({"keys": 3}, "list of keys"), ([3], "key 1 must have"),
     ([{"frame": 0}], "key 1 must have"), ([{"frame": 0, "value": 1, "colour": 2}], "key 1 must have"),
     ([{"frame": 0, "value": 1}, {"frame": -1, "value": 1}], "key 2: -1 is no frame"),
     ([{"frame": math.nan, "value": 1}], "no frame"), ([{"frame": True, "value": 1}], "no frame"),
     ([{"frame": 0, "value": None}], "neither a number"),
     ([{"frame": 0, "value": math.inf}], "neither a number"),
     ([{"frame": 0, "value": 1, "way": "fast"}], "'fast' is not a way"),
     ([{"frame": 0, "value": 1, "place": 3}], "3 is not text"),
     ([{"frame": 0, "value": 1}, {"frame": 0.2, "value": 1}], "two keys for frame 0")],
)  # fmt: skip
def test_json_that_is_no_curve(content, says):
    with pytest.raises(OptionError, match=says):
        Curve.from_json(content)


def test_the_json_of_the_page():
    page = (Path(__file__).parents[2] / "docs" / "timeline.md").read_text(encoding="utf-8")
    example = page.partition("## Keyframe editor")[2].partition("```json\n")[2].partition("```")[0]
    text = Curve.from_json(json.loads(example)).text
    assert text == '0:(1), 30:(1.2*sin(t/10)), "max_f-1":(0)'


def test_the_page_names_every_way():
    page = (Path(__file__).parents[2] / "docs" / "timeline.md").read_text(encoding="utf-8")
    assert [way for way in WAYS if not re.search(rf"\b{way.partition('-')[0]}\b", page)] == []


def test_sampling_has_a_gap_where_there_is_no_number():
    frames, values = sample(Schedule.parse("0:(1/(t-2))"), 5, 0, 4)
    assert frames.tolist() == [0, 1, 2, 3, 4]
    np.testing.assert_array_equal(values, [-0.5, -1, np.nan, 1, 0.5])
    with pytest.raises(OptionError, match="points"):
        sample(Schedule.parse("1"), 0, 0, 1)


# Few keys for many numbers


@pytest.mark.parametrize("tolerance", [1e-9, 0.01, 0.3])
def test_fitted_keys_stay_within_the_tolerance(tolerance):
    values = np.cumsum(np.random.default_rng(1).normal(0, 0.1, 400))
    curve = fit(values, tolerance)
    assert np.abs(Schedule.parse(curve.text).values(range(400)) - values).max() <= tolerance + 1e-12
    assert len(curve.keys) < 400 or tolerance < 1e-6


def test_straight_runs_need_their_ends_alone():
    values = np.concatenate([np.linspace(0, 5, 11), np.linspace(5, 1, 21)[1:]])
    assert fit(values, 1e-9).text == "0:(0), 10:(5), 30:(1)"
    assert fit(np.full(50, 2.5), 0).text == "0:(2.5)"
    assert fit(np.array([3.0]), 0).text == "0:(3)"
