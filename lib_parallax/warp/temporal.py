"""Looking up in other pictures what this one hides.

Points are listed, not gridded: only the pixels of holes are looked for. Everything is numpy.
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
    height, width = disparity.shape
    inside = (x >= 0) & (y >= 0) & (x <= width - 1) & (y <= height - 1)
    x, y = np.where(inside, x, 0), np.where(inside, y, 0)
    x0, y0 = np.floor(x).astype(np.int64), np.floor(y).astype(np.int64)
    tx, ty = (x - x0).astype(np.float32), (y - y0).astype(np.float32)
    wx, wy = _cubic(tx), _cubic(ty)
    smooth = np.zeros((len(x), 3), np.float32)
    whole = np.ones(len(x), bool)
    plain = np.zeros((len(x), 3), np.float32)
    weight = np.zeros(len(x), np.float32)
    linear_x, linear_y = (1 - tx, tx), (1 - ty, ty)
    for j in range(4):
        v = np.clip(y0 + j - 1, 0, height - 1)
        for i in range(4):
            u = np.clip(x0 + i - 1, 0, width - 1)
            colour = image[v, u].astype(np.float32)
            behind = disparity[v, u] <= nearest
            whole &= behind
            smooth += (wy[j] * wx[i])[:, None] * colour
            if 1 <= i <= 2 and 1 <= j <= 2:
                share = np.where(behind, linear_y[j - 1] * linear_x[i - 1], 0).astype(np.float32)
                plain += share[:, None] * colour
                weight += share
    seen = inside & (weight > 0.5)
    plain /= np.maximum(weight, 1e-6)[:, None]
    return np.where(whole[:, None], smooth, plain), seen


def at(values: np.ndarray, x: np.ndarray, y: np.ndarray) -> np.ndarray:
    """`values` [H, W] at the pixels nearest to (x, y), the edge repeated."""
    height, width = values.shape
    u = np.clip(np.rint(x), 0, width - 1).astype(np.int64)
    v = np.clip(np.rint(y), 0, height - 1).astype(np.int64)
    return values[v, u]


def _cubic(t: np.ndarray) -> tuple[np.ndarray, np.ndarray, np.ndarray, np.ndarray]:
    return (
        0.5 * t * (-1 + t * (2 - t)),
        0.5 * (2 + t * t * (-5 + 3 * t)),
        0.5 * t * (1 + t * (4 - 3 * t)),
        0.5 * t * t * (t - 1),
    )
