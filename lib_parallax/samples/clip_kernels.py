"""The street's picture alone, at half the price: for clips, whose frames are many."""

from __future__ import annotations

import numpy as np
from numba import njit

from .street_kernels import _hit, _paint


@njit(cache=True, nogil=True)
def picture(width: int, height: int, camera: float, ox: float, oy: float) -> np.ndarray:
    """uint8 [H, W, 3]; four samples a pixel find surfaces, and where they find one, only two are painted."""
    image = np.empty((height, width, 3), np.uint8)
    layers = np.empty(4, np.int64)
    places = np.empty(4, np.float64)
    unit = 1.0 / width
    for j in range(height):
        for i in range(width):
            alike = True
            for k in range(4):
                xv, y = (i + 0.25 + 0.5 * (k & 1)) * unit, (j + 0.25 + 0.5 * (k >> 1)) * unit
                layers[k], places[k], _ = _hit(xv, y, camera, ox, oy)
                alike = alike and layers[k] == layers[0]
            # the diagonal ones: they differ both in x and in y
            step = 3 if alike else 1
            red = green = blue = 0.0
            for k in range(0, 4, step):
                y = (j + 0.25 + 0.5 * (k >> 1)) * unit
                r, g, b = _paint(layers[k], places[k], y, ox, oy)
                red += min(max(r, 0.0), 255.0)
                green += min(max(g, 0.0), 255.0)
                blue += min(max(b, 0.0), 255.0)
            share = 0.5 if alike else 0.25
            image[j, i, 0] = int(red * share + 0.5)
            image[j, i, 1] = int(green * share + 0.5)
            image[j, i, 2] = int(blue * share + 0.5)
    return image
