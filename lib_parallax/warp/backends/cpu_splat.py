"""Pushing pixels to where their flow leads in numba: serial, nogil. `reference_splat` says what it means."""

from __future__ import annotations

import math

import numpy as np
from numba import njit

from .fixed import BITS, CERTAIN, ONE


@njit(cache=True, nogil=True, error_model="numpy")
def splat(
    image: np.ndarray, x: np.ndarray, y: np.ndarray, importance: np.ndarray
) -> tuple[np.ndarray, np.ndarray]:
    height, width, channels = image.shape
    highest = np.full((height, width), -np.inf, np.float32)
    for row in range(height):
        for column in range(width):
            level = importance[row, column]
            for tap in range(4):
                u, v, weight = _tap(x[row, column], y[row, column], tap, width, height)
                if weight > 0 and level > highest[v, u]:
                    highest[v, u] = level
    landed = np.zeros((height, width), np.int32)
    shares = np.zeros((height, width), np.int64)
    colours = np.zeros((height, width, channels), np.int64)
    for row in range(height):
        for column in range(width):
            level = importance[row, column]
            for tap in range(4):
                u, v, weight = _tap(x[row, column], y[row, column], tap, width, height)
                if weight == 0:
                    continue
                share = np.int64(np.rint(np.float32(math.exp(level - highest[v, u])) * CERTAIN)) * weight
                landed[v, u] += weight
                shares[v, u] += share
                for c in range(channels):
                    colours[v, u, c] += share * image[row, column, c]
    mean = np.zeros((height, width, channels), np.float32)
    for row in range(height):
        for column in range(width):
            total = np.float32(max(shares[row, column], 1))
            for c in range(channels):
                mean[row, column, c] = np.float32(colours[row, column, c]) / total
    return mean, landed


@njit(cache=True, nogil=True, error_model="numpy")
def _tap(x: int, y: int, tap: int, width: int, height: int) -> tuple[int, int, int]:
    """One of the four pixels that (x, y) lands on: column, row, weight, which is 0 outside."""
    dx, dy = tap & 1, tap >> 1
    u, v = (x >> BITS) + dx, (y >> BITS) + dy
    if u < 0 or u >= width or v < 0 or v >= height:
        return 0, 0, 0
    across, down = x & (ONE - 1), y & (ONE - 1)
    return u, v, (across if dx else ONE - across) * (down if dy else ONE - down)
