"""The arithmetic of `smoothing`, compiled by numba: between the means over windows, and after them.

It computes in float32 and in the order in which it is written, whatever compiles it.
"""

from __future__ import annotations

import numpy as np
from numba import njit

F = np.float32


@njit(cache=True, nogil=True, error_model="numpy")
def products(guide: np.ndarray, values: np.ndarray, weight: np.ndarray) -> np.ndarray:
    """What is to be averaged, float32 [14, H, W], each by its weight.

    1, the value, r, g, b; the value with r, g, b; rr, rg, rb, gg, gb, bb.
    """
    height, width = values.shape
    sums = np.empty((14, height, width), np.float32)
    for y in range(height):
        w, v = weight[y], values[y]
        for x in range(width):
            sums[0, y, x], sums[1, y, x] = w[x], w[x] * v[x]
        for c in range(3):
            for x in range(width):
                sums[2 + c, y, x] = w[x] * guide[y, x, c]
            for x in range(width):
                sums[5 + c, y, x] = sums[1, y, x] * guide[y, x, c]
        n = 8
        for c in range(3):
            for d in range(c, 3):
                for x in range(width):
                    sums[n, y, x] = sums[2 + c, y, x] * guide[y, x, d]
                n += 1
    return sums


@njit(cache=True, nogil=True, error_model="numpy")
def lines(means: np.ndarray, eps: float) -> np.ndarray:
    """The (a, b) `[H, W, 4]` of every window, from the means of `products`."""
    _, height, width = means.shape
    found = np.empty((height, width, 4), np.float32)
    slack = F(eps)
    least = F(eps**3)
    for y in range(height):
        for x in range(width):
            share = F(1) / (means[0, y, x] + F(1e-6))
            v = means[1, y, x] * share
            r, g, b = means[2, y, x] * share, means[3, y, x] * share, means[4, y, x] * share
            vr = means[5, y, x] * share - r * v
            vg = means[6, y, x] * share - g * v
            vb = means[7, y, x] * share - b * v
            rr = means[8, y, x] * share - r * r + slack
            rg = means[9, y, x] * share - r * g
            rb = means[10, y, x] * share - r * b
            gg = means[11, y, x] * share - g * g + slack
            gb = means[12, y, x] * share - g * b
            bb = means[13, y, x] * share - b * b + slack
            # the inverse of a symmetric 3 x 3 by its cofactors
            k0, k1, k2 = gg * bb - gb * gb, rb * gb - rg * bb, rg * gb - rb * gg
            k3, k4, k5 = rr * bb - rb * rb, rg * rb - rr * gb, rr * gg - rg * rg
            scale = F(1) / max(rr * k0 + rg * k1 + rb * k2, least)
            ar = (k0 * vr + k1 * vg + k2 * vb) * scale
            ag = (k1 * vr + k3 * vg + k4 * vb) * scale
            ab = (k2 * vr + k4 * vg + k5 * vb) * scale
            found[y, x, 0], found[y, x, 1], found[y, x, 2] = ar, ag, ab
            found[y, x, 3] = v - ar * r - ag * g - ab * b
    return found


@njit(cache=True, nogil=True, error_model="numpy")
def laid_out(small: np.ndarray, guide: np.ndarray, white: float) -> np.ndarray:
    """Lines (a, b) `[h, w, 4]` enlarged bilinearly and evaluated at a picture `[H, W, 3]` of integers."""
    height, width, _ = guide.shape
    rows, columns, _ = small.shape
    left, part = np.empty(width, np.int32), np.empty(width, np.float32)
    for x in range(width):
        at = min(max((x + 0.5) * columns / width - 0.5, 0.0), columns - 1.0)
        left[x] = min(int(at), max(columns - 2, 0))
        part[x] = at - left[x]
    full = np.empty((height, width), np.float32)
    between = np.empty((columns, 4), np.float32)
    unit = F(1 / white)
    for y in range(height):
        at = min(max((y + 0.5) * rows / height - 0.5, 0.0), rows - 1.0)
        above = min(int(at), max(rows - 2, 0))
        below, down = min(above + 1, rows - 1), F(at - above)
        for x in range(columns):
            for c in range(4):
                between[x, c] = small[above, x, c] + (small[below, x, c] - small[above, x, c]) * down
            for c in range(3):
                between[x, c] *= unit
        for x in range(width):
            one, two, t = left[x], min(left[x] + 1, columns - 1), part[x]
            r = between[one, 0] + (between[two, 0] - between[one, 0]) * t
            g = between[one, 1] + (between[two, 1] - between[one, 1]) * t
            b = between[one, 2] + (between[two, 2] - between[one, 2]) * t
            level = between[one, 3] + (between[two, 3] - between[one, 3]) * t
            full[y, x] = level + r * guide[y, x, 0] + g * guide[y, x, 1] + b * guide[y, x, 2]
    return full
