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
    lines = coefficients(guide, values, weight, radius, eps)
    return (lines[..., :3] * guide).sum(2) + lines[..., 3]


def coefficients(
    guide: np.ndarray, values: np.ndarray, weight: np.ndarray, radius: int, eps: float
) -> np.ndarray:
    """The smoothed (a, b) `[H, W, 4]` of `values = a . guide + b` around each pixel."""
    g = [guide[..., i] for i in range(3)]
    wg = [weight * c for c in g]
    wv = weight * values
    sums = [weight, wv, *wg, *(wv * c for c in g)]
    sums += [wg[i] * g[j] for i in range(3) for j in range(i, 3)]
    total, v, *rest = (box(s, radius) for s in sums)
    share = 1 / (total + 1e-6)
    v = v * share
    m = [s * share for s in rest[:3]]
    c = [rest[3 + i] * share - m[i] * v for i in range(3)]
    rr, rg, rb, gg, gb, bb = (s * share for s in rest[6:])
    rr, gg, bb = rr - m[0] * m[0] + eps, gg - m[1] * m[1] + eps, bb - m[2] * m[2] + eps
    rg, rb, gb = rg - m[0] * m[1], rb - m[0] * m[2], gb - m[1] * m[2]
    # The inverse of a symmetric 3 x 3 by its cofactors.
    k = [gg * bb - gb * gb, rb * gb - rg * bb, rg * gb - rb * gg]
    k += [rr * bb - rb * rb, rg * rb - rr * gb, rr * gg - rg * rg]
    scale = 1 / np.maximum(rr * k[0] + rg * k[1] + rb * k[2], eps**3)
    a = [
        (k[0] * c[0] + k[1] * c[1] + k[2] * c[2]) * scale,
        (k[1] * c[0] + k[3] * c[1] + k[4] * c[2]) * scale,
        (k[2] * c[0] + k[4] * c[1] + k[5] * c[2]) * scale,
    ]
    b = v - a[0] * m[0] - a[1] * m[1] - a[2] * m[2]
    return box(np.stack([*a, b], -1), radius)


def upsample(
    values: np.ndarray, small_guide: np.ndarray, guide: np.ndarray, radius: int, eps: float
) -> np.ndarray:
    """Small `values` at the size of the uint8 or uint16 picture `guide`, their steps laid where its are.

    `small_guide` is the picture at the size of `values`, float 0..1.
    """
    import cv2

    height, width = guide.shape[:2]
    lines = coefficients(small_guide, values, np.ones_like(values), radius, eps)
    lines[..., :3] /= 65535 if guide.dtype == np.uint16 else 255
    lines = cv2.resize(lines, (width, height), interpolation=cv2.INTER_LINEAR)
    full = lines[..., 3].copy()
    for channel in range(3):
        full += lines[..., channel] * guide[..., channel]
    return full
