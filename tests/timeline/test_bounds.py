"""No text takes long: the work of reading it is counted in calls, whatever the machine."""

from __future__ import annotations

import sys

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from lib_parallax.errors import OptionError
from lib_parallax.timeline import Schedule
from lib_parallax.timeline.easing import WAYS
from lib_parallax.timeline.expression import MOST_CHARACTERS

MOST_CALLS = 40_000  # a few milliseconds
CURVES = {"audio.bass": np.linspace(0, 1, 20)}


def calls(text):
    """The calls, of Python and of C, that a text is refused or read and sampled with."""
    count = 0

    def counted(frame, event, argument):
        nonlocal count
        count += event.endswith("call")

    sys.setprofile(counted)
    try:
        values = Schedule.parse(text, frames=20, seed=3, curves=CURVES).values([-1, 0, 0.5, 7, 40])
    except OptionError:
        values = None
    finally:
        sys.setprofile(None)
    assert values is None or np.isfinite(values).all()
    return count


WORDS = st.sampled_from(
    [*"09tse.,:()*/%+-<=&|~^@[]{}'\" \n", "30", "max_f", "1.5s", "**", "//", "sin(", "where(",
     "audio.bass", "audio.", "and ", " not ", " if ", " else ", "0:(", "), ", " lambda ", "1e9", " for ",
     "9**9", *(f" {way}" for way in WAYS)],
)  # fmt: skip


@settings(max_examples=300, deadline=None)
@given(st.lists(st.tuples(WORDS, st.integers(1, 400)), max_size=8), st.booleans())
def test_no_text_takes_long(parts, wrapped):
    text = "".join(word * often for word, often in parts)[: MOST_CHARACTERS - 10]
    assert calls(f"0:({text})" if wrapped else text) < MOST_CALLS


@pytest.mark.parametrize(
    "text",
    ["(" * 1990, "-" * 1990, "f(" * 990, "t<" * 990 + "t", "max(" + "t," * 980 + "t)", "(1 if " * 60 + "t t",
     "(t+" * 90 + "t t" + ")" * 90, "not " * 490 + "1", "t" + "+t" * 990, "t**" * 600 + "t", "lambda:" * 200,
     "where(t<" * 90 + "t t", "audio." * 300, "a" * 1990, "9" * 1990, "~" * 1990, "t and " * 330 + "t"],
)  # fmt: skip
def test_nothing_nested_or_long_takes_long(text):
    assert calls(text) < MOST_CALLS


def test_a_fault_at_the_beginning_is_found_there():
    """However much follows."""
    assert calls("0:(1), 0:(2)" + ", 3:(4)" * 100_000) < 1000


def test_a_long_schedule_costs_a_few_calls_a_key():
    text = ",".join(f"{frame}:({frame}.5)" for frame in range(2000))
    assert calls(text) < 100 * 2000


def test_division_by_zero_names_the_frame():
    schedule = Schedule.parse("0:(1), 10:(1/(t-25)), 40:(2)", name="zoom")
    with pytest.raises(
        OptionError, match=r"^zoom: .*1/\(t-25\).* is inf at frame 25; it must be a finite number"
    ):
        schedule.values(range(60))
    assert schedule.values([24, 26]).tolist() == [-1, 1]
