"""The text of a schedule taken apart: its entries, and the frames that their keys stand for."""

from __future__ import annotations

import math
import re
from collections.abc import Iterator
from dataclasses import dataclass
from fractions import Fraction

from ..errors import OptionError
from .expression import Misread, Value, parse, shown

Names = dict[str, Value]

LAST_FRAME = 10**9
SECONDS = re.compile(r"\s*(\d+\.?\d*|\.\d+)\s*s(?:ec(?:onds?)?)?\s*")
_NEAREST = 6  # decimals of a frame that a key in seconds is placed to
_MARKS = re.compile(r"[(),:\"']")
_QUOTES = "\"'"


@dataclass(frozen=True)
class Span:
    """A part of a text, without the space and the quotes around it."""

    start: int
    end: int

    @classmethod
    def within(cls, text: str, start: int, end: int) -> Span:
        for _ in range(2):  # once as it stands, once inside quotes
            part = text[start:end]
            start, end = start + len(part) - len(part.lstrip()), end - (len(part) - len(part.rstrip()))
            if end - start < 2 or text[start] not in _QUOTES or text[start] != text[end - 1]:
                break
            start, end = start + 1, end - 1
        return cls(start, max(start, end))

    def of(self, text: str) -> str:
        return text[self.start : self.end]


@dataclass(frozen=True)
class Entry:
    """`key` is None where no colon stands before the value."""

    key: Span | None
    value: Span


def entries_of(text: str) -> Iterator[Entry]:
    """The entries between the commas that stand in no parentheses and no quotes, or Misread."""
    start, colon, quote = 0, None, None
    opened: list[int] = []
    for mark in _MARKS.finditer(text):
        sign, place = mark.group(), mark.start()
        if quote is not None:
            quote = None if sign == text[quote] else quote
        elif sign in _QUOTES:
            quote = place
        elif sign == "(":
            opened.append(place)
        elif sign == ")" and not opened:
            raise Misread("a ) stands without its (", place)
        elif sign == ")":
            opened.pop()
        elif opened:
            continue
        elif sign == ",":
            yield _entry(text, start, colon, place)
            start, colon = place + 1, None
        elif colon is not None:
            raise Misread("a second colon: is a comma missing before this key?", place)
        else:
            colon = place
    if quote is not None:
        raise Misread("the quote is never closed", quote)
    if opened:
        raise Misread("the ( is never closed", opened[-1])
    yield _entry(text, start, colon, len(text))


def _entry(text: str, start: int, colon: int | None, end: int) -> Entry:
    if colon is None:
        return Entry(None, Span.within(text, start, end))
    return Entry(Span.within(text, start, colon), Span.within(text, colon + 1, end))


def known_names(
    frames: int | None = None, seed: int = 0, fps: float | Fraction = 30.0, field: str | None = None
) -> Names:
    """What the names in expressions stand for: `max_f` is the last of `frames`, `s` the seed.

    Raises OptionError for fewer frames than one and for a rate that is not above 0.
    """
    if frames is not None and frames < 1:
        raise OptionError(f"{field or 'frames'}: {frames} frames are too few for a timeline", field)
    if not 0 < fps < math.inf:
        raise OptionError(f"{field or 'fps'}: {fps} frames a second are no rate for a timeline", field)
    last = None if frames is None else float(frames - 1)
    return {"max_f": last, "s": float(seed), "fps": float(fps), "pi": math.pi, "e": math.e}


def frame_of(text: str, names: Names) -> int:
    """The frame that a key stands at. A computed one loses its fraction: max_f/3 of 100 frames is 33.

    Raises Misread for what is no expression of `names`, negative, or written with a fraction.
    """
    expression = parse(text, names, variable=None)
    frame = expression.at(0.0)
    if not abs(frame) <= LAST_FRAME:
        raise Misread(f"the key {shown(text.strip())} is {frame:g}, which is no frame", 0)
    if expression.number is not None and frame != math.floor(frame):
        raise Misread(f"the key {shown(text.strip())} is not a whole number", 0)
    if frame < 0:
        raise Misread(f"the key {shown(text.strip())} is frame {math.floor(frame)}, before the start", 0)
    return math.floor(frame)


def place_of(text: str, names: Names) -> float:
    """The frame of a key that may be given in seconds as well: 1.5s, which may lie between two frames.

    Raises Misread as frame_of does.
    """
    seconds = SECONDS.fullmatch(text)
    if seconds is None:
        return frame_of(text, names)
    rate = names["fps"]
    assert isinstance(rate, float)
    frame = float(seconds.group(1)) * rate
    if not frame <= LAST_FRAME:
        raise Misread(f"the key {shown(text.strip())} is {frame:g}, which is no frame", 0)
    return round(frame, _NEAREST)
