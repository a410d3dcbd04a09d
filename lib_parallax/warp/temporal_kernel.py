"""The loop of `temporal.lookup`, compiled by numba: sixteen pixels around each point."""

from __future__ import annotations

import numpy as np
from numba import njit

F = np.float32


@njit(cache=True, nogil=True, error_model="numpy", inline="always")
def _cubic(t: float) -> tuple[float, float, float, float]:
    """Catmull-Rom's weights at a share of the way from the second pixel to the third."""
    return (
        F(0.5) * t * (F(-1) + t * (F(2) - t)),
        F(0.5) * (F(2) + t * t * (F(-5) + F(3) * t)),
        F(0.5) * t * (F(1) + t * (F(4) - F(3) * t)),
        F(0.5) * t * t * (t - F(1)),
    )


@njit(cache=True, nogil=True, error_model="numpy")
def look_up(
    image: np.ndarray, disparity: np.ndarray, x: np.ndarray, y: np.ndarray, nearest: np.ndarray,
    colours: np.ndarray, seen: np.ndarray,
) -> None:  # fmt: skip
    """Fills `colours` [M, 3] and `seen` [M] as `temporal.lookup` says."""
    height, width = disparity.shape
    for i in range(len(x)):
        if not (0 <= x[i] <= width - 1 and 0 <= y[i] <= height - 1):
            seen[i] = False
            colours[i] = F(0)
            continue
        x0, y0 = int(x[i]), int(y[i])
        tx, ty = F(x[i] - x0), F(y[i] - y0)
        wx, wy = _cubic(tx), _cubic(ty)
        linear_x, linear_y = (F(0), F(1) - tx, tx, F(0)), (F(0), F(1) - ty, ty, F(0))
        whole, weight = True, F(0)
        smooth_0 = smooth_1 = smooth_2 = plain_0 = plain_1 = plain_2 = F(0)
        for j in range(4):
            v = min(max(y0 + j - 1, 0), height - 1)
            for k in range(4):
                u = min(max(x0 + k - 1, 0), width - 1)
                red, green, blue = F(image[v, u, 0]), F(image[v, u, 1]), F(image[v, u, 2])
                behind = disparity[v, u] <= nearest[i]
                whole = whole and behind
                share = F(wy[j] * wx[k])
                smooth_0, smooth_1, smooth_2 = (
                    smooth_0 + share * red, smooth_1 + share * green, smooth_2 + share * blue,
                )  # fmt: skip
                if behind:
                    share = F(linear_y[j] * linear_x[k])
                    weight += share
                    plain_0, plain_1, plain_2 = (
                        plain_0 + share * red, plain_1 + share * green, plain_2 + share * blue,
                    )  # fmt: skip
        seen[i] = weight > F(0.5)
        if whole:
            colours[i, 0], colours[i, 1], colours[i, 2] = smooth_0, smooth_1, smooth_2
        else:
            weight = max(weight, F(1e-6))
            colours[i, 0], colours[i, 1], colours[i, 2] = plain_0 / weight, plain_1 / weight, plain_2 / weight
