"""Known values spread smoothly over what is unknown: a push-pull pyramid (Gortler et al. 1996)."""

from __future__ import annotations

import numpy as np


def spread(values: np.ndarray, weight: np.ndarray) -> np.ndarray:
    """float32 `[H, W, C]`: `values` where `weight` is 1, elsewhere continued from around.

    values  float32 `[H, W, C]`
    weight  float32 `[H, W]` 0..1, how well each is known; all 0 gives zeros
    """
    import cv2

    height, width = weight.shape
    weighted = values * weight[..., None]
    if height == 1 and width == 1:
        return weighted / np.maximum(weight, np.float32(1e-6))[..., None]
    if (weight >= 1).all():
        return values
    rows, columns = (height + 1) // 2, (width + 1) // 2
    # Odd sides repeat their last row, so that a pixel always stands for two by two.
    even = ((0, 2 * rows - height), (0, 2 * columns - width))
    sums = halved(np.pad(weighted, (*even, (0, 0)), mode="edge"))
    weights = halved(np.pad(weight, even, mode="edge"))
    coarse = spread(sums / np.maximum(weights, np.float32(1e-6))[..., None], np.minimum(1, 4 * weights))
    pulled = cv2.resize(coarse, (2 * columns, 2 * rows), interpolation=cv2.INTER_LINEAR)
    pulled = pulled.reshape(2 * rows, 2 * columns, -1)[:height, :width]
    return weighted + pulled * (1 - weight)[..., None]


def halved(pixels: np.ndarray) -> np.ndarray:
    """Means of two by two; sides are even."""
    return (pixels[::2, ::2] + pixels[1::2, ::2] + pixels[::2, 1::2] + pixels[1::2, 1::2]) * np.float32(0.25)
