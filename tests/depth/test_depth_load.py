"""Names: what is here, what is not here yet, what nobody knows."""

from __future__ import annotations

import pytest

from lib_parallax import depth
from lib_parallax.errors import OptionError, UnavailableError


@pytest.mark.parametrize("name", depth.NETWORKS)
def test_a_network_that_is_not_here_names_what_is(name):
    with pytest.raises(UnavailableError, match=f"{name}.*cues"):
        depth.load(name)


def test_an_unknown_name():
    with pytest.raises(OptionError, match="known are auto, cues") as caught:
        depth.load("midas-9")
    assert caught.value.field == "depth_model"


def test_cues_take_no_weights():
    with pytest.raises(OptionError, match=r"x\.pth"):
        depth.load("cues", weights="x.pth")
