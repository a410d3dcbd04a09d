"""Depth that follows the picture's edges: the guided filter (He, Sun and Tang 2010), in its fast form.

Within every window depth is taken for a linear function of the guide; the function is found
on small pictures and evaluated on the full one, so the steps come out as sharp as the
picture's.
"""

from __future__ import annotations

import numpy as np


def box(values: np.ndarray, radius: int) -> np.ndarray:
    """Mean over a square window of `[H, W]`, borders repeated by reflection."""
    import cv2

    return cv2.blur(values, (2 * radius + 1, 2 * radius + 1), borderType=cv2.BORDER_REFLECT)


def guided(guide: np.ndarray, values: np.ndarray, weight: np.ndarray, radius: int, eps: float) -> np.ndarray:
    """`values` `[H, W]` smoothed along `guide` (RGB `[H, W, 3]`, 0..1), each pixel counting by its `weight`.

    Where the weight is zero the neighbours' values spread in, up to the window's radius.
    """
    r, g, b, level = np.moveaxis(coefficients(guide, values, weight, radius, eps), 2, 0)
    return r * guide[..., 0] + g * guide[..., 1] + b * guide[..., 2] + level


def coefficients(
    guide: np.ndarray, values: np.ndarray, weight: np.ndarray, radius: int, eps: float
) -> np.ndarray:
    """The smoothed (a, b) `[H, W, 4]` of `values = a . guide + b` around each pixel."""
    from .smoothing_kernel import lines, products

    means = products(*(np.ascontiguousarray(a, np.float32) for a in (guide, values, weight)))
    for mean in means:
        mean[:] = box(mean, radius)
    return box(lines(means, eps), radius)


def upsample(
    values: np.ndarray, small_guide: np.ndarray, guide: np.ndarray, radius: int, eps: float
) -> np.ndarray:
    """Small `values` at the size of the uint8 or uint16 picture `guide`, their steps laid where its are.

    `small_guide` is the picture at the size of `values`, float 0..1.
    """
    from .smoothing_kernel import laid_out

    lines = coefficients(small_guide, values, np.ones_like(values), radius, eps)
    full: np.ndarray = laid_out(lines, guide, 65535.0 if guide.dtype == np.uint16 else 255.0)
    return full
