"""The search of `edges` for the two sides of a ramp, compiled by numba."""

from __future__ import annotations

import math

import numpy as np
from numba import njit

COLOUR = 8.0  # levels by which colours of one surface differ
PRIOR = 0.5  # how little the depth's own leaning counts beside colour
SURE = 3.0  # beyond this a vote is not let weigh more
PATCH = 3  # pixels around a side's foot that show its colours


@njit(cache=True, nogil=True, error_model="numpy")
def sides(
    depth: np.ndarray, image: np.ndarray, ramp: np.ndarray, slope_x: np.ndarray, slope_y: np.ndarray,
    reach: int, step: float,
) -> tuple[np.ndarray, np.ndarray, np.ndarray]:  # fmt: skip
    """For each pixel of `ramp` the depth at its foot and its top, and where its colour belongs.

    Both are found by walking down and up the slope until the ramp ends or turns. Returns far
    depth, near depth and the logarithm of the odds for near, float32 [H, W]; where the two
    are less than `step` apart both are the pixel's own depth.
    """
    height, width = depth.shape
    far_depth, near_depth = depth.copy(), depth.copy()
    odds = np.zeros((height, width), np.float32)
    likeness = np.empty(766, np.float32)
    for i in range(766):
        likeness[i] = math.exp(-i / (3 * COLOUR))
    for y in range(height):
        for x in range(width):
            if not ramp[y, x]:
                continue
            steep = math.sqrt(slope_x[y, x] ** 2 + slope_y[y, x] ** 2)
            if steep <= 0:
                continue
            dx, dy = slope_x[y, x] / steep, slope_y[y, x] / steep
            fx, fy = _walk(depth, ramp, x, y, -dx, -dy, reach, -1)
            nx, ny = _walk(depth, ramp, x, y, dx, dy, reach, 1)
            low, high = depth[fy, fx], depth[ny, nx]
            if not high - low > step:
                continue
            along = min(max((depth[y, x] - low) / (high - low), 0.0), 1.0)
            middle = (low + high) / 2
            far = _resemblance(depth, image, likeness, x, y, fx, fy, middle, -1) * (PRIOR + 1 - along)
            near = _resemblance(depth, image, likeness, x, y, nx, ny, middle, 1) * (PRIOR + along)
            far_depth[y, x], near_depth[y, x] = low, high
            odds[y, x] = min(max(math.log((near + 1e-3) / (far + 1e-3)), -SURE), SURE)
    return far_depth, near_depth, odds


@njit(cache=True, nogil=True, error_model="numpy")
def _walk(
    depth: np.ndarray, ramp: np.ndarray, x: int, y: int, dx: float, dy: float, reach: int, sign: int
) -> tuple[int, int]:
    """The last pixel on the way up (sign 1) or down (-1) before the slope turns; the ramp's end at most."""
    height, width = depth.shape
    bx, by = x, y
    for t in range(1, reach + 1):
        u, v = math.floor(x + t * dx + 0.5), math.floor(y + t * dy + 0.5)
        if u < 0 or v < 0 or u >= width or v >= height:
            break
        if (depth[v, u] - depth[by, bx]) * sign < 0:
            break
        bx, by = u, v
        if not ramp[v, u]:
            break
    return bx, by


@njit(cache=True, nogil=True, error_model="numpy")
def _resemblance(
    depth: np.ndarray, image: np.ndarray, likeness: np.ndarray, x: int, y: int,
    cx: int, cy: int, middle: float, sign: int,
) -> float:  # fmt: skip
    """How much (x, y) looks like the pixels around (cx, cy) on its side of the middle depth, 0..1."""
    height, width = depth.shape
    total = weight = np.float32(0)
    for v in range(max(cy - PATCH, 0), min(cy + PATCH + 1, height)):
        for u in range(max(cx - PATCH, 0), min(cx + PATCH + 1, width)):
            if (depth[v, u] - middle) * sign <= 0:
                continue
            apart = 0
            for c in range(3):
                apart += abs(int(image[v, u, c]) - int(image[y, x, c]))
            total += likeness[apart]
            weight += 1
    return total / weight if weight > 0 else np.float32(0)
