"""Lists of numbers as people write them: distances with units, heights, factors, an order."""

from __future__ import annotations

import re

from ...errors import OptionError
from .cutting.distances import back_to_front

METRES = {
    "mm": 1e-3, "cm": 1e-2, "dm": 0.1, "m": 1.0, "km": 1e3,
    "in": 0.0254, "ft": 0.3048, "yd": 0.9144, "mi": 1609.344,
}  # fmt: skip
_NUMBER = re.compile(
    r"([+-]?(?:\d+(?:\.\d*)?|\.\d+)(?:e[+-]?\d+)?)\s*([^\d\s.,;+-][^\d.,;+-]*)?", re.IGNORECASE
)
MOST = 1e12
MOST_LAYERS = 256
MOST_GAIN = 100.0


def numbers(text: str, name: str) -> list[tuple[float, str]]:
    """The numbers of a list and their units, "" for none. Raises OptionError, naming the entry.

    Commas part them, or semicolons, beside which a comma is a decimal one.
    """
    found = []
    apart = ";" if ";" in text else ","
    for part in text.strip().strip(apart).split(apart):
        entry = part.strip()
        match = _NUMBER.fullmatch(entry.replace(",", ".") if apart == ";" else entry)
        if match is None or abs(float(match[1])) > MOST:
            raise OptionError(f"{name}: {entry!r} is no number; write them as 280, 12.5, 70", name)
        found.append((float(match[1]), (match[2] or "").strip().lower()))
    return found


def distances_of(text: str) -> tuple[float, ...]:
    """Distances in one and the same unit, all above 0. Raises OptionError."""
    read = numbers(text, "distances")
    units = {unit for _, unit in read}
    if len(units) > 1 and not units <= METRES.keys():
        odd = ", ".join(sorted(unit for unit in units if unit and unit not in METRES))
        why = f"{odd} cannot be turned into the others" if odd else "some have none"
        raise OptionError(f"distances: the units differ, and {why}; use one for all", "distances")
    scale = METRES if len(units) > 1 else dict.fromkeys(units, 1.0)
    found = tuple(value * scale[unit] for value, unit in read)
    for value, (number, unit) in zip(found, read, strict=True):
        if value <= 0:
            raise OptionError(
                f"distances: {number:g}{unit and ' ' + unit}; a layer must be farther away than 0",
                "distances",
            )
    return found


def plain_numbers(text: str, name: str) -> tuple[float, ...]:
    """Numbers without units, none below 0. Raises OptionError."""
    read = numbers(text, name)
    for value, unit in read:
        if unit or value < 0:
            raise OptionError(f"{name}: {value:g}{unit} is no number of 0 or more", name)
    return tuple(value for value, _ in read)


def order_of(text: str | None, distances: tuple[float, ...]) -> tuple[int, ...]:
    """The layers from back to front. Raises OptionError for an order that leaves one out."""
    if text is None:
        return back_to_front(distances)
    read = plain_numbers(text, "order")
    if sorted(read) != list(range(len(distances))):
        every = ",".join(map(str, range(len(distances))))
        raise OptionError(f"order: {text!r} must hold each of {every} once", "order")
    return tuple(int(value) for value in read)
