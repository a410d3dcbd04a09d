"""How far away layers are, as depth tells it."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

import numpy as np

FLOOR = 1 / 16  # inverse depth of what is at depth 0: nothing is endlessly far, or it would never move


def distance(depth: float) -> float:
    """From 1, nearest, to 16, of a depth 0..1: what relative depth can tell, whose zero is unknown."""
    return 1 / (FLOOR + (1 - FLOOR) * min(max(float(depth), 0.0), 1.0))


def distances_in(mattes: Iterable[np.ndarray], depth: np.ndarray) -> tuple[float, ...]:
    """Of the layers with these mattes, by the median depth [h, w] of what each shows."""
    found = []
    for matte in mattes:
        seen = depth[matte >= 0.5]
        found.append(distance(np.median(seen) if seen.size else 0.0))
    return tuple(found)


def back_to_front(distances: Sequence[float]) -> tuple[int, ...]:
    """The layers, farthest first; of two as far away the later one is in front."""
    return tuple(sorted(range(len(distances)), key=lambda layer: (-distances[layer], layer)))
