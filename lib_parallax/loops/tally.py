"""What a loop counts for its report: alone of all that it remembers it goes on over cuts.

A loop that can be divided at its cuts has `tally(options) -> Tally`, and its `frames` take
`end`, the index of a cut. At their end they tell an Event of kind "tally" with what was
counted, so that shots made apart add up to the report of one run.
"""

from __future__ import annotations

from collections.abc import Mapping
from types import ModuleType
from typing import Any, Protocol


class Tally(Protocol):
    """name  of what it leaves in a boundary's state"""

    name: str

    def state(self) -> dict[str, Any]:
        """Everything counted so far."""

    def restore(self, state: dict[str, Any]) -> None:
        """Goes on from what `state` gave."""

    def follow(self, later: Mapping[str, Any]) -> None:
        """Adds the `state` of another that began anew, at the cut that ended what this one counted."""

    def report(self) -> dict[str, Any]:
        """The figures so far, ready for JSON."""


def tally_of(loop: ModuleType, options: Any) -> Tally | None:
    """The loop's tally, empty; None for a loop that cannot be divided at its cuts."""
    made: Tally | None = loop.tally(options) if hasattr(loop, "tally") else None
    return made
