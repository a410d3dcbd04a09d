"""Transparent parts of pictures: what colours are hidden there is nobody's business."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np

from .picture_files import open_picture

SAID = "has transparent parts; they are taken in the mean colour of the others"


def has_alpha(picture: Any) -> bool:
    """Whether a PIL.Image can hold transparent parts."""
    return "A" in picture.getbands() or "transparency" in picture.info


def is_see_through(path: Path) -> bool:
    """Whether some pixel of a picture's file is not opaque; False where Pillow cannot tell."""
    try:
        with open_picture(path) as picture:
            return has_alpha(picture) and bool((np.asarray(picture.convert("RGBA"))[..., 3] < 255).any())
    except Exception:
        return False


def over_mean(image: np.ndarray) -> np.ndarray:
    """RGB `[H, W, 3]` of RGBA `[H, W, 4]`, uint8 or uint16, laid over the mean of what is opaque.

    Grey where nothing is.
    """
    top = np.iinfo(image.dtype).max
    alpha = image[..., 3:]
    if (alpha == top).all():
        return image[..., :3]
    share = alpha.astype(np.float32) / np.float32(top)
    opaque = share.sum(dtype=np.float64)
    colours = image[..., :3].astype(np.float32)
    mean = (colours * share).sum((0, 1), dtype=np.float64) / opaque if opaque else np.full(3, top / 2)
    return np.rint(colours * share + mean.astype(np.float32) * (1 - share)).astype(image.dtype)
