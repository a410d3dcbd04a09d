"""The vote of `edges`, compiled by numba."""

from __future__ import annotations

import math

import numpy as np
from numba import njit

SURE = 3.0  # beyond this a vote is not let weigh more
COLOUR = 8.0  # levels by which colours of one surface differ


@njit(cache=True, nogil=True, error_model="numpy")
def snap(
    depth: np.ndarray, image: np.ndarray, ramp: np.ndarray, reach: int, step: float
) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """For each pixel of `ramp` the surfaces within `reach`, and which of them its colour resembles.

    Returns the far and the near surface's depth, and the logarithm of the odds for near; all
    float32 [H, W]. Where no step is found both depths are the pixel's own.
    """
    height, width = depth.shape
    far_depth, near_depth = depth.copy(), depth.copy()
    odds = np.zeros((height, width), np.float32)
    stride = max(1, reach // 5)  # a wide window is sampled, not read through
    likeness = np.empty(766, np.float32)
    for i in range(766):
        likeness[i] = math.exp(-i / (3 * COLOUR))
    for y in range(height):
        for x in range(width):
            if not ramp[y, x]:
                continue
            top, bottom = max(y - reach, 0), min(y + reach + 1, height)
            left, right = max(x - reach, 0), min(x + reach + 1, width)
            low, high = np.float32(np.inf), np.float32(-np.inf)
            for v in range(top, bottom, stride):
                for u in range(left, right, stride):
                    if not ramp[v, u]:
                        low, high = min(low, depth[v, u]), max(high, depth[v, u])
            if not high - low > step:
                continue
            middle = (low + high) / 2
            votes = np.zeros((2, 4), np.float32)  # likeness, weight, depth, its weight
            for v in range(top, bottom, stride):
                for u in range(left, right, stride):
                    if ramp[v, u]:
                        continue
                    side = 1 if depth[v, u] > middle else 0
                    apart = 0
                    for c in range(3):
                        apart += abs(int(image[v, u, c]) - int(image[y, x, c]))
                    square = (v - y) * (v - y) + (u - x) * (u - x)
                    weight = np.float32(1.0 / (1 + square))
                    votes[side, 0] += weight * likeness[apart]
                    votes[side, 1] += weight
                    close = weight * weight
                    votes[side, 2] += close * depth[v, u]
                    votes[side, 3] += close
            if votes[0, 1] <= 0 or votes[1, 1] <= 0:
                continue
            along = min(max((depth[y, x] - low) / (high - low), 0.0), 1.0)
            far = votes[0, 0] / votes[0, 1] * (0.25 + 1 - along)
            near = votes[1, 0] / votes[1, 1] * (0.25 + along)
            far_depth[y, x] = votes[0, 2] / votes[0, 3]
            near_depth[y, x] = votes[1, 2] / votes[1, 3]
            odds[y, x] = min(max(math.log((near + 1e-3) / (far + 1e-3)), -SURE), SURE)
    return far_depth, near_depth, odds
