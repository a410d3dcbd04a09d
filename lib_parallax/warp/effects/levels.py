"""Pictures of integers and of floats as one: the effects compute in float32, 0 black to 1 full."""

from __future__ import annotations

import numpy as np

from ...errors import OptionError


def full_of(image: np.ndarray) -> float:
    """The level of full white. Raises OptionError for what is no picture [H, W, 3] of known levels."""
    if image.ndim != 3 or image.shape[2] != 3:
        raise OptionError(f"image: shape {image.shape} is not [H, W, 3]", "image")
    if image.dtype == np.float32:
        return 1.0
    if image.dtype not in (np.uint8, np.uint16):
        raise OptionError(f"image: {image.dtype} is not uint8, uint16 or float32", "image")
    return float(np.iinfo(image.dtype).max)


def to_unit(image: np.ndarray) -> np.ndarray:
    """float32 [H, W, 3] in 0..1; itself where it is that already."""
    full = full_of(image)
    return image if full == 1 else image * np.float32(1 / full)


def from_unit(unit: np.ndarray, like: np.ndarray) -> np.ndarray:
    """A result in the levels and the type of `like`."""
    full = full_of(like)
    if full == 1:
        return unit
    return (unit.clip(0, 1) * np.float32(full) + np.float32(0.5)).astype(like.dtype)
