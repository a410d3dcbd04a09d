"""A figure beside its target."""

from __future__ import annotations

from typing import NamedTuple

from _clock import Cost
from _report import Row


class Outcome(NamedTuple):
    """What was measured of a work, and its target; `measured` is None where the machine cannot tell."""

    work: str
    unit: str
    target: float
    measured: float | None
    cost: Cost | None = None
    at_least: bool = False

    def row(self) -> Row:
        return {
            "work": self.work,
            "target": f"{'>=' if self.at_least else '<='} {self.target:g} {self.unit}",
            "measured": self.measured,
            "verdict": verdict(self.measured, self.target, self.at_least),
            "cpu ms": None if self.cost is None else 1000 * self.cost.cpu_s,
            "gpu ms": None if self.cost is None else self.cost.gpu_ms,
        }


def verdict(measured: float | None, target: float, at_least: bool = False) -> str:
    if measured is None:
        return "not measured"
    return "met" if (measured >= target if at_least else measured <= target) else "MISSED"
