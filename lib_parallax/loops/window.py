"""The floating window: a frame that stands in front of what it cuts.

A near thing cut by the picture's edge is seen by one eye farther than by the other, at the
depth of the screen, though it stands before it. Masking, on each side, the strip that the
other eye does not see lifts the edge to that thing's depth.
"""

from __future__ import annotations

from fractions import Fraction
from typing import Any

import numpy as np

from ..warp.arrays import copied

EDGE = 0.02  # of the width, looked at on either side
SHARE = 0.05  # of the edge's height that must stand in front before the window moves
SETTLING = 0.5  # seconds in which the window follows what it cuts


class FloatingWindow:
    """Masks frames in order; the window glides, and starts anew at a cut."""

    def __init__(self) -> None:
        self._depth: tuple[float, float] | None = None  # of its left and right edge, % of width
        self._last = Fraction(0)

    def masked(self, left: Any, right: Any, percent: np.ndarray, pts: Fraction, cut: bool) -> tuple[Any, Any]:
        """Both views, numpy or torch, with their masks in black; disparity `percent` [H, W], % of width,
        + in front."""
        wanted = edge_depths(percent)
        if cut or self._depth is None:
            self._depth = wanted
        else:
            share = min(float(pts - self._last) / SETTLING, 1.0)
            now = self._depth
            self._depth = (now[0] + share * (wanted[0] - now[0]), now[1] + share * (wanted[1] - now[1]))
        self._last = pts
        at_left, at_right = (round(depth * left.shape[1] / 100) for depth in self._depth)
        if at_left:
            left = copied(left)
            left[:, :at_left] = 0
        if at_right:
            right = copied(right)
            right[:, -at_right:] = 0
        return left, right

    def state(self) -> dict[str, Any]:
        depth = None if self._depth is None else list(self._depth)
        return {"depth": depth, "last": [self._last.numerator, self._last.denominator]}

    def restore(self, state: dict[str, Any]) -> None:
        self._depth = None if state["depth"] is None else (float(state["depth"][0]), float(state["depth"][1]))
        self._last = Fraction(*(int(n) for n in state["last"]))


def above_ground(percent: np.ndarray) -> np.ndarray:
    """The rows whose edges count: ground that runs out of the picture on all sides disturbs nobody."""
    return percent[: max(1, round(percent.shape[0] * 3 / 4))]


def edge_depths(percent: np.ndarray) -> tuple[float, float]:
    """How far in front of the screen the things at the left and the right edge stand, % of width."""
    percent = above_ground(percent)
    strip = max(1, round(EDGE * percent.shape[1]))
    nearest = (np.quantile(s.max(axis=1), 1 - SHARE) for s in (percent[:, :strip], percent[:, -strip:]))
    left, right = (max(0.0, float(n)) for n in nearest)
    return left, right
