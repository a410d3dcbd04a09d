"""Colour: saturation, sepia, contrast and brightness as one affine map of red, green and blue; and gamma."""

from __future__ import annotations

import numpy as np

LUMA = np.array([0.2126, 0.7152, 0.0722])  # BT.709
MIDDLE = 0.5  # what contrast turns about
# The tone that Microsoft's sample made common; white comes out warmer than paper, so it is clipped.
SEPIA = np.array([[0.393, 0.769, 0.189], [0.349, 0.686, 0.168], [0.272, 0.534, 0.131]])


def colour_map(saturation: float, contrast: float, brightness: float, sepia: float) -> np.ndarray:
    """float32 [3, 4]: three weights and a constant for each of the results, of values in 0..1.

    Saturation keeps each pixel's luma; 0 is grey. Sepia goes from the picture at 0 to the tone at 1.
    Contrast turns about middle grey, brightness multiplies.
    """
    grey = np.tile(LUMA, (3, 1))
    matrix = saturation * np.eye(3) + (1 - saturation) * grey
    matrix = ((1 - sepia) * np.eye(3) + sepia * SEPIA) @ matrix
    constant = np.full((3, 1), MIDDLE * (1 - contrast))
    return (brightness * np.hstack([contrast * matrix, constant])).astype(np.float32)


def gamma_table(gamma: float, entries: int) -> np.ndarray:
    """float32 [entries + 1], value ** (1 / gamma) of 0..1; the last entry twice, so that lines can end there.

    Entries lie at the squares of even steps: the curve is steepest at black.
    """
    value = np.linspace(0, 1, entries) ** 2
    table = value ** (1 / max(gamma, 1e-3))
    return np.append(table, 1.0).astype(np.float32)
