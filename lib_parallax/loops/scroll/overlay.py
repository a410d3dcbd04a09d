"""What lies over the whole picture: weather, light, and the colours of all."""

from __future__ import annotations

import numpy as np

from ...options import ScrollOptions
from ...types import Image
from ...warp.effects import Effects, Moment, apply
from ...warp.effects.moonlight import moonlight
from ...warp.effects.ripple import ripple

TURN = 8.0  # seconds in which light and ripples come round, about


def overlaid(image: Image, options: ScrollOptions, number: int, seconds: float, whole: float) -> Image:
    """A frame with its overlay and colours.

    seconds  of the frame
    whole    of the result, after which overlays are where they began
    """
    kind, amount = options.overlay, options.overlay_amount
    share = seconds / whole * max(1, round(whole / TURN))
    if kind == "moonlight" and amount:
        image = moonlight(image, amount, share)
    elif kind == "ripple" and amount:
        image = ripple(image, amount, share, options.backend)
    settings = Effects(
        particles=kind if kind in ("rain", "snow") else "none",
        particle_amount=amount,
        saturation=options.saturation,
        contrast=options.contrast,
        brightness=options.brightness,
        gamma=options.gamma,
        seed=options.seed,
    )
    far = np.zeros(image.shape[:2], np.float32)
    return apply(image, far, settings, Moment(number, seconds, whole))
