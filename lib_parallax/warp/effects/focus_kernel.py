"""The passes of `focus`, compiled by numba: parting into slices, blurring, laying them down, merging."""

from __future__ import annotations

from typing import NamedTuple

import numpy as np
from numba import njit

LEAST = np.float32(1e-3)  # a share below this is rounding
ZERO, ONE = np.float32(0), np.float32(1)


class Grids(NamedTuple):
    """Where the slices of one side lie in one piece of room, each [5, h, w].

    starts   int64 [N + 1]
    shapes   int64 [N, 2]
    coarser  int64 [N], how many times the grid is halved against the cells
    """

    starts: np.ndarray
    shapes: np.ndarray
    coarser: np.ndarray

    def slice(self, room: np.ndarray, number: int) -> np.ndarray:
        return room[self.starts[number] : self.starts[number + 1]].reshape(5, *self.shapes[number])


@njit(cache=True, nogil=True, error_model="numpy", fastmath=True)
def _radius(depth: float, blur: np.ndarray) -> float:
    """Of a pixel's disk in cells; below 0 before the focus."""
    behind = blur[2] - depth
    return behind * blur[0] if behind > ZERO else behind * blur[1]


@njit(cache=True, nogil=True, error_model="numpy", fastmath=True)
def part(
    image: np.ndarray,
    depth: np.ndarray,
    blur: np.ndarray,
    radii: np.ndarray,
    cell: int,
    counts: np.ndarray,
    grids: Grids,
    far: np.ndarray,
    near: np.ndarray,
    fill: np.ndarray,
    fill_coarser: int,
) -> None:
    """Adds every pixel to the slices that it belongs to, and to what is behind others.

    counts     of the slices behind and before the focus
    far, near  room for the slices: red, green, blue, share; and the share of all that is behind the slice
    fill       [4, h, w], colours and share of what is not before the focus
    """
    height, width = depth.shape
    last_far, last_near = counts[0] - 1, counts[1] - 1
    behind = np.zeros((len(radii), 5), np.float32)  # what one cell adds
    before = np.zeros((len(radii), 5), np.float32)
    for i in range(-(-height // cell)):
        for j in range(-(-width // cell)):
            for y in range(i * cell, min((i + 1) * cell, height)):
                for x in range(j * cell, min((j + 1) * cell, width)):
                    radius = _radius(depth[y, x], blur)
                    size = abs(radius)
                    s = 0
                    last = last_far if radius > ZERO else last_near
                    while s < last and size >= radii[s + 1]:
                        s += 1
                    # the share of the slice with the larger disk, the rest is of the one before it
                    upper = min((size - radii[s]) / (radii[s + 1] - radii[s]), ONE)
                    red, green, blue = image[y, x, 0], image[y, x, 1], image[y, x, 2]
                    if radius > ZERO:
                        _add(behind, s, upper, red, green, blue)
                        if s > 0:
                            _add(behind, s - 1, ONE - upper, red, green, blue)
                            behind[s - 1, 4] += upper
                        for k in range(s - 1):
                            behind[k, 4] += ONE
                    if last_near < 0:
                        continue
                    if radius < ZERO:
                        _add(before, s, upper, red, green, blue)
                        if s > 0:
                            _add(before, s - 1, ONE - upper, red, green, blue)
                        before[s, 4] += ONE - upper
                        s += 1
                    else:
                        s = 0
                        m, n = i >> fill_coarser, j >> fill_coarser
                        fill[0, m, n] += red
                        fill[1, m, n] += green
                        fill[2, m, n] += blue
                        fill[3, m, n] += ONE
                    for k in range(s, last_near + 1):
                        before[k, 4] += ONE
            _pour(behind, last_far, far, grids, i, j)
            _pour(before, last_near, near, grids, i, j)


@njit(cache=True, nogil=True, error_model="numpy", fastmath=True)
def _add(cell: np.ndarray, s: int, share: float, red: float, green: float, blue: float) -> None:
    cell[s, 0] += share * red
    cell[s, 1] += share * green
    cell[s, 2] += share * blue
    cell[s, 3] += share


@njit(cache=True, nogil=True, error_model="numpy", fastmath=True)
def _pour(cell: np.ndarray, last: int, room: np.ndarray, grids: Grids, i: int, j: int) -> None:
    """Adds what a cell has to the slices in `room`, and leaves the cell empty."""
    for s in range(last + 1):
        if cell[s, 3] == ZERO and cell[s, 4] == ZERO:
            continue
        rows, columns, halved = grids.shapes[s, 0], grids.shapes[s, 1], grids.coarser[s]
        at = grids.starts[s] + (i >> halved) * columns + (j >> halved)
        for c in range(5):
            room[at + c * rows * columns] += cell[s, c]
            cell[s, c] = ZERO


@njit(cache=True, nogil=True, error_model="numpy", fastmath=True)
def spread(grid: np.ndarray, whole: np.ndarray, ends: np.ndarray) -> np.ndarray:
    """Sums over a disk around every cell, [C, h, w]; beyond the edges there is nothing."""
    channels, height, width = grid.shape
    reach = whole.shape[0] // 2
    room = reach + 2
    sums = np.zeros((height, width + 2 * room + 1), np.float32)
    line = np.zeros((height, width + 2 * room), np.float32)
    out = np.zeros_like(grid)
    for c in range(channels):
        for y in range(height):
            total = ZERO
            for x in range(width):
                line[y, room + x] = grid[c, y, x]
                total += grid[c, y, x]
                sums[y, room + x + 1] = total
            sums[y, room + width + 1 :] = total
        for y in range(height):
            result = out[c, y]
            for d in range(-reach, reach + 1):
                if y + d < 0 or y + d >= height:
                    continue
                n, share = whole[d + reach], ends[d + reach]
                right, left = sums[y + d, room + n + 1 :], sums[y + d, room - n :]
                after, before = line[y + d, room + n + 1 :], line[y + d, room - n - 1 :]
                for x in range(width):
                    result[x] += right[x] - left[x] + share * (after[x] + before[x])
    return out


@njit(cache=True, nogil=True, error_model="numpy", fastmath=True)
def lay(seen: np.ndarray, blurred: np.ndarray, coarser: int) -> None:
    """Lays a slice behind what is there: seen [5, h, w], colour times share, share, what goes through."""
    _, height, width = seen.shape
    _, rows, columns = blurred.shape
    step = ONE / np.float32(1 << coarser)
    for y in range(height):
        i, t = _between(y, step, rows)
        i1 = min(i + 1, rows - 1)
        for x in range(width):
            j, s = _between(x, step, columns)
            j1 = min(j + 1, columns - 1)
            own = _mean(blurred[3], i, i1, j, j1, t, s)
            if own <= LEAST:
                continue
            behind = _mean(blurred[4], i, i1, j, j1, t, s)
            share = seen[4, y, x] * own / (own + max(behind, ZERO))
            for c in range(3):
                seen[c, y, x] += share / own * _mean(blurred[c], i, i1, j, j1, t, s)
            seen[3, y, x] += share
            seen[4, y, x] -= share


@njit(cache=True, nogil=True, error_model="numpy", fastmath=True)
def _between(x: int, step: float, length: int) -> tuple[int, float]:
    """The cell of a coarser grid before a place, and the share of the next."""
    at = min(max((np.float32(x) + np.float32(0.5)) * step - np.float32(0.5), ZERO), np.float32(length - 1))
    i = np.int64(at)
    return i, at - np.float32(i)


@njit(cache=True, nogil=True, error_model="numpy", fastmath=True)
def _mean(grid: np.ndarray, i: int, i1: int, j: int, j1: int, t: float, s: float) -> float:
    top = grid[i, j] + s * (grid[i, j1] - grid[i, j])
    low = grid[i1, j] + s * (grid[i1, j1] - grid[i1, j])
    return top + t * (low - top)


def continued(fill: np.ndarray) -> np.ndarray:
    """Mean colours [3, h, w] everywhere, of sums and shares [4, h, w] that are nothing in places.

    Where a cell has nothing it takes what its neighbourhood of twice the size has, and so on.
    """
    share = fill[3]
    mean = fill[:3] / np.maximum(share, LEAST)
    if share.min() > LEAST or max(share.shape) == 1:
        return mean
    rows, columns = share.shape
    even = np.pad(fill, ((0, 0), (0, rows % 2), (0, columns % 2)))
    half = even.reshape(4, even.shape[1] // 2, 2, even.shape[2] // 2, 2).sum(axis=(2, 4))
    coarse = continued(half).repeat(2, axis=1).repeat(2, axis=2)[:, :rows, :columns]
    return np.where(share > LEAST, mean, coarse)


@njit(cache=True, nogil=True, error_model="numpy", fastmath=True)
def merged(
    image: np.ndarray,
    depth: np.ndarray,
    blur: np.ndarray,
    smallest: float,
    cell: int,
    behind: np.ndarray,
    before: np.ndarray,
    around: np.ndarray,
    fill_coarser: int,
) -> np.ndarray:
    """The blurred fields and the sharp picture at full size."""
    height, width = depth.shape
    out = np.empty_like(image)
    _, rows, columns = behind.shape
    _, fill_rows, fill_columns = around.shape
    step = ONE / np.float32(cell)
    fill_step = step / np.float32(1 << fill_coarser)
    has_near = blur[1] > ZERO
    weak = np.float32(0.05)
    for y in range(height):
        i, t = _between(y, step, rows)
        i1 = min(i + 1, rows - 1)
        m, v = _between(y, fill_step, fill_rows)
        m1 = min(m + 1, fill_rows - 1)
        for x in range(width):
            radius = _radius(depth[y, x], blur)
            j, s = _between(x, step, columns)
            j1 = min(j + 1, columns - 1)
            sharp = max(ONE - abs(radius) / smallest, ZERO)
            share = _mean(before[3], i, i1, j, j1, t, s) if has_near else ZERO
            for c in range(3):
                own = image[y, x, c]
                if radius > ZERO and sharp < ONE:
                    there = _mean(behind[3], i, i1, j, j1, t, s)
                    if there > LEAST:
                        own += (ONE - sharp) * (_mean(behind[c], i, i1, j, j1, t, s) / there - own)
                if share > ZERO:
                    if radius < ZERO:
                        n, u = _between(x, fill_step, fill_columns)
                        n1 = min(n + 1, fill_columns - 1)
                        hidden = _mean(around[c], m, m1, n, n1, v, u)
                        own = (sharp * own + weak * hidden) / (sharp + weak)
                    own = _mean(before[c], i, i1, j, j1, t, s) + (ONE - share) * own
                out[y, x, c] = own
    return out
