"""The text of a schedule read into its keys."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import TypeVar

from .easing import WAYS, last_word
from .expression import Expression, Misread, parse, shown
from .keys import Entry, Names, Span, entries_of, place_of

T = TypeVar("T")


@dataclass(frozen=True)
class Key:
    """From `frame` on the value is that of `expression`, which was written as `text`.

    way    how it gets to the next key: one of WAYS, or "" where the expression is computed anew for
           every frame
    place  the frame as it was written
    """

    frame: float
    expression: Expression
    text: str
    way: str = ""
    place: str = ""


def read(text: str, names: Names) -> tuple[Key, ...]:
    """The keys of a schedule's text in ascending order, or Misread for the first fault in it."""
    if not text.strip():
        raise Misread("a number or a key such as 0:(1.0) is needed", 0)
    way, entries = "", entries_of(text)
    found: dict[float, Key] = {}
    for index, entry in enumerate(entries):
        if entry.key is not None:
            key = _key(text, entry.key, entry.value, way, names)
            if key.frame in found:
                raise Misread(f"there are two keys for frame {key.frame:.12g}", entry.key.start)
            found[key.frame] = key
        elif index == 0 and entry.value.of(text) in WAYS:
            way = entry.value.of(text)
        elif index == 0 and _is_last(entries):
            return (_key(text, None, entry.value, way, names),)
        elif index == 0 or entry.value.of(text) or not _is_last(entries):
            raise Misread("a frame and a colon are missing before the value", entry.value.start)
    if not found:
        raise Misread("a number or a key such as 0:(1.0) is needed", len(text))
    return tuple(found[frame] for frame in sorted(found))


def _is_last(entries: Iterator[Entry]) -> bool:
    return next(entries, None) is None


def _key(text: str, place: Span | None, span: Span, way: str, names: Names) -> Key:
    """A key; `way` is the one of numbers that name none themselves."""
    frame = 0.0 if place is None else _at(place, text, place_of, names)
    expression, value, own = _value(text, span, names)
    if not own and expression.number is not None:
        own = way or "linear"
    return Key(frame, expression, value.of(text), own, "" if place is None else place.of(text))


def _value(text: str, span: Span, names: Names) -> tuple[Expression, Span, str]:
    """The expression of a key, where it stands, and the way behind it or nothing."""
    word = last_word(span.of(text))
    if word is None:
        return _at(span, text, parse, names), span, ""
    before, name = Span.within(text, span.start, span.start + word.start()), word.group().strip()
    if name.lower() in WAYS:
        return _at(before, text, parse, names), before, name.lower()
    try:
        return _at(span, text, parse, names), span, ""
    except Misread:
        _at(before, text, parse, names)
    ways = ", ".join(WAYS)
    raise Misread(f"{shown(name)} is not a way to the next key; there are {ways}", span.start + word.start())


def _at(span: Span, text: str, read: Callable[[str, Names], T], names: Names) -> T:
    """What `read` makes of a part of the text; a Misread is moved to its place in the whole."""
    try:
        return read(span.of(text), names)
    except Misread as misread:
        raise Misread(str(misread), misread.position + span.start) from None
