"""Texts and values that are nearly right, for hypothesis to draw."""

from __future__ import annotations

import json
import random

from damage import damaged
from hypothesis import strategies as st

WORDS = (
    "0", "1", "7", "1e9", "-3", ".5", "1.5s", "max_f", "max_f-1", "t", "s", "fps", "pi", "e", "audio.bass",
    "sin(t)", "where(t>3, 1, 0)", "(", ")", "((", "))", ":", ",", ":(", "),", "=", "linear", "step", "cubic",
    "pchip", "bounce", "+", "-", "*", "/", "**", "%", "//", "<", ">=", "&", "|", "~", "!", '"', "'",
    "[", "]", "{",
    "}", "\n", " ", "\t", "nan", "inf", "10**10**10", "9" * 400, "a.b.c", "lambda: 0", "__import__",
    "\0", "\x1b",
    "é", "名", "\ud800", "1_0", "red|blue", "<lora:x:1>", "--neg", "@ -12 dB", "pan 0.4", ";", "WxH",
    "640x480",
    "null", "true", "\ufeff",
)  # fmt: skip

texts = st.one_of(
    st.lists(st.sampled_from(WORDS), max_size=14).map("".join),
    st.lists(st.sampled_from(WORDS), max_size=14).map(" ".join),
    st.text(max_size=40),
)

leaves = st.one_of(
    st.none(), st.booleans(), st.integers(-5, 200), st.sampled_from((10**9, -(10**30), 2**63, 1e308)),
    st.floats(), texts,
)  # fmt: skip


def values(names: list[str]) -> st.SearchStrategy:
    """JSON whose keys are mostly `names`."""
    keys = st.one_of(st.sampled_from(names), st.integers(-2, 200).map(str), texts)
    return st.recursive(
        leaves,
        lambda inner: st.one_of(st.lists(inner, max_size=4), st.dictionaries(keys, inner, max_size=5)),
        max_leaves=12,
    )


def mutated(wholes: list) -> st.SearchStrategy[bytes]:
    """Whole examples, text or JSON, damaged as files are; or with another value in the place of one."""
    encoded = [
        (whole if isinstance(whole, str) else json.dumps(whole)).encode("utf-8", "surrogatepass")
        for whole in wholes
    ]
    shapes = [whole for whole in wholes if not isinstance(whole, str)]
    by_bytes = st.tuples(st.sampled_from(encoded), st.integers(0, 10**9), st.sampled_from(encoded)).map(
        lambda drawn: damaged(*drawn)
    )
    if not shapes:
        return by_bytes
    by_value = st.tuples(st.sampled_from(shapes), st.integers(0, 10**9), leaves).map(
        lambda drawn: json.dumps(_replaced(drawn[0], random.Random(drawn[1]), drawn[2])).encode()
    )
    return st.one_of(by_bytes, by_value)


def _replaced(whole, chance: random.Random, value):
    """`whole` with another value somewhere in it, or without one."""
    if not isinstance(whole, (dict, list)) or not whole or chance.random() < 0.2:
        return value
    if isinstance(whole, list):
        at = chance.randrange(len(whole))
        return [_replaced(item, chance, value) if n == at else item for n, item in enumerate(whole)]
    key = chance.choice(list(whole))
    if chance.random() < 0.15:
        return {name: item for name, item in whole.items() if name != key}
    return {name: _replaced(item, chance, value) if name == key else item for name, item in whole.items()}
