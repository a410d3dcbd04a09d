"""A ray of moonlight that falls from above and sways a little, added as light is."""

from __future__ import annotations

import numpy as np

COLOUR = (0.74, 0.84, 1.0)
BRIGHT = 0.55  # of white, in the middle of the ray at amount 1
WIDE = 0.09  # of the picture's width, where the ray enters; it widens downwards
SLANT = 0.22  # widths that it goes sideways on its way down
SWAY = 0.02


def moonlight(image: np.ndarray, amount: float, share: float) -> np.ndarray:
    """The picture uint8 [H, W, 3] with the ray.

    amount  0..1
    share   of the period, 0..1: at 1 all is as at 0
    """
    height, width = image.shape[:2]
    down = ((np.arange(height) + 0.5) / height)[:, None].astype(np.float32)
    across = ((np.arange(width) + 0.5) / width)[None].astype(np.float32)
    turn = 2 * np.pi * share
    middle = 0.62 + SWAY * np.sin(turn) - (SLANT + SWAY * np.sin(turn + 1)) * down
    breadth = WIDE * (1 + 1.5 * down)
    ray = np.exp(-(((across - middle) / breadth) ** 2)) * (1 - 0.6 * down)
    ray *= 0.85 + 0.15 * np.sin(2 * turn)
    light = np.float32(BRIGHT * amount) * ray.astype(np.float32)
    unit = image.astype(np.float32) / 255
    # a screen: light is added, and white stays white
    lit = 1 - (1 - unit) * (1 - light[..., None] * np.array(COLOUR, np.float32))
    return np.rint(lit * 255).astype(np.uint8)
