"""What a record says, as far as it can be: strips that are shown again may come from anyone.

Each function gives back what it was given, and raises ValueError for what no scroll writes.
"""

from __future__ import annotations

import math
import re
from itertools import pairwise
from typing import Any

from .measures import MOST_LAYERS

LARGEST = 32768  # pixels of a picture's side, as for a result's
FARTHEST = 2**40  # pixels from the start of a strip
_NAME = re.compile(r"layer-\d{1,9}-step-\d{1,9}-\d{1,9}", re.ASCII)  # it names a file, so it has no slashes


def about(told: dict[str, Any]) -> dict[str, Any]:
    """What is true of all steps."""
    for side in _as_many(told.get("size"), 2):
        _whole(side, 1, LARGEST)
    layers = _whole(told.get("layers"), 1, MOST_LAYERS)
    _number(told.get("direction"), 0, 360)
    if not isinstance(told.get("kind"), str):
        raise ValueError("kind")
    if told.get("distances") is not None:
        for distance in _as_many(told["distances"], layers):
            _number(distance, 1e-12, math.inf)
    if told["kind"] != "bands" or told.get("spans") is not None:
        for span in _as_many(told.get("spans"), layers):
            for end in () if span is None else _as_many(span, 2):
                _number(end, -FARTHEST, FARTHEST)
    if told.get("borders") is not None:
        for above, below in pairwise(_as_many(told["borders"], layers + 1)):
            _number(above, 0, told["size"][1])
            _number(below, above, told["size"][1])
    if told.get("periods") is not None:
        for period in _as_many(told["periods"], layers):
            if period is not None:
                _whole(max(_whole(abs(part), 0, FARTHEST) for part in _as_many(period, 2)), 1, FARTHEST)
    return told


def step(told: dict[str, Any], layers: int = MOST_LAYERS) -> dict[str, Any]:
    """What was painted in one, in so many layers at most."""
    if not isinstance(told.get("pieces"), list):
        raise ValueError("pieces")
    for piece in told["pieces"]:
        _placed(piece, layers)
        if not isinstance(piece.get("name"), str) or _NAME.fullmatch(piece["name"]) is None:
            raise ValueError("name")
    return told


def things(told: Any, layers: int) -> list[dict[str, Any]]:
    """Things that were cut out of the picture."""
    if not isinstance(told, list):
        raise ValueError("things")
    for thing in told:
        _placed(thing, layers)
    return told


def _placed(entry: Any, layers: int) -> None:
    if not isinstance(entry, dict):
        raise ValueError("entry")
    _whole(entry.get("layer"), 0, layers - 1)
    for name in ("x", "y"):
        _whole(entry.get(name), -FARTHEST, FARTHEST)
    for name in ("width", "height"):
        _whole(entry.get(name), 1, FARTHEST)


def _as_many(value: Any, count: int) -> list[Any]:
    if not isinstance(value, list) or len(value) != count:
        raise ValueError(f"not {count} values")
    return value


def _whole(value: Any, low: int, high: int) -> int:
    if isinstance(value, bool) or not isinstance(value, int) or not low <= value <= high:
        raise ValueError(f"not a whole number from {low} to {high}")
    return value


def _number(value: Any, low: float, high: float) -> None:
    if isinstance(value, bool) or not isinstance(value, int | float) or not low <= value <= high:
        raise ValueError(f"not a number from {low} to {high}")
    if not math.isfinite(value):
        raise ValueError("not finite")
