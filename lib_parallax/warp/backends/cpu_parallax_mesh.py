"""The relief of a picture as a mesh, drawn into the frame: the first hit of all rays at once, in numba.

Where every ray goes straight towards larger heights, the first surface that a ray meets is the nearest
of those that lie over its pixel. Each cell between four pixel centres is mapped into the frame and
drawn there, the greater height wins. What faces away (the far side of a thing) is never seen first.
"""

from __future__ import annotations

import numpy as np
from numba import njit

from ..camera import OUTSIDES, Rays

NOT_DRAWN = -1.0
TWIST, WALL = 1, 2  # where the mesh is but about right; and where it is right, but steep
TWISTED = 0.02  # pixels by which a cell's fourth corner lies off, from where its rays are to be refined
STEEP = 0.4  # pixels by which a cell is stretched, from where it is drawn as two triangles
SLACK = 0.01  # of a cell, so that cells leave no cracks
TIGHT = 0.001  # the same of a triangle that is stretched, whose tip must not reach further
MOST_CELLS = 6  # for each pixel of the frame
F = np.float32


def mesh_fits(rays: Rays, size: tuple[int, int]) -> bool:
    """Whether the relief, as far as the frame sees it, can be mapped into it."""
    p, r = rays.across[0], rays.across[2]
    if r > 0 or p + r * rays.height < 0.05 * p or p <= 0:
        return False
    x0, x1, y0, y1 = seen(rays, size)
    if (
        not np.isfinite([x0, x1, y0, y1]).all()
        or (x1 - x0) * (y1 - y0) > MOST_CELLS * size[0] * size[1] + 4096
    ):
        return False
    if rays.turn[2, 0] == 0 and rays.turn[2, 1] == 0:
        return True
    # what is seen must lie before a camera that is turned sideways
    corners = np.array([[0, 0, 1], [size[0], 0, 1], [0, size[1], 1], [size[0], size[1], 1]])
    return bool((corners @ rays.turn[2] > 0.2).all())


def rows_fit(rays: Rays) -> bool:
    """Whether every ray keeps to one row of the picture, at the same speed as all others."""
    across, down = rays.across, rays.down
    return rays.straight and across[0] > 0 and across[2] == 0 and down[3] == 0


def columns_fit(rays: Rays) -> bool:
    """The same of columns."""
    return rays.straight and rows_fit(transposed(rays))


def transposed(rays: Rays) -> Rays:
    """The rays over the picture with rows for columns."""
    turn = rays.turn[[1, 0, 2]][:, [1, 0, 2]]
    return rays._replace(turn=turn, across=rays.down, down=rays.across)


def draw_rows(depth: np.ndarray, rays: Rays, size: tuple[int, int]) -> np.ndarray:
    """Heights float32 [h, w] of rays that keep to their rows, where the mesh is a line for each."""
    u = np.zeros((size[1], size[0]), np.float32)
    span = seen(rays, size)
    outside = OUTSIDES.index(rays.outside)
    _draw_rows(depth, rays.turn, rays.across, rays.down, rays.height, outside, int(span[0]), int(span[1]), u)
    return u


def draw_mesh(depth: np.ndarray, rays: Rays, size: tuple[int, int]) -> tuple[np.ndarray, np.ndarray]:
    """Heights float32 [h, w], NOT_DRAWN in cracks, and uint8 [h, w]: TWIST, WALL or 0."""
    z = np.full((size[1], size[0]), NOT_DRAWN, np.float32)
    rough = np.zeros(z.shape, np.uint8)
    x0, x1, y0, y1 = (int(v) for v in seen(rays, size))
    inverse = np.linalg.inv(rays.turn)
    _draw(
        depth, inverse, rays.across, rays.down, rays.height, OUTSIDES.index(rays.outside), rays.speed,
        x0, x1, y0, y1, z, rough,
    )  # fmt: skip
    to_heights(z, rays.turn, rays.across, rays.height)
    return z, rough


def seen(rays: Rays, size: tuple[int, int]) -> tuple[float, float, float, float]:
    """The pixels of the picture, or beyond it, that the frame's rays go over, with one more all around."""
    corners = np.array([[0, 0, 1], [size[0] - 1, 0, 1], [0, size[1] - 1, 1], [size[0] - 1, size[1] - 1, 1]])
    x, y, w = rays.turn @ corners.T
    found = []
    for at, (p, q, r, t) in ((x / w, rays.across), (y / w, rays.down)):
        places = np.concatenate([p * at + q + u * (r * at + t) for u in (0.0, rays.height)])
        found += [np.floor(places.min()) - 1, np.ceil(places.max()) + 1]
    return found[0], found[1], found[2], found[3]


@njit(cache=True, nogil=True, error_model="numpy")
def _is_flat(across: tuple[float, float, float, float], height: float) -> bool:
    """Whether rays are so nearly parallel that heights run evenly over a piece of the mesh in the frame.

    Where they are not, it is the reciprocal of p + r u that does, as in any perspective.
    """
    return -across[2] * height < 2e-3 * across[0]


@njit(cache=True, nogil=True, error_model="numpy", fastmath={"contract", "arcp", "nsz"})
def to_heights(z: np.ndarray, turn: np.ndarray, across: tuple, height: float) -> None:
    flat, p, over, tall = _is_flat(across, height), F(across[0]), F(0), F(height)
    if not flat:
        over = F(1 / across[2])
    m = turn.astype(np.float32)
    for y in range(z.shape[0]):
        line = z[y]
        for x in range(z.shape[1]):
            w = m[2, 0] * F(x) + m[2, 1] * F(y) + m[2, 2]
            u = line[x] / w if flat else (w / line[x] - p) * over
            line[x] = min(max(u, F(0)), tall) if line[x] >= 0 else F(NOT_DRAWN)


@njit(cache=True, nogil=True, error_model="numpy")
def fold_index(i: int, length: int, outside: int) -> int:
    if outside == 0:
        i = i % (2 * length)
        return i if i < length else 2 * length - 1 - i
    return min(max(i, 0), length - 1)


@njit(cache=True, nogil=True, error_model="numpy", fastmath={"contract", "arcp", "nsz"})
def map_row(
    depth: np.ndarray, columns: np.ndarray, row: int, y: int, x0: int, inverse: np.ndarray, across: tuple,
    down: tuple, height: float, us: np.ndarray, zs: np.ndarray, xs: np.ndarray, ys: np.ndarray,
) -> None:  # fmt: skip
    p, q, r, t = F(across[0]), F(across[1]), F(across[2]), F(across[3])
    q2, t2 = F(down[1]), F(down[3])
    tall, flat = F(height), _is_flat(across, height)
    line = depth[row]
    n = len(columns)
    for i in range(n):
        us[i] = tall * line[columns[i]]
    if inverse[0, 1] or inverse[1, 0] or inverse[2, 0] or inverse[2, 1]:
        m = inverse.astype(np.float32)
        for i in range(n):
            k = F(1) / (p + r * us[i])
            gx, gy = (F(x0 + i) - q - t * us[i]) * k, (F(y) - q2 - t2 * us[i]) * k
            w = F(1) / (m[2, 0] * gx + m[2, 1] * gy + m[2, 2])
            zs[i] = us[i] * w if flat else k * w
            xs[i] = (m[0, 0] * gx + m[0, 1] * gy + m[0, 2]) * w
            ys[i] = (m[1, 0] * gx + m[1, 1] * gy + m[1, 2]) * w
        return
    a, b, c, d = F(inverse[0, 0]), F(inverse[0, 2]), F(inverse[1, 1]), F(inverse[1, 2])
    base_x, base_y = F(x0) - q, F(y) - q2
    for i in range(n):
        k = F(1) / (p + r * us[i])
        zs[i] = us[i] if flat else k
        xs[i] = (base_x + F(i) - t * us[i]) * k * a + b
        ys[i] = (base_y - t2 * us[i]) * k * c + d


@njit(cache=True, nogil=True, error_model="numpy", fastmath={"contract", "arcp", "nsz"})
def _draw(
    depth: np.ndarray, inverse: np.ndarray, across: tuple, down: tuple, height: float, outside: int,
    speed: float, x0: int, x1: int, y0: int, y1: int, out: np.ndarray, rough: np.ndarray,
) -> None:  # fmt: skip
    n = x1 - x0 + 1
    columns = np.empty(n, np.int64)
    for i in range(n):
        columns[i] = fold_index(x0 + i, depth.shape[1], outside)
    u0, z0, x_0, y_0 = (
        np.empty(n, np.float32),
        np.empty(n, np.float32),
        np.empty(n, np.float32),
        np.empty(n, np.float32),
    )
    u1, z1, x_1, y_1 = (
        np.empty(n, np.float32),
        np.empty(n, np.float32),
        np.empty(n, np.float32),
        np.empty(n, np.float32),
    )
    map_row(
        depth,
        columns,
        fold_index(y0, depth.shape[0], outside),
        y0,
        x0,
        inverse,
        across,
        down,
        height,
        u0,
        z0,
        x_0,
        y_0,
    )
    steep = F(STEEP / speed) if speed > 0 else F(1e9)
    bend = F(TWISTED / speed) if speed > 0 else F(1e9)
    rows, wide = out.shape
    last_x, last_y = F(wide - 1), F(rows - 1)
    zero = F(0)
    for y in range(y0 + 1, y1 + 1):
        map_row(
            depth,
            columns,
            fold_index(y, depth.shape[0], outside),
            y,
            x0,
            inverse,
            across,
            down,
            height,
            u1,
            z1,
            x_1,
            y_1,
        )
        for i in range(n - 1):
            ax, bx, cx, dx = x_0[i], x_0[i + 1], x_1[i], x_1[i + 1]
            ay, by, cy, dy = y_0[i], y_0[i + 1], y_1[i], y_1[i + 1]
            left, right = min(min(ax, bx), min(cx, dx)), max(max(ax, bx), max(cx, dx))
            top, bottom = min(min(ay, by), min(cy, dy)), max(max(ay, by), max(cy, dy))
            if right < zero or bottom < zero or left > last_x or top > last_y:
                continue
            ua, ub, uc, ud = u0[i], u0[i + 1], u1[i], u1[i + 1]
            if max(max(abs(ub - ua), abs(uc - ua)), max(abs(ud - ub), abs(ud - uc))) > steep:
                # of the two ways to split a cell, the higher: rays look on from there for the relief itself
                kind = TWIST if abs(ud - ub - uc + ua) > bend else WALL
                if ub + uc >= ua + ud:
                    _triangle(ax, ay, z0[i], bx, by, z0[i + 1], cx, cy, z1[i], kind, out, rough)
                    _triangle(bx, by, z0[i + 1], dx, dy, z1[i + 1], cx, cy, z1[i], kind, out, rough)
                else:
                    _triangle(ax, ay, z0[i], bx, by, z0[i + 1], dx, dy, z1[i + 1], kind, out, rough)
                    _triangle(ax, ay, z0[i], dx, dy, z1[i + 1], cx, cy, z1[i], kind, out, rough)
                continue
            slack = F(SLACK)
            i0, i1 = int(np.ceil(max(left - slack, zero))), int(min(right + slack, last_x))
            j0, j1 = int(np.ceil(max(top - slack, zero))), int(min(bottom + slack, last_y))
            if i0 > i1 or j0 > j1:
                continue
            ex, ey, fx, fy = bx - ax, by - ay, cx - ax, cy - ay
            area = ex * fy - ey * fx
            if area <= F(1e-6):
                continue
            over = F(1) / area
            za, zb, zc, zd = z0[i], z0[i + 1], z1[i], z1[i + 1]
            twist = abs(dx - bx - fx) + abs(dy - by - fy) > F(TWISTED)
            for j in range(j0, j1 + 1):
                for k in range(i0, i1 + 1):
                    hx, hy = F(k) - ax, F(j) - ay
                    s, v = (hx * fy - hy * fx) * over, (ex * hy - ey * hx) * over
                    if s < -slack or v < -slack or s > F(1) + slack or v > F(1) + slack:
                        continue
                    z = za + s * (zb - za) + v * (zc - za) + s * v * (zd - zb - zc + za)
                    if z > out[j, k]:
                        out[j, k] = z
                        rough[j, k] = TWIST if twist else 0
        u0, u1, z0, z1 = u1, u0, z1, z0
        x_0, x_1, y_0, y_1 = x_1, x_0, y_1, y_0


@njit(cache=True, nogil=True, error_model="numpy", fastmath={"contract", "arcp", "nsz"})
def _triangle(
    ax: float, ay: float, ua: float, bx: float, by: float, ub: float, cx: float, cy: float, uc: float,
    kind: int, out: np.ndarray, rough: np.ndarray,
) -> None:  # fmt: skip
    """Draws a triangle whose corners run clockwise where it faces the camera."""
    rows, wide = out.shape
    ex, ey, fx, fy = bx - ax, by - ay, cx - ax, cy - ay
    area = ex * fy - ey * fx
    if area <= F(1e-6):
        return
    over = F(1) / area
    slack = F(TIGHT)
    top, bottom = min(min(ay, by), cy), max(max(ay, by), cy)
    left, right = min(min(ax, bx), cx), max(max(ax, bx), cx)
    j0, j1 = int(np.ceil(max(top - slack, F(0)))), int(min(bottom + slack, F(rows - 1)))
    # s = s0 + k s1 along a row, and so on: where all of s, v and 1 - s - v are inside
    s1, v1 = fy * over, -ey * over
    for j in range(j0, j1 + 1):
        hy = F(j) - ay
        s0, v0 = (-ax * fy - hy * fx) * over, (ex * hy + ey * ax) * over
        low, high = max(left - slack, F(0)), min(right + slack, F(wide - 1))
        for edge in range(3):
            if edge == 0:
                begin, slope = s0, s1
            elif edge == 1:
                begin, slope = v0, v1
            else:
                begin, slope = F(1) - s0 - v0, -s1 - v1
            begin += slack
            if slope > F(1e-9):
                low = max(low, -begin / slope)
            elif slope < F(-1e-9):
                high = min(high, -begin / slope)
            elif begin < F(0):
                high = F(-1)
        if high < low:
            continue
        for k in range(int(np.ceil(low)), int(high) + 1):
            s, v = s0 + F(k) * s1, v0 + F(k) * v1
            u = ua + s * (ub - ua) + v * (uc - ua)
            if u > out[j, k]:
                out[j, k] = u
                rough[j, k] = kind


@njit(cache=True, nogil=True, error_model="numpy", fastmath={"contract", "arcp", "nsz"})
def _draw_rows(
    depth: np.ndarray, turn: np.ndarray, across: tuple, down: tuple, height: float, outside: int,
    x0: int, x1: int, out: np.ndarray,
) -> None:  # fmt: skip
    n = x1 - x0 + 1
    columns = np.empty(n, np.int64)
    for i in range(n):
        columns[i] = fold_index(x0 + i, depth.shape[1], outside)
    inside = max(0, -x0), min(n, depth.shape[1] - x0)
    us, xs = np.empty(n, np.float32), np.empty(n, np.float32)
    tall, last, zero = F(height), F(out.shape[1] - 1), F(0)
    scale = across[0] * turn[0, 0]
    begin = F((x0 - across[1]) / scale - turn[0, 2] / turn[0, 0])
    slope, step = F(-across[3] / scale), F(1 / scale)
    for j in range(out.shape[0]):
        y = down[0] * (turn[1, 1] * j + turn[1, 2]) + down[1]
        first = int(np.floor(y))
        part = F(y - first)
        one = depth[fold_index(first, depth.shape[0], outside)]
        two = depth[fold_index(first + 1, depth.shape[0], outside)]
        for i in range(inside[0]):
            k = columns[i]
            us[i] = tall * (one[k] + part * (two[k] - one[k]))
        for i in range(inside[0], inside[1]):
            k = x0 + i
            us[i] = tall * (one[k] + part * (two[k] - one[k]))
        for i in range(max(inside[0], inside[1]), n):
            k = columns[i]
            us[i] = tall * (one[k] + part * (two[k] - one[k]))
        for i in range(n):
            xs[i] = begin + F(i) * step + slope * us[i]
        row = out[j]
        for i in range(n - 1):
            a, b = xs[i], xs[i + 1]
            if b <= a or b < zero or a > last:
                continue
            low, high = us[i], us[i + 1]
            k = int(np.ceil(max(a, zero)))
            end = int(min(b, last))
            if k > end:
                continue
            rise = (high - low) / (b - a)
            while k <= end:
                u = low + (F(k) - a) * rise
                if u > row[k]:
                    row[k] = u
                k += 1
