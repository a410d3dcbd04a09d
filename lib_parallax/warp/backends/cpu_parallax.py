"""The first hit of a camera's rays on the relief of a picture, in numba: serial, nogil.

What each function means is said in `reference_parallax`. The rays of a tile of the frame share bounds:
what they pass over between two heights lies in a box of the picture, whose least and greatest depth
narrow those heights, and so the box, a few times over. Only the steps that are left are taken.
"""

from __future__ import annotations

import numpy as np
from numba import njit

from ..camera import OUTSIDES, Rays
from .cpu_parallax_mesh import WALL, columns_fit, draw_mesh, draw_rows, mesh_fits, rows_fit, transposed
from .cpu_parallax_ray import first_on_ray, numbers, relief_at, screen

CELL = 8  # pixels of the picture across a cell of the finest bounds
LEVELS = 5
OUTER, INNER = 32, 8  # pixels of the frame across a tile and a tile in it
F = np.float32


def first_hit(depth: np.ndarray, rays: Rays, size: tuple[int, int]) -> np.ndarray:
    outside = OUTSIDES.index(rays.outside)
    if rows_fit(rays):
        return draw_rows(depth, rays, size)
    if columns_fit(rays):
        turned = draw_rows(np.ascontiguousarray(depth.T), transposed(rays), size[::-1])
        return np.ascontiguousarray(turned.T)
    if mesh_fits(rays, size):
        u, rough = draw_mesh(depth, rays, size)
        _resolve(
            depth, rough, numbers(rays.turn), rays.across, rays.down, rays.height, rays.steps, outside, u
        )  # fmt: skip
        return u
    u = np.empty((size[1], size[0]), np.float32)
    least, most, starts = _bounds(depth)
    _march(
        depth, least, most, starts, numbers(rays.turn), rays.across, rays.down, rays.height, rays.steps,
        outside, u,
    )  # fmt: skip
    return u


def _bounds(depth: np.ndarray) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Least and greatest depth of cells of CELL pixels, and of cells twice, four times... as wide.

    The levels lie one after another; `starts` [LEVELS, 2] has each one's first entry and width.
    """
    height, width = depth.shape
    sides = [(-(-height // (CELL << i)), -(-width // (CELL << i))) for i in range(LEVELS)]
    starts = np.zeros((LEVELS, 2), np.int64)
    starts[1:, 0] = np.cumsum([h * w for h, w in sides])[:-1]
    starts[:, 1] = [w for _, w in sides]
    total = sum(h * w for h, w in sides)
    least, most = np.full(total, np.inf, np.float32), np.full(total, -np.inf, np.float32)
    _fill_bounds(depth, least, most, starts)
    return least, most, starts


@njit(cache=True, nogil=True, error_model="numpy")
def _fill_bounds(depth: np.ndarray, least: np.ndarray, most: np.ndarray, starts: np.ndarray) -> None:
    height, width = depth.shape
    lows, highs = np.empty(width, np.float32), np.empty(width, np.float32)
    for j in range((height + CELL - 1) // CELL):
        lows[:], highs[:] = depth[j * CELL], depth[j * CELL]
        for y in range(j * CELL + 1, min((j + 1) * CELL, height)):
            for x in range(width):
                lows[x], highs[x] = min(lows[x], depth[y, x]), max(highs[x], depth[y, x])
        for x in range(width):
            i = j * starts[0, 1] + x // CELL
            least[i], most[i] = min(least[i], lows[x]), max(most[i], highs[x])
    for level in range(1, LEVELS):
        fine, fine_width = starts[level - 1]
        coarse, coarse_width = starts[level]
        for n in range(coarse - fine):
            i = coarse + n // fine_width // 2 * coarse_width + n % fine_width // 2
            least[i], most[i] = min(least[i], least[fine + n]), max(most[i], most[fine + n])


@njit(cache=True, nogil=True, error_model="numpy")
def _range(
    least: np.ndarray, most: np.ndarray, starts: np.ndarray, box: tuple[int, int, int, int]
) -> tuple[float, float]:
    """Bounds of the depth in a box of pixels, its ends included."""
    x0, x1, y0, y1 = box
    longest = max(x1 - x0, y1 - y0)
    level = 0
    while level < LEVELS - 1 and longest > (2 * CELL) << level:
        level += 1
    side = CELL << level
    start, width = starts[level]
    low, high = F(np.inf), F(-np.inf)
    for j in range(y0 // side, y1 // side + 1):
        for i in range(start + j * width + x0 // side, start + j * width + x1 // side + 1):
            low, high = min(low, least[i]), max(high, most[i])
    return low, high


@njit(cache=True, nogil=True, error_model="numpy")
def _span(low: float, high: float, length: int, outside: int) -> tuple[int, int]:
    """The pixels that a stretch of a line needs, beyond the picture folded back into it."""
    if low < 0 or high > length - 1:
        if outside != 0:
            low, high = min(max(low, 0), length - 1), min(max(high, 0), length - 1)
        elif low > -length and high < length:
            low, high = min(max(low, 0), max(high, 0)), max(high, -low)
        elif low > 0 and high < 2 * length:
            low, high = min(low, 2 * length - 1 - high), max(low, length - 1)
        else:
            low, high = 0, length - 1
    return min(max(int(low) - 1, 0), length - 1), max(min(int(high) + 2, length - 1), 0)


@njit(cache=True, nogil=True, error_model="numpy")
def _narrow(
    least: np.ndarray,
    most: np.ndarray,
    starts: np.ndarray,
    ends: tuple[float, float, float, float],
    across: tuple[float, float, float, float],
    down: tuple[float, float, float, float],
    shape: tuple[int, int],
    height: float,
    outside: int,
    low: float,
    high: float,
) -> tuple[float, float]:
    """Heights between which the rays through a box of the screen meet the relief, from wider ones."""
    spans = []
    for axis in range(2):
        p, q, r, t = across if axis == 0 else down
        first, last = ends[2 * axis], ends[2 * axis + 1]
        one, two = p * first + q + low * (r * first + t), p * last + q + low * (r * last + t)
        three, four = p * first + q + high * (r * first + t), p * last + q + high * (r * last + t)
        start, end = min(min(one, two), min(three, four)), max(max(one, two), max(three, four))
        spans.append(_span(start, end, shape[1 - axis], outside))
    found = _range(least, most, starts, (spans[0][0], spans[0][1], spans[1][0], spans[1][1]))
    return max(low, height * found[0]), min(high, height * found[1])


@njit(cache=True, nogil=True, error_model="numpy")
def _ends(turn: tuple, x0: int, x1: int, y0: int, y1: int) -> tuple[float, float, float, float]:
    """The box on the screen of a tile of the frame, its ends included."""
    a, b = screen(turn, x0, y0)
    c, d = screen(turn, x1, y0)
    e, f = screen(turn, x0, y1)
    g, h = screen(turn, x1, y1)
    return (
        float(min(min(a, c), min(e, g))), float(max(max(a, c), max(e, g))),
        float(min(min(b, d), min(f, h))), float(max(max(b, d), max(f, h))),
    )  # fmt: skip


@njit(cache=True, nogil=True, error_model="numpy")
def _march(
    depth: np.ndarray,
    least: np.ndarray,
    most: np.ndarray,
    starts: np.ndarray,
    turn: tuple,
    across: tuple[float, float, float, float],
    down: tuple[float, float, float, float],
    height: float,
    steps: int,
    outside: int,
    out: np.ndarray,
) -> None:
    rows, columns = out.shape
    shape = depth.shape
    for top in range(0, rows, OUTER):
        for left in range(0, columns, OUTER):
            bottom, right = min(top + OUTER, rows), min(left + OUTER, columns)
            ends = _ends(turn, left, right - 1, top, bottom - 1)
            low, high = 0.0, height
            for _ in range(3):
                low, high = _narrow(
                    least, most, starts, ends, across, down, shape, height, outside, low, high
                )
            for y in range(top, bottom, INNER):
                for x in range(left, right, INNER):
                    y1, x1 = min(y + INNER, bottom), min(x + INNER, right)
                    inner = _ends(turn, x, x1 - 1, y, y1 - 1)
                    one, two = low, high
                    for _ in range(2):
                        one, two = _narrow(
                            least, most, starts, inner, across, down, shape, height, outside, one, two
                        )
                    _tile(depth, turn, across, down, height, steps, outside, one, two, out[y:y1, x:x1], x, y)


@njit(cache=True, nogil=True, error_model="numpy")
def _tile(
    depth: np.ndarray,
    turn: tuple,
    across: tuple[float, float, float, float],
    down: tuple[float, float, float, float],
    height: float,
    steps: int,
    outside: int,
    low: float,
    high: float,
    out: np.ndarray,
    left: int,
    top: int,
) -> None:
    """Rays that are known to hit between the heights `low` and `high`."""
    step = height / steps
    tall = F(height)
    begin = 0
    if step > 0:
        begin = min(max(int((height - high) / step - 1e-4), 0), steps)
    p, q, r, t = F(across[0]), F(across[1]), F(across[2]), F(across[3])
    p2, q2, r2, t2 = F(down[0]), F(down[1]), F(down[2]), F(down[3])
    for j in range(out.shape[0]):
        for i in range(out.shape[1]):
            gx, gy = screen(turn, left + i, top + j)
            ax, bx, ay, by = p * gx + q, r * gx + t, p2 * gy + q2, r2 * gy + t2
            out[j, i] = first_on_ray(depth, ax, bx, ay, by, tall, begin, steps, outside)


@njit(cache=True, nogil=True, error_model="numpy")
def _resolve(
    depth: np.ndarray, rough: np.ndarray, turn: tuple, across: tuple, down: tuple, height: float,
    steps: int, outside: int, u: np.ndarray,
) -> None:  # fmt: skip
    """On walls and twisted cells the relief's own hit, from the mesh on; where no cell was drawn, too."""
    p, q, r, t = F(across[0]), F(across[1]), F(across[2]), F(across[3])
    p2, q2, r2, t2 = F(down[0]), F(down[1]), F(down[2]), F(down[3])
    tall = F(height)
    step = F(height / steps)
    for y in range(u.shape[0]):
        for x in range(u.shape[1]):
            if u[y, x] >= 0 and rough[y, x] == 0:
                continue
            gx, gy = screen(turn, x, y)
            ax, bx, ay, by = p * gx + q, r * gx + t, p2 * gy + q2, r2 * gy + t2
            if u[y, x] < 0:
                u[y, x] = tall
            # the relief is nowhere above the mesh, so that no step before this one can have met it
            begin = max(int((tall - u[y, x]) / step - F(1e-3)), 0) if step > 0 else 0
            if rough[y, x] == WALL and begin < steps:
                lower = max(tall - F(begin + 1) * step, F(0))
                if lower <= tall * relief_at(depth, ax + lower * bx, ay + lower * by, outside):
                    continue
                begin += 1
            u[y, x] = first_on_ray(depth, ax, bx, ay, by, tall, begin, steps, outside)
