"""Several prompts as one of the webui's, read back by the rules that the webui documents."""

from __future__ import annotations

import re

import pytest

from lib_parallax.generate import Share
from lib_parallax.hosts.prompts import as_one


def composed(prompt: str) -> list[tuple[str, float]]:
    """The parts of a prompt as the webui sees them, once its networks are taken out."""
    parts = re.sub(r"<\w+:[^>]+>", "", prompt).split("AND")
    found = [re.fullmatch(r"\s*(.*?)(?:\s*:\s*([-+]?[\d.]+))?\s*", part, re.DOTALL) for part in parts]
    return [(match[1], float(match[2] or 1)) for match in found]


def networks(prompt: str) -> list[str]:
    return re.findall(r"<[^>]+>", prompt)


def test_one_prompt_is_left_alone():
    prompt = "a AND b :1.2 <lora:x:0.8>"
    assert as_one([Share(prompt, 1.0, "cars")]) == (prompt, "cars")


def test_two_prompts_share_by_their_weights():
    prompt, negative = as_one([Share("a lake", 0.6, "cars"), Share("a forest", 0.4, "cars")])
    assert (prompt, negative) == ("a lake :0.6 AND a forest :0.4", "cars")


def test_a_composition_keeps_its_own_weights_as_shares():
    prompt, _ = as_one([Share("a :1.5 AND b", 0.5), Share("a (forest:1.3)", 0.5)])
    assert composed(prompt) == [("a", 0.75), ("b", 0.5), ("a (forest:1.3)", 0.5)]
    # a word that merely holds it is none
    assert as_one([Share("SANDS", 0.5), Share("HAND", 0.5)])[0] == "SANDS :0.5 AND HAND :0.5"


def test_weights_are_written_without_an_exponent():
    prompt, _ = as_one([Share("a", 0.99999), Share("b", 0.00001)])
    assert composed(prompt) == [("a", 1.0), ("b", 0.0)]


@pytest.mark.parametrize(
    ("first", "second", "expected"),
    [
        ("a <lora:x:0.8>", "b", ["<lora:x:0.6>"]),
        ("a <lora:x:0.8>", "b <lora:x:0.4>", ["<lora:x:0.7>"]),
        ("a <lora:x>", "<lora:y:1>b", ["<lora:x:0.75>", "<lora:y:0.25>"]),
        ("a <lora:x:1:0.5>", "b", ["<lora:x:0.75:0.375>"]),
        ("a <lora:x:te=1:unet=0.5>", "b <lora:x:1>", ["<lora:x:1:0.625>"]),
        ("a <lora:x:1:dyn=8>", "b", ["<lora:x:0.75:0.75:dyn=8>"]),
        ("a <hypernet:h:1>", "b", ["<hypernet:h:0.75>"]),
        ("a <wildcard:w>", "b <wildcard:w>", ["<wildcard:w>"]),
        ("a <lora:x:much>", "b", ["<lora:x:much>"]),
    ],
)
def test_networks_are_named_once_by_what_their_prompts_weigh(first, second, expected):
    prompt, _ = as_one([Share(first, 0.75), Share(second, 0.25)])
    assert networks(prompt) == expected
    assert composed(prompt) == [("a", 0.75), ("b", 0.25)]


def test_negative_prompts_that_differ_are_emphasised_by_weight():
    _, negative = as_one([Share("a", 0.6, "cars"), Share("b", 0.3, "text, (frame:1.2)"), Share("c", 0.1)])
    assert negative == "(cars:0.6), (text, (frame:1.2):0.3)"


def test_an_empty_prompt_keeps_its_share():
    assert composed(as_one([Share("", 0.25), Share("b", 0.75)])[0]) == [("", 0.25), ("b", 0.75)]
