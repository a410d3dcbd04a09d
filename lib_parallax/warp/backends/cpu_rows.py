"""Where the pixels of a row land in a view, in numba: `splat_rows` and `splat_fringe` of the reference.

A run is a piece of one surface: pixels joined to their neighbours. Pieces of a run tile what it covers, in
order, so that only where runs meet samples need be compared.

    off   int32 [W], how far left each pixel moves, fixed point
    left  int32 [W], where it lands, fixed point
    met   int32 [M, 2], stretches of target pixels that are looked at sample by sample
"""

from __future__ import annotations

import numpy as np
from numba import njit

from .cpu_unmix import Splits
from .fixed import BITS, CELL, LEAD, NOTHING, NOWHERE, ONE, STEP, SUB

ALONE, MET = 1, 2  # one surface and nothing else fills the pixel; something else is there, or too little
HALF, REACH = ONE // 2, LEAD  # from a pixel's centre to its border, and to its outermost samples
MIDDLE = SUB // 2  # the sample that tells what a pixel shows
BLOCK = 16  # targets worked out side by side
CELL_BITS = CELL.bit_length() - 1


@njit(cache=True, nogil=True, error_model="numpy")
def lay_runs(
    off: np.ndarray, left: np.ndarray, sign: int, state: np.ndarray, at: np.ndarray, near: np.ndarray,
    runs: np.ndarray,
) -> int:  # fmt: skip
    """Lays every run where it lands; how many runs there are.

    runs   of each the first and last pixel, the first target pixel it touches and the one after its last
    state  0 where none lands, ALONE where one fills the pixel and no other lands, else MET
    at     where alone, the place in the source that the pixel's centre shows
    near   where alone, how near that is
    """
    width = len(off)
    state[:] = 0
    near[:] = NOWHERE
    many = 0
    first = 0
    while first < width:
        last = first
        while last + 1 < width and abs(off[last + 1] - off[last]) <= STEP:
            last += 1
        begin = max((left[first] - HALF - REACH + ONE - 1) >> BITS, 0)
        end = min((left[last] + HALF + REACH + ONE - 1) >> BITS, width)
        inner = min(max((left[first] + REACH + ONE - 1) >> BITS, begin), end)
        outer = max(min((left[last] - REACH + ONE - 1) >> BITS, end), inner)
        runs[many, 0], runs[many, 1], runs[many, 2], runs[many, 3] = first, last, begin, end
        for u in range(begin, inner):
            state[u] = MET
        for u in range(outer, end):
            state[u] = MET
        _lay_inside(off, left, first, last, inner, outer, sign, state, at, near)
        many += 1
        first = last + 1
    return many


@njit(cache=True, nogil=True, error_model="numpy")
def _lay_inside(
    off: np.ndarray, left: np.ndarray, first: int, last: int, inner: int, outer: int, sign: int,
    state: np.ndarray, at: np.ndarray, near: np.ndarray,
) -> None:  # fmt: skip
    x, u = first, inner
    while u < outer:
        while left[x + 1] <= u * ONE - REACH:
            x += 1
        if u + BLOCK <= outer and x + BLOCK + 2 <= last:
            pieces, block = left[x : x + BLOCK + 3], slice(u, u + BLOCK)
            if _lay_block(pieces, u, x, sign, state[block], at[block], near[block]):
                x, u = x + BLOCK - 1, u + BLOCK
                continue
        for _ in range(min(BLOCK, outer - u)):
            target = u * ONE - REACH
            while left[x + 1] <= target:
                x += 1
            low = _source(left, x, target)
            middle = x
            while left[middle + 1] <= target + MIDDLE * CELL:
                middle += 1
            along = _source(left, middle, target + MIDDLE * CELL) - middle * ONE
            end = middle
            while left[end + 1] <= target + 2 * REACH:
                end += 1
            high = _source(left, end, target + 2 * REACH)
            state[u] = ALONE if state[u] == 0 and high - low < 2 * ONE else MET
            at[u] = (low + high) >> 1
            near[u] = off[middle] * sign + (((off[middle + 1] - off[middle]) * sign * along) >> BITS)
            u += 1


@njit(cache=True, nogil=True, error_model="numpy")
def _source(left: np.ndarray, x: int, target: int) -> int:
    """The place in the source, between pixels x and x + 1, that lands on `target`."""
    span = left[x + 1] - left[x]
    if span == ONE:
        return x * ONE + target - left[x]
    # exact: the quotient lies 1/2048 or more below the next integer, and float32 has 1/16384 there
    return x * ONE + np.int32(np.float32((target - left[x]) * ONE) / np.float32(span))


@njit(cache=True, nogil=True, error_model="numpy")
def _lay_block(
    left: np.ndarray, u: int, x: int, sign: int, state: np.ndarray, at: np.ndarray, near: np.ndarray
) -> bool:
    """A block of targets from u on, each of which lands on one of three pieces that follow one another.

    left  int32 [BLOCK + 3], from pixel x on
    Returns False, and does nothing, where a target lands elsewhere. All numbers are int32, so that the
    processor works on many at once.
    """
    i32 = np.int32
    first, begin, turn = i32(u * ONE - REACH), i32(x * ONE), i32(sign)
    astray = i32(0)
    for j in range(BLOCK):
        target = i32(first + i32(j * ONE))
        astray |= i32(left[j] > target) | i32(i32(target + i32(2 * REACH)) >= left[j + 3])
    if astray:
        return False
    for j in range(BLOCK):
        here = i32(begin + i32(j * ONE))
        target = i32(first + i32(j * ONE))
        low, _, _, along = _on_one_of_three(left[j], left[j + 1], left[j + 2], left[j + 3], here, target)
        low = i32(low + along)
        target = i32(target + i32(MIDDLE * CELL))
        place, lands, span, along = _on_one_of_three(
            left[j], left[j + 1], left[j + 2], left[j + 3], here, target
        )
        rise = i32(i32(i32(ONE) - span) * turn)
        near[j] = i32(i32(i32(place - lands) * turn) + i32(i32(rise * along) >> i32(BITS)))
        target = i32(target + i32(2 * REACH - MIDDLE * CELL))
        high, _, _, along = _on_one_of_three(left[j], left[j + 1], left[j + 2], left[j + 3], here, target)
        high = i32(high + along)
        at[j] = i32(i32(low + high) >> i32(1))
        alone = (state[j] == 0) & (i32(high - low) < i32(2 * ONE))
        state[j] = np.uint8(MET) - np.uint8(alone)
    return True


@njit(cache=True, nogil=True, error_model="numpy")
def _on_one_of_three(a: int, b: int, c: int, d: int, here: int, target: int) -> tuple[int, int, int, int]:
    """Of pieces a..b, b..c and c..d, the first from pixel `here` on: where the one that lands on the target

    begins in the source, where that lands, how wide it lands, and how far along it the target is.
    """
    i32, f32 = np.int32, np.float32
    second, third = b <= target, c <= target
    lands, ends = c if third else (b if second else a), d if third else (c if second else b)
    place = i32(here + i32(i32(i32(second) + i32(third)) * i32(ONE)))
    span = i32(ends - lands)
    return place, lands, span, i32(f32(i32(i32(target - lands) * i32(ONE))) / f32(span))


@njit(cache=True, nogil=True, error_model="numpy")
def mark_fringes(
    first: int, end: int, column: np.ndarray, near: np.ndarray, sign: int, state: np.ndarray
) -> None:
    """Has the pixels that fringes may touch looked at sample by sample."""
    width = len(state)
    for i in range(first, end):
        begin = column[i] * ONE - near[i] * sign - HALF
        last = min((begin + 2 * ONE + REACH - 1) >> BITS, width)
        for u in range(max((begin - REACH + ONE - 1) >> BITS, 0), last):
            state[u] = MET


@njit(cache=True, nogil=True, error_model="numpy")
def find_met(
    state: np.ndarray, met: np.ndarray, position: np.ndarray, depth: np.ndarray, entry: np.ndarray
) -> int:
    """Lists the stretches of MET pixels and empties their samples; how many."""
    width = len(state)
    many = 0
    u = 0
    while u < width:
        if state[u] != MET:
            u += 1
            continue
        met[many, 0] = u
        while u < width and state[u] == MET:
            u += 1
        met[many, 1] = u
        for q in range(met[many, 0] * SUB, u * SUB):
            position[q], depth[q], entry[q] = NOTHING, NOWHERE, -1
        many += 1
    return many


@njit(cache=True, nogil=True, error_model="numpy")
def splat_runs(
    off: np.ndarray, left: np.ndarray, sign: int, runs: np.ndarray, met: np.ndarray, position: np.ndarray,
    depth: np.ndarray,
) -> None:  # fmt: skip
    """Nearest wins in every sample of the stretches, the leftmost of equals."""
    for r in range(len(runs)):
        first, last, begin, end = runs[r, 0], runs[r, 1], runs[r, 2], runs[r, 3]
        k = _first_beyond(met[:, 1], 0, len(met), begin)
        while k < len(met) and met[k, 0] < end:
            q0, q1 = met[k, 0] * SUB, met[k, 1] * SUB
            centre = left[first]
            _splat_end(off[first] * sign, first, centre, centre - HALF, centre, q0, q1, position, depth)
            x = _first_beyond(left, first + 1, last + 1, q0 * CELL - LEAD) - 1
            while x < last and left[x] <= q1 * CELL - LEAD:
                rise = (off[x + 1] - off[x]) * sign
                for q in range(max(_sample_from(left[x]), q0), min(_sample_from(left[x + 1]), q1)):
                    along = _source(left, x, q * CELL - LEAD) - x * ONE
                    z = off[x] * sign + ((rise * along) >> BITS)
                    if z > depth[q]:
                        depth[q], position[q] = z, x * ONE + along
                x += 1
            centre = left[last]
            _splat_end(off[last] * sign, last, centre, centre, centre + HALF, q0, q1, position, depth)
            k += 1


@njit(cache=True, nogil=True, error_model="numpy")
def _sample_from(place: int) -> int:
    """The first sample at or after a place of the target."""
    return (place + LEAD + CELL - 1) >> CELL_BITS


@njit(cache=True, nogil=True, error_model="numpy")
def _first_beyond(values: np.ndarray, low: int, high: int, limit: int) -> int:
    """The first of ascending values, from `low` to before `high`, that is larger; `high` where none is."""
    while low < high:
        middle = (low + high) >> 1
        if values[middle] <= limit:
            low = middle + 1
        else:
            high = middle
    return low


@njit(cache=True, nogil=True, error_model="numpy")
def _splat_end(
    z: int, x: int, centre: int, begin: int, end: int, q0: int, q1: int, position: np.ndarray,
    depth: np.ndarray,
) -> None:  # fmt: skip
    """Half a pixel where a surface is torn, moved whole."""
    for q in range(max(_sample_from(begin), q0), min(_sample_from(end), q1)):
        if z > depth[q]:
            depth[q], position[q] = z, x * ONE + q * CELL - LEAD - centre


@njit(cache=True, nogil=True, error_model="numpy")
def splat_fringes(
    first: int, end: int, splits: Splits, sign: int, met: np.ndarray, depth: np.ndarray, top: np.ndarray,
    entry: np.ndarray,
) -> None:  # fmt: skip
    """Which split pixel's front every sample shows before everything else."""
    for k in range(len(met)):
        for q in range(met[k, 0] * SUB, met[k, 1] * SUB):
            top[q] = depth[q]
    for i in range(first, end):
        if splits.alpha[i] == 0:
            continue
        z = splits.near[i]
        begin = splits.column[i] * ONE - z * sign - HALF
        for q in range(max(_sample_from(begin), 0), min(_sample_from(begin + ONE), len(top))):
            if z > top[q]:
                top[q], entry[q] = z, i
