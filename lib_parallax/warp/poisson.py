"""A picture from its gradients: what two pictures joined along a border become without a seam."""

from __future__ import annotations

import numpy as np

FIDELITY = 16.0


def from_gradients(
    base: np.ndarray, right: np.ndarray, down: np.ndarray, weight: float = FIDELITY
) -> np.ndarray:
    """The picture u that is least in `|u - base|² + weight² |grad u - g|²`, float32 `[H, W, C]`.

    base   float `[H, W, C]`: what u is like at large; details narrower than about `weight` pixels
           come from the gradients
    right  float `[H, W - 1, C]`: wanted `u(x + 1) - u(x)`
    down   float `[H - 1, W, C]`: the same downwards
    Exact, with nothing flowing over the borders: the cosine transform makes a product of the
    Laplacian, `u = (b - w² div g) / (1 + w² l)`.
    """
    from scipy.fft import dctn, idctn

    height, width = base.shape[:2]
    square = np.float32(weight * weight)
    wanted = base.astype(np.float32)
    wanted[:, :-1] -= square * right
    wanted[:, 1:] += square * right
    wanted[:-1] -= square * down
    wanted[1:] += square * down
    of_rows = 2 - 2 * np.cos(np.pi * np.arange(height, dtype=np.float32) / height)
    of_columns = 2 - 2 * np.cos(np.pi * np.arange(width, dtype=np.float32) / width)
    waves = dctn(wanted, axes=(0, 1), overwrite_x=True)
    waves /= (1 + square * (of_rows[:, None] + of_columns))[..., None]
    return np.asarray(idctn(waves, axes=(0, 1), overwrite_x=True), np.float32)
