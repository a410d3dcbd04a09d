"""A slow distortion, as over warm air or through water: waves that cross a picture and come back."""

from __future__ import annotations

import numpy as np

from ..flow import warp_flow

REACH = 0.006  # of the picture's height, at amount 1
WAVES = ((5.0, 1, 0.0), (9.0, 2, 1.9), (14.0, 3, 4.1))  # waves to a height, turns in a period, phase


def ripple(image: np.ndarray, amount: float, share: float, backend: str = "auto") -> np.ndarray:
    """The picture [H, W, 3] with every row and column swaying.

    amount  0..1
    share   of the period, 0..1: at 1 all is as at 0
    """
    height, width = image.shape[:2]
    rows, columns = np.arange(height) / height, np.arange(width) / height
    reach = amount * REACH * height / len(WAVES)
    sway = np.zeros(height)
    heave = np.zeros(width)
    for waves, turns, phase in WAVES:
        at = 2 * np.pi * turns * share + phase
        sway += np.sin(2 * np.pi * waves * rows + at)
        heave += 0.5 * np.sin(2 * np.pi * waves * columns + at)
    flow = np.empty((height, width, 2), np.float32)
    flow[..., 0] = (reach * sway)[:, None]
    flow[..., 1] = (reach * heave)[None]
    found: np.ndarray = warp_flow(image, flow, backend=backend)
    return found
