"""Options as text in pictures and files, and back."""

from __future__ import annotations

import json

import pytest
from PIL import Image, PngImagePlugin

from lib_parallax.errors import OptionError, SourceError
from lib_parallax.faces.restore import from_file
from lib_parallax.infotext import from_text, to_text, whole
from lib_parallax.options import StereoOptions, parse

GIVEN = {
    "strength": 3.25,
    "layout": "half-sbs",
    "size": (640, 360),
    "convergence": 0.5,
    "sharpen_depth": False,
    "depth": 'folder, with "odd": name.mkv',
}


def everything(values):
    return dict(vars(parse(StereoOptions, values)))


def test_there_and_back():
    text = to_text("stereo", GIVEN)
    assert text.startswith("Parallax: stereo, ")
    assert "\n" not in text and "near_limit" not in text
    assert from_text(text) == ("stereo", everything(GIVEN))


def test_options_are_found_among_what_others_wrote():
    text = f"a street\nNegative prompt: fog\nSteps: 20, Seed: 7, {to_text('stereo', GIVEN)}, Version: v1.10.1"
    assert from_text(text) == ("stereo", everything(GIVEN))


@pytest.mark.parametrize(
    "text", ["Steps: 20, Seed: 7", "Parallax: knitting, strength: 3", "Parallax: stereo, strength: 99",
             'Parallax: stereo, layout: "half\\x-sbs"'],
)  # fmt: skip
def test_what_is_not_ours_is_refused(text):
    with pytest.raises(OptionError):
        from_text(text)


def test_a_picture_brings_its_options(tmp_path):
    facts = PngImagePlugin.PngInfo()
    facts.add_text("parameters", to_text("stereo", GIVEN))
    path = tmp_path / "made.png"
    Image.new("RGB", (4, 4)).save(path, pnginfo=facts)
    assert from_file(path) == ("stereo", everything(GIVEN))


def test_a_job_and_a_preset_bring_theirs(tmp_path):
    path = tmp_path / "job.json"
    path.write_text(json.dumps({"id": "x", "loop": "stereo", "state": "done", "options": {"strength": 1.5}}))
    assert from_file(path) == ("stereo", everything({"strength": 1.5}))


@pytest.mark.parametrize(
    ("name", "content"),
    [
        ("bare.json", "{}"), ("list.json", "[1, 2]"), ("torn.json", '{"loop":'),
        ("mapping.json", '{"loop": "stereo", "options": 3}'), ("note.png", "no picture"),
    ],
)  # fmt: skip
def test_files_that_hold_nothing_are_refused_by_name(tmp_path, name, content):
    (tmp_path / name).write_text(content)
    with pytest.raises(SourceError, match=name):
        from_file(tmp_path / name)


def test_a_picture_without_options_is_refused(tmp_path):
    Image.new("RGB", (4, 4)).save(tmp_path / "plain.png")
    with pytest.raises(SourceError, match="holds no options"):
        from_file(tmp_path / "plain.png")


def test_the_loop_must_be_one(tmp_path):
    with pytest.raises(OptionError) as refused:
        whole("knitting", {})
    assert refused.value.field == "loop"
