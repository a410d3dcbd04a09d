"""One ray over the relief of a picture, in numba."""

from __future__ import annotations

import numpy as np
from numba import njit

from ..camera import BEHIND
from .reference_parallax import REFINEMENTS

F = np.float32


@njit(cache=True, nogil=True, error_model="numpy")
def screen(turn: tuple, column: float, row: float) -> tuple[float, float]:
    """The point of the unturned screen that the ray of a pixel goes through.

    turn  the nine numbers of `Rays.turn`; an array would be read anew for every pixel
    """
    x = F(turn[0]) * F(column) + F(turn[1]) * F(row) + F(turn[2])
    y = F(turn[3]) * F(column) + F(turn[4]) * F(row) + F(turn[5])
    if turn[6] or turn[7]:
        w = F(turn[6]) * F(column) + F(turn[7]) * F(row) + F(turn[8])
        w = max(w, F(BEHIND))
        x, y = x / w, y / w
    return x, y


def numbers(turn: np.ndarray) -> tuple[float, ...]:
    """A matrix as `screen` takes it."""
    return tuple(float(v) for v in turn.ravel())


@njit(cache=True, nogil=True, error_model="numpy")
def relief_at(depth: np.ndarray, x: float, y: float, outside: int) -> float:
    """The depth between pixels."""
    height, width = depth.shape
    if x >= 0 and y >= 0 and x < width - 1 and y < height - 1:
        x0, y0 = int(x), int(y)
        fx, fy = x - F(x0), y - F(y0)
        a, b, c, d = depth[y0, x0], depth[y0, x0 + 1], depth[y0 + 1, x0], depth[y0 + 1, x0 + 1]
    else:
        x0, fx, _ = fold(x, width, outside)
        y0, fy, _ = fold(y, height, outside)
        x1, y1 = min(x0 + 1, width - 1), min(y0 + 1, height - 1)
        a, b, c, d = depth[y0, x0], depth[y0, x1], depth[y1, x0], depth[y1, x1]
    top, bottom = a + fx * (b - a), c + fx * (d - c)
    return top + fy * (bottom - top)


@njit(cache=True, nogil=True, error_model="numpy")
def fold(at: float, length: int, outside: int) -> tuple[int, float, float]:
    """The pixel before a place, how far behind it the place is, and which way the picture runs there."""
    way = F(1)
    if outside == 0:
        over = F(np.floor((at + F(0.5)) / F(length)))
        at = at - over * F(length)
        if over - F(2) * F(np.floor(over / F(2))) > F(0.5):
            at = F(length - 1) - at
            way = F(-1)
    at = min(max(at, F(0)), F(length - 1))
    first = min(int(at), max(length - 2, 0))
    return first, at - F(first), way


@njit(cache=True, nogil=True, error_model="numpy")
def first_on_ray(
    depth: np.ndarray, ax: float, bx: float, ay: float, by: float, tall: float, begin: int, steps: int,
    outside: int,
) -> float:  # fmt: skip
    """The first hit from step `begin` on."""
    step = np.float64(tall) / steps
    u0 = F(tall - begin * step) if begin < steps else F(0)
    gap0 = u0 - tall * relief_at(depth, ax + u0 * bx, ay + u0 * by, outside)
    while gap0 <= 0 and begin > 0:  # the bound was a little low
        begin -= 1
        u0 = F(tall - begin * step)
        gap0 = u0 - tall * relief_at(depth, ax + u0 * bx, ay + u0 * by, outside)
    u1, gap1 = u0, gap0
    for k in range(begin + 1, steps + 1):
        if gap1 <= 0:
            break
        u0, gap0 = u1, gap1
        u1 = F(tall - k * step) if k < steps else F(0)
        gap1 = u1 - tall * relief_at(depth, ax + u1 * bx, ay + u1 * by, outside)
    return refined(depth, ax, bx, ay, by, tall, u0, gap0, u1, min(gap1, F(0)), outside)


@njit(cache=True, nogil=True, error_model="numpy")
def refined(
    depth: np.ndarray, ax: float, bx: float, ay: float, by: float, tall: float, u0: float, gap0: float,
    u1: float, gap1: float, outside: int,
) -> float:  # fmt: skip
    """The hit between a height above the relief and one below, by false position."""
    if gap0 <= 0:
        return u1
    for _ in range(REFINEMENTS):
        u = u1 + (u0 - u1) * (-gap1 / (gap0 - gap1))
        gap = u - tall * relief_at(depth, ax + u * bx, ay + u * by, outside)
        if gap <= 0:
            u1, gap1 = u, gap
        else:
            u0, gap0 = u, gap
    return u1 + (u0 - u1) * (-gap1 / (gap0 - gap1))
