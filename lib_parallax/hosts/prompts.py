"""Several prompts as one of the webui's: `a lake :0.6 AND a forest :0.4`.

What it steers by is then the sum of what each prompt steers by, so weights that add up to 1 mix them.
A prompt may be such a composition already. Networks such as <lora:name:1> belong to the whole text, so
each is named once, by as much as the prompts that have it weigh.
"""

from __future__ import annotations

import re
from collections.abc import Sequence

from ..generate import Share

# As the webui reads them.
_AND = re.compile(r"\bAND\b")
_WEIGHT = re.compile(r":\s*([-+]?(?:\d+\.?|\d*\.\d+))\s*$")
_NETWORK = re.compile(r"<(\w+):([^<>]+)>")
_WEIGHED = ("lora", "lyco", "hypernet")  # kinds that are told how much they act; others stay as they are


def as_one(shares: Sequence[Share]) -> tuple[str, str]:
    """Prompt and negative prompt that stand for all `shares`; one alone stays as it is."""
    if len(shares) == 1:
        return shares[0].prompt, shares[0].negative
    parts = [part for share in shares for part in _weighed(_NETWORK.sub("", share.prompt), share.weight)]
    return " AND ".join(parts) + _networks(shares), _negative(shares)


def _weighed(text: str, weight: float) -> list[str]:
    """The parts of a prompt, each with its own weight as a share of the prompt's."""
    found = []
    for part in _AND.split(text):
        own = _WEIGHT.search(part)
        found.append(f"{_WEIGHT.sub('', part).strip()} :{_figure(weight * (float(own[1]) if own else 1))}")
    return found


def _networks(shares: Sequence[Share]) -> str:
    """The tags of all prompts' networks, each once; it acts on the words and on the picture."""
    amounts: dict[tuple[str, ...], tuple[float, float]] = {}
    others: list[str] = []
    for share in shares:
        for tag in _NETWORK.finditer(share.prompt):
            try:
                network, words, picture = _read(tag[1], tag[2])
            except ValueError:
                others += [tag[0]] * (tag[0] not in others)
                continue
            before = amounts.get(network, (0.0, 0.0))
            amounts[network] = before[0] + share.weight * words, before[1] + share.weight * picture
    tags = [
        f"<{':'.join((kind, name, *_two(*amount, always=bool(rest)), *rest))}>"
        for (kind, name, *rest), amount in amounts.items()
    ]
    return "".join(f" {tag}" for tag in (*tags, *others))


def _read(kind: str, text: str) -> tuple[tuple[str, ...], float, float]:
    """A network with what else it is told, and how much it acts on words and picture; ValueError where
    that cannot be told."""
    if kind not in _WEIGHED:
        raise ValueError(kind)
    name, *rest = text.split(":")
    plain = [item for item in rest if "=" not in item]
    named = dict(item.split("=", 1) for item in rest if "=" in item)
    words = float(named.pop("te", plain[0] if plain else 1.0))
    picture = float(named.pop("unet", plain[1] if len(plain) > 1 else words))
    return (kind, name, *plain[2:], *(f"{key}={value}" for key, value in named.items())), words, picture


def _two(words: float, picture: float, always: bool) -> list[str]:
    """Both amounts, or where they are alike one for both."""
    return [_figure(words)] if words == picture and not always else [_figure(words), _figure(picture)]


def _negative(shares: Sequence[Share]) -> str:
    """Negative prompts know no AND: where they differ, each is emphasised by its weight."""
    weights: dict[str, float] = {}
    for share in shares:
        weights[share.negative] = weights.get(share.negative, 0.0) + share.weight
    if len(weights) == 1:
        return shares[0].negative
    return ", ".join(f"({text}:{_figure(weight)})" for text, weight in weights.items() if text.strip())


def _figure(number: float) -> str:
    """As the webui reads it: without an exponent."""
    return f"{number:.4f}".rstrip("0").rstrip(".") or "0"
