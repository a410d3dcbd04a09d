"""Treetops along a skyline, where the words name trees."""

from __future__ import annotations

import numpy as np

from .palette import words

WOODS = ("forest", "forests", "wood", "woods", "tree", "trees", "jungle", "pine", "pines", "fir", "firs")
NARROW = (0.28, 0.42)  # half of a tree's width, of its height
APART = 0.42  # of the height, in the mean


def treetops(prompt: str, width: int, height: float, rng: np.random.Generator) -> np.ndarray:
    """How far trees stand above the ground, `[W]` in pixels; zeros where the words name none.

    height  of a tall tree
    """
    tops = np.zeros(width, np.float32)
    if height < 2 or not any(word in WOODS for word in words(prompt)):
        return tops
    x = np.arange(width, dtype=np.float32)
    for _ in range(int(width / (APART * height)) + 1):
        at, tall = rng.uniform(0, width), height * rng.uniform(0.45, 1.0)
        half = tall * rng.uniform(*NARROW)
        near = slice(max(0, int(at - half)), min(width, int(at + half) + 2))
        # boughs: the outline widens downwards in steps
        level = 1 - np.abs(x[near] - np.float32(at)) / np.float32(half)
        steps = np.float32(4.0)
        jagged = (np.floor(level * steps) + (level * steps % 1) ** 2) / steps
        tops[near] = np.maximum(tops[near], np.float32(tall) * np.clip(jagged, 0, 1))
    return tops
