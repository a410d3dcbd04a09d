"""What two flows say of each other, in numba: serial, nogil. `reference_flow` says what it means."""

from __future__ import annotations

import math

import numpy as np
from numba import njit


@njit(cache=True, nogil=True, error_model="numpy")
def unclosed(forth: np.ndarray, back: np.ndarray) -> np.ndarray:
    height, width = back.shape[:2]
    half, one = np.float32(0.5), np.float32(1)
    ratio = np.full(forth.shape[:2], np.float32(np.inf))
    for i in range(forth.shape[0]):
        for j in range(forth.shape[1]):
            dx, dy = forth[i, j, 0], forth[i, j, 1]
            x, y = np.float32(j) + dx, np.float32(i) + dy
            if not (x >= 0 and y >= 0 and x <= width - 1 and y <= height - 1):
                continue
            nearest = back[math.floor(y + half), math.floor(x + half)]
            ratio[i, j] = min(ratio[i, j], _ratio(dx, dy, nearest[0], nearest[1]))
            u, v = math.floor(x), math.floor(y)
            right, below = min(u + 1, width - 1), min(v + 1, height - 1)
            s, t = x - np.float32(u), y - np.float32(v)
            a, b, c, d = (one - t) * (one - s), (one - t) * s, t * (one - s), t * s
            bx = a * back[v, u, 0] + b * back[v, right, 0] + c * back[below, u, 0] + d * back[below, right, 0]
            by = a * back[v, u, 1] + b * back[v, right, 1] + c * back[below, u, 1] + d * back[below, right, 1]
            ratio[i, j] = min(ratio[i, j], _ratio(dx, dy, bx, by))
    return ratio


@njit(cache=True, nogil=True, error_model="numpy", inline="always")
def _ratio(dx: float, dy: float, bx: float, by: float) -> float:
    allowed = np.float32(0.01) * (dx * dx + dy * dy + bx * bx + by * by) + np.float32(0.5)
    gap = (dx + bx) * (dx + bx) + (dy + by) * (dy + by)
    # no number, or an infinite one over another, closes nothing
    return gap / allowed if gap < np.float32(np.inf) and allowed < np.float32(np.inf) else np.float32(np.inf)
