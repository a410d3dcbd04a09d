"""Which frames a window holds, and how the windows of a shot are laid over one another.

A window is 32 frames; its first ten are taken again from the window before it: the shot's first
frame, one from its middle and its last eight. By the first two the new window's depth is brought
to the scale of the shot, over the eight it fades in.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np

LENGTH = 32
OVERLAP = 10
FADE = 8  # frames over which one window gives way to the next
ANCHORS = OVERLAP - FADE  # frames by which a window is brought to the scale of those before
STEP = LENGTH - OVERLAP
MIDDLE = 12  # position in a window of the next one's second anchor

Line = tuple[float, float]  # scale and shift


def members(window: int) -> list[int]:
    """The frames of a window, counted from the shot's first."""
    if window == 0:
        return list(range(LENGTH))
    start = window * STEP
    return [0, start - STEP + MIDDLE, *range(start + ANCHORS, start + LENGTH)]


def needed_after(window: int, frame: int) -> bool:
    """Whether a window behind `window` holds the frame."""
    start = window * STEP
    return frame == 0 or frame == start + MIDDLE or frame >= start + STEP + ANCHORS


def firsts(window: int) -> int:
    """The first frame that a window has a say in."""
    return window * STEP + (ANCHORS if window else 0)


def settled(window: int) -> int:
    """The first frame that the window behind `window` may still change."""
    return firsts(window + 1)


def fitted(depth: np.ndarray, target: np.ndarray) -> Line:
    """Scale and shift that bring `depth` closest to `target` in the least squares."""
    x, y = depth.ravel(), target.ravel()
    mean_x, mean_y = x.mean(dtype=np.float64), y.mean(dtype=np.float64)
    around = x - mean_x
    spread = float(np.dot(around, around))
    if spread <= 1e-12 * x.size * float(mean_x) ** 2 or spread == 0:
        return 1.0, 0.0  # one level all over says nothing about scale
    scale = float(np.dot(around, y - mean_y)) / spread
    return scale, float(mean_y - scale * mean_x)


def fade_in(frame: int, window: int) -> float:
    """The say that a window has in one of the frames it shares with the window before, 0 to 1."""
    return (frame - firsts(window)) / (FADE - 1)


@dataclass(frozen=True)
class Share:
    """What one window says of a frame: depth `[h, w]` as the network saw it, its line, its say."""

    depth: np.ndarray
    line: Line = (1.0, 0.0)
    weight: float = 1.0

    def state(self) -> dict[str, Any]:
        scale, shift = self.line
        return {"depth": self.depth, "scale": scale, "shift": shift, "weight": self.weight}

    @classmethod
    def restored(cls, state: Mapping[str, Any]) -> Share:
        line = float(state["scale"]), float(state["shift"])
        return cls(np.asarray(state["depth"]), line, float(state["weight"]))
