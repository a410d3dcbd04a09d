"""A picture in the colours of a prompt: light stays light and dark dark."""

from __future__ import annotations

import numpy as np

from ...types import Image
from .palette import LUMA, palette


def recolour(image: Image, prompt: str, strength: float) -> Image:
    """`image` moved by `strength` 0..1 towards itself in the prompt's palette; no prompt moves nothing."""
    if not prompt.strip():
        return image.copy()
    colours = np.array(palette(prompt), np.float32)
    colours = colours[np.argsort(colours @ LUMA)]
    # The palette's ends are drawn on to dark and light, or nothing dark or light would be left.
    steps = np.concatenate([colours[:1] * 0.25, colours, 255 - (255 - colours[-1:]) * 0.4])
    light = image @ LUMA
    at = np.linspace(0, 255, len(steps))
    toned = np.stack([np.interp(light, at, steps[:, channel]) for channel in range(3)], axis=2)
    return np.rint(image * (1 - strength) + toned * strength).clip(0, 255).astype(np.uint8)
