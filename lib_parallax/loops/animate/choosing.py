"""Which frames are keys: told from small pictures as they stream by, shot by shot.

No more of them are held than the longest gap has frames.
"""

from __future__ import annotations

import re
from bisect import bisect_right
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass
from typing import NamedTuple

import numpy as np

from ...errors import OptionError
from ...options import AnimateOptions
from .change import peaks
from .coverage import covering

RULES = ("coverage", "edges", "mse", "all")
GRAMMAR = "coverage, edges, mse, every:12, all, or the numbers of frames such as 0,10,20"

_EVERY = re.compile(r"every\s*:\s*(\S+)")


@dataclass(frozen=True)
class Look:
    """A frame as keys are chosen by it.

    index  its number, from 0
    cut    a shot begins with it
    grey   uint8 luma `[h, w]`, small, of one size for all frames of a clip
    """

    index: int
    cut: bool
    grey: np.ndarray


class Key(NamedTuple):
    """A frame that is painted. `cut` is True where the key before it belongs to another shot."""

    index: int  # type: ignore[assignment]  # hides the tuple's method, which nobody needs
    cut: bool


class Rule(NamedTuple):
    """What the option `keys` says: a name, how far apart (every:N), or the numbers themselves, rising."""

    name: str
    every: int = 0
    numbers: tuple[int, ...] = ()


def rule_of(text: str) -> Rule:
    """The option `keys`, read. Raises OptionError."""
    plain = text.strip().lower()
    if plain in RULES:
        return Rule(plain)
    if plain.startswith("every"):
        every = _EVERY.fullmatch(plain)
        number = _whole(every[1]) if every is not None else None
        if not number:
            raise _refusal(f"{text.strip()!r} does not say how far apart; write every:12, 1 being the least")
        return Rule("every", every=number)
    words = plain.replace(",", " ").split()
    if not words:
        raise _refusal(f"there are none; choose {GRAMMAR}")
    numbers = [_whole(word) for word in words]
    wrong = next((word for word, number in zip(words, numbers, strict=True) if number is None), None)
    if wrong is not None:
        what = (
            "is before the first frame, 0" if re.fullmatch(r"-\d+", wrong) else "is not the number of a frame"
        )
        if len(words) == 1 and not wrong[:1].isdigit() and wrong[0] != "-":
            what = f"is not one of {GRAMMAR}"
        raise _refusal(f"{wrong!r} {what}")
    return Rule("numbers", numbers=tuple(sorted({number for number in numbers if number is not None})))


def check_length(rule: Rule, frames: int) -> None:
    """Raises OptionError where a key is numbered that a clip of so many frames does not have."""
    beyond = next((number for number in rule.numbers if number >= frames), None)
    if beyond is not None:
        has = "has one frame, number 0" if frames == 1 else f"has {frames} frames, 0 to {frames - 1}"
        raise _refusal(f"there is no frame {beyond}; the clip {has}")


def choose(looks: Iterable[Look], options: AnimateOptions) -> Iterator[Key]:
    """The keys of a clip in order, each given as soon as it is certain.

    The first frame of every shot is one, unless they are numbered. Raises OptionError for an
    option that cannot be read, and at the end for a number that the clip does not have.
    """
    rule = rule_of(options.keys)
    if rule.numbers:
        yield from _numbered(looks, rule)
        return
    choice = _choice(rule, options)
    for shot in shots(looks):
        for place, index in enumerate(choice(shot)):
            yield Key(index, place == 0)


def keys_of(numbers: Iterable[int], cuts: Sequence[int]) -> list[Key]:
    """Keys by their numbers. `cuts` are the first frames of all shots, rising."""
    keys: list[Key] = []
    last = -1
    for number in sorted(numbers):
        shot = bisect_right(cuts, number)
        keys.append(Key(number, shot != last))
        last = shot
    return keys


def shots(looks: Iterable[Look]) -> Iterator[Iterator[Look]]:
    """The looks of one shot after the other; a shot must be gone through before the next is asked for."""
    stream = iter(looks)
    following = next(stream, None)

    def shot(first: Look) -> Iterator[Look]:
        nonlocal following
        yield first
        for look in stream:
            if look.cut:
                following = look
                return
            yield look

    while following is not None:
        first, following = following, None
        rest = shot(first)
        yield rest
        for _ in rest:
            pass


def _choice(rule: Rule, options: AnimateOptions) -> Callable[[Iterator[Look]], Iterator[int]]:
    """How the keys of a shot are found, its first frame first."""
    gaps = options.shortest_gap, max(options.shortest_gap, options.longest_gap)
    if rule.name == "coverage":
        return lambda shot: covering(_numbered_greys(shot), options.unseen / 100, *gaps)
    if rule.name in ("edges", "mse"):
        return lambda shot: peaks(_numbered_greys(shot), rule.name, *gaps)
    every = rule.every if rule.name == "every" else 1
    return lambda shot: (look.index for place, look in enumerate(shot) if place % every == 0)


def _numbered_greys(shot: Iterable[Look]) -> Iterator[tuple[int, np.ndarray]]:
    return ((look.index, look.grey) for look in shot)


def _numbered(looks: Iterable[Look], rule: Rule) -> Iterator[Key]:
    wanted, frames, cut = set(rule.numbers), 0, True
    for look in looks:
        frames += 1
        cut = cut or look.cut
        if look.index in wanted:
            yield Key(look.index, cut)
            cut = False
    check_length(rule, frames)


def _whole(word: str) -> int | None:
    return int(word) if re.fullmatch(r"\d{1,9}", word) else None


def _refusal(message: str) -> OptionError:
    return OptionError(f"keys: {message}", "keys")
