"""Latent models see a picture in cells of pixels: a cell is repainted as a whole or not at all."""

from __future__ import annotations

import numpy as np

CELL = 8  # pixels of the picture to one of its latents


def whole_cells(mask: np.ndarray) -> np.ndarray:
    """float32 `[H, W]`: 1 throughout every cell that the mask `[H, W]` touches, else 0.

    Sides are multiples of CELL.
    """
    height, width = mask.shape
    touched = (mask > 0).reshape(height // CELL, CELL, width // CELL, CELL).any(axis=(1, 3))
    return np.kron(touched, np.ones((CELL, CELL), bool)).astype(np.float32)
