"""Schedules: their numbers against numpy's, Deforum's grammar, and refusals that say where."""

from __future__ import annotations

import itertools
import math
import re
from fractions import Fraction
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from lib_parallax.errors import OptionError
from lib_parallax.timeline import Schedule
from lib_parallax.timeline.functions import FUNCTIONS


def value(expression, t=0.0, **known):
    return Schedule.parse(f"0:({expression})", **known).at(t)


def refusal(text, **known):
    with pytest.raises(OptionError) as refused:
        Schedule.parse(text, **known)
    return str(refused.value)


# Keys


def test_a_number_runs_to_the_value_that_the_next_key_has_at_its_frame():
    schedule = Schedule.parse("0:(1.0), 30:(1.2*sin(t/10))")
    there = 1.2 * math.sin(3)
    assert schedule.at(0) == 1.0
    assert schedule.at(15) == pytest.approx((1 + there) / 2)
    assert schedule.at(30) == pytest.approx(there)
    assert schedule.at(40) == pytest.approx(1.2 * math.sin(4))


def test_an_expression_is_evaluated_until_the_next_key():
    schedule = Schedule.parse("0:(t*t), 10:(-5)")
    assert [schedule.at(t) for t in (3, 9, 9.5, 10, 500)] == [9, 81, 90.25, -5, -5]


def test_a_sum_of_numbers_is_an_expression_and_no_number():
    assert Schedule.parse("0:(1+1), 10:(5)").at(9) == 2.0
    assert Schedule.parse("0:(-(2.0)), 10:(8)").at(5) == 3.0


@pytest.mark.parametrize(("first", "held"), [("(7)", 7), ("(t+1)", 11)])
def test_before_the_first_key_its_value_holds(first, held):
    schedule = Schedule.parse(f"10:{first}, 20:(0)")
    assert [schedule.at(t) for t in (-5, 0, 9.9, 10)] == [held] * 4


@pytest.mark.parametrize(
    "text",
    ["0:(1), 10:(3)", "10:(3),0:(1)", "0:1,10:3", " 0 :\n( 1.0 )\n,\t10 : 3. ,\n", "'0':(1), \"10\":(+3)",
     "00:(01.0), 010:(3e0)",
     "0:(1), (5+5):((3))", "\u00a00:(1),10:'3'"],
)  # fmt: skip
def test_the_same_schedule_in_many_hands(text):
    assert [Schedule.parse(text).at(t) for t in (-1, 0, 5, 10, 11)] == [1, 1, 2, 3, 3]


@pytest.mark.parametrize(
    ("text", "constant"), [("1.5", 1.5), (" -2 ", -2), ("(.5)", 0.5), (3, 3), (1e-07, 1e-7)]
)
def test_a_number_alone_holds_for_ever(text, constant):
    assert Schedule.parse(text).at(0) == Schedule.parse(text).at(99) == constant


def test_an_expression_alone_starts_at_frame_0():
    assert Schedule.parse("max(t, 3)").at(8) == 8


def test_names_stand_for_what_was_given():
    known = {"frames": 101, "seed": 42, "fps": Fraction(25, 2)}
    assert [value(name, 4, **known) for name in ("t", "max_f", "s", "fps", "t/fps")] == [
        4,
        100,
        42,
        12.5,
        0.32,
    ]
    assert (value("pi"), value("e"), value("s"), value("fps")) == (math.pi, math.e, 0, 30)


def test_keys_may_be_computed():
    schedule = Schedule.parse(
        '0:(s), 1:(-1), "max_f-2":(-1), "max_f-1":(s), max_f/3: (8)', frames=120, seed=9
    )
    assert [key.frame for key in schedule.keys] == [0, 1, 39, 117, 118]
    assert (schedule.at(0), schedule.at(39), schedule.at(118)) == (9, 8, 9)


@given(
    st.dictionaries(st.integers(0, 500), st.floats(-1e6, 1e6), min_size=1, max_size=8),
    st.lists(st.floats(-50, 600), max_size=20),
    st.randoms(),
)
def test_numbers_run_as_numpy_interpolates(keys, at, random):
    entries = [f"{frame}:({number!r})" for frame, number in keys.items()]
    random.shuffle(entries)
    schedule = Schedule.parse(", ".join(entries))
    frames = sorted(keys)
    expected = np.interp(at, frames, [keys[frame] for frame in frames])
    assert np.allclose(schedule.values(at), expected, rtol=1e-9, atol=1e-9)
    assert schedule.values(frames).tolist() == [keys[frame] for frame in frames]


def test_values_are_what_at_gives():
    schedule = Schedule.parse("0:(1), 7:(sin(t)), 20:(2)")
    values = schedule.values(range(-3, 30))
    assert values.dtype == np.float64
    assert values.tolist() == [schedule.at(t) for t in range(-3, 30)]
    assert schedule.values([]).shape == (0,)
    assert schedule.values(np.arange(4) / 2).tolist() == [schedule.at(t) for t in (0, 0.5, 1, 1.5)]


def test_a_key_for_every_frame_of_a_long_film():
    schedule = Schedule.parse(",".join(f"{frame}:({frame}.5)" for frame in range(5000)))
    assert schedule.at(4321) == 4321.5


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("0: (1.0025+0.002*sin(1.25*3.14*t/30))", lambda t: 1.0025 + 0.002 * math.sin(1.25 * 3.14 * t / 30)),
        ('0:(s), 1:(-1), "max_f-2":(-1), "max_f-1":(s)', lambda t: 77 if t == 0 or t > 117 else -1),
        ("0: (0.65)", lambda t: 0.65),
        ("0:(-1*cos(3.141*t/15)**100+0.7)", lambda t: 0.7 - math.cos(3.141 * t / 15) ** 100),
        ("0:(where((t%20)<10,1,0))", lambda t: float(t % 20 < 10)),
    ],
)
def test_schedules_that_deforum_ships_or_teaches(text, expected):
    schedule = Schedule.parse(text, frames=120, seed=77)
    assert schedule.values(range(120)).tolist() == pytest.approx([expected(t) for t in range(120)])


# Expressions


@pytest.mark.parametrize(
    ("expression", "expected"),
    [
        ("where(t>3,1,0)", 1), ("where((t>3)&(t<7),1,0)", 0), ("where((t>3)|(t<0),1,0)", 1),
        ("where(~(t>3),1,0)", 0),
        ("1 if t < 3 else 2 if t < 9 else 3", 2), ("3 < t <= 8", 1), ("3 < t < 8", 0),
        ("t == 8 and not t != 8", 1),
        ("t > 9 or t", 1), ("t > 9 or False", 0), ("(t > 3) * 2.5 + True", 3.5), ("-t**2", -64),
        ("2**-1", 0.5),
        ("2**3**2", 512), ("t % 3", 2), ("-t % 3", 1), ("fmod(-t, 3)", -2), ("mod(-t, 3)", 1), ("t // 3", 2),
        ("-t // 3", -3),
        ("min(t, 3)", 3), ("max(t, 3, 11)", 11), ("clip(t, 1, 5)", 5), ("clamp(t, 10, 50)", 10),
        ("pow(t, 2)", 64),
        ("round(2.5)", 2), ("round(t/7, 2)", 1.14), ("floor(-1.5)", -2), ("ceil(-1.5)", -1),
        ("trunc(-1.5)", -1),
        ("abs(-t)", 8), ("sign(-t)", -1), ("sign(0)", 0), ("sqrt(t*2)", 4), ("log(e)", 1), ("log10(100)", 2),
        ("log2(t)", 3),
        ("degrees(pi)", 180), ("radians(180)/pi", 1), ("arctan2(1, 1)*4/pi", 1), ("atan2(1, 1)*4/pi", 1),
        ("+t", 8),
        ("arcsin(1)*2/pi", 1), ("asin(sin(.5))", 0.5), ("acosh(cosh(2))", 2), ("exp(0)", 1), ("tan(0)", 0),
        ("1\n+\r\n2", 3), ("sin ( 0 )", 0), ("1e-07*1e7", 1), ("0.007*1000", 7), ("007", 7),
        ("1.007", 1.007), ("00.5", 0.5),
    ],
)  # fmt: skip
def test_what_an_expression_comes_to(expression, expected):
    assert value(expression, 8) == pytest.approx(expected)


def test_only_the_branch_that_is_taken_must_be_a_number():
    assert value("where(t>0, sin(t)/t, 1)", 0) == 1
    assert value("sqrt(t) if t > 0 else 0", -4) == 0


def test_infinity_on_the_way_to_a_number_is_none_of_our_business():
    assert value("min(5, 1/t)", 0) == 5
    assert value("1/(1/t)", 0) == 0


@pytest.mark.parametrize("name", sorted(set(FUNCTIONS) & set(dir(np)) - {"min", "max"}))
def test_functions_are_numpys(name):
    """Everywhere, poles and the ends of the floats included."""
    count = FUNCTIONS[name].fewest
    numbers = np.random.default_rng(4).normal(0, 3, (count, 300))
    odd = [0, 1, -1, 0.5, 1e308, -1e308, 1e-308, 710, math.inf, -math.inf, math.nan]
    rows = [*numbers.T.tolist(), *itertools.product(odd, repeat=count)]
    with np.errstate(all="ignore"):
        expected = getattr(np, name)(*np.array(rows, float).T)
    got = [FUNCTIONS[name].call(*map(float, row)) for row in rows]
    np.testing.assert_allclose(got, expected, rtol=1e-12, atol=1e-300)


def test_the_page_names_every_function():
    page = (Path(__file__).parents[2] / "docs" / "timeline.md").read_text(encoding="utf-8")
    assert [name for name in FUNCTIONS if not re.search(rf"\b{name}\b", page) and name[:3] != "arc"] == []


KINDS = ("leaf", "two", "test", "one", "where", "extreme", "minus")
LEAVES = st.one_of(st.sampled_from(("t", "pi")), st.integers(0, 20).map(str), st.floats(0, 9).map(repr))
TESTS = ("<", ">", "<=", ">=", "==", "!=")
TWO = ("+", "-", "*", "/", "%", "//")
EXACT = ("sqrt", "floor", "ceil", "abs", "trunc", "round", "sign")


@st.composite
def expressions(draw, depth=4):
    """Text that numpy reads as well, of what IEEE 754 defines to the last bit."""
    part = expressions(depth=depth - 1)
    kind = (
        draw(st.sampled_from(("leaf", "two", "test", "one", "where", "extreme", "minus")))
        if depth
        else "leaf"
    )
    if kind == "two":
        return f"({draw(part)} {draw(st.sampled_from(TWO))} {draw(part)})"
    if kind == "test":
        return (
            f"(1.0 * ({draw(part)} {draw(st.sampled_from(('<', '>', '<=', '>=', '==', '!=')))} {draw(part)}))"
        )
    if kind == "one":
        return f"{draw(st.sampled_from(EXACT))}({draw(part)})"
    if kind == "where":
        return f"where({draw(part)} > {draw(part)}, {draw(part)}, {draw(part)})"
    if kind == "extreme":
        return f"{draw(st.sampled_from(('minimum', 'maximum')))}({draw(part)}, {draw(part)})"
    if kind == "minus":
        return f"(-{draw(part)})"
    return draw(
        st.one_of(st.sampled_from(("t", "pi")), st.integers(0, 20).map(str), st.floats(0, 9).map(repr))
    )


@settings(max_examples=200, deadline=None)
@given(expressions(), st.floats(0, 200))
def test_arithmetic_is_numpys(expression, t):
    numbers = re.compile(r"(?<!\w)[\d.]+(e-?\d+)?")
    source = numbers.sub(lambda number: f"double({number.group()})", expression)
    names = {name: getattr(np, name) for name in (*EXACT, "minimum", "maximum", "where", "double")}
    with np.errstate(all="ignore"):
        expected = float(eval(source, {**names, "pi": np.double(np.pi), "t": np.double(t)}))
    schedule = Schedule.parse(f"0:({expression.replace('imum(', '(')})")
    if abs(expected) <= 1e300:
        assert schedule.at(t) == expected
    else:
        with pytest.raises(OptionError, match="at frame"):
            schedule.at(t)


# Refusals


@pytest.mark.parametrize(
    ("text", "says", "character"),
    [
        ("0:(1", "( is never closed", 3), ("0:(1)), 3:(2)", ") stands without its (", 6),
        ("'0:(1)", "quote", 1),
        ("0:(1),, 3:(2)", "frame and a colon are missing", 7),
        ("0:(1), 5", "frame and a colon are missing", 8),
        ("0:(1) 3:(2)", "comma missing", 8), ("0:(foo)", "'foo' is not a name", 4),
        ("0:(foo(1))", "'foo' is not a function", 4),
        ("0:(1,5)", "decimals are written with a point", 5), ("0:(1), 5:(sin)", "write sin(...)", 11),
        ("0:(t>3 & t<2)", "put each in parentheses", 6), ("0:(~t)", "put each in parentheses", 5),
        ("0:(where(t>3,1))", "takes 3 arguments, not 2", 4), ("0:(sin())", "takes 1 arguments, not 0", 4),
        ("0:(max())", "1 or more", 4),
        ("0:(round(1,2,3))", "1 or 2", 4), ("0:(2t)", "is a * missing", 5),
        ("0:(2(t))", "is a * missing", 4), ("0:(1_000)", "is a * missing", 5),
        ("0:(0x1f)", "is a * missing", 5), ("0:(t^2)", "written **", 5),
        ("0:()", "nothing between the parentheses", 3),
        ("0:(t = 3)", "cannot be read", 4), ("0:(sin(x=3))", "no names", 8), ("0:(1 +)", "cannot be read", 7),
        ("0:(1), 0:(2)", "two keys for frame 0", 8), ("5:(1), (2+3):(2)", "two keys for frame 5", 8),
        ("-1:(2)", "before the start", 1), ("1.5:(2)", "not a whole number", 1),
        ("t:(2)", "'t' is not a name", 1),
        ("9**9**9:(2)", "no frame", 1), ("max_f:(1)", "max_f is not known", 1),
        ("0:(max_f)", "max_f is not known", 4),
        ("0:(1e999)", "too large", 4), ("0:(1), 3:(t @ t)", "'@'", 13), ("0:(t.real)", "only numbers", 4),
        ("0:(−1)", "'−'", 4), ("0:(lambda x: 1)", "':'", 12), ("0:(t is t)", "only numbers", 4),
        ("0:(t in t)", "only numbers", 4),
        ("0:(t << 2)", "only numbers", 4), ("0:(...)", "only numbers", 4), ("0:(None)", "only numbers", 4),
        ("0:(*t)", "cannot be read", 4),
        ("0:(max(*t))", "only numbers", 8), ("0:(x for x in t)", "only numbers", 3), ("0:([1])", "'['", 4),
        ("0:(yield)", "only numbers", 4),
    ],
)  # fmt: skip
def test_a_refusal_says_what_and_where(text, says, character):
    message = refusal(text)
    assert says in message and f"at character {character}: " in message


@pytest.mark.parametrize("text", ["", "  \n", "0:", ":", ",", "0:(1),:"])
def test_what_is_missing_is_missed(text):
    assert "missing" in refusal(text) or "is needed" in refusal(text)


@pytest.mark.parametrize("text", [None, b"1", True, [1], {0: 1}])
def test_what_is_no_text_is_refused(text):
    assert "is not the text of a schedule" in refusal(text)


def test_a_refusal_names_the_option():
    with pytest.raises(OptionError, match=r"^zoom: .* at character 6") as refused:
        Schedule.parse("0:(1+)", name="zoom")
    assert refused.value.field == "zoom"


@pytest.mark.parametrize("known", [{"frames": 0}, {"fps": 0}, {"fps": math.nan}, {"fps": math.inf}])
def test_a_timeline_of_nothing_is_refused(known):
    refusal("1", **known)


@pytest.mark.parametrize(
    ("text", "frame", "says"),
    [
        ("10:(1/(t-15))", 15, "inf at frame 15"), ("0:(sqrt(5-t))", 5.5, "nan at frame 5.5"),
        ("0:(9**9**9)", 0, "inf"),
        ("0:(exp(t))", 1000, "inf at frame 1000"), ("0:((-8)**(1/3))", 0, "nan"),
        ("0:(0/t)", 0, "nan at frame 0"),
        ("0:(log(t)), 9:(2)", -3, "inf at frame 0"), ("0:(1), 9:(1/(t-9))", 4, "inf at frame 9"),
        ("0:(t%0)", 1, "nan"),
        ("0:(1e300*t)", 2, "2e+300 at frame 2"), ("0:(1//t)", 0, "inf"), ("0:(sin(1/t))", 0, "nan"),
        ("0:(round(1/t))", 0, "inf"),
    ],
)  # fmt: skip
def test_no_finite_number_is_refused_with_its_frame(text, frame, says):
    schedule = Schedule.parse(text, name="strength")
    with pytest.raises(OptionError, match=r"^strength: ") as refused:
        schedule.at(frame)
    assert says in str(refused.value)
    with pytest.raises(OptionError):
        schedule.values([frame])


@pytest.mark.parametrize(
    "text",
    ["0:(__import__('os').system('true'))", "().__class__.__mro__", "0:(t.__class__)", "0:(open)",
     "0:(eval(t))",
     "0:(sin.__globals__)", "0:([c for c in ()])", "0:((lambda: 1)())", "0:((t:=3))", "0:(f'{t}')",
     "0:(print(t))", "0:(t[0])"],
)  # fmt: skip
def test_nothing_but_arithmetic_gets_through(text):
    refusal(text)


@pytest.mark.parametrize(
    "text",
    ["(" * 900 + "1" + ")" * 900, "-" * 1500 + "1", "not " * 400 + "1", "t**" * 500 + "t",
     "sin(" * 300 + "t" + ")" * 300,
     "1 if t else " * 150 + "1", "t+" * 900 + "t", "9" * 1900 + "**9", "(t<" * 300 + "t" + ")" * 300,
     "1" + "0" * 5000,
     "(" * 100_000, "9" * 2_000_000, "f(" * 90 + "a b" + ")" * 90, "0:(1)," * 4000],
)  # fmt: skip
def test_size_and_depth_are_bounded(text):
    refusal(text)


def test_long_sums_and_nests_within_the_bounds_are_read():
    assert value("+".join(["t"] * 90), 2) == 180
    assert value("where(t<9," * 40 + "t" + ",0)" * 40, 2) == 2
    assert value("(" * 60 + "t" + ")" * 60, 2) == 2


WORDS = st.sampled_from(
    [*"09tse.,:()*/%+-<=&|~^@;!#?[]{}'\"\\ \n\0²ｓ−", "30", "max_f", "1.5", "**", "//", "sin(", "where(",
     "min(", "and ",
     " or ", "not ", " if ", " else ", "==", "0:(", "), ", " lambda ", "1e9", "True", "__class__", " for ",
     " in ", "await "],
)  # fmt: skip


@settings(max_examples=2000, deadline=None)
@given(st.lists(WORDS, max_size=16).map("".join))
def test_no_text_gives_anything_but_numbers_or_a_refusal(text):
    for whole in (text, f"0:({text})"):
        try:
            values = Schedule.parse(whole, frames=20, seed=3).values([-1, 0, 0.5, 7, 40])
        except OptionError as refused:
            assert str(refused).startswith("schedule: ") and len(str(refused)) < 600
        else:
            assert np.isfinite(values).all()


@given(st.text())
def test_no_words_do_either(text):
    with pytest.raises(OptionError):
        Schedule.parse(f"0:(1), {text} 5")
