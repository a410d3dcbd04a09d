"""Gradient noise (Perlin 1985, with the fade of 2002) in octaves: clouds, hills, and starts for a model."""

from __future__ import annotations

import math

import numpy as np

from ..types import Size


def clouds(size: Size, seed: int, cell: float, octaves: int = 5, roughness: float = 0.5) -> np.ndarray:
    """Noise float32 `[H, W]`, about -1..1 with mean 0.

    cell       side of the coarsest octave's cells in pixels; every further octave halves it
    roughness  amplitude of each octave over that of the one before
    """
    total, amplitude, height = np.zeros(size[::-1], np.float32), 1.0, 0.0
    rng = np.random.default_rng(seed)
    for _ in range(octaves):
        total += np.float32(amplitude) * _octave(size, cell, rng)
        height += amplitude**2
        amplitude *= roughness
        cell = max(1.0, cell / 2)
    return total * np.float32(1 / math.sqrt(height))


def _octave(size: Size, cell: float, rng: np.random.Generator) -> np.ndarray:
    """One octave; every lattice point has a slope in a random direction and height 0."""
    (columns, u, along), (rows, v, down) = (_steps(side, cell) for side in size)
    turn = rng.uniform(0, 2 * math.pi, (rows[-1] + 2, columns[-1] + 2))
    slope_x, slope_y = np.cos(turn).astype(np.float32), np.sin(turn).astype(np.float32)

    def corner(right: int, below: int) -> np.ndarray:
        at = np.ix_(rows + below, columns + right)
        return slope_x[at] * (u - right)[None] + slope_y[at] * (v - below)[:, None]

    above = corner(0, 0) + along[None] * (corner(1, 0) - corner(0, 0))
    below = corner(0, 1) + along[None] * (corner(1, 1) - corner(0, 1))
    # A lattice with unit slopes reaches sqrt(1/2).
    return (above + down[:, None] * (below - above)) * np.float32(math.sqrt(2))


def _steps(side: int, cell: float) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """For each pixel along one side: its cell, where in it 0..1, and that eased."""
    at = (np.arange(side) + 0.5) / cell
    index = at.astype(np.intp)
    u = (at - index).astype(np.float32)
    return index, u, u * u * u * (u * (u * 6 - 15) + 10)
