"""What rays see where they hit the relief of a picture, in numba: serial, nogil."""

from __future__ import annotations

import threading

import numpy as np
from numba import njit

from ..camera import OUTSIDES, Rays
from .cpu_parallax_ray import fold, numbers, screen
from .reference_parallax import STRETCH

BITS = 12
WEIGHT = 1 << BITS  # what the weights of four pixels of bytes sum up to
BLOCK = 240  # rays of a row that are looked up together
LANE = 21  # bits of an integer for a channel: a byte times WEIGHT, and one to spare
F = np.float32


def look_up(
    image: np.ndarray, depth: np.ndarray, u: np.ndarray, rays: Rays, full: int
) -> tuple[np.ndarray, np.ndarray]:
    make = np.zeros if rays.outside == "blank" else np.empty
    colour = make((*u.shape, 3), image.dtype)
    holes = np.zeros(u.shape, np.bool_)
    packed, steep = _scratch(depth.shape)
    if image.dtype != np.uint8:
        packed = packed[:0]
    reach = rays.height * rays.speed
    gap = STRETCH / reach if reach > 0 else 2.0  # the least step of depth that may be a wall
    _shade(
        image, packed, steep, depth, u, numbers(rays.turn), rays.across, rays.down, F(rays.height), F(gap),
        OUTSIDES.index(rays.outside), rays.turn[2, 0] == 0 and rays.turn[2, 1] == 0, colour, holes,
    )  # fmt: skip
    return colour, holes


_kept = threading.local()


def _scratch(shape: tuple[int, int]) -> tuple[np.ndarray, np.ndarray]:
    """Room for a picture's packed pixels and marks, kept by each thread.

    Fresh memory would cost as much again as what is written there: at 1080p 2 of 17 ms.
    """
    if getattr(_kept, "shape", None) != shape:
        _kept.shape, _kept.room = shape, (np.empty(shape, np.int64), np.empty(shape, np.bool_))
    room: tuple[np.ndarray, np.ndarray] = _kept.room
    return room


@njit(cache=True, nogil=True, error_model="numpy")
def _pack(image: np.ndarray, packed: np.ndarray) -> None:
    """The three channels of each pixel in one integer, so that one product weighs all of them."""
    for y in range(packed.shape[0]):
        for x in range(packed.shape[1]):
            high = np.int64(image[y, x, 2]) << (2 * LANE)
            packed[y, x] = np.int64(image[y, x, 0]) | np.int64(image[y, x, 1]) << LANE | high


@njit(cache=True, nogil=True, error_model="numpy")
def _mark_steep(depth: np.ndarray, gap: float, steep: np.ndarray) -> None:
    """The cells between four pixels (the first of them is marked) in which depth varies by more than gap."""
    height, width = depth.shape
    for y in range(height):
        one, two, marks = depth[y], depth[min(y + 1, height - 1)], steep[y]
        for x in range(width - 1):
            low = min(min(one[x], one[x + 1]), min(two[x], two[x + 1]))
            high = max(max(one[x], one[x + 1]), max(two[x], two[x + 1]))
            marks[x] = high - low > gap
        marks[width - 1] = abs(one[width - 1] - two[width - 1]) > gap


@njit(cache=True, nogil=True, error_model="numpy")
def _shade(
    image: np.ndarray, packed: np.ndarray, steep: np.ndarray, depth: np.ndarray, u: np.ndarray,
    turn: tuple, across: tuple, down: tuple, tall: float, gap: float, outside: int, even: bool,
    colour: np.ndarray, holes: np.ndarray,
) -> None:  # fmt: skip
    height, width = depth.shape
    columns = u.shape[1]
    wide, high, half = F(width - 1), F(height - 1), F(0.5)
    _mark_steep(depth, gap, steep)
    if packed.shape[0] > 0:
        _pack(image, packed)
    pixels, marks = packed.reshape(-1), steep.reshape(-1)
    xs, ys = np.empty(columns, np.float32), np.empty(columns, np.float32)
    at, weights = np.empty(columns, np.int64), np.empty((3, BLOCK), np.int64)
    # a row that stays at one height of the picture, between no two of its rows, mixes but two pixels
    down_still = turn[3] == 0 and turn[6] == 0 and down[2] == 0 and down[3] == 0
    for j in range(u.shape[0]):
        _places(u[j], j, turn, across, down, even, xs, ys)
        for begin in range(0, columns, BLOCK):
            end = min(begin + BLOCK, columns)
            if packed.shape[0] > 0 and _all_inside(xs[begin:end], ys[begin:end], wide, high):
                _weigh(xs[begin:end], ys[begin:end], width, at[begin:end], weights)
                if down_still and not weights[1, 0] and not weights[2, 0]:
                    _mix_two(pixels, 1, at[begin:end], weights[0], colour[j, begin:end])
                else:
                    _mix(pixels, width, at[begin:end], weights, colour[j, begin:end])
                for i in range(begin, end):
                    if marks[at[i]]:
                        x0, y0 = int(xs[i]), int(ys[i])
                        fx, fy = xs[i] - F(x0), ys[i] - F(y0)
                        speeds = _speeds(turn, across, down, i, j)
                        holes[j, i] = _is_wall(depth, x0, y0, x0 + 1, y0 + 1, fx, fy, tall, speeds)
                continue
            for i in range(begin, end):
                x, y = xs[i], ys[i]
                if outside == 2 and (x < -half or y < -half or x > wide + half or y > high + half):
                    holes[j, i] = True
                    continue
                x0, fx, way_x = fold(x, width, outside)
                y0, fy, way_y = fold(y, height, outside)
                x1, y1 = min(x0 + 1, width - 1), min(y0 + 1, height - 1)
                for k in range(3):
                    one, two = F(image[y0, x0, k]), F(image[y1, x0, k])
                    one += fx * (F(image[y0, x1, k]) - one)
                    two += fx * (F(image[y1, x1, k]) - two)
                    colour[j, i, k] = int(one + fy * (two - one) + half)
                if steep[y0, x0]:
                    bx, by = _speeds(turn, across, down, i, j)
                    holes[j, i] = _is_wall(depth, x0, y0, x1, y1, fx, fy, tall, (bx * way_x, by * way_y))


@njit(cache=True, nogil=True, error_model="numpy")
def _all_inside(xs: np.ndarray, ys: np.ndarray, wide: float, high: float) -> bool:
    inside = True
    for i in range(len(xs)):
        inside &= (xs[i] >= 0) & (ys[i] >= 0) & (xs[i] < wide) & (ys[i] < high)
    return inside


@njit(cache=True, nogil=True, error_model="numpy")
def _places(
    u: np.ndarray,
    row: int,
    turn: tuple,
    across: tuple,
    down: tuple,
    even: bool,
    xs: np.ndarray,
    ys: np.ndarray,
) -> None:
    """Where a row of rays hits, in pixels of the picture."""
    p, q, r, t = F(across[0]), F(across[1]), F(across[2]), F(across[3])
    p2, q2, r2, t2 = F(down[0]), F(down[1]), F(down[2]), F(down[3])
    if even:  # written out, so that it is done for many rays at once
        a, b = F(turn[0]), F(turn[1]) * F(row) + F(turn[2])
        c, d = F(turn[3]), F(turn[4]) * F(row) + F(turn[5])
        for i in range(len(u)):
            gx, gy = a * F(i) + b, c * F(i) + d
            xs[i] = p * gx + q + u[i] * (r * gx + t)
            ys[i] = p2 * gy + q2 + u[i] * (r2 * gy + t2)
        return
    for i in range(len(u)):
        gx, gy = screen(turn, i, row)
        xs[i] = p * gx + q + u[i] * (r * gx + t)
        ys[i] = p2 * gy + q2 + u[i] * (r2 * gy + t2)


@njit(cache=True, nogil=True, error_model="numpy")
def _speeds(turn: tuple, across: tuple, down: tuple, column: int, row: int) -> tuple[float, float]:
    """How far a ray goes over the picture for each unit of height."""
    gx, gy = screen(turn, column, row)
    return F(across[2]) * gx + F(across[3]), F(down[2]) * gy + F(down[3])


@njit(cache=True, nogil=True, error_model="numpy")
def _weigh(xs: np.ndarray, ys: np.ndarray, width: int, at: np.ndarray, weights: np.ndarray) -> None:
    """The first pixel of four, and what the other three count for."""
    right, lower, both = weights[0], weights[1], weights[2]
    for i in range(len(xs)):
        x0, y0 = np.int32(xs[i]), np.int32(ys[i])
        fx, fy = xs[i] - F(x0), ys[i] - F(y0)
        at[i] = np.int64(y0) * width + x0
        corner = np.int32(fx * fy * F(WEIGHT) + F(0.5))
        both[i] = corner
        right[i] = np.int32(fx * F(WEIGHT) + F(0.5)) - corner
        lower[i] = np.int32(fy * F(WEIGHT) + F(0.5)) - corner


@njit(cache=True, nogil=True, error_model="numpy")
def _mix(pixels: np.ndarray, width: int, at: np.ndarray, weights: np.ndarray, colour: np.ndarray) -> None:
    half = (WEIGHT // 2) * (1 + (1 << LANE) + (1 << (2 * LANE)))
    for i in range(len(at)):
        k, b, c, d = at[i], weights[0, i], weights[1, i], weights[2, i]
        total = pixels[k] * (WEIGHT - b - c - d) + pixels[k + 1] * b + half
        total += pixels[k + width] * c + pixels[k + width + 1] * d
        colour[i, 0] = (total >> BITS) & 255
        colour[i, 1] = (total >> (BITS + LANE)) & 255
        colour[i, 2] = (total >> (BITS + 2 * LANE)) & 255


@njit(cache=True, nogil=True, error_model="numpy")
def _mix_two(pixels: np.ndarray, step: int, at: np.ndarray, weights: np.ndarray, colour: np.ndarray) -> None:
    half = (WEIGHT // 2) * (1 + (1 << LANE) + (1 << (2 * LANE)))
    for i in range(len(at)):
        one = pixels[at[i]]
        total = one * (WEIGHT - weights[i]) + pixels[at[i] + step] * weights[i] + half
        colour[i, 0] = (total >> BITS) & 255
        colour[i, 1] = (total >> (BITS + LANE)) & 255
        colour[i, 2] = (total >> (BITS + 2 * LANE)) & 255


@njit(cache=True, nogil=True, error_model="numpy")
def _is_wall(
    depth: np.ndarray, x0: int, y0: int, x1: int, y1: int, fx: float, fy: float, tall: float,
    speeds: tuple[float, float],
) -> bool:  # fmt: skip
    """Whether a hit lies on a wall between pixels, nearer to none of them than half a pixel of the frame."""
    e, f, g, h = depth[y0, x0], depth[y0, x1], depth[y1, x0], depth[y1, x1]
    twist = h - g - f + e
    stretch = -tall * ((f - e + fy * twist) * speeds[0] + (g - e + fx * twist) * speeds[1])
    if stretch <= F(STRETCH):
        return False
    least, most = min(min(e, f), min(g, h)), max(max(e, f), max(g, h))
    upper, lower = e + fx * (f - e), g + fx * (h - g)
    share = (upper + fy * (lower - upper) - least) / (most - least)
    span = F(1) + stretch
    return share * span > F(0.5) and (F(1) - share) * span > F(0.5)
