"""The picture cut into regions of one colour: depth may step between them and is a plane within them."""

from __future__ import annotations

from functools import cached_property

import numpy as np

SCALE = 300.0  # levels: larger makes larger regions
SMALLEST = 40  # pixels at the working size
FLATNESS = 0.03  # of the height: smaller regions than this can hardly slant


class Regions:
    """Regions of a small RGB picture `[h, w, 3]`, float 0..1, and sums over them."""

    def __init__(self, small: np.ndarray):
        import cv2

        from .regions_kernel import segment

        soft = cv2.GaussianBlur(small, (0, 0), 0.8)
        self.label, self.count = segment((soft * 255).astype(np.uint8), SCALE, SMALLEST)
        self._flat = self.label.ravel()
        self._size = np.bincount(self._flat, minlength=self.count).astype(np.float64)

    def mean(self, values: np.ndarray) -> np.ndarray:
        """`values` `[h, w]`, each region's mean in all its pixels, float32."""
        return self._mean(values)[self.label].astype(np.float32)

    def planes(self, values: np.ndarray) -> np.ndarray:
        """`values` `[h, w]` as the plane that fits each region best, float32."""
        x, y = self._places
        mx, my, mv = self._mean(x), self._mean(y), self._mean(values)
        xx = self._mean(x * x) - mx * mx + FLATNESS**2
        yy = self._mean(y * y) - my * my + FLATNESS**2
        xy = self._mean(x * y) - mx * my
        xv, yv = self._mean(x * values) - mx * mv, self._mean(y * values) - my * mv
        whole = xx * yy - xy * xy
        across, down = (yy * xv - xy * yv) / whole, (xx * yv - xy * xv) / whole
        level = mv - across * mx - down * my
        at = self.label
        return (across[at] * x + down[at] * y + level[at]).astype(np.float32)

    def _mean(self, values: np.ndarray) -> np.ndarray:
        return np.bincount(self._flat, values.ravel(), self.count) / self._size

    @cached_property
    def _places(self) -> tuple[np.ndarray, np.ndarray]:
        height, width = self.label.shape
        y, x = np.mgrid[:height, :width].astype(np.float32) / np.float32(height)
        return x, y
