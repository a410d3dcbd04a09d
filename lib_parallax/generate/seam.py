"""Laying a painting into the picture it was made for, so that nothing tells where.

Pixels that the mask keeps are taken from the picture itself, never from the painting. Colours are
matched by a gain and a bias a channel, fitted where both show the same thing: on the ring of known
pixels around the hole. What still differs at the seam fades out into the hole.
"""

from __future__ import annotations

import numpy as np

from ..types import Image
from .spread import spread

RING = 24  # pixels: how far from the hole colours are compared
SEAM = 3  # pixels: how far from the hole the rest is taken up
FEWEST = 16  # pixels of ring that make a fit
GAINS = (2 / 3, 3 / 2)
LARGEST_SHIFT = 64.0  # levels by which the ring's mean may be moved
STIFFNESS = 25.0  # squared levels: a ring of less contrast tells nothing about the gain
NEAR = 2.0  # levels that are never an outlier
ROUNDS = 4


def lay_in(image: Image, painted: Image, mask: np.ndarray, feather: int = 0) -> Image:
    """`image` with `painted`, matched to it, where `mask` float `[H, W]` is 1; uint8 `[H, W, 3]`.

    A soft mask mixes the two. Where the mask is 0 the bytes are those of `image`.
    feather  pixels into the hole over which what differs at the seam fades out
    """
    import cv2

    hole = mask > 0
    if not hole.any():
        return image.copy()
    matched = painted.astype(np.float32)
    if not hole.all():
        # With no zero anywhere a distance transform would know no distance.
        outward = cv2.distanceTransform((~hole).astype(np.uint8), cv2.DIST_L2, 5)
        ring = ~hole & (outward <= RING)
        gain, bias = match(image[ring], painted[ring])
        matched = matched * gain + bias
        if feather > 0:
            inward = cv2.distanceTransform(hole.astype(np.uint8), cv2.DIST_L2, 5)
            seam = ~hole & (outward <= SEAM)
            matched += _rest(image - matched, seam) * _fade(inward, feather)[..., None]
    soft = mask[..., None]
    mixed = np.rint(image * (1 - soft) + matched * soft).clip(0, 255).astype(np.uint8)
    return np.where(hole[..., None], mixed, image)


def match(known: np.ndarray, painted: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Gain and bias a channel, float32 `[3]` each, for known = gain * painted + bias.

    Both uint8 `[N, 3]`. Least squares after outliers have been left out round by round, so that
    what the painter put somewhere else does not count; a gain far from 1 is not believed.
    """
    gain, bias = np.ones(3, np.float32), np.zeros(3, np.float32)
    for channel in range(3):
        x, y = painted[:, channel].astype(np.float64), known[:, channel].astype(np.float64)
        # What is clipped in either tells nothing of a gain.
        told = (x > 0) & (x < 255) & (y > 0) & (y < 255)
        if told.sum() >= FEWEST:
            gain[channel], bias[channel] = _line(x[told], y[told])
    return gain, bias


def _line(x: np.ndarray, y: np.ndarray) -> tuple[float, float]:
    gain, bias = 1.0, float(np.median(y - x))
    for _ in range(ROUNDS):
        off = np.abs(y - gain * x - bias)
        inside = off <= max(NEAR, 3 * 1.4826 * float(np.median(off)))
        mean_x, mean_y = float(x[inside].mean()), float(y[inside].mean())
        dx, dy = x[inside] - mean_x, y[inside] - mean_y
        gain = (float((dx * dy).mean()) + STIFFNESS) / (float((dx * dx).mean()) + STIFFNESS)
        gain = min(max(gain, GAINS[0]), GAINS[1])
        shift = min(max(mean_y - mean_x, -LARGEST_SHIFT), LARGEST_SHIFT)
        bias = mean_x + shift - gain * mean_x
    return gain, bias


def _rest(difference: np.ndarray, seam: np.ndarray) -> np.ndarray:
    """What differs on the seam, without its texture, continued to everywhere; float32 `[H, W, 3]`."""
    import cv2

    weight = seam.astype(np.float32)
    blurred = cv2.GaussianBlur(difference.astype(np.float32) * weight[..., None], (0, 0), SEAM)
    share = cv2.GaussianBlur(weight, (0, 0), SEAM)
    return spread(blurred / np.maximum(share, np.float32(1e-6))[..., None], weight)


def _fade(inward: np.ndarray, feather: int) -> np.ndarray:
    """1 at the seam, 0 from `feather` pixels on, eased."""
    t = np.clip(1 - (inward - 1) / np.float32(feather), 0, 1)
    return t * t * (3 - 2 * t)
