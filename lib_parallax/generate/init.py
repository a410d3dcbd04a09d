"""The picture a model starts from under the mask: one pure function for every backend."""

from __future__ import annotations

import numpy as np

from ..types import Image
from .noise import clouds
from .spread import spread

GREY = 127.0
CELLS = 6  # across the longer side, in the coarsest octave of "perlin"
LEAST_CONTRAST = 24.0  # levels of standard deviation, where the known picture is all but even


def start_picture(image: Image, mask: np.ndarray, content: str, seed: int, init_noise: float = 0.0) -> Image:
    """`image` with `content` (see `requests.Inpaint`) where `mask` float `[H, W]` is 1; uint8 `[H, W, 3]`.

    A soft mask mixes the two. Where the mask is 0 the picture stays as it is. The same seed gives
    the same bytes.
    """
    if content == "original" and init_noise == 0:
        return image
    start = _content(image, mask, content, seed)
    if init_noise > 0:
        start = start * np.float32(1 - init_noise) + _noise(image, mask, seed) * np.float32(init_noise)
    soft = mask[..., None]
    mixed = image * (1 - soft) + start * soft
    return np.where(soft > 0, np.rint(mixed).clip(0, 255).astype(np.uint8), image)


def _content(image: Image, mask: np.ndarray, content: str, seed: int) -> np.ndarray:
    """What lies under the mask, float32 `[H, W, 3]`."""
    if content == "fill":
        return _continued(image, mask)
    if content == "stretch":
        return _stretched(image, mask).astype(np.float32)
    if content == "noise":
        return _noise(image, mask, seed)
    if content == "perlin":
        size = (image.shape[1], image.shape[0])
        cell = max(2.0, max(size) / CELLS)
        layers = np.stack([clouds(size, seed + 1 + i, cell) for i in range(3)], axis=2)
        # Mostly light and dark, a little of colour: clouds of three colours look like oil on water.
        layers = layers[..., :1] * np.float32(0.8) + layers * np.float32(0.4)
        return _continued(image, mask) + layers * _contrast(image, mask)
    if content == "nothing":
        return np.full(image.shape, GREY, np.float32)
    return image.astype(np.float32)


def _continued(image: Image, mask: np.ndarray) -> np.ndarray:
    if (mask >= 1).all():
        return np.full(image.shape, GREY, np.float32)
    return spread(image.astype(np.float32), 1 - mask)


def _stretched(image: Image, mask: np.ndarray) -> np.ndarray:
    """Every pixel takes the nearest one that is known."""
    import cv2

    known = mask == 0
    if not known.any():
        return np.full(image.shape, GREY, np.float32)
    _, labels = cv2.distanceTransformWithLabels(
        (~known).astype(np.uint8), cv2.DIST_L2, 5, labelType=cv2.DIST_LABEL_PIXEL
    )
    at = np.zeros(int(labels.max()) + 1, np.intp)
    at[labels[known]] = np.flatnonzero(known)
    return image.reshape(-1, 3)[at[labels]]


def _noise(image: Image, mask: np.ndarray, seed: int) -> np.ndarray:
    """Normal noise with the mean and contrast of what is known."""
    known = mask == 0
    mean = image[known].mean(axis=0) if known.any() else np.full(3, GREY)
    drawn = np.random.default_rng(seed).standard_normal(image.shape, np.float32)
    return drawn * _contrast(image, mask) + mean.astype(np.float32)


def _contrast(image: Image, mask: np.ndarray) -> np.ndarray:
    known = mask == 0
    found = image[known].std(axis=0) if known.any() else np.full(3, 2 * LEAST_CONTRAST)
    return np.maximum(found, LEAST_CONTRAST).astype(np.float32)
