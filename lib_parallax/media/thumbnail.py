"""A small picture of a frame, to show while a job runs."""

from __future__ import annotations

import numpy as np

from ..types import Image

LONGEST = 512


def thumbnail(image: Image, longest: int = LONGEST) -> np.ndarray:
    """uint8 [h, w, 3], at most `longest` wide and high, of a picture of any depth, grey and RGBA ones too."""
    import cv2

    from .rgba import over

    if image.dtype == np.uint16:
        image = (image >> 8).astype(np.uint8)
    elif image.dtype.kind == "f":
        image = np.rint(np.clip(image, 0, 1) * 255).astype(np.uint8)
    if image.ndim == 2:
        image = np.repeat(image[..., None], 3, axis=2)
    image = over(image)
    scale = longest / max(image.shape[:2])
    if scale >= 1:
        return np.ascontiguousarray(image)
    size = (max(1, round(image.shape[1] * scale)), max(1, round(image.shape[0] * scale)))
    return cv2.resize(image, size, interpolation=cv2.INTER_AREA)
