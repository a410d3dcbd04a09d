"""Sheets of a layered picture drawn into a frame, in numba: serial, nogil.

As in `cpu_parallax_mesh` the cells between pixel centres are mapped and drawn, but a cell that is cut
falls into the pieces of its corners: what is near reaches half a pixel out, what is far the same, and
between them there is nothing.
"""

from __future__ import annotations

import numpy as np
from numba import njit

from ..camera import OUTSIDES, Rays
from .cpu_parallax_mesh import fold_index, map_row, seen, to_heights
from .cpu_parallax_ray import fold, numbers, screen

F = np.float32
SLACK = 0.02  # of a cell, so that cells leave no cracks
NOBODY = 255


def draw_sheet(
    depth: np.ndarray, there: np.ndarray, step: float, rays: Rays, number: int, z: np.ndarray, who: np.ndarray
) -> None:
    """Lays a sheet over what has been drawn, where it is nearer.

    depth  float32 [H, W] within 0..1; there bool [H, W]
    step   of depth between neighbours, above which a cell is cut
    z      float32 [h, w], nearness so far, below 0 where there is nothing; who uint8 [h, w], whose it is
    """
    size = z.shape[1], z.shape[0]
    x0, x1, y0, y1 = (int(v) for v in seen(rays, size))
    _draw_sheet(
        depth, there, F(step), np.linalg.inv(rays.turn), rays.across, rays.down, rays.height,
        OUTSIDES.index(rays.outside), x0, x1, y0, y1, number, z, who,
    )  # fmt: skip


def paint_sheet(
    image: np.ndarray, depth: np.ndarray, there: np.ndarray, step: float, rays: Rays, number: int,
    u: np.ndarray, who: np.ndarray, out: np.ndarray,
) -> None:  # fmt: skip
    """Colours of the pixels that show sheet `number`, into `out`, from pixels of their own surface."""
    _paint_sheet(
        image, depth, there, F(step), numbers(rays.turn), rays.across, rays.down, F(rays.height),
        OUTSIDES.index(rays.outside), number, u, who, out,
    )  # fmt: skip


def heights(z: np.ndarray, rays: Rays) -> np.ndarray:
    """Nearness as it is drawn turned into heights."""
    to_heights(z, rays.turn, rays.across, rays.height)
    return z


@njit(cache=True, nogil=True, error_model="numpy")
def _draw_sheet(
    depth: np.ndarray, there: np.ndarray, step: float, inverse: np.ndarray, across: tuple, down: tuple,
    height: float, outside: int, x0: int, x1: int, y0: int, y1: int, number: int, out: np.ndarray,
    who: np.ndarray,
) -> None:  # fmt: skip
    n = x1 - x0 + 1
    columns = np.empty(n, np.int64)
    for i in range(n):
        columns[i] = fold_index(x0 + i, depth.shape[1], outside)
    us = np.empty(n, np.float32)
    zs, xs, ys = np.empty((2, n), np.float32), np.empty((2, n), np.float32), np.empty((2, n), np.float32)
    # the same of single pixels that are moved to heights of others: their cells' cut pieces
    one = np.empty(1, np.float32)
    pz, px, py = np.empty((4, 1), np.float32), np.empty((4, 1), np.float32), np.empty((4, 1), np.float32)
    piece = np.empty((1, 1), np.float32)
    still = np.zeros(1, np.int64)
    d, z, x, y = (
        np.empty(4, np.float32),
        np.empty(4, np.float32),
        np.empty(4, np.float32),
        np.empty(4, np.float32),
    )
    own = np.empty(4, np.bool_)
    for row in range(y0, y1 + 1):
        v = fold_index(row, depth.shape[0], outside)
        above = fold_index(row - 1, depth.shape[0], outside)
        now = row % 2
        map_row(depth, columns, v, row, x0, inverse, across, down, height, us, zs[now], xs[now], ys[now])
        if row == y0:
            continue
        for i in range(n - 1):
            low, high, count = F(2), F(-1), 0
            for c in range(4):
                k, m = columns[i + c % 2], above if c < 2 else v
                own[c] = there[m, k]
                if own[c]:
                    count += 1
                    d[c] = depth[m, k]
                    low, high = min(low, d[c]), max(high, d[c])
                line = 1 - now if c < 2 else now
                z[c], x[c], y[c] = zs[line, i + c % 2], xs[line, i + c % 2], ys[line, i + c % 2]
            if count == 0:
                continue
            if count == 4 and high - low <= step:
                _quad(x, y, z, own, number, out, who)
                continue
            middle = (low + high) / F(2) if high - low > step else F(-1)
            for side in range(2):
                total, members = F(0), 0
                for c in range(4):
                    own[c] = there[above if c < 2 else v, columns[i + c % 2]] and (d[c] > middle) == (
                        side == 0
                    )
                    if own[c]:
                        total += d[c]
                        members += 1
                if members == 0:
                    continue
                for c in range(4):
                    piece[0, 0] = d[c] if own[c] else total / F(members)
                    map_row(
                        piece, still, 0, row - 1 + c // 2, x0 + i + c % 2, inverse, across, down, height, one,
                        pz[c], px[c], py[c],
                    )  # fmt: skip
                    z[c], x[c], y[c] = pz[c, 0], px[c, 0], py[c, 0]
                _quad(x, y, z, own, number, out, who)


@njit(cache=True, nogil=True, error_model="numpy")
def _quad(
    x: np.ndarray,
    y: np.ndarray,
    z: np.ndarray,
    own: np.ndarray,
    number: int,
    out: np.ndarray,
    who: np.ndarray,
) -> None:
    """Draws a cell as a parallelogram, only the quarters of the corners that are its own."""
    rows, wide = out.shape
    slack = F(SLACK)
    left, right = min(min(x[0], x[1]), min(x[2], x[3])), max(max(x[0], x[1]), max(x[2], x[3]))
    top, bottom = min(min(y[0], y[1]), min(y[2], y[3])), max(max(y[0], y[1]), max(y[2], y[3]))
    if right < -slack or bottom < -slack or left > wide or top > rows:
        return
    ex, ey, fx, fy = x[1] - x[0], y[1] - y[0], x[2] - x[0], y[2] - y[0]
    area = ex * fy - ey * fx
    if area <= F(1e-6):
        return
    over = F(1) / area
    i0, i1 = int(np.ceil(max(left - slack, F(0)))), int(min(right + slack, F(wide - 1)))
    j0, j1 = int(np.ceil(max(top - slack, F(0)))), int(min(bottom + slack, F(rows - 1)))
    for j in range(j0, j1 + 1):
        for k in range(i0, i1 + 1):
            hx, hy = F(k) - x[0], F(j) - y[0]
            s, v = (hx * fy - hy * fx) * over, (ex * hy - ey * hx) * over
            if s < -slack or v < -slack or s > F(1) + slack or v > F(1) + slack:
                continue
            if not own[(1 if s > F(0.5) else 0) + (2 if v > F(0.5) else 0)]:
                continue
            depth = z[0] + s * (z[1] - z[0]) + v * (z[2] - z[0]) + s * v * (z[3] - z[1] - z[2] + z[0])
            if depth > out[j, k]:
                out[j, k] = depth
                who[j, k] = number


@njit(cache=True, nogil=True, error_model="numpy")
def _paint_sheet(
    image: np.ndarray, depth: np.ndarray, there: np.ndarray, step: float, turn: tuple, across: tuple,
    down: tuple, tall: float, outside: int, number: int, u: np.ndarray, who: np.ndarray, out: np.ndarray,
) -> None:  # fmt: skip
    height, width = depth.shape
    p, q, r, t = F(across[0]), F(across[1]), F(across[2]), F(across[3])
    p2, q2, r2, t2 = F(down[0]), F(down[1]), F(down[2]), F(down[3])
    for j in range(u.shape[0]):
        for i in range(u.shape[1]):
            if who[j, i] != number:
                continue
            gx, gy = screen(turn, i, j)
            x0, fx, _ = fold(p * gx + q + u[j, i] * (r * gx + t), width, outside)
            y0, fy, _ = fold(p2 * gy + q2 + u[j, i] * (r2 * gy + t2), height, outside)
            red = green = blue = weights = F(0)
            near = u[j, i] / tall if tall > 0 else F(0)
            for c in range(5):
                # the last time round, the nearest pixel serves where none is of this surface
                if c == 4 and weights > F(1e-3):
                    break
                dx, dy = (c & 1, c >> 1) if c < 4 else (int(fx > F(0.5)), int(fy > F(0.5)))
                k, m = min(x0 + dx, width - 1), min(y0 + dy, height - 1)
                weight = (fx if dx else F(1) - fx) * (fy if dy else F(1) - fy) if c < 4 else F(1)
                if c < 4 and (not there[m, k] or (tall > 0 and abs(depth[m, k] - near) > step)):
                    continue
                weights += weight
                red += weight * F(image[m, k, 0])
                green += weight * F(image[m, k, 1])
                blue += weight * F(image[m, k, 2])
            out[j, i, 0] = int(red / weights + F(0.5))
            out[j, i, 1] = int(green / weights + F(0.5))
            out[j, i, 2] = int(blue / weights + F(0.5))
