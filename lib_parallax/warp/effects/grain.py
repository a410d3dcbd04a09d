"""Film grain: noise of one band of sizes, anew for each frame, strongest in the middle tones."""

from __future__ import annotations

from functools import lru_cache

import numpy as np

TILE = 512  # a power of two: two shifted copies are added, so that no repetition shows
SIZE = 0.55 / 1080  # the finest detail's blur, as a share of the picture's height
COARSEST = 5.0  # times as large are the largest clumps
STRENGTH = 0.075  # standard deviation at amount 1 in middle grey, where white is 1


def grain_of(height: int, frame: int, seed: int) -> tuple[np.ndarray, np.ndarray]:
    """What the grain of a frame is read from.

    tile    float32 [TILE, TILE], repeats without a seam, mean 0, deviation 1
    shifts  int64 [4], down and across for each of two copies, whose sum by sqrt(2) is the grain
    """
    random = np.random.default_rng([seed & 0xFFFFFFFF, frame & 0xFFFFFFFF, 0x6721])
    return _tile(round(max(SIZE * height, 0.4), 1)), random.integers(0, TILE, 4)


@lru_cache(maxsize=4)
def _tile(blur: float) -> np.ndarray:
    random = np.random.default_rng(1867)
    frequency = np.fft.fftfreq(TILE)
    square = frequency[:, None] ** 2 + np.fft.rfftfreq(TILE)[None] ** 2
    fine = np.exp(-2 * np.pi**2 * blur**2 * square)
    clumps = np.exp(-2 * np.pi**2 * (COARSEST * blur) ** 2 * square)
    noise = np.fft.irfft2(
        np.fft.rfft2(random.standard_normal((TILE, TILE))) * (fine - clumps), s=(TILE, TILE)
    )
    noise -= noise.mean()
    return (noise / noise.std()).astype(np.float32)
