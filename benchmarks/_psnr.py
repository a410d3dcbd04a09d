"""Peak signal-to-noise ratio of pictures of 255 levels."""

from __future__ import annotations

import numpy as np


def psnr(made: np.ndarray, true: np.ndarray, where: np.ndarray | None = None) -> float:
    """In dB, over the pixels of a mask if there is one; nan where it holds none."""
    error = made.astype(np.float64) - true
    error = error if where is None else error[where]
    return float(10 * np.log10(255**2 / max(np.square(error).mean(), 1e-9))) if error.size else float("nan")
