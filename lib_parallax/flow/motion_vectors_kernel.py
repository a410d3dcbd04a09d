"""The searches of `motion_vectors`, compiled by numba: a cell's motion, and a flow turned round."""

from __future__ import annotations

import numpy as np
from numba import njit

CELL = 4  # pixels of the small picture a side: vectors are weighed cell by cell
STRIDE = 2  # of a cell's pixels every second one, in both directions, is compared
DISTANCES = 4  # frames away that a reference is thought to lie: encoders put up to three B-frames between
USUAL = 2.0  # grey levels by which another distance than the frame's usual one must fit better
ENOUGH = 30.0  # grey levels: beyond that a distance is wrong, however wrong it is
DOUBT = 8.0  # grey levels from which on a cell asks its neighbours
ROUNDS = 2  # of asking: where things move fast, encoders find little, and a good vector has far to go
MOVES = 0.25  # pixels: a vector shorter than this tells nothing about distances


@njit(cache=True, nogil=True, error_model="numpy")
def painted(place: np.ndarray, motion: np.ndarray, rows: int, columns: int) -> np.ndarray:
    """Blocks on a grid of cells, float32 [rows, columns, 2]: a cell has the motion of the block around
    its middle, NaN where there is none. `place` and `motion` are in cells and pixels."""
    grid = np.full((rows, columns, 2), np.nan, np.float32)
    for n in range(len(place)):
        left, top = max(0, int(np.ceil(place[n, 0] - 0.5))), max(0, int(np.ceil(place[n, 1] - 0.5)))
        right, bottom = int(np.ceil(place[n, 2] - 0.5)), int(np.ceil(place[n, 3] - 0.5))
        for row in range(top, min(rows, bottom)):
            for column in range(left, min(columns, right)):
                grid[row, column] = motion[n]
    return grid


@njit(cache=True, nogil=True, error_model="numpy")
def chosen(later: np.ndarray, earlier: np.ndarray, past: np.ndarray, future: np.ndarray) -> np.ndarray:
    """Flow of each cell from `later` into `earlier`, float32 [rows, columns, 2], NaN where no block is.

    Steady motion over d frames to a reference is a d-th of it to the frame before. Which d a
    vector has is asked of the pictures: the one that makes the cell look alike, with a lead for
    the d that does so for the frame as a whole.
    """
    rows, columns = past.shape[:2]
    usual_past = _usual_distance(later, earlier, past, 1.0)
    usual_future = _usual_distance(later, earlier, future, -1.0)
    flow = np.full((rows, columns, 2), np.nan, np.float32)
    for row in range(rows):
        for column in range(columns):
            if np.isnan(past[row, column, 0]) and np.isnan(future[row, column, 0]):
                continue
            flow[row, column] = 0
            best = _unlike(later, earlier, row, column, 0.0, 0.0) + USUAL
            best = _better(later, earlier, row, column, past[row, column], 1.0, usual_past, best, flow)
            _better(later, earlier, row, column, future[row, column], -1.0, usual_future, best, flow)
    return flow


@njit(cache=True, nogil=True, error_model="numpy")
def spread(flow: np.ndarray, later: np.ndarray, earlier: np.ndarray) -> None:
    """Gives cells without a flow (NaN), or with one that fits badly, a neighbour's if that fits better.

    Down the picture and up again, so that whole regions are reached.
    """
    rows, columns = flow.shape[:2]
    off = np.full((rows, columns), np.inf)
    for row in range(rows):
        for column in range(columns):
            dx, dy = flow[row, column]
            if not np.isnan(dx):
                off[row, column] = _unlike(later, earlier, row, column, dx, dy)
    asked = off > DOUBT
    for turn in range(2 * ROUNDS):
        step = -1 if turn % 2 else 1
        for row in np.arange(rows)[::step]:
            for column in np.arange(columns)[::step]:
                if not asked[row, column]:
                    continue
                for above, beside in ((step, 0), (0, step)):
                    r, c = row - above, column - beside
                    if not (0 <= r < rows and 0 <= c < columns) or np.isnan(flow[r, c, 0]):
                        continue
                    gap = _unlike(later, earlier, row, column, flow[r, c, 0], flow[r, c, 1])
                    if gap < off[row, column]:
                        off[row, column] = gap
                        flow[row, column] = flow[r, c]


@njit(cache=True, nogil=True, error_model="numpy")
def turned_round(flow: np.ndarray, later: np.ndarray, earlier: np.ndarray) -> np.ndarray:
    """The flow from `earlier` into `later` out of that from `later` into `earlier`, float32 [H, W, 2].

    Where several pixels arrive, the one that looks most alike has it; where none does, the flow
    of the nearest in the row that has one.
    """
    height, width = later.shape
    result = np.zeros((height, width, 2), np.float32)
    off = np.full((height, width), 999, np.int16)
    for y in range(height):
        for x in range(width):
            u, v = int(np.rint(x + flow[y, x, 0])), int(np.rint(y + flow[y, x, 1]))
            if not (0 <= u < width and 0 <= v < height):
                continue
            gap = abs(np.int16(later[y, x]) - np.int16(earlier[v, u]))
            if gap < off[v, u]:
                off[v, u] = gap
                result[v, u] = -flow[y, x]
    for y in range(height):
        last = -1
        for x in range(width + 1):
            if x < width and off[y, x] == 999:
                continue
            for bare in range(last + 1, x):
                if last < 0 and x == width:
                    result[y, bare] = -flow[y, bare]
                elif last < 0 or (x < width and x - bare < bare - last):
                    result[y, bare] = result[y, x]
                else:
                    result[y, bare] = result[y, last]
            last = x
    return result


@njit(cache=True, nogil=True, error_model="numpy")
def _usual_distance(later: np.ndarray, earlier: np.ndarray, vectors: np.ndarray, sign: float) -> int:
    """How many frames away the reference of most vectors lies, judged by every fourth cell."""
    off = np.zeros(DISTANCES)
    for row in range(0, vectors.shape[0], 2):
        for column in range(0, vectors.shape[1], 2):
            dx, dy = vectors[row, column]
            if not max(abs(dx), abs(dy)) >= MOVES:
                continue
            for d in range(DISTANCES):
                part = sign / (d + 1)
                off[d] += min(_unlike(later, earlier, row, column, dx * part, dy * part), ENOUGH)
    return int(np.argmin(off))


@njit(cache=True, nogil=True, error_model="numpy")
def _better(
    later: np.ndarray, earlier: np.ndarray, row: int, column: int, vector: np.ndarray, sign: float,
    usual: int, best: float, flow: np.ndarray,
) -> float:  # fmt: skip
    """Puts the part of `vector` that fits best into `flow`, if it beats `best`; what then is best."""
    dx, dy = vector
    if np.isnan(dx):
        return best
    for d in range(DISTANCES):
        part = sign / (d + 1)
        off = _unlike(later, earlier, row, column, dx * part, dy * part) + (0 if d == usual else USUAL)
        if off < best:
            best = off
            flow[row, column, 0], flow[row, column, 1] = dx * part, dy * part
        if dx == 0 and dy == 0:
            break
    return best


@njit(cache=True, nogil=True, error_model="numpy")
def _unlike(later: np.ndarray, earlier: np.ndarray, row: int, column: int, dx: float, dy: float) -> float:
    """Mean difference in grey levels between a cell and what lies (dx, dy) from it in `earlier`."""
    height, width = later.shape
    total, count = np.float32(0), 0
    for y in range(row * CELL, min(height, row * CELL + CELL), STRIDE):
        for x in range(column * CELL, min(width, column * CELL + CELL), STRIDE):
            u = np.float32(min(max(x + dx, 0.0), width - 1.0))
            v = np.float32(min(max(y + dy, 0.0), height - 1.0))
            left, above = int(u), int(v)
            right, below = min(left + 1, width - 1), min(above + 1, height - 1)
            a, b = u - np.float32(left), v - np.float32(above)
            upper = earlier[above, left] * (1 - a) + earlier[above, right] * a
            lower = earlier[below, left] * (1 - a) + earlier[below, right] * a
            total += abs(later[y, x] - (upper * (1 - b) + lower * b))
            count += 1
    return total / count
