"""Fog: what light loses on its way through the air, and what the air adds (Koschmieder's law).

    seen = thing * t + fog * (1 - t),   t = (1 - amount) ** way

`way` is the share of the distance between the nearest and the farthest, 0 to 1. Depth is inverse
depth of unknown scale, so distance is 1 / (depth + SHIFT), as if what has depth 0 were not at infinity.
"""

from __future__ import annotations

import numpy as np
from numba import njit

from .levels import from_unit, to_unit
from .settings import Colour

SHIFT = 0.2
THICKEST = 0.995  # of the farthest that is hidden at amount 1
ENTRIES = 256


def fog(image: np.ndarray, depth: np.ndarray, amount: float, colour: Colour) -> np.ndarray:
    """The picture [H, W, 3] in air of a colour (0..1 each); depth float32 [H, W], 1 near.

    The nearest is seen clearly; of the farthest 1 - amount is left.
    """
    unit = np.ascontiguousarray(to_unit(image), np.float32)
    seen = transmission(np.linspace(0, 1, ENTRIES), amount).astype(np.float32)
    return from_unit(_fog(unit, depth, np.append(seen, seen[-1:]), np.array(colour, np.float32)), image)


def transmission(depth: np.ndarray, amount: float) -> np.ndarray:
    """The share of a thing's light that comes through, of depths 0..1."""
    nearest, farthest = 1 / (1 + SHIFT), 1 / SHIFT
    way = (1 / (np.clip(depth, 0, 1) + SHIFT) - nearest) / (farthest - nearest)
    return (1 - THICKEST * amount) ** way


@njit(cache=True, nogil=True, error_model="numpy", fastmath=True)
def _fog(image: np.ndarray, depth: np.ndarray, seen: np.ndarray, colour: np.ndarray) -> np.ndarray:
    height, width, _ = image.shape
    out = np.empty_like(image)
    clear = np.empty(width, np.float32)
    entries = np.float32(ENTRIES - 1)
    red, green, blue = colour[0], colour[1], colour[2]
    for y in range(height):
        for x in range(width):
            at = min(max(depth[y, x], np.float32(0)), np.float32(1)) * entries
            i = np.int32(at)
            clear[x] = seen[i] + (at - np.float32(i)) * (seen[i + 1] - seen[i])
        row, result = image[y], out[y]
        for x in range(width):
            result[x, 0] = red + (row[x, 0] - red) * clear[x]
            result[x, 1] = green + (row[x, 1] - green) * clear[x]
            result[x, 2] = blue + (row[x, 2] - blue) * clear[x]
    return out
