"""The even shade a picture may lie in: a plane from side to side, such as a backdrop or a clear sky.

No patch of a shade is its like anywhere else, so it is taken off before patches are compared.
"""

from __future__ import annotations

import numpy as np

EXPLAINED = 0.95  # share of the variance that is the plane's, for it to be a shade


def shade(image: np.ndarray, known: np.ndarray) -> np.ndarray:
    """The plane through the `known` pixels bool `[H, W]` of an image `[H, W, 3]`, without its mean.

    float32 `[H, W, 3]`; zeros where the picture is anything else than an even shade.
    """
    y, x = np.nonzero(known)
    flat = np.zeros(image.shape, np.float32)
    if len(y) < 3:
        return flat
    at = np.stack([x - x.mean(), y - y.mean()], axis=1).astype(np.float64)
    colours = image[known].astype(np.float64)
    colours -= colours.mean(axis=0)
    slope = np.linalg.pinv(at.T @ at) @ (at.T @ colours)
    if ((at @ slope) ** 2).sum() < EXPLAINED * (colours**2).sum() or not slope.any():
        return flat
    rows = (np.arange(image.shape[0]) - y.mean())[:, None, None]
    columns = (np.arange(image.shape[1]) - x.mean())[None, :, None]
    return (columns * slope[0] + rows * slope[1]).astype(np.float32)
