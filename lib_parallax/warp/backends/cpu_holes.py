"""A row's holes, in numba: `background_rows`, `fill` and `uncovered` of the reference in one go.

near  int32 [W], how near that is which each pixel shows
bare  float32 [W], the share of each pixel that nothing covers
"""

from __future__ import annotations

import numpy as np
from numba import njit

from .fixed import NOWHERE, STEP
from .seen import Uncovered


@njit(cache=True, nogil=True, error_model="numpy")
def fill_row(
    y: int, near: np.ndarray, bare: np.ndarray, opened: np.ndarray, out: np.ndarray, shortest: int,
    segments: np.ndarray, wide: np.ndarray, holes: np.ndarray, lists: Uncovered, count: int,
) -> int:  # fmt: skip
    """Mirrors background into the holes of row y, and lists them after `count` others; how many that makes.

    out       float32 [3 W + 1], the row's colours, premultiplied
    shortest  surfaces narrower than this many pixels are passed over as thin things; 0 fills nothing
    opened, segments, wide  room for [W], [W + 1, 2] and [W + 1] numbers
    holes     bool [W], where half a pixel or more is bare
    """
    width = len(bare)
    for u in range(width):
        opened[u] = (bare[u] > 0) | (near[u] == NOWHERE)
    many = _segment(near, opened, segments)
    _wide_after(opened, segments[:many], shortest, wide)
    before = -1
    for k in range(many):
        first, last = segments[k, 0], segments[k, 1]
        if not opened[first]:
            if last - first + 1 >= shortest:
                before = k
            continue
        for u in range(first, last + 1):
            holes[u] = bare[u] >= 0.5
        if shortest == 0 or many == 1:
            continue
        border, length, way = _border(near, segments[:many], k, before, wide[k + 1])
        front = NOWHERE
        if first > 0:
            front = max(front, near[first - 1])
        if last + 1 < width:
            front = max(front, near[last + 1])
        for u in range(first, last + 1):
            i = (u - first if way < 0 else last - u) % (2 * length)
            m = border + way * (i if i < length else 2 * length - 1 - i)
            if count < len(lists.place):
                _list(lists, count, y * width + u, m, near[m], front, bare[u], out, u)
            count += 1
            for c in range(3):
                out[3 * u + c] += bare[u] * out[3 * m + c]
    return count


@njit(cache=True, nogil=True, error_model="numpy")
def _segment(near: np.ndarray, opened: np.ndarray, segments: np.ndarray) -> int:
    """First and last column of every surface and every hole, in order; how many."""
    width = len(opened)
    many = 0
    u = 0
    while u < width:
        segments[many, 0] = u
        if opened[u]:
            while u < width and opened[u]:
                u += 1
        else:
            u += 1
            while u < width and not opened[u] and abs(near[u] - near[u - 1]) <= STEP:
                u += 1
        segments[many, 1] = u - 1
        many += 1
    return many


@njit(cache=True, nogil=True, error_model="numpy")
def _wide_after(opened: np.ndarray, segments: np.ndarray, shortest: int, wide: np.ndarray) -> None:
    """Of each segment the first at or after it that is a surface wide enough; -1 where none is."""
    many = len(segments)
    wide[many] = -1
    for k in range(many - 1, -1, -1):
        first, last = segments[k, 0], segments[k, 1]
        fits = not opened[first] and last - first + 1 >= shortest
        wide[k] = k if fits else wide[k + 1]


@njit(cache=True, nogil=True, error_model="numpy")
def _border(near: np.ndarray, segments: np.ndarray, k: int, before: int, behind: int) -> tuple[int, int, int]:
    """Hole k's border with the surface behind it: its column, that surface's width, and which way that lies.

    before, behind  the nearest surfaces to both sides that are wide enough, -1 where none is
    """
    many = len(segments)
    left, right = k - 1, k + 1 if k + 1 < many else -1
    if left >= 0 and before >= 0 and near[segments[before, 1]] <= near[segments[left, 1]] + STEP:
        left = before
    if right >= 0 and behind >= 0 and near[segments[behind, 0]] <= near[segments[right, 0]] + STEP:
        right = behind
    if right < 0 or (left >= 0 and near[segments[left, 1]] <= near[segments[right, 0]]):
        return segments[left, 1], segments[left, 1] - segments[left, 0] + 1, -1
    return segments[right, 0], segments[right, 1] - segments[right, 0] + 1, 1


@njit(cache=True, nogil=True, error_model="numpy")
def _list(
    lists: Uncovered, count: int, place: int, border: int, behind: int, front: int, bare: float,
    out: np.ndarray, u: int,
) -> None:  # fmt: skip
    lists.place[count], lists.border[count] = place, border
    lists.behind[count], lists.front[count] = behind, front
    lists.bare[count] = bare
    for c in range(3):
        lists.own[count, c], lists.beside[count, c] = out[3 * u + c], out[3 * border + c]
