"""The glass: barrel and pincushion distortion, and colours that it bends apart, in one resampling.

Distances from the middle are in halves of the diagonal, so that the corners are at 1. What is seen at r
comes from r (1 + k r^2) / s: Brown's radial term, with s such that no border shows.
Red and blue come from a little farther and less far out than green (transverse aberration).
"""

from __future__ import annotations

import math

import numpy as np
from numba import njit

from .levels import from_unit, to_unit

BEND = 0.3  # k at distortion 1
FRINGE = 0.006  # how much farther red lies at the corner than green, at amount 1


def through_lens(image: np.ndarray, distortion: float = 0.0, chromatic: float = 0.0) -> np.ndarray:
    """The picture [H, W, 3] through a lens.

    distortion  -1..1, barrel above 0 (straight lines bow outward), pincushion below
    chromatic   0..1, how far apart red and blue lie
    """
    height, width = image.shape[:2]
    unit = np.ascontiguousarray(to_unit(image), np.float32)
    diagonal = math.hypot(width, height)
    k = BEND * distortion
    # the widest view without a border: the corners stay for barrel, the nearest edge for pincushion
    scale = 1 + k * (1.0 if k > 0 else (min(width, height) / diagonal) ** 2)
    spread = np.array([1 + FRINGE * chromatic, 1, 1 - FRINGE * chromatic], np.float32) / np.float32(scale)
    return from_unit(_through(unit, np.float32(k), spread, np.float32(4 / diagonal**2)), image)


@njit(cache=True, nogil=True, error_model="numpy", fastmath=True)
def _through(image: np.ndarray, k: float, spread: np.ndarray, reach: float) -> np.ndarray:
    height, width, _ = image.shape
    out = np.empty_like(image)
    middle_x, middle_y = np.float32((width - 1) / 2), np.float32((height - 1) / 2)
    apart = spread[0] != spread[1]
    one = np.float32(1)
    for y in range(height):
        dy = np.float32(y) - middle_y
        for x in range(width):
            dx = np.float32(x) - middle_x
            bend = one + k * (dx * dx + dy * dy) * reach
            for c in range(3):
                if c == 0 or apart:
                    u, s = _place(middle_x + dx * bend * spread[c], width)
                    v, t = _place(middle_y + dy * bend * spread[c], height)
                    u1, v1 = min(u + 1, width - 1), min(v + 1, height - 1)
                top = image[v, u, c] + s * (image[v, u1, c] - image[v, u, c])
                low = image[v1, u, c] + s * (image[v1, u1, c] - image[v1, u, c])
                out[y, x, c] = top + t * (low - top)
    return out


@njit(cache=True, nogil=True, error_model="numpy", fastmath=True)
def _place(at: float, length: int) -> tuple[int, float]:
    """The pixel before a place along an axis and the share of the next; beyond the ends it is mirrored."""
    if at < 0:
        at = min(-at, np.float32(length - 1))
    if at > length - 1:
        at = max(np.float32(2 * (length - 1)) - at, np.float32(0))
    i = np.int32(at)
    return i, at - np.float32(i)
