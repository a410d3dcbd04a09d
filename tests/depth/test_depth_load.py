"""Which estimator a name brings, and what is said when it cannot."""

from __future__ import annotations

import pytest

from lib_parallax import depth
from lib_parallax.errors import OptionError, UnavailableError


@pytest.fixture(autouse=True)
def no_weights(tmp_path, monkeypatch):
    monkeypatch.setenv("PARALLAX_MODELS", str(tmp_path))
    return tmp_path


@pytest.mark.parametrize("still", [False, True])
def test_auto_falls_back_to_cues_and_names_what_would_help(still):
    found = depth.load("auto", still=still)
    wanted = depth.BEST_FOR_STILLS if still else depth.BEST_FOR_VIDEO
    assert found.name == "cues" and "fallback" in found.note
    assert f"models get {wanted[0]}" in found.note


@pytest.mark.parametrize("name", ["depth-anything-v2-small", "video-depth-anything-small"])
def test_a_network_whose_weights_are_not_here_is_refused(name):
    with pytest.raises(UnavailableError, match=f"models get {name}"):
        depth.load(name)


def test_unknown_names_are_refused_with_the_known_ones():
    with pytest.raises(OptionError, match="midas-9") as refusal:
        depth.load("midas-9")
    assert refusal.value.field == "depth_model" and "cues" in str(refusal.value)


def test_cues_take_no_weights():
    with pytest.raises(OptionError):
        depth.load("cues", weights="x.pth")


def test_names_are_unique_and_start_with_auto():
    names = depth.names()
    assert names[0] == "auto" and len(set(names)) == len(names)
