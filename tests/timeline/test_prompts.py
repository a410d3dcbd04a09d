"""Prompts over steps: every shape they come in, what holds when, and refusals that say where."""

from __future__ import annotations

import json
import re
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from lib_parallax.errors import OptionError
from lib_parallax.timeline import Prompt, Prompts

LAKE, FIRE = Prompt("a lake"), Prompt("a fire", "smoke")


def refusal(source, **around):
    with pytest.raises(OptionError) as refused:
        Prompts.parse(source, **around)
    assert refused.value.field == "prompts" and str(refused.value).startswith("prompts: ")
    return str(refused.value)


@pytest.mark.parametrize(
    "source",
    [
        {"0": "a lake", "30": "a fire --neg smoke"},
        {30: {"prompt": "a fire", "negative": "smoke"}, 0: "a lake"},
        '{"30": "a fire --neg smoke",\n "0": "a lake"}',
        {"max_f-69": " a fire\n--neg  smoke ", "0": {"prompt": "a lake"}},
        [[0, "a lake"], [30, "a fire", "smoke"]],
        [["30", "a fire", "smoke", ""], ("0", "a lake", None, None), ["", "", None, None]],
        '[[0.0, "a lake"], [30.0, "a fire", "smoke"]]',
        [{"step": 0, "prompt": "a lake"}, {"step": "30", "prompt": "a fire", "negative": "smoke"}],
        [{"prompt": "a lake"}, {"second": 15, "prompt": "a fire", "negative": "smoke"}],
        {"0": "a lake", "15 s": "a fire --neg smoke"},
        {"prompts": [[0, "a lake"], ["15s", "a fire", "smoke"]]},
    ],
)
def test_the_same_prompts_in_many_hands(source):
    prompts = Prompts.parse(source, frames=100, to_step=lambda second: second * 2)
    assert [prompts.at(step) for step in (0, 1, 29, 29.9, 30, 99)] == [LAKE] * 4 + [FIRE] * 2


@pytest.mark.parametrize(
    "text",
    [
        "a lake",
        "[a|b] lake",
        "[[blurry]] lake",
        "{big} lake, 1:2",
        "{2$$a|b} lake",
        "{3::a|b} lake",
        "(a:1.2) lake, [x:y:.5]",
    ],
)
def test_one_line_is_one_prompt_for_ever(text):
    assert Prompts.parse(text).at(0) == Prompts.parse(text).at(99) == Prompt(text)


@pytest.mark.parametrize("source", ["a lake\n\n a fire --neg smoke\r\n", ["a lake", "a fire --neg smoke"]])
def test_lines_are_prompts_step_by_step(source):
    prompts = Prompts.parse(source)
    assert [prompts.at(step) for step in (0, 1, 2)] == [LAKE, FIRE, FIRE]


def test_before_the_first_row_its_prompt_holds():
    assert Prompts.parse({"5": "a lake", "9": "a fire"}).at(0) == LAKE


def test_a_picture_comes_with_one_step():
    prompts = Prompts.parse(
        [[0, "a lake"], [3, "a fire", "smoke", "fire.png"], [7, "a sea", "", Path("sea.png")]]
    )
    assert [prompts.at(step).picture for step in (0, 3, 4, 7)] == [
        None,
        Path("fire.png"),
        None,
        Path("sea.png"),
    ]
    assert prompts.at(4) == FIRE
    assert prompts.pictures == (Path("fire.png"), Path("sea.png"))


def test_a_second_between_two_steps_begins_with_the_later():
    rows = [[0, "a lake"], ["1.5s", "a fire", "smoke", "fire.png"]]
    prompts = Prompts.parse(rows, to_step=lambda second: second * 3)
    assert [prompts.at(step).text for step in (4, 5)] == ["a lake", "a fire"]
    assert [prompts.at(step).picture for step in (4, 5, 6)] == [None, Path("fire.png"), None]


def test_what_is_put_around_every_prompt():
    prompts = Prompts.parse(
        {"0": "a lake", "1": "a fire --neg smoke"}, prefix="oil, ", suffix="at night", negative="text"
    )
    assert prompts.at(0) == Prompt("oil, a lake at night", "text")
    assert prompts.at(1) == Prompt("oil, a fire at night", "smoke, text")


def test_a_file_may_bring_what_is_put_around():
    content = {"prompts": {"0": "a lake"}, "prefix": "oil", "suffix": "at night", "negative": "text"}
    assert Prompts.parse(content).at(0) == Prompt("oil a lake at night", "text")
    assert Prompts.parse(content, prefix="ink").at(0) == Prompt("ink a lake at night", "text")


def test_negatives_in_the_text_and_in_the_row_are_joined():
    row = [0, "a fire --neg smoke", "ash"]
    assert Prompts.parse([row], negative="text").at(0).negative == "smoke, ash, text"
    assert Prompts.parse("a --negative space").at(0) == Prompt("a --negative space")


def test_files(tmp_path):
    rows = tmp_path / "rows.json"
    rows.write_text(json.dumps([[0, "a lake", "", "own/lake.png"], [1, "ein Fluß"]]), encoding="utf-8-sig")
    prompts = Prompts.parse(rows)
    assert prompts.at(0).picture == tmp_path / "own" / "lake.png"
    assert prompts.at(1).text == "ein Fluß"
    lines = tmp_path / "lines.TXT"
    lines.write_text('["a lake"]\n\n{"0": 1}\n', encoding="utf-8")
    assert [Prompts.parse(lines).at(step).text for step in (0, 1)] == ['["a lake"]', '{"0": 1}']


def test_files_that_cannot_be_used(tmp_path):
    def refused(name, content=None):
        path = tmp_path / name
        if content is not None:
            path.write_bytes(content)
        message = refusal(path)
        assert str(path) in message or "there is no prompt" in message
        return message

    assert "cannot be read: No such file" in refused("missing.json")
    assert "is not JSON: Expecting ',' delimiter at line 3, column 2" in refused(
        "bad.json", b'{\n"0": "a"\n "1": "b"}'
    )
    assert "is not JSON" in refused("empty.json", b"") and "is not JSON" in refused("words.json", b"a lake")
    assert "mapping or a list" in refused("number.json", b"3")
    assert "is not UTF-8 text (byte 2)" in refused("latin.txt", b"a \xff")
    assert "there is no prompt" in refused("blank.txt", b"\n \n")
    assert ".json or .txt" in refused("prompts.csv", b"0,a lake")
    assert "longer than" in refused("long.txt", b"a" * 1_000_001)
    (tmp_path / "folder.txt").mkdir()
    assert "cannot be read" in refused("folder.txt")


def test_text_never_opens_a_file(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    Path("secret.txt").write_text("a secret", encoding="utf-8")
    assert "give it as a path" in refusal("secret.txt")
    assert "give it as a path" in refusal(str(tmp_path / "other.JSON"))


@pytest.mark.parametrize(
    ("source", "says"),
    [
        ("", "no prompt"), (" \n ", "no prompt"), ("{}", "no prompt"), ([], "no prompt"),
        ([["", None]], "no prompt"),
        ({"0": "a lake", "4": "  "}, "the prompt at '4' is empty"), ([[0, "a"], [1, ""]], "row 2 is empty"),
        ("--neg smoke", "row 1 is empty"), ([{"step": 3}], "row 1 is empty"),
        (["a", None], "row 2 must hold"),
        ('{"0": "a",\n "1": b}', "at line 2, column 7"), ("{'0': 'a'}", "at line 1, column 2"),
        ('{"0": "a"', "is not JSON"),
        ('{0: "a"}', "at line 1, column 2"), ('["a", "b"', "is not JSON"), ('[[0, "a"]', "is not JSON"),
        ('{"0": "a", "0": "b"}', "the key '0' twice"), ({"0": "a", " 0": "b"}, "two prompts for step 0"),
        ([[4, "a"], [4.0, "b"]], "two prompts for step 4"), ({"-1": "a"}, "before the start"),
        ([[-1, "a"]], "row 1: -1 is not"),
        ({"1.5": "a"}, "not a whole number"), ([[1.5, "a"]], "not a whole number"),
        ([[float("nan"), "a"]], "row 1: nan"),
        ([[True, "a"]], "row 1: True"), ([[None, "a"]], "row 1: None"), ([[[], "a"]], "row 1: []"),
        ('[[0, "a"], [1e999, "b"]]', "row 2: inf"),
        ({"x": "a"}, "the prompt at 'x': 'x' is not a name"), ({"max_f": "a"}, "max_f is not known"),
        ({"": "a"}, "missing"),
        ({"0": 5}, "5 is not text"), ([[0, 5]], "5 is not text"), ([[0, "a", 5]], "5 is not text"),
        ({"0": None}, "is empty"),
        ([[0, "a", "", 5]], "5 is not text"), ([[0]], "row 1 must hold"),
        ([[0, "a", "", "", ""]], "row 1 must hold"),
        ([{"step": 0, "prompt": "a", "seed": 3}], "row 1: 'seed' is not one of"),
        ({"0": {"prompt": "a", "step": 1}}, "besides its key"),
        ([{"step": 0, "second": 0, "prompt": "a"}], "both a step and a second"),
        ({"3s": "a"}, "not by second"),
        ([{"second": 3, "prompt": "a"}], "not by second"), ({"prompts": "a"}, "must be a mapping"),
        ({"prompts": ["a"], "x": 1}, "'x'"),
        ({"prompts": ["a"], "prefix": 1}, "prefix: 1 is not text"), (None, "neither text"),
        (5, "neither text"), (b"a", "neither text"),
        ('["a", ' + "[" * 100_000, "nesting"), ("a" * 1_000_001, "longer than"),
        ({"9" * 30: "a"}, "no frame"),
        ('["a", ' + "9" * 5000 + "]", "too long a number"),
    ],
)  # fmt: skip
def test_a_refusal_says_what_and_where(source, says):
    message = refusal(source)
    assert says in message and len(message) < 400


@pytest.mark.parametrize(
    ("row", "step"),
    [({"second": "soon"}, 0), ({"second": -1}, 0), ({"second": 2}, -1), ({"second": 2}, float("nan"))],
)
def test_seconds_outside_of_the_timeline(row, step):
    refusal([{**row, "prompt": "a"}], to_step=lambda second: step)


def test_a_refusal_names_the_option():
    with pytest.raises(OptionError, match=r"^zoom_prompts: there is no prompt") as refused:
        Prompts.parse("", name="zoom_prompts")
    assert refused.value.field == "zoom_prompts"


@given(
    st.dictionaries(st.integers(0, 60), st.text("ab c", min_size=1).filter(str.strip), min_size=1),
    st.integers(0, 80),
)
def test_a_prompt_holds_until_the_next(rows, step):
    prompts = Prompts.parse({str(key): text for key, text in reversed(rows.items())})
    begun = [key for key in rows if key <= step] or [min(rows)]
    assert prompts.at(step).text == rows[max(begun)].strip()
    assert [row.step for row in prompts.rows] == sorted(rows)


CELLS = st.one_of(
    st.none(), st.booleans(), st.integers(), st.floats(), st.text(max_size=5),
    st.sampled_from(["0", "3s", "max_f", "a lake", "a --neg b", "x.png"]),
)  # fmt: skip
KEYS = st.sampled_from(["step", "second", "prompt", "negative", "picture", "prefix", "0", "7"])
ROWS = st.one_of(CELLS, st.lists(CELLS, max_size=5), st.dictionaries(KEYS, CELLS, max_size=4))
THINGS = st.one_of(st.lists(ROWS, max_size=4), st.dictionaries(KEYS, ROWS, max_size=4))
WRITTEN = st.sampled_from([str, json.dumps, lambda thing: thing, lambda thing: {"prompts": thing}])


@settings(max_examples=200, deadline=None)
@given(THINGS, WRITTEN, st.sampled_from([None, float]))
def test_anything_gives_prompts_or_a_refusal(thing, write, to_step):
    try:
        prompts = Prompts.parse(write(thing), frames=9, to_step=to_step)
    except OptionError as refused:
        assert str(refused).startswith("prompts: ") and len(str(refused)) < 400
    else:
        assert all(prompts.at(step).text.strip() for step in (0, 3, 9))


@settings(max_examples=200, deadline=None)
@given(st.text(), st.booleans())
def test_any_text_gives_prompts_or_a_refusal(text, in_json):
    try:
        assert Prompts.parse('{"0": ' + text if in_json else text).at(0).text.strip()
    except OptionError as refused:
        assert str(refused).startswith("prompts: ")


def test_the_shapes_on_the_page_are_read():
    page = Path(__file__).parents[2] / "docs" / "timeline.md"
    section = page.read_text(encoding="utf-8").partition("\n## Prompts\n")[2].partition("\n## ")[0]
    shapes = re.findall(r"^```json\n(.*?)^```$", section, re.DOTALL | re.MULTILINE)
    assert len(shapes) == 5
    for shape in shapes:
        assert "a lake" in Prompts.parse(shape, frames=60, to_step=lambda second: 4 * second).at(0).text


# Fades


def blend(prompts, step):
    return [(prompt.text, weight) for prompt, weight in prompts.blend_at(step)]


def test_a_prompt_comes_in_over_the_steps_before_its_own():
    prompts = Prompts.parse([{"step": 2, "prompt": "a"}, {"step": 10, "prompt": "b", "fade": 4}])
    assert blend(prompts, 0) == blend(prompts, 6) == [("a", 1.0)]
    assert blend(prompts, 7) == [("a", 0.75), ("b", 0.25)]
    assert blend(prompts, 9.5) == [("a", 0.125), ("b", 0.875)]
    assert blend(prompts, 10) == blend(prompts, 99) == [("b", 1.0)]
    assert prompts.at(9).text == "a"


def test_a_fade_reaches_back_to_the_row_before_at_most():
    prompts = Prompts.parse({"prompts": {"0": "a", "4": "b", "6": {"prompt": "c", "fade": 0}}, "fade": 100})
    assert blend(prompts, 1) == [("a", 0.75), ("b", 0.25)]
    assert blend(prompts, 5) == [("b", 1.0)]
    assert blend(Prompts.parse({"0": "a", "4": "b"}, fade=2), 3) == [("a", 0.5), ("b", 0.5)]
    assert blend(Prompts.parse({"0": "a", "4": "b"}), 3) == [("a", 1.0)]


def test_a_fade_keeps_pictures_to_their_own_step():
    prompts = Prompts.parse([[0, "a", "", "a.png"], [4, "b", "x", "b.png"]], fade=4, suffix="z", negative="y")
    (first, _), (second, _) = prompts.blend_at(1)
    assert first.picture is None and second.picture is None
    assert (second.text, second.negative) == ("b z", "x, y")
    assert prompts.blend_at(4)[0][0].picture is not None


@given(st.dictionaries(st.integers(0, 40), st.floats(0, 50), min_size=1, max_size=6), st.floats(-5, 60))
def test_weights_add_up(fades, step):
    prompts = Prompts.parse([{"step": at, "prompt": f"p{at}", "fade": fade} for at, fade in fades.items()])
    weights = [weight for _, weight in prompts.blend_at(step)]
    assert len(weights) in (1, 2) and min(weights) >= 0 and sum(weights) == pytest.approx(1)


@pytest.mark.parametrize("fade", [-1, "much", None, float("nan"), True, [1]])
def test_a_fade_that_is_none(fade):
    with pytest.raises(OptionError, match="fade"):
        Prompts.parse([{"step": 0, "prompt": "a", "fade": fade}])
    with pytest.raises(OptionError, match="fade"):
        Prompts.parse({"prompts": {"0": "a"}, "fade": fade})
