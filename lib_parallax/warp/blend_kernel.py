"""The passes of `blend`, compiled by numba: what two pictures are like around each cell, and the two as one.

Cells are `CELL` pixels a side; each pixel counts for the four around it by nearness (as a tent). Past
the last row and column of cells lies one more, that nothing is ever taken from.
"""

from __future__ import annotations

from typing import NamedTuple

import numpy as np
from numba import njit

MOMENTS = 9  # three means of each picture; the squares of both brightnesses, and their product
FIELDS = 7  # three means of each picture, and the angle between them


class Line(NamedTuple):
    """Where the pixels of a line lie among its cells: the first of two int32 `[N]`, what the second counts,
    float32 `[N]`, and what all pixels count for each cell together, float32 `[cells + 1]`."""

    first: np.ndarray
    part: np.ndarray
    total: np.ndarray


def line(length: int, cell: int) -> Line:
    """The line of so many pixels."""
    cells = max(1, round(length / cell))
    at = ((np.arange(length) + 0.5) * (cells / length) - 0.5).clip(0, cells - 1)
    first = np.floor(at).astype(np.int32)
    part = (at - first).astype(np.float32)
    total = np.bincount(first, 1 - part, cells + 1) + np.bincount(first + 1, part, cells + 1)
    return Line(first, part, np.maximum(total, 1e-9).astype(np.float32))


@njit(cache=True, nogil=True, error_model="numpy", inline="always")
def _chosen(a: float, b: float, of_a: float, of_b: float) -> tuple[float, float]:
    """Both pictures' values, where only one counts that one's."""
    if of_b <= 0:
        return a, a
    if of_a <= 0:
        return b, b
    return a, b


@njit(cache=True, nogil=True, error_model="numpy")
def gather(
    a: np.ndarray, b: np.ndarray, of_a: np.ndarray, of_b: np.ndarray, rows: Line, columns: Line
) -> np.ndarray:
    """The sums around each cell, float32 [rows + 1, columns + 1, MOMENTS]; see `Line` for their weights."""
    height, width = of_a.shape
    one, third = np.float32(1), np.float32(1 / 3)
    cells = np.zeros((rows.total.shape[0], columns.total.shape[0], MOMENTS), np.float32)
    along = np.empty((columns.total.shape[0], MOMENTS), np.float32)
    found = np.empty(MOMENTS, np.float32)
    for y in range(height):
        along[:] = 0
        for x in range(width):
            bright_a = bright_b = np.float32(0)
            for c in range(3):
                v, w = _chosen(a[y, x, c], b[y, x, c], of_a[y, x], of_b[y, x])
                found[c], found[3 + c] = v, w
                bright_a += v * third
                bright_b += w * third
            found[6], found[7], found[8] = bright_a * bright_a, bright_b * bright_b, bright_a * bright_b
            at, part = columns.first[x], columns.part[x]
            for k in range(MOMENTS):
                along[at, k] += (one - part) * found[k]
                along[at + 1, k] += part * found[k]
        at, part = rows.first[y], rows.part[y]
        cells[at] += (one - part) * along
        cells[at + 1] += part * along
    return cells


@njit(cache=True, nogil=True, error_model="numpy", inline="always")
def _sine(x: float) -> float:
    """Of 0 to pi / 2, to 4e-6."""
    square = x * x
    high = np.float32(1 / 120) + square * (np.float32(-1 / 5040) + square * np.float32(1 / 362880))
    return x * (np.float32(1) + square * (np.float32(-1 / 6) + square * high))


@njit(cache=True, nogil=True, error_model="numpy", inline="always")
def arc(angle: float, share: float) -> tuple[float, float]:
    """Weights of two that stand at an angle, `share` 0..1 of the way from the first to the second."""
    whole = np.float32(1) / _sine(angle)
    return _sine((np.float32(1) - share) * angle) * whole, _sine(share * angle) * whole


@njit(cache=True, nogil=True, error_model="numpy")
def mix(
    a: np.ndarray, b: np.ndarray, of_a: np.ndarray, of_b: np.ndarray, fields: np.ndarray,
    rows: Line, columns: Line,
) -> tuple[np.ndarray, np.ndarray]:  # fmt: skip
    """Both pictures as one, float32 [H, W, 3], and the angle between them around each pixel, [H, W].

    fields  float32 [rows + 1, columns + 1, FIELDS] of each cell
    """
    height, width = of_a.shape
    one, least = np.float32(1), np.float32(1e-9)
    made, angles = np.empty((height, width, 3), np.float32), np.empty((height, width), np.float32)
    for y in range(height):
        at, part = rows.first[y], rows.part[y]
        along = (one - part) * fields[at] + part * fields[at + 1]
        for x in range(width):
            at, part = columns.first[x], columns.part[x]
            before, after = along[at], along[at + 1]
            angle = (one - part) * before[6] + part * after[6]
            share = of_b[y, x] / max(of_a[y, x] + of_b[y, x], least)
            keep, take = arc(angle, share)
            for c in range(3):
                v, w = _chosen(a[y, x, c], b[y, x, c], of_a[y, x], of_b[y, x])
                large = (one - part) * before[c] + part * after[c]
                other = (one - part) * before[3 + c] + part * after[3 + c]
                made[y, x, c] = keep * (v - large) + take * (w - other) + large + share * (other - large)
            angles[y, x] = angle
    return made, angles


@njit(cache=True, nogil=True, error_model="numpy")
def slopes(
    old: np.ndarray, image: np.ndarray, made: np.ndarray, of_old: np.ndarray, of_new: np.ndarray,
    angles: np.ndarray, down: int,
) -> np.ndarray:  # fmt: skip
    """Differences of both as one, [H, W - 1, 3], or [H - 1, W, 3] where `down` is 1: those of `made` where
    no picture shows both ends. `old` holds those of what was, `image` is what comes."""
    height, width = old.shape[:2]
    across = 1 - down
    mixed = np.empty_like(old)
    for y in range(height):
        for x in range(width):
            v, u = y + down, x + across
            before, after = min(of_old[y, x], of_old[v, u]), min(of_new[y, x], of_new[v, u])
            if before + after <= 0:
                for c in range(3):
                    mixed[y, x, c] = made[v, u, c] - made[y, x, c]
                continue
            keep, take = arc(angles[y, x], after / (before + after))
            for c in range(3):
                mixed[y, x, c] = keep * old[y, x, c] + take * (image[v, u, c] - image[y, x, c])
    return mixed
