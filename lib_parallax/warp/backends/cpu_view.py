"""A whole view on the CPU, row by row: what lies between its steps never leaves the cache.

The four samples of every pixel take 64 bytes; a frame of 8K would hold 2 GB of them.
"""

from __future__ import annotations

import numpy as np
from numba import njit

from .cpu_stereo import background_row, fringe_row, shade_row, splat_row
from .fixed import NOWHERE, SUB


@njit(cache=True, nogil=True, error_model="numpy")
def view(
    base: np.ndarray,
    base_offset: np.ndarray,
    fringe: np.ndarray,
    fringe_offset: np.ndarray,
    alpha: np.ndarray,
    sign: int,
    shortest: int,
) -> tuple[np.ndarray, np.ndarray, np.ndarray, np.ndarray]:
    height, width = alpha.shape
    colour = np.empty((height, width, 3), np.float32)
    bare = np.empty((height, width), np.float32)
    near, column = np.empty((height, width), np.int32), np.empty((height, width), np.int32)
    position, top = np.empty(width * SUB, np.int32), np.empty(width * SUB, np.int32)
    shown = np.empty(width * SUB, np.int32)
    opened = np.empty(width, np.bool_)
    ends = np.empty((4, width), np.int32)
    for y in range(height):
        splat_row(base_offset[y], sign, position, top)
        for x in range(width):
            near[y, x] = top[x * SUB + SUB // 2]
        fringe_row(fringe_offset[y], alpha[y], top, sign, shown)
        shade_row(base[y], base_offset[y], fringe[y], alpha[y], position, shown, colour[y], bare[y])
        if shortest > 0:
            for x in range(width):
                opened[x] = bare[y, x] > 0 or near[y, x] == NOWHERE
            background_row(near[y], opened, shortest, column[y], ends)
        else:
            column[y] = -1
    return colour, bare, near, column
