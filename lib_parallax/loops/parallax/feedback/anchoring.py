"""Colours that stay those of the first picture, though every picture is painted upon the last.

What is known is never touched: what is newly painted makes up for what has gone astray, by a few levels at
most and not at its edge. A picture that was refined as a whole is corrected as a whole.
"""

from __future__ import annotations

from typing import NamedTuple

import cv2
import numpy as np

from ....types import Image, Mask

SHIFT = 24.0  # levels by which what is painted is moved at most
GAINS = (0.9, 1.1)
FEATHER = 6.0  # pixels into what is painted over which the correction sets in, at least
LEAST = 2.0  # levels of spread below which there is nothing to stretch


class Anchor(NamedTuple):
    """Mean and spread a channel, float64 [3] each."""

    mean: np.ndarray
    spread: np.ndarray

    @classmethod
    def of(cls, image: Image) -> Anchor:
        pixels = image.reshape(-1, 3).astype(np.float64)
        return cls(pixels.mean(0), pixels.std(0))


def held(image: Image, new: Mask, anchor: Anchor) -> Image:
    """The picture with what is `new`, bool [H, W], corrected towards the anchor; the rest keeps its bytes."""
    if not new.any():
        return image
    weight = _inward(new)
    now = Anchor.of(image)
    gain = np.clip((anchor.spread + LEAST) / (now.spread + LEAST), *GAINS)
    middle = image[new].mean(0)
    pixels = image.astype(np.float64)
    bent = middle + (pixels - middle) * gain
    pixels += (bent - pixels) * weight[..., None]
    missing = anchor.mean - pixels.reshape(-1, 3).mean(0)
    shift = np.clip(missing / max(float(weight.mean()), 1e-6), -SHIFT, SHIFT)
    made = np.rint(pixels + shift * weight[..., None]).clip(0, 255).astype(np.uint8)
    return np.where(new[..., None], made, image)


def _inward(new: Mask) -> np.ndarray:
    """0 beside what is known, rising evenly to 1 where that is farthest; all 1 where everything is new."""
    if new.all():
        return np.ones(new.shape)
    inward = cv2.distanceTransform(new.astype(np.uint8), cv2.DIST_L2, 5).astype(np.float64)
    return np.asarray(np.minimum(inward / max(FEATHER, float(inward.max())), 1))
