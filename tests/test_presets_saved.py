"""Presets of the user's own: kept, found and read again."""

from __future__ import annotations

import json

import pytest

from lib_parallax import presets
from lib_parallax.errors import OptionError
from lib_parallax.options import StereoOptions, parse


def test_a_saved_preset_brings_every_option_back(tmp_path):
    values = {"strength": 4.0, "size": (640, 360), "convergence": 0.25, "depth": "/somewhere/depth.mkv"}
    path = presets.save("My headset", "stereo", values, tmp_path)
    assert presets.saved("stereo", tmp_path) == {"My headset": path}
    assert presets.saved("depth", tmp_path) == {}
    loaded = presets.load(path, "stereo")
    assert "depth" not in loaded  # a file of this machine is nobody else's option
    assert parse(StereoOptions, loaded) == parse(StereoOptions, {**values, "depth": None})


@pytest.mark.parametrize("name", ["", "  ", "../up", "a/b", ".hidden", "quest", "x" * 80, "end."])
def test_names_that_would_not_do(tmp_path, name):
    with pytest.raises(OptionError) as refused:
        presets.save(name, "stereo", {}, tmp_path)
    assert refused.value.field == "preset"
    assert list(tmp_path.iterdir()) == []


def test_refused_values_are_not_kept(tmp_path):
    with pytest.raises(OptionError, match="strength"):
        presets.save("mine", "stereo", {"strength": 99}, tmp_path)
    assert presets.saved("stereo", tmp_path) == {}


def test_the_text_of_a_preset_says_its_loop():
    content = json.loads(presets.to_json("stereo", {"layout": "half-sbs"}))
    assert content["loop"] == "stereo" and content["options"]["layout"] == "half-sbs"
