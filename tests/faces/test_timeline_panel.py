"""The editor of keyframes: what it is told, and keyframes that go out and come in."""

from __future__ import annotations

import json
import re
from dataclasses import replace
from fractions import Fraction

import pytest

from lib_parallax import samples
from lib_parallax.errors import OptionError
from lib_parallax.faces import exchange
from lib_parallax.faces.curves import drawn, scheduled, span_of
from lib_parallax.faces.desk import open_desk
from lib_parallax.faces.tab import timeline, timeline_panel
from lib_parallax.faces.words import Words
from lib_parallax.options import LOOP_OPTIONS, describe, parse
from lib_parallax.timeline import Curve, Prompts, Schedule
from lib_parallax.timeline.easing import WAYS


@pytest.fixture
def desk(tmp_path):
    opened = open_desk(jobs_dir=tmp_path / "jobs", results=tmp_path / "results", allowed=[tmp_path])
    yield opened
    opened.close()


@pytest.fixture(scope="module")
def clip(tmp_path_factory):
    path = tmp_path_factory.mktemp("clip") / "clip.mp4"
    samples.write_clip(path, (64, 36), 1, Fraction(25))
    return path


def asked(desk, loop, question, values=(), film=None):
    return timeline_panel._answer(desk, loop, json.dumps(question), dict(values), film)


# which options, and over what


def test_every_option_that_says_it_may_change_has_a_curve(desk):
    assert {"parallax", "animate", "zoom"} <= {loop for loop in LOOP_OPTIONS if scheduled(loop)}
    for loop, options in LOOP_OPTIONS.items():
        for o in describe(options):
            if o.help.rstrip("s").endswith(("may change over the frame", "may change over the step")):
                assert o.over in ("frames", "steps"), (loop, o.name)
        for o in scheduled(loop).values():
            if o.default is not None:
                Schedule.parse(o.default)
            told, _ = asked(desk, loop, {"number": 1, "option": o.name})
            assert "error" not in told and told["told"] == ""


def test_a_curve_runs_as_long_as_the_loop_will():
    zoom, parallax = scheduled("zoom"), scheduled("parallax")
    span = span_of("zoom", zoom["centre_x"], {"count": 12})
    assert (span.frames, span.shown) == (12, 12)
    span = span_of("zoom", zoom["speed"], {"count": "4", "fps": 25})
    assert (span.frames, span.shown) == (None, 100)  # as the loop reads it: max_f is not known
    span = span_of("parallax", parallax["zoom"], {"duration": 2.0, "fps": 24, "seed": 7})
    assert (span.frames, span.fps, span.seed) == (48, 24, 7)
    with pytest.raises(OptionError, match="duration"):
        span_of("parallax", parallax["zoom"], {"duration": "long"})


def test_a_film_decides_how_long_it_is(clip):
    for loop in ("parallax", "animate"):
        o = next(iter(scheduled(loop).values()))
        span = span_of(loop, o, {"duration": 9.0}, clip)
        assert (span.frames, span.fps) == (25, 25)


def test_keys_behind_the_end_are_in_sight_unless_they_are_far():
    span = span_of("parallax", scheduled("parallax")["zoom"], {"duration": 1.0})
    assert drawn("zoom", "0:(1), 60:(2)", span)["last"] == 60
    assert drawn("zoom", "0:(1), 9000:(2)", span)["last"] == 29
    assert drawn("zoom", "5", replace(span, frames=1, shown=1))["last"] == 1


# what the page is told


def test_a_read_changes_no_field(desk):
    told, changes = asked(desk, "parallax", {"number": 3, "option": "zoom"}, {"zoom": "0:(1), max_f:(2)"})
    assert (told["number"], told["option"], changes) == (3, "zoom", {})
    assert [key["frame"] for key in told["keys"]] == [0, 119]


def test_keys_are_written_only_when_that_is_wanted(desk):
    keys = [{"frame": 0, "value": 1, "way": "linear"}, {"frame": 9, "value": 2, "way": "pchip"}]
    question = {"number": 1, "option": "fog", "keys": keys, "write": False}
    assert asked(desk, "parallax", question)[1] == {}
    told, changes = asked(desk, "parallax", {**question, "write": True})
    assert changes == {"fog": {"value": "0:(1), 9:(2) pchip"}} and told["text"] == "0:(1), 9:(2) pchip"


@pytest.mark.parametrize(
    ("question", "says"),
    [
        ({"option": "zoom", "keys": [{"frame": 0, "value": "1+"}], "write": True}, "at character"),
        ({"option": "zoom", "keys": "all", "write": True}, "list of keys"),
        ({"option": "zoom", "keys": [], "write": True}, "at least one"),
        ({"option": "prompt"}, "no such option"),
        ({}, "no such option"),
        ([], "no such option"),
    ],
)
def test_what_cannot_be_read_is_told_and_changes_nothing(desk, question, says):
    told, changes = asked(desk, "parallax", question)
    assert says in told["error"] and changes == {}


def test_an_option_that_may_be_left_out_loses_its_last_key(desk):
    loop, o = next((loop, o) for loop in LOOP_OPTIONS for o in scheduled(loop).values() if o.optional)
    told, _ = asked(desk, loop, {"number": 1, "option": o.name})
    assert (told["keys"], told["values"], told["text"]) == ([], [], "")
    told, changes = asked(desk, loop, {"number": 2, "option": o.name, "keys": [], "write": True})
    assert changes == {o.name: {"value": ""}}


def test_a_value_out_of_range_is_named(desk):
    o = next(o for o in scheduled("zoom").values() if o.maximum is not None)
    told, _ = asked(
        desk, "zoom", {"number": 1, "option": o.name}, {o.name: f"0:({o.minimum}), 5:({o.maximum + 9})"}
    )
    assert "is outside" in told["told"] and len(told["keys"]) == 2


def test_sound_is_asked_for_and_only_from_allowed_folders(desk):
    question = {"number": 1, "option": "zoom"}
    values = {"zoom": "0:(1-0.1*audio.bass)"}
    assert "give --sound" in asked(desk, "parallax", question, values)[0]["error"]
    told, _ = asked(desk, "parallax", question, {**values, "sound": "/etc/passwd"})
    assert "outside" in told["error"]


def test_sound_is_drawn(desk, clip, tmp_path):
    (tmp_path / "sound.mp4").write_bytes(clip.read_bytes())
    values = {"zoom": "0:(audio.loudness)", "sound": str(tmp_path / "sound.mp4"), "duration": 1.0}
    told, _ = asked(desk, "parallax", {"number": 1, "option": "zoom"}, values)
    assert "error" not in told and max(told["values"]) == pytest.approx(1, abs=0.05)


def test_the_editors_texts_cannot_break_the_page():
    class Loud(Words):
        def __call__(self, text):
            return f'{text}<script>"'

    html = timeline.editor("zoom", scheduled("zoom").values(), Loud())
    assert "<script>" not in html and "onclick" not in html
    assert re.findall(r'<option value="([a-z-]+)">\1', html) == list(WAYS)


# files


def curve_of(name, text):
    return Curve.parse(text, frames=120, name=name)


def read(tmp_path, content, loop, size=None):
    path = tmp_path / "file.json"
    path.write_text(content if isinstance(content, str) else json.dumps(content))
    return exchange.read_file(path, loop, size)


@pytest.mark.parametrize("loop", [loop for loop in LOOP_OPTIONS if scheduled(loop)])
def test_what_goes_out_comes_in_the_same(loop, tmp_path):
    names = list(scheduled(loop))
    given = {names[0]: '0:(0.5) sine, 30:(0.5+0.1*sin(t)), "max_f-1":(0.25)', "prompt": "ein <See>"}
    given = (
        given if "prompt" in {o.name for o in describe(LOOP_OPTIONS[loop])} else {names[0]: given[names[0]]}
    )
    values, warnings = read(tmp_path, exchange.exported(loop, given, curve_of), loop)
    known = {o.name: o for o in describe(LOOP_OPTIONS[loop])}
    assert warnings == () and set(values) >= {name for name in names if known[name].default is not None}
    assert values.get("prompt") == ("ein <See>" if "prompt" in known else None)
    expected = Schedule.parse(given[names[0]], 120).values(range(120))
    assert Schedule.parse(values[names[0]], 120).values(range(120)) == pytest.approx(expected)
    parse(LOOP_OPTIONS[loop], {names[0]: values[names[0]]})


def test_a_broken_schedule_does_not_go_out():
    with pytest.raises(OptionError, match="never closed") as refused:
        exchange.exported("zoom", {"speed": "0:(1"}, curve_of)
    assert refused.value.field == "speed"


def test_what_another_loop_has_is_left_out_and_said(tmp_path):
    text = exchange.exported("zoom", {"speed": "0:(1), 9:(2)"}, curve_of)
    values, (warning,) = read(tmp_path, text, "animate")
    assert "speed" not in values and "'speed'" in warning


def test_deforums_settings(tmp_path):
    settings = {"max_frames": 60, "fps": 15, "W": 640, "H": 384, "strength_schedule": "0:(0.65), 30:(0.5)",
                "zoom": "0:(1.02)", "prompts": {"0": "a lake", "30": "a forest"}}  # fmt: skip
    values, warnings = read(tmp_path, settings, "animate")
    assert Schedule.parse(values["denoise"]).at(30) == pytest.approx(0.5)
    prompts = Prompts.parse(values["prompt"], frames=60)
    assert (prompts.at(0).text, prompts.at(40).text) == ("a lake", "a forest")
    values, warnings = read(tmp_path, settings, "parallax")
    assert values["prompt"] == "a lake" and any("the first one" in warning for warning in warnings)
    assert Schedule.parse(values["zoom"]).at(30) < 1


def test_a_manifest_of_parseq(tmp_path):
    frames = [{"frame": n, "zoom": 1.0, "angle": 0.5, "angle_delta": 0.5, "deforum_prompt": "sea"}
              for n in range(10)]  # fmt: skip
    values, _ = read(tmp_path, {"options": {"output_fps": 20}, "rendered_frames": frames}, "parallax")
    assert Schedule.parse(values["roll"]).at(9) != 0 and values["prompt"] == "sea"
    with pytest.raises(OptionError, match="not rendered"):
        read(tmp_path, {"keyframes": []}, "parallax")


@pytest.mark.parametrize(
    ("content", "loop", "says"),
    [
        ("{", "parallax", "not JSON"),
        ({}, "parallax", "none of its keys"),
        ({"zoom": "0:(1)"}, "zoom", "'zoom' is not one of"),
        ({"schedules": []}, "parallax", "must be mappings"),
        ({"schedules": {"zoom": {"keys": [{"frame": -1, "value": 1}]}}}, "parallax", "key 1: -1 is no frame"),
        ({"schedules": {}, "words": {"prompt": 3}}, "parallax", "not text"),
        ({"max_frames": 10, "W": 1}, "parallax", "W is 1"),
    ],
)
def test_files_that_are_refused(tmp_path, content, loop, says):
    with pytest.raises(OptionError, match=re.escape(says)):
        read(tmp_path, content, loop)


def test_a_file_too_long_is_not_read(tmp_path):
    path = tmp_path / "long.json"
    with path.open("wb") as file:
        file.truncate(exchange.LONGEST + 1)
    with pytest.raises(OptionError, match="64 MB"):
        exchange.read_file(path, "parallax", None)
