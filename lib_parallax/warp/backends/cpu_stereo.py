"""Views from disparity in numba: serial, nogil, one frame a call.

What each function means is said in `reference_stereo`; these find the same integers.
"""

from __future__ import annotations

import numpy as np
from numba import njit

from .fixed import BITS, CELL, CELL_BITS, LEAD, NOTHING, NOWHERE, ONE, STEP, SUB


@njit(cache=True, nogil=True, error_model="numpy")
def splat_rows(offset: np.ndarray, sign: int) -> tuple[np.ndarray, np.ndarray]:
    height, width = offset.shape
    position = np.empty((height, width * SUB), np.int32)
    near = np.empty((height, width * SUB), np.int32)
    for y in range(height):
        splat_row(offset[y], sign, position[y], near[y])
    return position, near


@njit(cache=True, nogil=True, error_model="numpy")
def splat_row(offset: np.ndarray, sign: int, pos: np.ndarray, z: np.ndarray) -> None:
    """A row of `splat_rows`, into `pos` and `z`."""
    width = len(offset)
    last = width * SUB
    pos[:] = NOTHING
    z[:] = NOWHERE
    for x in range(-1, width):
        # the piece of surface from pixel x to pixel x + 1
        if 0 <= x < width - 1 and abs(offset[x + 1] - offset[x]) <= STEP:
            rise = np.int64(offset[x + 1]) - offset[x]
            left = x * ONE - offset[x]
            span = ONE - rise
            first = max((left + LEAD + CELL - 1) >> CELL_BITS, 0)
            end = min((left + span + LEAD + CELL - 1) >> CELL_BITS, last)
            level, slope = offset[x] * sign, rise * sign
            along = first * CELL - LEAD - left
            if rise == 0:
                for q in range(np.uint64(first), np.uint64(max(end, first))):
                    if level > z[q]:
                        z[q] = level
                        pos[q] = x * ONE + along
                    along += CELL
                continue
            # parts of a span are 1/2048 apart at least: the trifle never takes one to the next whole number
            scale = ONE / max(span, 1)
            for q in range(np.uint64(first), np.uint64(max(end, first))):
                part = np.int64(along * scale + 1e-6)
                depth = level + ((slope * part) >> BITS)
                if depth > z[q]:
                    z[q] = depth
                    pos[q] = x * ONE + part
                along += CELL
            continue
        for side in range(2):
            p = x + side
            if p < 0 or p >= width:
                continue
            centre = p * ONE - offset[p]
            left = centre if side == 0 else centre - ONE // 2
            first = max((left + LEAD + CELL - 1) >> CELL_BITS, 0)
            end = min((left + ONE // 2 + LEAD + CELL - 1) >> CELL_BITS, last)
            depth = offset[p] * sign
            for q in range(first, end):
                if depth > z[q]:
                    z[q] = depth
                    pos[q] = p * ONE + (q * CELL - LEAD - centre)


@njit(cache=True, nogil=True, error_model="numpy")
def step_mask(near: np.ndarray) -> np.ndarray:
    height, width = near.shape
    mask = np.empty((height, width), np.bool_)
    low, high = np.empty(width, np.int32), np.empty(width, np.int32)
    for y in range(height):
        above, here, below = near[max(y - 1, 0)], near[y], near[min(y + 1, height - 1)]
        for x in range(width):
            low[x] = min(min(above[x], here[x]), below[x])
            high[x] = max(max(above[x], here[x]), below[x])
        for x in range(width):
            a, b = max(x - 1, 0), min(x + 1, width - 1)
            top = max(max(high[a], high[x]), high[b])
            mask[y, x] = np.int64(top) - min(min(low[a], low[x]), low[b]) > STEP
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
    sums = np.empty((4, 4), np.int64)  # near inside, near rim, far inside, far rim
    behind, front = np.empty(3, np.int64), np.empty(3, np.int64)
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
            sums[:] = 0
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
    shown = np.empty((height, width * SUB), np.int32)
    for y in range(height):
        fringe_row(fringe_offset[y], alpha[y], near[y].copy(), sign, shown[y])
    return shown


@njit(cache=True, nogil=True, error_model="numpy")
def fringe_row(
    fringe_offset: np.ndarray, alpha: np.ndarray, top: np.ndarray, sign: int, shown: np.ndarray
) -> None:
    """A row of `splat_fringe`, into `shown`; `top`, what is nearest so far, is changed."""
    width = len(alpha)
    shown[:] = -1
    for x in range(width):
        if alpha[x] == 0:
            continue
        left = x * ONE - fringe_offset[x] - ONE // 2
        first = max((left + LEAD + CELL - 1) >> CELL_BITS, 0)
        end = min((left + ONE + LEAD + CELL - 1) >> CELL_BITS, width * SUB)
        depth = fringe_offset[x] * sign
        for q in range(first, end):
            if depth > top[q]:
                top[q] = depth
                shown[q] = x


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
    colour = np.empty((height, width, 3), np.float32)
    bare = np.empty((height, width), np.float32)
    for y in range(height):
        shade_row(base[y], base_offset[y], fringe[y], alpha[y], position[y], shown[y], colour[y], bare[y])
    return colour, bare


@njit(cache=True, nogil=True, error_model="numpy")
def shade_row(
    base: np.ndarray,
    base_offset: np.ndarray,
    fringe: np.ndarray,
    alpha: np.ndarray,
    position: np.ndarray,
    shown: np.ndarray,
    colour: np.ndarray,
    bare: np.ndarray,
) -> None:
    """A row of `shade`, into `colour` and `bare`."""
    part = np.float32(1.0 / SUB)
    for x in range(len(alpha)):
        q = x * SUB
        low, high = position[q], position[q + SUB - 1]
        plain = low > NOTHING and high >= low and high - low < 2 * ONE
        for k in range(SUB):
            plain = plain and shown[q + k] < 0 and low <= position[q + k] <= high
        bare[x] = 0
        if plain:
            i, j, m, n, t = _taps(base_offset, (low + high) >> 1)
            for c in range(3):
                colour[x, c] = _cubic(base[i, c], base[j, c], base[m, c], base[n, c], t)
            continue
        for c in range(3):
            colour[x, c] = 0
        for k in range(SUB):
            at, f = position[q + k], shown[q + k]
            front = np.float32(0) if f < 0 else np.float32(alpha[f]) / np.float32(255)
            if at == NOTHING:
                bare[x] += part * (1 - front)
            i, j, m, n, t = _taps(base_offset, at)
            for c in range(3):
                value = np.float32(0)
                if at > NOTHING:
                    value = (1 - front) * _cubic(base[i, c], base[j, c], base[m, c], base[n, c], t)
                if f >= 0:
                    value += front * fringe[f, c]
                colour[x, c] += part * value


@njit(cache=True, nogil=True, error_model="numpy", inline="always")
def _taps(offset: np.ndarray, at: int) -> tuple[int, int, int, int, float]:
    """The four columns about a fixed-point place in a row, none across a depth step, and the way past the
    second."""
    last = len(offset) - 1
    at = min(max(at, 0), last * ONE)
    x = at >> BITS
    t = np.float32(at & (ONE - 1)) / np.float32(ONE)
    x1 = min(x + 1, last)
    if abs(offset[x1] - offset[x]) > STEP:
        nearer = x if t < 0.5 else x1
        return nearer, nearer, nearer, nearer, np.float32(0)
    x0, x2 = max(x - 1, 0), min(x1 + 1, last)
    if abs(offset[x0] - offset[x]) > STEP:
        x0 = x
    if abs(offset[x2] - offset[x1]) > STEP:
        x2 = x1
    return x0, x, x1, x2, t


@njit(cache=True, nogil=True, error_model="numpy", inline="always")
def _cubic(a: int, b: int, d: int, e: int, t: float) -> float:
    """Catmull-Rom between b and d."""
    a, b, d, e = np.float32(a), np.float32(b), np.float32(d), np.float32(e)
    return b + np.float32(0.5) * t * (d - a + t * (2 * a - 5 * b + 4 * d - e + t * (3 * (b - d) + e - a)))


@njit(cache=True, nogil=True, error_model="numpy")
def background_rows(near: np.ndarray, bare: np.ndarray, shortest: int) -> np.ndarray:
    height, width = bare.shape
    column = np.empty((height, width), np.int32)
    ends = np.empty((4, width), np.int32)
    for y in range(height):
        background_row(near[y], bare[y], shortest, column[y], ends)
    return column


@njit(cache=True, nogil=True, error_model="numpy")
def background_row(
    near: np.ndarray, bare: np.ndarray, shortest: int, column: np.ndarray, ends: np.ndarray
) -> None:
    """A row of `background_rows`, into `column`; `ends` is room for four numbers a pixel."""
    width = len(bare)
    column[:] = -1
    if not bare.any():
        return
    first, last = ends[0], ends[1]  # first and last column of the surface at a column
    before, behind = ends[2], ends[3]  # nearest column of a wide enough surface, either way
    for x in range(width):
        goes_on = x > 0 and not bare[x] and not bare[x - 1] and abs(near[x] - near[x - 1]) <= STEP
        first[x] = first[x - 1] if goes_on else x
    for x in range(width - 1, -1, -1):
        last[x] = last[x + 1] if x < width - 1 and first[x + 1] == first[x] else x
    for x in range(width):
        wide = not bare[x] and last[x] - first[x] + 1 >= shortest
        before[x] = x if wide else (before[x - 1] if x > 0 else -1)
    for x in range(width - 1, -1, -1):
        wide = not bare[x] and last[x] - first[x] + 1 >= shortest
        behind[x] = x if wide else (behind[x + 1] if x < width - 1 else -1)
    x = 0
    while x < width:
        if not bare[x]:
            x += 1
            continue
        start = x
        while x < width and bare[x]:
            x += 1
        left, right = start - 1, x if x < width else -1
        if left >= 0 and before[start] >= 0 and near[before[start]] <= near[left] + STEP:
            left = before[start]
        if right >= 0 and behind[x - 1] >= 0 and near[behind[x - 1]] <= near[right] + STEP:
            right = behind[x - 1]
        if left < 0 and right < 0:
            continue
        from_left = right < 0 or (left >= 0 and near[left] <= near[right])
        for target in range(start, x):
            if from_left:
                length = left - first[left] + 1
                i = (target - start) % (2 * length)
                column[target] = left - (i if i < length else 2 * length - 1 - i)
            else:
                length = last[right] - right + 1
                i = (x - 1 - target) % (2 * length)
                column[target] = right + (i if i < length else 2 * length - 1 - i)
