"""The loops of `patches`, compiled by numba: finding like patches, and painting by their votes.

Pixels lie as int16 rows `[H, W * CHANNELS]`, so that the differences of patches are exact and quick.
A match is (row, column) of a patch's centre in the source. All draws come from one small generator
of random numbers, so the same seed gives the same picture.
"""

from __future__ import annotations

import math
from typing import NamedTuple

import numpy as np
from numba import njit

CHANNELS = 5  # red, green, blue, and how rough it is along x and along y
FAR = np.int32(2**30)
MOST_SHIFT = 40  # levels by which a patch may be made lighter or darker, channel by channel
STIFFNESS = 0.3  # squared levels a pixel that a shift by one level costs


class Scene(NamedTuple):
    """One level of the pyramid as the kernels see it, with a rim as wide as a patch's radius.

    target, weight   `[H, W * CHANNELS]`: the picture, and how much each pixel counts (0 outside)
    source           `[H, V * CHANNELS]`: what may be copied; `usable` `[H, V]` the centres of patches
                     that are known throughout
    means            `[H, W, 3]` and `[H, V, 3]`: mean colours of the patches of both
    home             `[H]`: the source row that each row of the picture may best be copied from
    lean             `[H]`: what it costs to be so many rows off
    crowd            `[H, V]`: what a source costs besides
    shift            scratch, `[(2 * radius + 1) * CHANNELS]`
    apart            what it costs to copy from elsewhere than a neighbour does
    """

    target: np.ndarray
    weight: np.ndarray
    source: np.ndarray
    usable: np.ndarray
    target_mean: np.ndarray
    source_mean: np.ndarray
    home: np.ndarray
    lean: np.ndarray
    crowd: np.ndarray
    shift: np.ndarray
    radius: int
    apart: int


@njit(cache=True, nogil=True, error_model="numpy")
def settle(places: np.ndarray, sources: np.ndarray, match: np.ndarray, state: np.ndarray) -> None:
    """Gives every place `[N, 2]` without a match one drawn from `sources` `[M, 2]`."""
    for n in range(len(places)):
        y, x = places[n]
        if match[y, x, 0] < 0:
            v, u = sources[_draw(state, len(sources))]
            match[y, x, 0], match[y, x, 1] = v, u


@njit(cache=True, nogil=True, error_model="numpy")
def rate(scene: Scene, places: np.ndarray, match: np.ndarray, cost: np.ndarray) -> None:
    """What every match costs with the target as it is now."""
    for n in range(len(places)):
        y, x = places[n]
        v, u = match[y, x]
        cost[y, x] = _cost(scene, y, x, v, u, FAR)


@njit(cache=True, nogil=True, error_model="numpy")
def sweep(
    scene: Scene, places: np.ndarray, sources: np.ndarray, match: np.ndarray, cost: np.ndarray,
    state: np.ndarray, backwards: bool, span: int,
) -> None:  # fmt: skip
    """One sweep of PatchMatch over `places`: neighbours' matches moved along, then draws around the best.

    Draws begin `span` around it; where that is the whole picture, one more comes from anywhere.
    """
    height = len(scene.usable)
    count, step = len(places), -1 if backwards else 1
    for i in range(count):
        y, x = places[count - 1 - i] if backwards else places[i]
        v, u = np.int64(match[y, x, 0]), np.int64(match[y, x, 1])
        best = (v, u, np.int64(cost[y, x] + scene.apart * _loose(match, y, x, v, u)))
        for dy, dx in ((step, 0), (0, step)):
            v, u = match[y - dy, x - dx]
            if v >= 0:
                best = _better(scene, match, y, x, v + dy, u + dx, best)
        reach = span
        while reach >= 1:
            v = best[0] + _draw(state, 2 * reach + 1) - reach
            u = best[1] + _draw(state, 2 * reach + 1) - reach
            best = _better(scene, match, y, x, v, u, best)
            reach //= 2
        if span >= height:
            v, u = sources[_draw(state, len(sources))]
            best = _better(scene, match, y, x, v, u, best)
        match[y, x, 0], match[y, x, 1] = best[0], best[1]
        cost[y, x] = best[2] - scene.apart * _loose(match, y, x, best[0], best[1])


@njit(cache=True, nogil=True, error_model="numpy")
def exhaust(
    scene: Scene, places: np.ndarray, sources: np.ndarray, match: np.ndarray, cost: np.ndarray
) -> None:
    """Finds the best match there is for every place, one after the other."""
    for n in range(len(places)):
        y, x = places[n]
        best = (np.int64(-1), np.int64(-1), np.int64(FAR))
        for dy, dx in ((1, 0), (-1, 0), (0, 1), (0, -1)):
            v, u = match[y - dy, x - dx]
            if v >= 0:
                best = _better(scene, match, y, x, v + dy, u + dx, best)
        for m in range(len(sources)):
            best = _better(scene, match, y, x, sources[m, 0], sources[m, 1], best)
        match[y, x, 0], match[y, x, 1] = best[0], best[1]
        cost[y, x] = best[2] - scene.apart * _loose(match, y, x, best[0], best[1])


@njit(nogil=True, error_model="numpy", inline="always")
def _better(
    scene: Scene, match: np.ndarray, y: int, x: int, v: int, u: int, best: tuple[int, int, int]
) -> tuple[int, int, int]:
    """(v, u) and its cost for the patch at (y, x) where that is less than that of `best`, else `best`."""
    height, width = scene.usable.shape
    if v < 0 or u < 0 or v >= height or u >= width or not scene.usable[v, u]:
        return best
    if v == best[0] and u == best[1]:
        return best
    extra = scene.apart * _loose(match, y, x, v, u)
    found = _cost(scene, y, x, v, u, best[2] - extra) + extra
    return (np.int64(v), np.int64(u), np.int64(found)) if found < best[2] else best


@njit(nogil=True, error_model="numpy", inline="always")
def _loose(match: np.ndarray, y: int, x: int, v: int, u: int) -> int:
    """How many of the four neighbours copy from elsewhere than beside (v, u)."""
    count = 0
    for dy, dx in ((1, 0), (-1, 0), (0, 1), (0, -1)):
        nv, nu = match[y + dy, x + dx]
        if nv >= 0 and (nv != v + dy or nu != u + dx):
            count += 1
    return count


@njit(cache=True, nogil=True, error_model="numpy")
def vote(
    scene: Scene, hole: np.ndarray, places: np.ndarray, trust: np.ndarray, softness: float, shifted: bool,
    match: np.ndarray, cost: np.ndarray,
) -> None:  # fmt: skip
    """Paints every pixel of `hole` `[H, W]` with the mean of what the patches over it would put there.

    A patch counts by the `trust` `[H, W]` in its place, and less by exp(-cost / softness). Without
    `shifted` patches come in the source's own colours.
    """
    height, width = hole.shape
    radius = scene.radius
    sums = np.zeros((height, width * CHANNELS), np.float32)
    shares = np.zeros((height, width), np.float32)
    shift = np.zeros(CHANNELS, np.int32)
    for n in range(len(places)):
        y, x = places[n]
        v, u = match[y, x]
        if shifted:
            for c in range(3):
                shift[c] = _shift(scene, y, x, v, u, c)
        share = np.float32(trust[y, x] * math.exp(-cost[y, x] / softness) + 1e-12)
        for dy in range(-radius, radius + 1):
            for dx in range(-radius, radius + 1):
                if hole[y + dy, x + dx]:
                    shares[y + dy, x + dx] += share
                    at, other = (x + dx) * CHANNELS, (u + dx) * CHANNELS
                    for c in range(CHANNELS):
                        sums[y + dy, at + c] += share * (scene.source[v + dy, other + c] + shift[c])
    for y in range(height):
        for x in range(width):
            if hole[y, x] and shares[y, x] > 0:
                for c in range(CHANNELS):
                    scene.target[y, x * CHANNELS + c] = round(sums[y, x * CHANNELS + c] / shares[y, x])


@njit(nogil=True, error_model="numpy", inline="always")
def _cost(scene: Scene, y: int, x: int, v: int, u: int, best: int) -> int:
    """How unlike the patch at (y, x) is to the source's at (v, u): the weighted sum of squared
    differences after the shift, and what the source costs besides; any number of `best` or more
    where it is that much."""
    radius, shift = scene.radius, scene.shift
    off = max(0, abs(v - scene.home[y]) - abs(scene.home[y] - y) * 2 // 5)
    total = scene.lean[off] + scene.crowd[v, u]
    side = 2 * radius + 1
    width = side * CHANNELS
    for c in range(3):
        b = _shift(scene, y, x, v, u, c)
        total += np.int32(STIFFNESS * side * side * b * b)
        for i in range(c, width, CHANNELS):
            shift[i] = b
    left, other = (x - radius) * CHANNELS, (u - radius) * CHANNELS
    for dy in range(-radius, radius + 1):
        if total >= best:
            return total
        t, s, w = scene.target[y + dy], scene.source[v + dy], scene.weight[y + dy]
        row = np.int32(0)
        for i in range(width):
            gap = np.int32(t[left + i]) - np.int32(s[other + i]) - shift[i]
            row += np.int32(w[left + i]) * gap * gap
        total += row
    return total


@njit(nogil=True, error_model="numpy", inline="always")
def _shift(scene: Scene, y: int, x: int, v: int, u: int, c: int) -> int:
    """By how much the source's patch is made lighter, so that a shade may go on beyond what is known."""
    gap = np.int32(scene.target_mean[y, x, c]) - np.int32(scene.source_mean[v, u, c])
    return min(MOST_SHIFT, max(-MOST_SHIFT, gap))


@njit(nogil=True, error_model="numpy", inline="always")
def _draw(state: np.ndarray, below: int) -> int:
    """The next random number 0..below-1 (xorshift64*, Vigna 2016)."""
    x = state[0]
    x ^= x >> np.uint64(12)
    x ^= x << np.uint64(25)
    x ^= x >> np.uint64(27)
    state[0] = x
    return np.int64(((x * np.uint64(2685821657736338717)) >> np.uint64(33)) % np.uint64(below))
