"""A picture in the colours of a prompt: light stays light and dark dark."""

from __future__ import annotations

import numpy as np

from ...types import Image
from .palette import palette

LUMA = np.array([0.2126, 0.7152, 0.0722], np.float32)


def recolour(image: Image, prompt: str, strength: float) -> Image:
    """`image` moved by `strength` 0..1 towards the prompt's palette; an empty prompt moves nothing."""
    if not prompt.strip():
        return image.copy()
    colours = np.array(sorted(palette(prompt), key=lambda colour: float(LUMA @ np.array(colour))), np.float32)
    # The palette's ends are drawn on to black and white, or nothing dark or light would be left.
    steps = np.concatenate([colours[:1] * 0.25, colours, 255 - (255 - colours[-1:]) * 0.4])
    light = image @ LUMA
    at = np.linspace(0, 255, len(steps))
    toned = np.stack([np.interp(light, at, steps[:, channel]) for channel in range(3)], axis=2)
    return np.rint(image * (1 - strength) + toned * strength).clip(0, 255).astype(np.uint8)
