"""A view's holes on the CPU. What each function means is said in `reference_fill`."""

from __future__ import annotations

import numpy as np
from numba import njit

from .fixed import NOWHERE
from .uncovered import Uncovered


def fill(colour: np.ndarray, bare: np.ndarray, column: np.ndarray, full: int) -> np.ndarray:
    out = np.empty(colour.shape, np.uint8 if full == 255 else np.uint16)
    _fill(colour, bare, column, np.float32(full), out)
    return out


def uncovered(colour: np.ndarray, bare: np.ndarray, near: np.ndarray, column: np.ndarray) -> Uncovered:
    count = int(np.count_nonzero(column >= 0))
    place, border, behind, front = (np.empty(count, np.int32) for _ in range(4))
    share, own, beside = (np.empty(shape, np.float32) for shape in (count, (count, 3), (count, 3)))
    _list(colour, bare, near, column, place, border, behind, front, share, own, beside)
    return Uncovered(place, border, behind, front, share, own, beside)


@njit(cache=True, nogil=True, error_model="numpy")
def _fill(colour: np.ndarray, bare: np.ndarray, column: np.ndarray, full: float, out: np.ndarray) -> None:
    height, width = bare.shape
    for y in range(height):
        for x in range(width):
            at = column[y, x]
            for c in range(3):
                value = colour[y, x, c]
                if at >= 0:
                    value += bare[y, x] * colour[y, at, c]
                out[y, x, c] = min(max(np.rint(value), np.float32(0)), full)


@njit(cache=True, nogil=True, error_model="numpy")
def _list(
    colour: np.ndarray, bare: np.ndarray, near: np.ndarray, column: np.ndarray, place: np.ndarray,
    border: np.ndarray, behind: np.ndarray, front: np.ndarray, share: np.ndarray, own: np.ndarray,
    beside: np.ndarray,
) -> None:  # fmt: skip
    height, width = column.shape
    n = 0
    for y in range(height):
        x = 0
        while x < width:
            if column[y, x] < 0:
                x += 1
                continue
            start = x
            while x < width and column[y, x] >= 0:
                x += 1
            nearest = NOWHERE
            if start > 0:
                nearest = max(nearest, near[y, start - 1])
            if x < width:
                nearest = max(nearest, near[y, x])
            for u in range(start, x):
                at = column[y, u]
                place[n], border[n], behind[n], front[n] = y * width + u, at, near[y, at], nearest
                share[n] = bare[y, u]
                for c in range(3):
                    own[n, c], beside[n, c] = colour[y, u, c], colour[y, at, c]
                n += 1
