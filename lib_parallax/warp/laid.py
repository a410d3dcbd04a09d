"""A pane laid into a frame: which of its pixels come where, and by which weights.

What the carriers need to draw it, worked out once in float64 so that all of them draw the same.
A pane is only shifted, so the weights along each axis are the same for all pixels.
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import Any

import numpy as np

SNAP = 1e-6  # pixels: a place so close to a whole one is that one
TAPS = 4
REACH = 1  # pixels before the place of a sample that its weights begin at


@dataclass(frozen=True)
class Laid:
    """One pane in a frame.

    image    uint8 [h, w, 4] on a carrier, alpha last and not multiplied in
    rows     float32 [H], 0..1, how much of it each row of the frame shows
    columns  from which column of the frame to which (exclusive) it reaches; lines likewise, its rows
    left     which column of the image the first weight of the frame's column 0 is for; top likewise
    across   float32 [4], the weights of neighbouring columns; down likewise, of rows. Beyond the image's
             edge its edge is repeated
    """

    image: Any
    rows: np.ndarray
    columns: tuple[int, int]
    lines: tuple[int, int]
    left: int
    top: int
    across: np.ndarray
    down: np.ndarray


def laid(
    image: Any, shape: tuple[int, int], x: float, y: float, rows: np.ndarray, size: tuple[int, int]
) -> Laid:
    """An image of `shape` (height, width) whose first pixel's centre lies at (x, y) in a frame of `size`."""
    left, across, columns = _axis(x, shape[1], size[0])
    top, down, lines = _axis(y, shape[0], size[1])
    return Laid(image, rows, columns, lines, left, top, across, down)


def catmull_rom(t: float) -> np.ndarray:
    """Weights float32 [4] of the pixels at -1, 0, 1 and 2 for a place at `t`, 0..1 (Keys, a = -1/2)."""
    near = 1 - t
    weights = (
        -0.5 * t * near * near,
        1 - t * t * (2.5 - 1.5 * t),
        1 - near * near * (2.5 - 1.5 * near),
        -0.5 * near * t * t,
    )
    return np.array(weights, np.float32)


def _axis(start: float, length: int, frame: int) -> tuple[int, np.ndarray, tuple[int, int]]:
    whole = round(start)
    if abs(start - whole) <= SNAP:
        start = whole
    first = math.floor(-start)
    begin = min(max(math.ceil(start - 0.5), 0), frame)
    end = min(max(math.ceil(start + length - 0.5), begin), frame)
    return first - REACH, catmull_rom(-start - first), (begin, end)
