"""Looking up in other pictures what this one hides.

Points are listed, not gridded: only the pixels of holes are looked for.
"""

from __future__ import annotations

import numpy as np


def lookup(
    image: np.ndarray, disparity: np.ndarray, x: np.ndarray, y: np.ndarray, nearest: np.ndarray
) -> tuple[np.ndarray, np.ndarray]:
    """Colours at (x, y), from pixels that lie behind `nearest` alone.

    image      [H, W, 3]
    disparity  [H, W], near is large
    x, y       float [M]
    nearest    float [M], pixels with more disparity than this stand in front and do not count
    Returns colours float32 [M, 3] and bool [M], False where the place is outside or covered.
    Catmull-Rom where all sixteen pixels count, else those of the four around that do.
    """
    from .temporal_kernel import look_up

    colours, seen = np.empty((len(x), 3), np.float32), np.empty(len(x), np.bool_)
    look_up(image, disparity, x, y, nearest, colours, seen)
    return colours, seen


def at(values: np.ndarray, x: np.ndarray, y: np.ndarray) -> np.ndarray:
    """`values` [H, W] at the pixels nearest to (x, y), the edge repeated."""
    height, width = values.shape
    u = np.clip(np.rint(x), 0, width - 1).astype(np.int64)
    v = np.clip(np.rint(y), 0, height - 1).astype(np.int64)
    return values[v, u]
