"""Views from disparity in numba: serial, nogil, one frame a call.

What each function means is said in `reference_stereo`; these find the same integers.
"""

from __future__ import annotations

import numpy as np
from numba import njit

from .fixed import BITS, CELL, LEAD, NOTHING, NOWHERE, ONE, STEP, SUB


@njit(cache=True, nogil=True, error_model="numpy")
def splat_rows(offset: np.ndarray, sign: int) -> tuple[np.ndarray, np.ndarray]:
    height, width = offset.shape
    position = np.full((height, width * SUB), np.int32(NOTHING), np.int32)
    near = np.full((height, width * SUB), np.int32(NOWHERE), np.int32)
    last = width * SUB
    for y in range(height):
        pos, z = position[y], near[y]
        for x in range(-1, width):
            # the piece of surface from pixel x to pixel x + 1
            joined = 0 <= x < width - 1 and abs(offset[y, x + 1] - offset[y, x]) <= STEP
            if joined:
                left = x * ONE - offset[y, x]
                right = left + ONE - (offset[y, x + 1] - offset[y, x])
                first = max((left + LEAD + CELL - 1) // CELL, 0)
                end = min((right + LEAD + CELL - 1) // CELL, last)
                rise = (offset[y, x + 1] - offset[y, x]) * sign
                for q in range(first, end):
                    # exact: both numbers are far below 2**53
                    along = int((q * CELL - LEAD - left) * ONE / (right - left))
                    depth = offset[y, x] * sign + ((rise * along) >> BITS)
                    if depth > z[q]:
                        z[q] = depth
                        pos[q] = x * ONE + along
                continue
            for side in range(2):
                p = x + side
                if p < 0 or p >= width:
                    continue
                centre = p * ONE - offset[y, p]
                left = centre if side == 0 else centre - ONE // 2
                first = max((left + LEAD + CELL - 1) // CELL, 0)
                end = min((left + ONE // 2 + LEAD + CELL - 1) // CELL, last)
                depth = offset[y, p] * sign
                for q in range(first, end):
                    if depth > z[q]:
                        z[q] = depth
                        pos[q] = p * ONE + (q * CELL - LEAD - centre)
    return position, near


@njit(cache=True, nogil=True, error_model="numpy")
def step_mask(near: np.ndarray) -> np.ndarray:
    height, width = near.shape
    mask = np.zeros((height, width), np.bool_)
    for y in range(height):
        for x in range(width):
            low = high = near[y, x]
            for v in range(max(y - 1, 0), min(y + 2, height)):
                for u in range(max(x - 1, 0), min(x + 2, width)):
                    low, high = min(low, near[v, u]), max(high, near[v, u])
            mask[y, x] = high - low > STEP
    return mask


@njit(cache=True, nogil=True, error_model="numpy")
def unmix(
    image: np.ndarray, offset: np.ndarray, sign: int, steps: np.ndarray, full: int
) -> tuple[np.ndarray, np.ndarray, np.ndarray, np.ndarray, np.ndarray]:
    height, width, _ = image.shape
    base, base_offset = image.copy(), offset.copy()
    fringe = np.zeros_like(image)
    fringe_offset = np.zeros_like(offset)
    alpha_map = np.zeros((height, width), np.uint8)
    tolerance = full // 16
    for y in range(height):
        for x in range(width):
            if not steps[y, x]:
                continue
            low = high = offset[y, x] * sign
            for v in range(max(y - 1, 0), min(y + 2, height)):
                for u in range(max(x - 1, 0), min(x + 2, width)):
                    n = offset[v, u] * sign
                    low, high = min(low, n), max(high, n)
            middle = (low + high) // 2
            # mean colours of both sides, away from the step where possible
            sums = np.zeros((4, 4), np.int64)  # near inside, near rim, far inside, far rim
            near_at = far_at = 1 << 30
            near_offset = far_offset = 0
            for v in range(max(y - 3, 0), min(y + 4, height)):
                for u in range(max(x - 3, 0), min(x + 4, width)):
                    n = offset[v, u] * sign
                    square = (v - y) * (v - y) + (u - x) * (u - x)
                    if n > middle:
                        k = 0
                        if square < near_at:
                            near_at, near_offset = square, offset[v, u]
                    else:
                        k = 2
                        if square < far_at:
                            far_at, far_offset = square, offset[v, u]
                    k += 1 if steps[v, u] else 0
                    weight = 720 // (square + 1)
                    sums[k, 3] += weight
                    for c in range(3):
                        sums[k, c] += weight * image[v, u, c]
            kf = 2 if sums[2, 3] > 0 else 3
            if sums[kf, 3] == 0 or near_at == 1 << 30:
                continue
            behind = np.empty(3, np.int64)
            front = np.empty(3, np.int64)
            for c in range(3):
                behind[c] = sums[kf, c] // sums[kf, 3]
            if sums[0, 3] > 0:
                for c in range(3):
                    front[c] = sums[0, c] // sums[0, 3]
            else:
                # nothing but rim: too thin to have an inside; its purest pixel is the one least like the back
                best = -1
                for v in range(max(y - 2, 0), min(y + 3, height)):
                    for u in range(max(x - 2, 0), min(x + 3, width)):
                        if offset[v, u] * sign > middle:
                            unlike = 0
                            for c in range(3):
                                unlike += (image[v, u, c] - behind[c]) ** 2
                            if unlike > best:
                                best = unlike
                                for c in range(3):
                                    front[c] = image[v, u, c]
                if best < 0:
                    continue
            along = across = 0
            for c in range(3):
                along += (image[y, x, c] - behind[c]) * (front[c] - behind[c])
                across += (front[c] - behind[c]) ** 2
            if across < 3 * tolerance * tolerance:
                continue
            alpha = min(max((along * 255 + across // 2) // across, 0), 255)
            miss = 0
            for c in range(3):
                miss += (255 * (image[y, x, c] - behind[c]) - alpha * (front[c] - behind[c])) ** 2
            if miss > 65025 * (across // 16 + 3 * tolerance * tolerance):
                continue
            mine_near = offset[y, x] * sign > middle
            if (mine_near and alpha > 245) or (not mine_near and alpha < 10):
                continue
            base_offset[y, x] = far_offset
            fringe_offset[y, x] = near_offset
            alpha_map[y, x] = alpha
            for c in range(3):
                own = np.int64(image[y, x, c])
                # the clean colour lies between what is seen and what the side shows elsewhere
                if alpha < 128:
                    fringe[y, x, c] = front[c]
                    value = (255 * own - alpha * front[c]) // (255 - alpha)
                    low, high = min(own, behind[c]), max(own, behind[c])
                    base[y, x, c] = min(max(value, low), high)
                else:
                    base[y, x, c] = behind[c]
                    value = (255 * own - (255 - alpha) * behind[c]) // alpha
                    low, high = min(own, front[c]), max(own, front[c])
                    fringe[y, x, c] = min(max(value, low), high)
    return base, base_offset, fringe, fringe_offset, alpha_map


@njit(cache=True, nogil=True, error_model="numpy")
def splat_fringe(fringe_offset: np.ndarray, alpha: np.ndarray, near: np.ndarray, sign: int) -> np.ndarray:
    height, width = alpha.shape
    shown = np.full((height, width * SUB), -1, np.int32)
    top = near.copy()
    for y in range(height):
        for x in range(width):
            if alpha[y, x] == 0:
                continue
            left = x * ONE - fringe_offset[y, x] - ONE // 2
            first = max((left + LEAD + CELL - 1) // CELL, 0)
            end = min((left + ONE + LEAD + CELL - 1) // CELL, width * SUB)
            depth = fringe_offset[y, x] * sign
            for q in range(first, end):
                if depth > top[y, q]:
                    top[y, q] = depth
                    shown[y, q] = x
    return shown


@njit(cache=True, nogil=True, error_model="numpy", inline="always")
def _cubic(row: np.ndarray, offset_row: np.ndarray, at: int, c: int) -> float:
    """Catmull-Rom along a row at a fixed-point position, never across a depth step."""
    last = row.shape[0] - 1
    at = min(max(at, 0), last * ONE)
    x = at >> BITS
    t = np.float32(at & (ONE - 1)) / np.float32(ONE)
    x1 = min(x + 1, last)
    if t == 0:
        return np.float32(row[x, c])
    if abs(offset_row[x1] - offset_row[x]) > STEP:
        return np.float32(row[x, c] if t < 0.5 else row[x1, c])
    x0 = max(x - 1, 0)
    if abs(offset_row[x0] - offset_row[x]) > STEP:
        x0 = x
    x2 = min(x1 + 1, last)
    if abs(offset_row[x2] - offset_row[x1]) > STEP:
        x2 = x1
    a, b, d, e = np.float32(row[x0, c]), np.float32(row[x, c]), np.float32(row[x1, c]), np.float32(row[x2, c])
    return b + np.float32(0.5) * t * (d - a + t * (2 * a - 5 * b + 4 * d - e + t * (3 * (b - d) + e - a)))


@njit(cache=True, nogil=True, error_model="numpy")
def shade(
    base: np.ndarray,
    base_offset: np.ndarray,
    fringe: np.ndarray,
    alpha: np.ndarray,
    position: np.ndarray,
    shown: np.ndarray,
) -> tuple[np.ndarray, np.ndarray]:
    height, width, _ = base.shape
    colour = np.zeros((height, width, 3), np.float32)
    bare = np.zeros((height, width), np.float32)
    part = np.float32(1.0 / SUB)
    for y in range(height):
        for x in range(width):
            q = x * SUB
            low, high = position[y, q], position[y, q + SUB - 1]
            plain = low > NOTHING and high >= low and high - low < 2 * ONE
            for k in range(SUB):
                plain = plain and shown[y, q + k] < 0 and low <= position[y, q + k] <= high
            if plain:
                at = (low + high) // 2
                for c in range(3):
                    colour[y, x, c] = _cubic(base[y], base_offset[y], at, c)
                continue
            for k in range(SUB):
                at, f = position[y, q + k], shown[y, q + k]
                front = np.float32(0) if f < 0 else np.float32(alpha[y, f]) / np.float32(255)
                if at == NOTHING:
                    bare[y, x] += part * (1 - front)
                for c in range(3):
                    value = np.float32(0)
                    if at > NOTHING:
                        value = (1 - front) * _cubic(base[y], base_offset[y], at, c)
                    if f >= 0:
                        value += front * fringe[y, f, c]
                    colour[y, x, c] += part * value
    return colour, bare


@njit(cache=True, nogil=True, error_model="numpy")
def background_rows(near: np.ndarray, bare: np.ndarray, shortest: int) -> np.ndarray:
    height, width = bare.shape
    column = np.full((height, width), -1, np.int32)
    first = np.empty(width, np.int32)  # first and last column of the surface at a column
    last = np.empty(width, np.int32)
    before = np.empty(width, np.int32)  # nearest column of a wide enough surface, either way
    behind = np.empty(width, np.int32)
    for y in range(height):
        any_bare = False
        for x in range(width):
            any_bare = any_bare or bare[y, x]
            goes_on = (
                x > 0 and not bare[y, x] and not bare[y, x - 1] and abs(near[y, x] - near[y, x - 1]) <= STEP
            )
            first[x] = first[x - 1] if goes_on else x
        if not any_bare:
            continue
        for x in range(width - 1, -1, -1):
            last[x] = last[x + 1] if x < width - 1 and first[x + 1] == first[x] else x
        for x in range(width):
            wide = not bare[y, x] and last[x] - first[x] + 1 >= shortest
            before[x] = x if wide else (before[x - 1] if x > 0 else -1)
        for x in range(width - 1, -1, -1):
            wide = not bare[y, x] and last[x] - first[x] + 1 >= shortest
            behind[x] = x if wide else (behind[x + 1] if x < width - 1 else -1)
        x = 0
        while x < width:
            if not bare[y, x]:
                x += 1
                continue
            start = x
            while x < width and bare[y, x]:
                x += 1
            left, right = start - 1, x if x < width else -1
            if left >= 0 and before[start] >= 0 and near[y, before[start]] <= near[y, left] + STEP:
                left = before[start]
            if right >= 0 and behind[x - 1] >= 0 and near[y, behind[x - 1]] <= near[y, right] + STEP:
                right = behind[x - 1]
            if left < 0 and right < 0:
                continue
            from_left = right < 0 or (left >= 0 and near[y, left] <= near[y, right])
            for target in range(start, x):
                if from_left:
                    length = left - first[left] + 1
                    i = (target - start) % (2 * length)
                    column[y, target] = left - (i if i < length else 2 * length - 1 - i)
                else:
                    length = last[right] - right + 1
                    i = (x - 1 - target) % (2 * length)
                    column[y, target] = right + (i if i < length else 2 * length - 1 - i)
    return column
