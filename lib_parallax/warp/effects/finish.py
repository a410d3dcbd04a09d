"""What is done to each pixel by itself, in one pass: vignette, colour, gamma, grain.

    v = table(matrix (light rgb) + constant),  result = v + grain 4 luma(v) (1 - luma(v))

The vignette is light = 1 - amount (t + t^2) / 2 with t = (distance from the middle / half diagonal)^2: the
corners are left 1 - amount of their light. `grade` and `grain` say what the rest is.

One pass rather than four, because at these few operations a pixel the memory is what costs.
"""

from __future__ import annotations

import math

import numpy as np
from numba import njit

from .grade import LUMA, colour_map, gamma_table
from .grain import STRENGTH, TILE, grain_of
from .levels import full_of

ENTRIES = 1024


def finished(
    image: np.ndarray,
    *,
    vignette: float = 0.0,
    saturation: float = 1.0,
    contrast: float = 1.0,
    brightness: float = 1.0,
    gamma: float = 1.0,
    sepia: float = 0.0,
    grain: float = 0.0,
    frame: int = 0,
    seed: int = 0,
    like: np.ndarray | None = None,
) -> np.ndarray:
    """A picture [H, W, 3], uint8, uint16 or float32 in 0..1, with these effects; 1 and 0 are none.

    like  a picture of the type that the result is to have, by default the picture itself
    """
    height = image.shape[0]
    like = image if like is None else like
    matrix = colour_map(saturation, contrast, brightness, sepia)
    table = gamma_table(gamma, ENTRIES)
    tile, shifts = grain_of(height, frame, seed)
    out = np.empty(image.shape, like.dtype)
    _finish(
        np.ascontiguousarray(image),
        np.float32(1 / full_of(image)),
        np.float32(full_of(like)),
        np.float32(vignette),
        matrix,
        table,
        gamma != 1,
        tile,
        shifts,
        np.float32(grain * STRENGTH / math.sqrt(2)),
        out,
    )
    return out


RED, GREEN, BLUE = (np.float32(v) for v in LUMA)
ZERO, ONE, HALF, FOUR = np.float32(0), np.float32(1), np.float32(0.5), np.float32(4)


@njit(cache=True, nogil=True, error_model="numpy", fastmath=True)
def _finish(
    image: np.ndarray,
    unit: float,
    full: float,
    vignette: float,
    matrix: np.ndarray,
    table: np.ndarray,
    bent: bool,
    tile: np.ndarray,
    shifts: np.ndarray,
    grain: float,
    out: np.ndarray,
) -> None:
    height, width, _ = image.shape
    reach = np.float32(4.0 / (width * width + height * height))
    rounding = HALF if full > ONE else ZERO
    across = (np.arange(width).astype(np.float32) - np.float32((width - 1) / 2)) ** 2 * reach
    light = np.empty(width, np.float32)
    rgb, made = np.empty((3, width), np.float32), np.empty((3, width), np.float32)
    for y in range(height):
        down = np.float32(y - (height - 1) / 2) ** 2 * reach
        row, result = image[y], out[y]
        for x in range(width):
            t = across[x] + down
            light[x] = unit * (ONE - vignette * HALF * t * (ONE + t))
        for x in range(width):
            rgb[0, x] = np.float32(row[x, 0]) * light[x]
            rgb[1, x] = np.float32(row[x, 1]) * light[x]
            rgb[2, x] = np.float32(row[x, 2]) * light[x]
        for c in range(3):
            red, green, blue, constant = matrix[c, 0], matrix[c, 1], matrix[c, 2], matrix[c, 3]
            for x in range(width):
                v = red * rgb[0, x] + green * rgb[1, x] + blue * rgb[2, x] + constant
                made[c, x] = min(max(v, ZERO), ONE)
        if bent:
            _bend(made, table)
        if grain > ZERO:
            _roughen(made, tile, shifts, y, grain, light)
        for x in range(width):
            result[x, 0] = made[0, x] * full + rounding
            result[x, 1] = made[1, x] * full + rounding
            result[x, 2] = made[2, x] * full + rounding


@njit(cache=True, nogil=True, error_model="numpy", fastmath=True)
def _bend(rgb: np.ndarray, table: np.ndarray) -> None:
    """Gamma, in place, of a row's values in 0..1."""
    entries = np.float32(ENTRIES - 1)
    for c in range(3):
        line = rgb[c]
        for x in range(line.shape[0]):
            at = math.sqrt(line[x]) * entries
            i = np.int32(at)
            line[x] = table[i] + (at - np.float32(i)) * (table[i + 1] - table[i])


@njit(cache=True, nogil=True, error_model="numpy", fastmath=True)
def _roughen(
    rgb: np.ndarray, tile: np.ndarray, shifts: np.ndarray, y: int, grain: float, noise: np.ndarray
) -> None:
    """Grain, in place, on a row; `noise` is room for it."""
    width = rgb.shape[1]
    one, two = tile[(y + shifts[0]) & (TILE - 1)], tile[(y + shifts[2]) & (TILE - 1)]
    i, j, x = shifts[1], shifts[3], 0
    while x < width:
        run = min(width - x, TILE - i, TILE - j)
        for n in range(run):
            noise[x + n] = grain * (one[i + n] + two[j + n])
        i, j, x = (i + run) & (TILE - 1), (j + run) & (TILE - 1), x + run
    for x in range(width):
        luma = RED * rgb[0, x] + GREEN * rgb[1, x] + BLUE * rgb[2, x]
        noise[x] *= FOUR * luma * (ONE - luma)
    for c in range(3):
        for x in range(width):
            rgb[c, x] = min(max(rgb[c, x] + noise[x], ZERO), ONE)
