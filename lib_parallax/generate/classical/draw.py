"""Pictures from words."""

from __future__ import annotations

import numpy as np

from ...types import Image, Size
from ..noise import clouds
from .palette import palette


def draw(prompt: str, size: Size, seed: int) -> Image:
    """A picture."""
    colours = np.array(palette(prompt), np.float32)
    level = clouds(size, seed, max(2.0, max(size) / 3))
    at = np.clip((level + 1) / 2 * (len(colours) - 1), 0, len(colours) - 1)
    toned = [np.interp(at, np.arange(len(colours)), colours[:, channel]) for channel in range(3)]
    return np.rint(np.stack(toned, axis=2)).clip(0, 255).astype(np.uint8)
