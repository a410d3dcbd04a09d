"""Numbers over time in the grammar that Deforum's users know: `0:(1.0), 30:(1.2*sin(t/10))`.

docs/timeline.md describes the grammar, and where it parts from Deforum's.
"""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from fractions import Fraction
from typing import TypeVar

import numpy as np

from ..errors import OptionError
from .expression import Expression, Misread, parse, shown
from .keys import Names, Span, entries_of, frame_of, known_names

MOST_CHARACTERS = 1_000_000
LARGEST = 1e300  # two such values can still be subtracted

T = TypeVar("T")


@dataclass(frozen=True)
class Key:
    """From `frame` on the value is that of `expression`, which was written as `text`."""

    frame: int
    expression: Expression
    text: str


@dataclass(frozen=True, eq=False)
class Schedule:
    """A number for every frame. `keys` in ascending order; `name` is what messages call it."""

    keys: tuple[Key, ...]
    name: str = "schedule"

    @classmethod
    def parse(
        cls,
        text: str | float,
        frames: int | None = None,
        seed: int = 0,
        fps: float | Fraction = 30.0,
        name: str = "schedule",
    ) -> Schedule:
        """A schedule from its text, or one number for all frames.

        frames  how many there are; `max_f` is the last one's number, and unknown where this is None
        seed    `s` in expressions
        fps     frames a second, `fps` in expressions
        name    the option's name, for messages and as their field

        Raises OptionError, saying what is wrong and at which character.
        """
        if isinstance(text, (int, float)) and not isinstance(text, bool):
            text = str(text)
        if not isinstance(text, str):
            raise OptionError(f"{name}: {shown(text)} is not the text of a schedule", name)
        if len(text) > MOST_CHARACTERS:
            raise OptionError(
                f"{name}: {len(text)} characters are too many; {MOST_CHARACTERS} are allowed", name
            )
        names = known_names(frames, seed, fps, name)
        try:
            return cls(_read(text, names), name)
        except Misread as misread:
            raise OptionError(f"{name}: {misread}, {_place(text, misread.position)}", name) from None

    def at(self, frame: float) -> float:
        """The value at a frame, which may lie between two or before the first key.

        Raises OptionError, naming the frame, where the value is infinite or not a number.
        """
        frame = float(frame)
        index = bisect_right(self.keys, frame, key=lambda key: key.frame) - 1
        if index < 0:
            return self._value(self.keys[0], self.keys[0].frame)
        key = self.keys[index]
        start = self._value(key, frame)
        if key.expression.number is None or index + 1 == len(self.keys):
            return start
        following = self.keys[index + 1]
        end = self._value(following, following.frame)
        return start + (end - start) * ((frame - key.frame) / (following.frame - key.frame))

    def values(self, frames: Iterable[float]) -> np.ndarray:
        """The values at many frames, float64 `[N]`; each is what `at` gives."""
        return np.array([self.at(frame) for frame in frames], np.float64)

    def _value(self, key: Key, frame: float) -> float:
        value = key.expression.at(frame)
        if not abs(value) <= LARGEST:
            what = f"{shown(key.text)} is {value:g} at frame {frame:.12g}"
            raise OptionError(f"{self.name}: {what}; it must be a finite number", self.name)
        return value


def _read(text: str, names: Names) -> tuple[Key, ...]:
    """The keys of a schedule's text in ascending order, or Misread."""
    if not text.strip():
        raise Misread("a number or a key such as 0:(1.0) is needed", 0)
    entries = list(entries_of(text))
    if len(entries) == 1 and entries[0].key is None:
        return (_key(0, text, entries[0].value, names),)
    found: dict[int, Key] = {}
    for entry in entries:
        if entry.key is None:
            if entry is entries[-1] and not entry.value.of(text):
                break  # what follows a comma at the very end
            raise Misread("a frame and a colon are missing before the value", entry.value.start)
        frame = _at(entry.key, text, frame_of, names)
        if frame in found:
            raise Misread(f"there are two keys for frame {frame}", entry.key.start)
        found[frame] = _key(frame, text, entry.value, names)
    return tuple(found[frame] for frame in sorted(found))


def _key(frame: int, text: str, span: Span, names: Names) -> Key:
    return Key(frame, _at(span, text, parse, names), span.of(text))


def _at(span: Span, text: str, read: Callable[[str, Names], T], names: Names) -> T:
    """What `read` makes of a part of the text; a Misread is moved to its place in the whole."""
    try:
        return read(span.of(text), names)
    except Misread as misread:
        raise Misread(str(misread), misread.position + span.start) from None


def _place(text: str, position: int) -> str:
    rest = " ".join(text[position : position + 30].split())
    return f"at character {position + 1}: {rest!r}" if rest else "at the end"
