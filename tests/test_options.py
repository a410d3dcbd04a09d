import dataclasses
import math

import pytest
from hypothesis import given
from hypothesis import strategies as st

from lib_parallax.errors import OptionError
from lib_parallax.options import LOOP_OPTIONS, ScrollOptions, StereoOptions, check, describe, parse

LOOPS = list(LOOP_OPTIONS.values())
FIELDS = {o.name: o for o in describe(StereoOptions)}
NUMBERS = [o for o in FIELDS.values() if o.kind in ("int", "float")]
CHOICES = [o for o in FIELDS.values() if o.choices]


@pytest.mark.parametrize("cls", LOOPS)
def test_every_option_can_be_presented(cls):
    described = describe(cls)
    assert [o.name for o in described] == [f.name for f in dataclasses.fields(cls)]
    for o in described:
        assert o.kind in ("int", "float", "bool", "str", "size"), o.name
        assert o.label.strip() and o.help.strip() and o.group.strip(), o.name
        assert o.flag == "--" + o.name.replace("_", "-")
        if o.kind in ("int", "float", "size"):
            assert o.minimum is not None and o.maximum is not None and o.minimum < o.maximum, o.name
        if o.choices:
            assert o.kind == "str" and len(set(o.choices)) == len(o.choices), o.name


@pytest.mark.parametrize(
    ("given", "kept"),
    [
        (3, 3.0), ("3", 3.0), (" 2.5 ", 2.5), ("0:(1), 20:(3)", "0:(1), 20:(3)"), (" 1+t/20 ", "1+t/20"),
        ("t", "t"), ("audio.bass", "audio.bass"), ("2 if t>9 else 1", "2 if t>9 else 1"),
    ],
)  # fmt: skip
def test_a_number_that_may_change_is_a_number_or_the_text_of_a_schedule(given, kept):
    assert parse(StereoOptions, {"strength": given}).strength == kept
    again = parse(StereoOptions, parse(StereoOptions, {"strength": given}))
    assert type(again.strength) is type(kept) and again.strength == kept


@pytest.mark.parametrize("wrong", ["much", "", None, True, [1], 11, "-1", "nan", "1e9"])
def test_what_is_neither_is_refused_as_a_number_is(wrong):
    with pytest.raises(OptionError, match="strength: ") as refused:
        parse(StereoOptions, {"strength": wrong})
    assert refused.value.field == "strength"


@pytest.mark.parametrize("cls", LOOPS)
def test_defaults_are_valid(cls):
    options = parse(cls, None)
    assert options == cls() == parse(cls, {}) == parse(cls, cls())
    for o in describe(cls):
        assert check(o, o.default) == o.default, o.name


def test_the_documented_defaults_of_stereo():
    options = StereoOptions()
    assert (options.layout, options.eye, options.strength, options.fill) == (
        "full-sbs", "right", 2.5, "temporal",
    )  # fmt: skip


@given(st.sampled_from(NUMBERS), st.data())
def test_numbers_in_range_are_taken_as_numbers_or_text(o, data):
    strategy = (
        st.integers(int(o.minimum), int(o.maximum)) if o.kind == "int" else st.floats(o.minimum, o.maximum)
    )
    number = data.draw(strategy)
    for given_as in (number, repr(number), f" {number!r} "):
        value = getattr(parse(StereoOptions, {o.name: given_as}), o.name)
        assert value == number and type(value).__name__ == o.kind


@given(st.sampled_from(NUMBERS), st.floats(allow_nan=True, allow_infinity=True), st.booleans())
def test_numbers_out_of_range_and_nan_are_refused(o, number, as_text):
    if o.minimum <= number <= o.maximum:
        number = math.nan
    with pytest.raises(OptionError) as refusal:
        parse(StereoOptions, {o.name: str(number) if as_text else number})
    assert refusal.value.field == o.name
    assert str(refusal.value).startswith(f"{o.name}: ")


@given(st.sampled_from(NUMBERS), st.sampled_from([True, False, "two", [1], {}, 1j, "1 2", "0x10"]))
def test_what_is_no_number_is_refused(o, value):
    with pytest.raises(OptionError, match=f"{o.name}: .* is not a (whole )?number") as refusal:
        parse(StereoOptions, {o.name: value})
    assert refusal.value.field == o.name


def test_whole_numbers_must_be_whole():
    assert parse(StereoOptions, {"seed": 3.0}).seed == 3
    for value in (3.5, "3.5", math.inf):
        with pytest.raises(OptionError, match="seed"):
            parse(StereoOptions, {"seed": value})


@given(st.integers(2, 32768), st.integers(2, 32768), st.sampled_from("xX"))
def test_sizes_are_taken_as_pairs_or_text(width, height, times):
    for value in ((width, height), [width, height], f"{width}{times}{height}"):
        assert parse(StereoOptions, {"size": value}).size == (width, height)


@given(
    st.one_of(
        st.sampled_from(["x", "10", "10x", "10x20x30", "axb", "10 20", "-", (1,), (1, 2, 3), 5, True, 1.5]),
        st.tuples(st.integers(max_value=1), st.integers(2, 100)),
        st.tuples(st.integers(2, 100), st.integers(min_value=32769)),
    )
)
def test_what_is_no_size_is_refused(value):
    with pytest.raises(OptionError, match="size") as refusal:
        parse(StereoOptions, {"size": value})
    assert refusal.value.field == "size"


@given(st.text())
def test_unknown_names_are_refused_and_the_known_listed(name):
    if name in FIELDS:
        return
    with pytest.raises(OptionError, match="unknown option") as refusal:
        parse(StereoOptions, {name: 1})
    assert refusal.value.field == name
    assert "layout" in str(refusal.value)


@given(st.sampled_from(CHOICES), st.text())
def test_choices_are_kept_to(o, text):
    for choice in o.choices:
        assert getattr(parse(StereoOptions, {o.name: choice}), o.name) == choice
    if text not in o.choices:
        with pytest.raises(OptionError) as refusal:
            parse(StereoOptions, {o.name: text})
        assert refusal.value.field == o.name
        assert o.choices[0] in str(refusal.value)


@pytest.mark.parametrize(
    ("text", "value"),
    [(True, True), (False, False), ("yes", True), ("On", True), ("0", False), ("FALSE", False)],
)
def test_yes_and_no(text, value):
    assert parse(StereoOptions, {"name_tags": text}).name_tags is value


@pytest.mark.parametrize("value", ["maybe", "", 1, 0, None, [True]])
def test_what_is_neither_yes_nor_no_is_refused(value):
    with pytest.raises(OptionError, match="name_tags") as refusal:
        parse(StereoOptions, {"name_tags": value})
    assert refusal.value.field == "name_tags"


def test_none_is_for_optional_values_only():
    assert parse(StereoOptions, {"convergence": None}).convergence is None
    assert parse(StereoOptions, {"convergence": "auto"}).convergence is None
    assert parse(StereoOptions, {"size": ""}).size is None
    assert parse(StereoOptions, {"depth": ""}).depth is None
    with pytest.raises(OptionError, match="strength: a value is needed"):
        parse(StereoOptions, {"strength": None})


def test_a_path_may_be_called_auto_or_none():
    assert parse(StereoOptions, {"depth": "none"}).depth == "none"
    assert parse(StereoOptions, {"save_depth": "auto"}).save_depth == "auto"


def test_text_must_be_text():
    with pytest.raises(OptionError, match="device: 3 is not text"):
        parse(StereoOptions, {"device": 3})


def test_an_instance_is_checked_too():
    good = StereoOptions(strength=1.0, size=(64, 48))
    assert parse(StereoOptions, good) == good
    with pytest.raises(OptionError, match="strength"):
        parse(StereoOptions, StereoOptions(strength=99.0))


@pytest.mark.parametrize("values", [[("layout", "depth")], "layout=depth", 3])
def test_options_must_be_a_mapping(values):
    with pytest.raises(OptionError, match="mapping"):
        parse(StereoOptions, values)


def test_a_whole_number_is_as_good_as_its_text_where_an_option_holds_one_or_the_other():
    assert parse(ScrollOptions, {"layers": 5}).layers == "5"
    for wrong in (True, 2.5, [1]):
        with pytest.raises(OptionError, match="layers"):
            parse(ScrollOptions, {"layers": wrong})


def test_paths_are_found_in_what_names_files_and_nowhere_else():
    layers, sounds = (
        next(o for o in describe(ScrollOptions) if o.name == name) for name in ("layers", "layer_sounds")
    )
    assert layers.paths("depth:4") == layers.paths("7") == []
    assert layers.paths("masks/sky.png") == ["masks/sky.png"]
    assert sounds.paths("a.ogg @ -3 dB; ;b.wav\nc.flac") == ["a.ogg", "b.wav", "c.flac"]
    assert (
        sounds.with_paths("a.ogg @ -3 dB; ;b.wav", lambda path: f"/x/{path}")
        == "/x/a.ogg @ -3 dB\n\n/x/b.wav"
    )


def test_a_schedule_is_refused_in_words_where_a_number_holds_throughout():
    with pytest.raises(OptionError, match="one number throughout"):
        parse(ScrollOptions, {"saturation": "0:(1), 20:(0)"})
