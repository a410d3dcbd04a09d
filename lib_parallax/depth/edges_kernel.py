"""The searches of `edges`, compiled by numba: a ramp's two sides, their colours, and the verdict."""

from __future__ import annotations

import math
from functools import cache

import numpy as np
from numba import njit

TILE = 3  # pixels: colours are summed over tiles of this side
GRAIN = 120.0  # squared levels by which colours of one surface always differ
SURE = 4.0  # beyond this the colours' odds are not let weigh more
LEANING = 4.0  # odds at the ends of a ramp from depth alone
TOGETHER = 1.0  # how much a neighbour of the same colour counts
APART = 15.0  # levels by which neighbours must differ to go their own ways
FARTHEST = 3 * 255 * 255 + 1  # squares of distances of colours
ROUNDS = 3
FEWEST = 8  # pixels that make a colour model


@njit(cache=True, nogil=True, error_model="numpy")
def ends(
    depth: np.ndarray, ramp: np.ndarray, slope_x: np.ndarray, slope_y: np.ndarray, reach: int, step: float
) -> tuple[np.ndarray, np.ndarray]:
    """For each pixel of `ramp` where its foot and its top are, as flat int32 indices [H, W].

    Both are found by walking down and up the slope until the ramp ends or turns; -1 where
    there is no ramp or its ends are less than `step` apart.
    """
    height, width = depth.shape
    foot, top = np.full((height, width), -1, np.int32), np.full((height, width), -1, np.int32)
    for y in range(height):
        for x in range(width):
            if not ramp[y, x]:
                continue
            steep = math.sqrt(slope_x[y, x] ** 2 + slope_y[y, x] ** 2)
            if steep <= 0:
                continue
            dx, dy = slope_x[y, x] / steep, slope_y[y, x] / steep
            fx, fy = _walk(depth, ramp, x, y, -dx, -dy, reach, -1)
            tx, ty = _walk(depth, ramp, x, y, dx, dy, reach, 1)
            if depth[ty, tx] - depth[fy, fx] > step:
                foot[y, x], top[y, x] = fy * width + fx, ty * width + tx
    return foot, top


@njit(cache=True, nogil=True, error_model="numpy")
def _walk(
    depth: np.ndarray, ramp: np.ndarray, x: int, y: int, dx: float, dy: float, reach: int, sign: int
) -> tuple[int, int]:
    """The last pixel on the way up (sign 1) or down (-1) before the slope turns; the ramp's end at most."""
    height, width = depth.shape
    bx, by = x, y
    for t in range(1, reach + 1):
        u, v = math.floor(x + t * dx + 0.5), math.floor(y + t * dy + 0.5)
        if u < 0 or v < 0 or u >= width or v >= height:
            break
        if (depth[v, u] - depth[by, bx]) * sign < 0:
            break
        bx, by = u, v
        if not ramp[v, u]:
            break
    return bx, by


@njit(cache=True, nogil=True, error_model="numpy")
def colour_sums(image: np.ndarray, ramp: np.ndarray) -> np.ndarray:
    """Count, colours and their six products summed over the tiles' pixels off the ramps, [h, w, 10]."""
    height, width = ramp.shape
    sums = np.zeros(((height + TILE - 1) // TILE, (width + TILE - 1) // TILE, 10), np.float32)
    for y in range(height):
        for x in range(width):
            if ramp[y, x]:
                continue
            at = sums[y // TILE, x // TILE]
            r, g, b = np.float32(image[y, x, 0]), np.float32(image[y, x, 1]), np.float32(image[y, x, 2])
            at[0] += 1
            at[1] += r
            at[2] += g
            at[3] += b
            at[4] += r * r
            at[5] += g * g
            at[6] += b * b
            at[7] += r * g
            at[8] += r * b
            at[9] += g * b
    return sums


@njit(cache=True, nogil=True, error_model="numpy")
def odds_for_near(
    depth: np.ndarray, image: np.ndarray, foot: np.ndarray, top: np.ndarray, sums: np.ndarray
) -> np.ndarray:
    """Logarithm of the odds that a ramp's pixel is near, by colour and by depth, float32 [H, W].

    A side's colours are a normal distribution with the mean and covariance of `sums` at its end.
    """
    height, width = depth.shape
    odds = np.zeros((height, width), np.float32)
    for y in range(height):
        for x in range(width):
            if foot[y, x] < 0:
                continue
            fy, fx, ty, tx = foot[y, x] // width, foot[y, x] % width, top[y, x] // width, top[y, x] % width
            far, near = sums[fy // TILE, fx // TILE], sums[ty // TILE, tx // TILE]
            likelier = 0.0
            if far[0] >= FEWEST and near[0] >= FEWEST:
                colour = image[y, x]
                likelier = _likelihood(near, colour) - _likelihood(far, colour)
            along = (depth[y, x] - depth[fy, fx]) / (depth[ty, tx] - depth[fy, fx])
            odds[y, x] = min(max(likelier, -SURE), SURE) + LEANING * (along - 0.5)
    return odds


@njit(cache=True, nogil=True, error_model="numpy")
def _likelihood(s: np.ndarray, colour: np.ndarray) -> float:
    """Logarithm of the normal density whose sums are `s`, at `colour`; up to a constant."""
    n = s[0]
    mr, mg, mb = s[1] / n, s[2] / n, s[3] / n
    rr, gg, bb = s[4] / n - mr * mr + GRAIN, s[5] / n - mg * mg + GRAIN, s[6] / n - mb * mb + GRAIN
    rg, rb, gb = s[7] / n - mr * mg, s[8] / n - mr * mb, s[9] / n - mg * mb
    c_rr, c_rg, c_rb = gg * bb - gb * gb, rb * gb - rg * bb, rg * gb - rb * gg
    c_gg, c_gb, c_bb = rr * bb - rb * rb, rg * rb - rr * gb, rr * gg - rg * rg
    determinant = max(rr * c_rr + rg * c_rg + rb * c_rb, 1.0)
    r, g, b = colour[0] - mr, colour[1] - mg, colour[2] - mb
    square = r * r * c_rr + g * g * c_gg + b * b * c_bb + 2 * (r * g * c_rg + r * b * c_rb + g * b * c_gb)
    return -0.5 * (square / determinant + math.log(determinant))


@cache
def alike() -> np.ndarray:
    """How much a neighbour counts by the square of the distance of its colour, float32."""
    return np.array([TOGETHER * math.exp(-i / (2 * APART * APART)) for i in range(FARTHEST)], np.float32)


@njit(cache=True, nogil=True, error_model="numpy")
def agree(
    depth: np.ndarray, image: np.ndarray, foot: np.ndarray, top: np.ndarray, odds: np.ndarray,
    alike: np.ndarray,
) -> None:  # fmt: skip
    """Turns `odds` into the belief in near, -1..1, once neighbours of like colour have been heard.

    Mean-field rounds on the eight neighbours, in place; those that are on no ramp know their side.
    """
    height, width = depth.shape
    belief = np.zeros((height, width), np.float32)
    for y in range(height):
        for x in range(width):
            if foot[y, x] >= 0:
                belief[y, x] = math.tanh(odds[y, x] / 2)
    flat = depth.ravel()
    for turn in range(ROUNDS):
        back = turn % 2 == 1  # every other round the other way, so that nothing is carried one way alone
        for j in range(height):
            y = height - 1 - j if back else j
            for i in range(width):
                x = width - 1 - i if back else i
                if foot[y, x] < 0:
                    continue
                middle = (flat[foot[y, x]] + flat[top[y, x]]) / 2
                heard = odds[y, x]
                for v in range(max(y - 1, 0), min(y + 2, height)):
                    for u in range(max(x - 1, 0), min(x + 2, width)):
                        if v == y and u == x:
                            continue
                        says = belief[v, u]
                        if foot[v, u] < 0:
                            says = np.float32(1) if depth[v, u] > middle else np.float32(-1)
                        apart = 0
                        for c in range(3):
                            apart += (int(image[y, x, c]) - int(image[v, u, c])) ** 2
                        near_by = 1.0 if v == y or u == x else 0.7
                        heard += near_by * alike[apart] * says
                belief[y, x] = math.tanh(heard / 2)
    odds[:] = belief


@njit(cache=True, nogil=True, error_model="numpy")
def on_their_side(depth: np.ndarray, foot: np.ndarray, top: np.ndarray, belief: np.ndarray) -> np.ndarray:
    """Depth with the ramps' pixels at the depth of the end that they are believed to belong to."""
    height, width = depth.shape
    flat = depth.ravel()
    found = depth.copy()
    for y in range(height):
        for x in range(width):
            end = top[y, x] if belief[y, x] > 0 else foot[y, x]
            if end >= 0:
                found[y, x] = flat[end]
    return found
