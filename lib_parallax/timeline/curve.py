"""A schedule as an editor holds it: keys that can be added, moved and taken away, text and JSON."""

from __future__ import annotations

import math
from collections.abc import Iterable, Mapping
from dataclasses import asdict, dataclass
from itertools import pairwise
from typing import Any

import numpy as np

from ..errors import OptionError
from .easing import WAYS
from .expression import shown
from .reading import Key
from .schedule import Schedule

MOST_POINTS = 100_000
_FIELDS = ("frame", "value", "way", "place")


@dataclass(frozen=True)
class CurveKey:
    """`value` is a number or the text of an expression, which `way` "" computes anew for every frame.

    way    how it gets to the next key, one of WAYS
    place  the frame as it was written, where that is more than its number: "max_f-1", "1.5s"; a key
           that is moved loses it
    """

    frame: float
    value: float | str
    way: str = ""
    place: str = ""


@dataclass(frozen=True)
class Curve:
    """The keys of a schedule, in ascending order and one a frame."""

    keys: tuple[CurveKey, ...]

    @classmethod
    def parse(cls, text: str | float, **known: Any) -> Curve:
        """The keys of a schedule's text; `known` and errors are those of Schedule.parse."""
        return cls(tuple(_key_of(key) for key in Schedule.parse(text, **known).keys))

    @classmethod
    def from_json(cls, content: Any, name: str = "curve") -> Curve:
        """What to_json gave: {"keys": [{"frame": 0, "value": 1.0, "way": "linear"}, ...]}, or the list alone.

        A frame without a place is rounded to a whole one. Raises OptionError, naming the key; expressions
        are read when the curve's text is.
        """
        rows = content.get("keys") if isinstance(content, Mapping) else content
        if not isinstance(rows, (list, tuple)) or not rows:
            raise OptionError(f"{name}: there must be a list of keys with at least one", name)
        return cls._of(
            (_checked(row, f"{name}: key {index + 1}", name) for index, row in enumerate(rows)), name
        )

    def to_json(self) -> dict[str, Any]:
        """Of plain dicts, lists, numbers and text."""
        return {"keys": [{k: v for k, v in asdict(key).items() if k != "place" or v} for key in self.keys]}

    @property
    def text(self) -> str:
        """The text of the schedule: 0:(1.0), 30:(1.2*sin(t/10)), "max_f-1":(2) step."""
        return ", ".join(_written(key) for key in self.keys)

    def with_key(self, key: CurveKey) -> Curve:
        """With a key more, or another one at its frame."""
        return Curve._of([key, *(other for other in self.keys if other.frame != key.frame)], "curve")

    def without(self, frame: float) -> Curve:
        """Without the key at a frame. Raises OptionError where there is none, and for the last one."""
        left = tuple(key for key in self.keys if key.frame != frame)
        if len(left) == len(self.keys) or not left:
            reason = "there is no other key" if not left else "there is no key"
            raise OptionError(f"curve: {reason} at frame {frame:.12g}", "curve")
        return Curve(left)

    @classmethod
    def _of(cls, keys: Iterable[CurveKey], name: str) -> Curve:
        placed = sorted(keys, key=lambda key: key.frame)
        for key, following in pairwise(placed):
            if key.frame == following.frame:
                raise OptionError(f"{name}: there are two keys for frame {key.frame:.12g}", name)
        return cls(tuple(placed))


def sample(schedule: Schedule, points: int, first: float, last: float) -> tuple[np.ndarray, np.ndarray]:
    """Frames and values, float64 [points] each, evenly from `first` to `last`; NaN where there is no value.

    Raises OptionError for points outside of 1..100000.
    """
    if not 1 <= points <= MOST_POINTS:
        raise OptionError(f"points: {points} is not from 1 to {MOST_POINTS}", "points")
    frames = np.linspace(first, last, points)
    return frames, np.array([_or_nan(schedule, frame) for frame in frames], np.float64)


def number_text(value: float) -> str:
    """A number as it stands in schedules, read back to the same float."""
    return str(int(value)) if value == int(value) and abs(value) < 1e15 else repr(float(value))


def _or_nan(schedule: Schedule, frame: float) -> float:
    try:
        return schedule.at(frame)
    except OptionError:
        return math.nan


def _key_of(key: Key) -> CurveKey:
    number = key.expression.number
    value = _bare(key.text) if number is None else number
    place = "" if key.place.isdigit() else key.place
    return CurveKey(key.frame, value, key.way, place)


def _bare(text: str) -> str:
    """The text without parentheses around all of it."""
    depth = 0
    for place, sign in enumerate(text):
        depth += (sign == "(") - (sign == ")")
        if depth == 0 and place < len(text) - 1:
            return text
    return text[1:-1].strip() if text.startswith("(") and depth == 0 else text


def _written(key: CurveKey) -> str:
    place = f'"{key.place}"' if key.place else str(round(key.frame))
    if isinstance(key.value, str):
        return f"{place}:({key.value})" + (f" {key.way}" if key.way else "")
    way = f" {key.way}" if key.way not in ("", "linear") else ""
    return f"{place}:({number_text(key.value)}){way}"


def _checked(row: Any, where: str, name: str) -> CurveKey:
    if not isinstance(row, Mapping) or not {"frame", "value"} <= set(row) <= set(_FIELDS):
        raise OptionError(
            f"{where} must have frame and value, may have way and place, and nothing else", name
        )
    frame, value, way, place = row["frame"], row["value"], row.get("way", ""), row.get("place", "")
    if not _is_number(frame) or frame < 0:
        raise OptionError(f"{where}: {shown(frame)} is no frame", name)
    if not isinstance(value, str) and not _is_number(value):
        raise OptionError(f"{where}: {shown(value)} is neither a number nor an expression", name)
    if way != "" and way not in WAYS:
        raise OptionError(
            f"{where}: {shown(way)} is not a way to the next key; there are {', '.join(WAYS)}", name
        )
    if not isinstance(place, str):
        raise OptionError(f"{where}: {shown(place)} is not text", name)
    return CurveKey(
        float(frame if place else round(frame)), value if isinstance(value, str) else float(value), way, place
    )


def _is_number(value: Any) -> bool:
    return isinstance(value, (int, float)) and not isinstance(value, bool) and abs(value) <= 1e300
