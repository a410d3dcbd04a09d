"""Where pixels go, and those that straddle a depth step, split in two: what `reference_stereo` finds, listed.

A pixel in twenty or fewer stands at a step, so lists are shorter than pictures. What the 49 pixels around
each are asked for is kept ready for seven rows: three colours in one number, so that one product weighs
all of them.
"""

from __future__ import annotations

from typing import NamedTuple

import numpy as np
from numba import njit

from .fixed import ONE, STEP

REACH, RING = 3, 8  # rows and columns to either side that are asked; rows that are kept
DIGITS = 21  # bits of the sum of a colour: 49 pixels of 8 bits, weights up to 6340 together
_jit = njit(cache=True, nogil=True, error_model="numpy")
_at = np.uintp  # numba asks of any other index whether it counts from the end
CLOSENESS = np.array([720 // (v * v + u * u + 1) for v in range(-3, 4) for u in range(-3, 4)], np.int32)


def fixed_offset(disparity: np.ndarray, shift: float) -> np.ndarray:
    offset = np.empty(disparity.shape, np.int32)
    if _offsets(disparity.astype(np.float32, copy=False), np.float32(shift), offset):
        with np.errstate(invalid="ignore"):  # infinity times no shift at all
            moved = disparity * np.float32(shift)
        finite = moved[np.isfinite(moved)]
        farthest = (finite.min() if shift >= 0 else finite.max()) if finite.size else np.float32(0)
        width = np.float32(disparity.shape[1])
        offset[np.isnan(moved)] = np.rint(np.clip(farthest, -width, width) * np.float32(ONE))
    return offset


@_jit
def _offsets(disparity: np.ndarray, shift: float, offset: np.ndarray) -> int:
    """All but those of what is no number; how many of these there are."""
    height, width = disparity.shape
    edge = np.float32(width)
    unknown = 0
    for y in range(height):
        row, to = disparity[y], offset[y]
        for x in range(width):
            moved = np.float32(row[x] * shift)
            unknown += np.isnan(moved)
            to[x] = np.int32(np.rint(min(max(moved, -edge), edge) * np.float32(ONE)))
    return unknown


class Splits(NamedTuple):
    """The split pixels of a picture, row by row.

    start          int64 [H + 1], the first of each row
    column         int32 [M]
    far, near      int32 [M], offsets of the surface behind, which the pixel joins, and of that in front
    alpha          uint8 [M], how much of the pixel the front has
    base, fringe   [M, 3], colours of the back and of the front
    """

    start: np.ndarray
    column: np.ndarray
    far: np.ndarray
    near: np.ndarray
    alpha: np.ndarray
    base: np.ndarray
    fringe: np.ndarray


def unmix(image: np.ndarray, offset: np.ndarray, sign: int, full: int) -> Splits:
    """Arguments as of `reference_stereo.unmix`."""
    height, width = offset.shape
    room = max(height * width // 16, width)
    while True:
        column, far, near = (np.empty(room, np.int32) for _ in range(3))
        alpha = np.empty(room, np.uint8)
        base, fringe = np.empty((room, 3), image.dtype), np.empty((room, 3), image.dtype)
        start = _split(image, offset, sign, full, column, far, near, alpha, base, fringe)
        count = int(start[height])
        if count <= room:
            lists = (a[:count] for a in (column, far, near, alpha, base, fringe))
            return Splits(start, *lists)
        room = count


@_jit
def _split(
    image: np.ndarray, offset: np.ndarray, sign: int, full: int, column: np.ndarray, far: np.ndarray,
    near: np.ndarray, alpha: np.ndarray, base: np.ndarray, fringe: np.ndarray,
) -> np.ndarray:  # fmt: skip
    """Lists as many as there is room for, and counts all of them: where each row's begin."""
    height, width = offset.shape
    rows = image.reshape(height, 3 * width)
    packed, inside = np.zeros((RING, width), np.uint64), np.zeros((RING, width), np.int32)
    middle = np.zeros((RING, width), np.int32)
    flat, counted, offsets = packed.ravel(), inside.ravel(), offset.ravel()
    low, high = np.empty(width + 2, np.int32), np.empty(width + 2, np.int32)
    sums = np.empty(8, np.int64)
    behind, front, own = np.empty(3, np.int64), np.empty(3, np.int64), np.empty(3, np.int64)
    start = np.zeros(height + 1, np.int64)
    count = ready = 0
    for y in range(height):
        while ready < min(y + REACH + 1, height):
            k = ready % RING
            above, below = offset[max(ready - 1, 0)], offset[min(ready + 1, height - 1)]
            _steps(above, offset[ready], below, sign, low, high, inside[k], middle[k])
            if full == 255:
                _pack(rows[ready], inside[k], packed[k])
            ready += 1
        here, between = inside[y % RING], middle[y % RING]
        for x in range(width):
            if here[x]:
                continue
            whole = full == 255 and REACH <= y < height - REACH and REACH <= x < width - REACH
            if whole:
                _weigh(flat, counted, offsets, sign, width, y, x, between[x], sums, len(sums) - 1)
            else:
                _weigh_at_border(image, inside, offset, sign, y, x, between[x], sums)
            if not _sides(image, inside, offset, sign, y, x, between[x], sums, behind, front):
                continue
            for c in range(3):
                own[c] = image[y, x, c]
            share = _share(own, behind, front, full, offset[y, x] * sign > between[x])
            if share < 0:
                continue
            if count < len(column):
                column[count], alpha[count] = x, share
                far[count], near[count] = _nearest_of_both(offset, sign, y, x, between[x])
                _clean(own, behind, front, share, base[count], fringe[count])
            count += 1
        start[y + 1] = count
    return start


@_jit
def _steps(above, here, below, sign, low, high, inside, middle):  # type: ignore[no-untyped-def]
    """Which pixels of a row differ from none of their neighbours by a step, and halfway between those."""
    width = len(here)
    for x in range(width):
        low[x + 1] = min(above[x], min(here[x], below[x]))
        high[x + 1] = max(above[x], max(here[x], below[x]))
    low[0], low[width + 1] = low[1], low[width]
    high[0], high[width + 1] = high[1], high[width]
    odd = np.int32(sign < 0)  # halves are rounded down, seen from the front
    for x in range(width):
        bottom = min(low[x], min(low[x + 1], low[x + 2]))
        top = max(high[x], max(high[x + 1], high[x + 2]))
        inside[x] = np.int32(np.int32(top - bottom) <= STEP)
        middle[x] = np.int32(np.int32(np.int32(bottom + top) + odd) >> np.int32(1)) * np.int32(sign)


@_jit
def _pack(row, inside, packed):  # type: ignore[no-untyped-def]
    """Three colours in one number; 0 for steps."""
    for x in range(len(inside)):
        red, green, blue = np.uint64(row[3 * x]), np.uint64(row[3 * x + 1]), np.uint64(row[3 * x + 2])
        packed[x] = (red | green << np.uint64(DIGITS) | blue << np.uint64(2 * DIGITS)) * np.uint64(inside[x])


@_jit
def _weigh(packed, inside, offset, sign, width, y, x, middle, sums, across):  # type: ignore[no-untyped-def]
    """Sums of colours around a pixel, steps left out: of the near side, then the far; each with its weight.

    across  7, and not written so: told that, the compiler gathers columns into vectors, at thrice the cost
    """
    near_rgb = all_rgb = np.uint64(0)
    near_weight = all_weight = np.int32(0)
    at = _at((y - REACH) * width + x - REACH)
    for v in range(7):
        k = _at(((y - REACH + v) % RING) * width + x - REACH)
        w = _at(7 * v)
        for j in range(across):
            i = _at(j)
            weight = np.int32(CLOSENESS[w + i] * inside[k + i])
            near = np.int32(weight * np.int32(np.int32(offset[at + i] * np.int32(sign)) > middle))
            all_rgb += np.uint64(weight) * packed[k + i]
            near_rgb += np.uint64(near) * packed[k + i]
            all_weight += weight
            near_weight += near
        at += _at(width)
    far_rgb = all_rgb - near_rgb
    mask = np.uint64((1 << DIGITS) - 1)
    for c in range(3):
        shift = np.uint64(DIGITS * c)
        sums[c] = np.int64((near_rgb >> shift) & mask)
        sums[4 + c] = np.int64((far_rgb >> shift) & mask)
    sums[3], sums[7] = near_weight, all_weight - near_weight


@_jit
def _weigh_at_border(image, inside, offset, sign, y, x, middle, sums):  # type: ignore[no-untyped-def]
    """The same with fewer pixels around, or more bits."""
    height, width = offset.shape
    sums[:] = 0
    for v in range(max(y - REACH, 0), min(y + REACH + 1, height)):
        for u in range(max(x - REACH, 0), min(x + REACH + 1, width)):
            if inside[v % RING, u]:
                side = 0 if offset[v, u] * sign > middle else 4
                _add(image, v, u, CLOSENESS[7 * (v - y + REACH) + u - x + REACH], sums, side)


@_jit
def _add(image, v, u, weight, sums, side):  # type: ignore[no-untyped-def]
    for c in range(3):
        sums[side + c] += weight * np.int64(image[v, u, c])
    sums[side + 3] += weight


@_jit
def _sides(image, inside, offset, sign, y, x, middle, sums, behind, front):  # type: ignore[no-untyped-def]
    """Mean colours of both sides, away from the step where possible; whether there are both."""
    height, width = offset.shape
    if sums[7] == 0:
        for v in range(max(y - REACH, 0), min(y + REACH + 1, height)):
            for u in range(max(x - REACH, 0), min(x + REACH + 1, width)):
                if not inside[v % RING, u] and offset[v, u] * sign <= middle:
                    _add(image, v, u, CLOSENESS[7 * (v - y + REACH) + u - x + REACH], sums, 4)
        if sums[7] == 0:
            return False
    for c in range(3):
        behind[c] = sums[4 + c] // sums[7]
    if sums[3] > 0:
        for c in range(3):
            front[c] = sums[c] // sums[3]
        return True
    # nothing but rim: too thin to have an inside; its purest pixel is the one least like the back
    best = np.int64(-1)
    for v in range(max(y - 2, 0), min(y + 3, height)):
        for u in range(max(x - 2, 0), min(x + 3, width)):
            if offset[v, u] * sign > middle:
                unlike = np.int64(0)
                for c in range(3):
                    unlike += (np.int64(image[v, u, c]) - behind[c]) ** 2
                if unlike > best:
                    best = unlike
                    for c in range(3):
                        front[c] = image[v, u, c]
    return best >= 0


@_jit
def _share(own, behind, front, full, mine_near):  # type: ignore[no-untyped-def]
    """How much of a pixel the front has, 0..255; -1 where its colour is no mixture, or all one side's."""
    tolerance = np.int64(full // 16)
    along = across = np.int64(0)
    for c in range(3):
        step = front[c] - behind[c]
        along += (own[c] - behind[c]) * step
        across += step * step
    if across < 3 * tolerance * tolerance:
        return np.int64(-1)
    alpha = min(max((along * 255 + across // 2) // across, 0), 255)
    miss = np.int64(0)
    for c in range(3):
        miss += (255 * (own[c] - behind[c]) - alpha * (front[c] - behind[c])) ** 2
    if miss > 65025 * (across // 16 + 3 * tolerance * tolerance):
        return np.int64(-1)
    if (mine_near and alpha > 245) or (not mine_near and alpha < 10):
        return np.int64(-1)
    return alpha


@_jit
def _nearest_of_both(offset, sign, y, x, middle):  # type: ignore[no-untyped-def]
    """The offsets of the nearest pixel behind and in front, the first in reading order of equals.

    Both lie among the pixel's neighbours, for `middle` is halfway between theirs.
    """
    height, width = offset.shape
    near_at = far_at = 9
    near = far = np.int32(0)
    for v in range(max(y - 1, 0), min(y + 2, height)):
        for u in range(max(x - 1, 0), min(x + 2, width)):
            square = (v - y) * (v - y) + (u - x) * (u - x)
            if offset[v, u] * sign > middle:
                if square < near_at:
                    near_at, near = square, offset[v, u]
            elif square < far_at:
                far_at, far = square, offset[v, u]
    return far, near


@_jit
def _clean(own, behind, front, share, base, fringe):  # type: ignore[no-untyped-def]
    """Both sides' colours in a pixel; the larger part's lies between what is seen and its side's mean."""
    for c in range(3):
        if share < 128:
            fringe[c] = front[c]
            value = (255 * own[c] - share * front[c]) // (255 - share)
            base[c] = min(max(value, min(own[c], behind[c])), max(own[c], behind[c]))
        else:
            base[c] = behind[c]
            value = (255 * own[c] - (255 - share) * behind[c]) // share
            fringe[c] = min(max(value, min(own[c], front[c])), max(own[c], front[c]))
