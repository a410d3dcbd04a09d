"""Which estimator a name brings, and what is said when it cannot."""

from __future__ import annotations

import numpy as np
import pytest
import torch
from safetensors.torch import save_file
from tiny_networks import TINY, weights

from lib_parallax import depth
from lib_parallax.depth.depth_anything_v2 import network
from lib_parallax.errors import OptionError, ParallaxError, UnavailableError
from lib_parallax.weights.runner import Runner


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


@pytest.mark.parametrize("name", ["cues", "auto"])
def test_weights_need_the_name_of_their_network(name):
    with pytest.raises(OptionError, match="name the network") as refusal:
        depth.load(name, weights="x.pth")
    assert refusal.value.field == "depth_weights"


NETWORKS = ["depth-anything-v2-small", "video-depth-anything-small", "streaming-video-depth-anything-small"]


@pytest.fixture
def of_another(tmp_path):
    """A file of weights, of a much smaller network."""
    path = tmp_path / "mine.safetensors"
    save_file(weights(lambda: network.Network(TINY)), path)
    return path


@pytest.mark.parametrize("name", NETWORKS)
def test_weights_of_another_shape_get_a_clear_sentence(name, of_another):
    estimator = depth.load(name, "cpu", of_another, input_size=28)
    assert "mine.safetensors" in estimator.note
    sentence = rf"mine\.safetensors does not hold the weights of {name}: \S+ is "
    with pytest.raises(ParallaxError, match=sentence):
        estimator.estimate(np.zeros((28, 28, 3), np.uint8))


@pytest.mark.parametrize("name", NETWORKS)
def test_a_file_that_is_not_there(name):
    with pytest.raises(ParallaxError, match=r"there is no file of weights at gone\.pth"):
        depth.load(name, weights="gone.pth")


@pytest.mark.parametrize("name", NETWORKS)
@pytest.mark.parametrize(
    ("precision", "wanted"),
    [("auto", torch.float32), ("fp32", torch.float32), ("fp16", torch.float16), ("bf16", torch.bfloat16)],
)
def test_precision_and_compiler_reach_the_network(name, precision, wanted, of_another, monkeypatch):
    made = []
    monkeypatch.setattr(Runner, "__init__", recording(Runner.__init__, made))
    depth.load(name, "cpu", of_another, precision=precision, compiled=True)
    (runner,) = made
    assert runner.dtype == wanted and runner._compiled is True


def recording(init, made):
    def recorded(self, *arguments, **keywords):
        init(self, *arguments, **keywords)
        made.append(self)

    return recorded


def test_names_are_unique_and_start_with_auto():
    names = depth.names()
    assert names[0] == "auto" and len(set(names)) == len(names)
