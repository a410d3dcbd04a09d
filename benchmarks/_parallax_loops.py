"""Part of `parallax`: whether a move that loops goes on from its last frame to its first as anywhere."""

from __future__ import annotations

from itertools import pairwise
from typing import Any

import numpy as np

from lib_parallax import loops, samples
from lib_parallax.options.parallax import MOVES

SIZE = (320, 180)
ENDING = ("still",)  # there is nothing to come back from


def loops_table() -> list[dict[str, Any]]:
    """Mean differences in levels, of neighbours and from the last frame to the first, by move."""
    picture = samples.street(SIZE).view(0.0).image
    rows = []
    for move in MOVES:
        if move in ENDING:
            continue
        options = {"move": move, "duration": 2.0, "fps": 15.0, "behind": "stretch", "depth_model": "cues"}
        made = [frame.image.astype(np.float32) for frame in loops.run("parallax", picture, options)]
        steps = [float(np.abs(b - a).mean()) for a, b in pairwise(made)]
        join = float(np.abs(made[0] - made[-1]).mean())
        rows.append(
            {"move": move, "median": np.median(steps), "largest": max(steps), "last to first": join,
             "share of the largest": join / max(steps)}
        )  # fmt: skip
    return rows
