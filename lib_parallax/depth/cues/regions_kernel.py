"""The loops of `regions` and `standing`, compiled by numba."""

from __future__ import annotations

import numpy as np
from numba import njit


@njit(cache=True, nogil=True, error_model="numpy")
def segment(image: np.ndarray, scale: float, smallest: int) -> tuple[np.ndarray, int]:
    """Regions of uint8 `[H, W, 3]` as labels int32 `[H, W]` from 0, and their number.

    Neighbours are joined from the most alike on, as long as their difference is no larger than
    those within both regions, with `scale` levels of allowance for a single pixel
    (Felzenszwalb and Huttenlocher 2004). Regions below `smallest` pixels join a neighbour.
    """
    first, second, step, order = _edges(image)
    height, width = image.shape[:2]
    count = height * width
    parent = np.arange(count).astype(np.int32)
    size = np.ones(count, np.int32)
    allowed = np.full(count, scale)
    for i in order:
        p, q = _root(parent, first[i]), _root(parent, second[i])
        if p != q and step[i] <= allowed[p] and step[i] <= allowed[q]:
            p = _join(parent, size, p, q)
            allowed[p] = step[i] + scale / size[p]
    for i in order:
        p, q = _root(parent, first[i]), _root(parent, second[i])
        if p != q and (size[p] < smallest or size[q] < smallest):
            _join(parent, size, p, q)
    label = np.full(count, -1, np.int32)
    out = np.empty((height, width), np.int32)
    found = 0
    for i in range(count):
        p = _root(parent, i)
        if label[p] < 0:
            label[p] = found
            found += 1
        out[i // width, i % width] = label[p]
    return out, found


@njit(cache=True, nogil=True, error_model="numpy")
def _edges(image: np.ndarray) -> tuple[np.ndarray, np.ndarray, np.ndarray, np.ndarray]:
    """Pairs of neighbours, how far their colours are apart, and the pairs' order by that."""
    height, width = image.shape[:2]
    count = height * (width - 1) + width * (height - 1)
    first, second = np.empty(count, np.int32), np.empty(count, np.int32)
    step = np.empty(count, np.int32)
    place = np.zeros(257, np.int64)
    at = 0
    for y in range(height):
        for x in range(width):
            for down in range(2):
                v, u = y + down, x + 1 - down
                if v >= height or u >= width:
                    continue
                apart = np.int64(0)
                for c in range(3):
                    difference = np.int64(image[y, x, c]) - np.int64(image[v, u, c])
                    apart = max(apart, difference, -difference)
                first[at], second[at], step[at] = y * width + x, v * width + u, apart
                place[apart + 1] += 1
                at += 1
    for i in range(1, 257):
        place[i] += place[i - 1]
    order = np.empty(count, np.int32)
    for i in range(count):
        order[place[step[i]]] = i
        place[step[i]] += 1
    return first, second, step, order


@njit(cache=True, nogil=True, error_model="numpy")
def _root(parent: np.ndarray, p: int) -> int:
    while parent[p] != p:
        parent[p] = parent[parent[p]]
        p = parent[p]
    return p


@njit(cache=True, nogil=True, error_model="numpy")
def _join(parent: np.ndarray, size: np.ndarray, p: int, q: int) -> int:
    """Makes one of two regions, by their roots; returns the root that stays."""
    if size[p] < size[q]:
        p, q = q, p
    parent[q] = p
    size[p] += size[q]
    return p


@njit(cache=True, nogil=True, error_model="numpy")
def barrier(plane: np.ndarray, rounds: int) -> np.ndarray:
    """The range of values that a way from the top or a side to each pixel of float32 `[H, W]` must cross.

    The minimum barrier distance by raster passes (Zhang et al. 2015), down and up in turn. The
    bottom is no start: what is near is often cut by it.
    """
    height, width = plane.shape
    least = np.full((height, width), np.float32(np.inf))
    high, low = plane.copy(), plane.copy()
    least[0], least[:, 0], least[:, width - 1] = 0, 0, 0
    for turn in range(rounds):
        step = 1 if turn % 2 == 0 else -1
        for i in range(height):
            y = i if step == 1 else height - 1 - i
            for j in range(width):
                x = j if step == 1 else width - 1 - j
                for k in range(2):
                    v, u = y - step * k, x - step * (1 - k)
                    if v < 0 or u < 0 or v >= height or u >= width:
                        continue
                    top, bottom = max(high[v, u], plane[y, x]), min(low[v, u], plane[y, x])
                    if top - bottom < least[y, x]:
                        least[y, x], high[y, x], low[y, x] = top - bottom, top, bottom
    return least


@njit(cache=True, nogil=True, error_model="numpy")
def rise(depth: np.ndarray, upright: np.ndarray, sure: np.ndarray, label: np.ndarray) -> np.ndarray:
    """Depth `[H, W]` handed up from each pixel to the one above it, as far as that one is upright, 0..1.

    From one region into the next only half of it goes, unless both surely belong together.
    """
    height, width = depth.shape
    out = depth.copy()
    for y in range(height - 2, -1, -1):
        for x in range(width):
            more = out[y + 1, x] - depth[y, x]
            if more > 0:
                share = upright[y, x]
                if label[y, x] != label[y + 1, x]:
                    share = max(share * np.float32(0.5), sure[y, x])
                out[y, x] += share * more
    return out
