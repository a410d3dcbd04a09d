"""A whole view on the CPU, row by row: the integers of `reference_stereo`, and its colours.

Samples are looked at only where surfaces meet. Along a piece of one surface a pixel's first and last sample
tell where it lies, so most pixels cost two divisions and one cubic. A row's buffers stay in the processor's
cache, which pictures of samples (33 MB each at 1080p) would not.
"""

from __future__ import annotations

import numpy as np
from numba import njit

from .cpu_holes import fill_row
from .cpu_rows import ALONE, find_met, lay_runs, mark_fringes, splat_fringes, splat_runs
from .cpu_unmix import Splits, unmix
from .fixed import BITS, NOTHING, NOWHERE, ONE, STEP, SUB
from .seen import Seen, Uncovered

HALF = ONE // 2


def _cubic_weights() -> np.ndarray:
    """Catmull-Rom's four weights at every fixed-point place between two pixels, float32 [ONE, 4]."""
    t = np.arange(ONE) / ONE
    weights = (
        t * (-1 + t * (2 - t)), 2 + t * t * (-5 + 3 * t), t * (1 + t * (4 - 3 * t)), t * t * (t - 1)
    )  # fmt: skip
    return (np.stack(weights, -1) / 2).astype(np.float32)


WEIGHTS = _cubic_weights()


def see(
    image: np.ndarray, offset: np.ndarray, signs: tuple[int, ...], shortest: int, full: int, listed: bool
) -> list[Seen]:
    """Arguments and results as of `chain.see`."""
    splits = unmix(image, offset, 1, full)
    return [_see(image, offset, sign, splits, shortest, full, listed) for sign in signs]


def _see(
    image: np.ndarray, offset: np.ndarray, sign: int, splits: Splits, shortest: int, full: int, listed: bool
) -> Seen:
    height, width = offset.shape
    picture, near = np.empty_like(image), np.empty((height, width), np.int32)
    holes = np.zeros((height, width), np.bool_)
    room = height * width // 4 if listed else 0
    while True:
        lists = _room_for(room)
        count = _rows(image, offset, sign, shortest, full, splits, picture, near, holes, lists)
        if not listed or count <= room:
            told = Uncovered(*(part[:count] for part in lists)) if listed else None
            return Seen(picture, near, holes, told)
        room = count


def _room_for(count: int) -> Uncovered:
    places = [np.empty(count, np.int32) for _ in range(4)]
    colours = [np.empty((count, 3), np.float32) for _ in range(2)]
    return Uncovered(
        places[0], places[1], places[2], places[3], np.empty(count, np.float32), colours[0], colours[1]
    )


@njit(cache=True, nogil=True, error_model="numpy")
def _rows(
    image: np.ndarray, offset: np.ndarray, sign: int, shortest: int, full: int, splits: Splits,
    picture: np.ndarray, near: np.ndarray, holes: np.ndarray, lists: Uncovered,
) -> int:  # fmt: skip
    """Makes `picture`, `near` and `holes` (which come in False); how many uncovered pixels there are.

    Of those as many are listed as there is room for.
    """
    height, width = offset.shape
    rows, pictures = image.reshape(height, 3 * width), picture.reshape(height, 3 * width)
    off, left = np.empty(width, np.int32), np.empty(width, np.int32)
    # one number more, see _shade_alone
    colour, out = np.zeros(3 * width + 1, np.float32), np.zeros(3 * width + 1, np.float32)
    bare = np.empty(width, np.float32)
    state, smooth = np.empty(width, np.uint8), np.empty(width, np.uint8)
    at = np.empty(width, np.int32)
    runs, met = np.empty((width, 4), np.int32), np.empty((width, 2), np.int32)
    position, depth, entry, top = np.empty((4, width * SUB), np.int32)
    opened, segments = np.empty(width, np.bool_), np.empty((width + 1, 2), np.int32)
    wide = np.empty(width + 1, np.int32)
    count = 0
    for y in range(height):
        first, end = splits.start[y], splits.start[y + 1]
        _take(rows[y], offset[y], sign, first, end, splits, off, left, smooth, colour)
        pieces = lay_runs(off, left, sign, state, at, near[y], runs)
        mark_fringes(first, end, splits.column, splits.near, sign, state)
        many = find_met(state, met, position, depth, entry)
        if many:
            splat_runs(off, left, sign, runs[:pieces], met[:many], position, depth)
            splat_fringes(first, end, splits, sign, met[:many], depth, top, entry)
        open_ = _shade_alone(colour, off, smooth, state, at, out, bare)
        open_ += _shade_met(colour, off, met[:many], position, depth, entry, splits, out, bare, near[y])
        if open_:
            count = fill_row(y, near[y], bare, opened, out, shortest, segments, wide, holes[y], lists, count)
        _put(out, np.float32(full), pictures[y])
    return count


@njit(cache=True, nogil=True, error_model="numpy")
def _take(
    row: np.ndarray, offset: np.ndarray, sign: int, first: int, end: int, splits: Splits,
    off: np.ndarray, left: np.ndarray, smooth: np.ndarray, colour: np.ndarray,
) -> None:  # fmt: skip
    """A row's offsets and colours, split pixels moved back; where pixels land; where cubics may go."""
    width = len(off)
    for x in range(width):
        off[x] = np.int32(offset[x] * np.int32(sign))
    for i in range(len(row)):
        colour[i] = np.float32(row[i])
    for i in range(first, end):
        off[splits.column[i]] = splits.far[i] * sign
        for c in range(3):
            colour[3 * splits.column[i] + c] = splits.base[i, c]
    for x in range(width):
        left[x] = np.int32(np.int32(x * ONE) - off[x])
    smooth[:] = 0
    for x in range(1, width - 2):
        a, b, c = off[x] - off[x - 1], off[x + 1] - off[x], off[x + 2] - off[x + 1]
        smooth[x] = max(max(abs(a), abs(b)), abs(c)) <= STEP


@njit(cache=True, nogil=True, error_model="numpy")
def _shade_alone(
    colour: np.ndarray, off: np.ndarray, smooth: np.ndarray, state: np.ndarray, at: np.ndarray,
    out: np.ndarray, bare: np.ndarray,
) -> int:  # fmt: skip
    """Colours of the pixels that one surface fills; how many show nothing."""
    empty = 0
    for u in range(len(state)):
        bare[u] = state[u] == 0
        empty += state[u] == 0
        x = at[u] >> BITS
        if state[u] == ALONE and smooth[x]:
            w = WEIGHTS[at[u] & (ONE - 1)]
            w0, w1, w2, w3 = w[0], w[1], w[2], w[3]
            t = colour[3 * x - 3 : 3 * x + 9]
            red = w0 * t[0] + w1 * t[3] + w2 * t[6] + w3 * t[9]
            green = w0 * t[1] + w1 * t[4] + w2 * t[7] + w3 * t[10]
            blue = w0 * t[2] + w1 * t[5] + w2 * t[8] + w3 * t[11]
            o = out[3 * u : 3 * u + 3]
            o[0], o[1], o[2] = red, green, blue
            continue
        for c in range(3):
            out[3 * u + c] = np.float32(0)
        if state[u] == ALONE:
            _cubic(colour, off, at[u], np.float32(1), out, u)
    return empty


@njit(cache=True, nogil=True, error_model="numpy")
def _cubic(colour: np.ndarray, off: np.ndarray, at: int, share: float, out: np.ndarray, u: int) -> None:
    """Adds a share of Catmull-Rom along a row at a fixed-point position, never across a depth step."""
    last = len(off) - 1
    at = min(max(at, 0), last * ONE)
    x = at >> BITS
    t = at & (ONE - 1)
    x1 = min(x + 1, last)
    if abs(off[x1] - off[x]) > STEP:
        nearest = x if t < HALF else x1
        for c in range(3):
            out[3 * u + c] += share * colour[3 * nearest + c]
        return
    x0 = max(x - 1, 0)
    if abs(off[x0] - off[x]) > STEP:
        x0 = x
    x2 = min(x1 + 1, last)
    if abs(off[x2] - off[x1]) > STEP:
        x2 = x1
    w = WEIGHTS[t]
    for c in range(3):
        outer = w[0] * colour[3 * x0 + c] + w[3] * colour[3 * x2 + c]
        out[3 * u + c] += share * (w[1] * colour[3 * x + c] + w[2] * colour[3 * x1 + c] + outer)


@njit(cache=True, nogil=True, error_model="numpy")
def _shade_met(
    colour: np.ndarray, off: np.ndarray, met: np.ndarray, position: np.ndarray, depth: np.ndarray,
    entry: np.ndarray, splits: Splits, out: np.ndarray, bare: np.ndarray, near: np.ndarray,
) -> int:  # fmt: skip
    """Colours where surfaces meet, sample by sample; how many pixels are bare in part or show nothing."""
    part = np.float32(1.0 / SUB)
    open_ = 0
    for k in range(len(met)):
        for u in range(met[k, 0], met[k, 1]):
            q = u * SUB
            near[u] = depth[q + SUB // 2]
            low, high = position[q], position[q + SUB - 1]
            plain = low > NOTHING and high >= low and high - low < 2 * ONE
            for j in range(q, q + SUB):
                plain = plain and entry[j] < 0 and low <= position[j] <= high
            if plain:
                _cubic(colour, off, (low + high) >> 1, np.float32(1), out, u)
                continue
            for j in range(q, q + SUB):
                i = entry[j]
                front = np.float32(0) if i < 0 else np.float32(splits.alpha[i]) / np.float32(255)
                if position[j] == NOTHING:
                    bare[u] += part * (1 - front)
                else:
                    _cubic(colour, off, position[j], part * (1 - front), out, u)
                if i >= 0:
                    for c in range(3):
                        out[3 * u + c] += part * front * np.float32(splits.fringe[i, c])
            open_ += bare[u] > 0 or near[u] == NOWHERE
    return open_


@njit(cache=True, nogil=True, error_model="numpy")
def _put(out: np.ndarray, full: float, picture: np.ndarray) -> None:
    for i in range(len(picture)):
        picture[i] = np.int32(min(max(np.rint(out[i]), np.float32(0)), full))
