"""A curve of one number a frame brought to the few keys that say the same."""

from __future__ import annotations

import numpy as np

from .curve import Curve, CurveKey


def fit(values: np.ndarray, tolerance: float) -> Curve:
    """Keys with straight lines between them that are nowhere farther than `tolerance` from `values` [N].

    Douglas and Peucker's way: a stretch is parted where it is farthest from its straight line.
    """
    values = np.asarray(values, np.float64)
    kept = {0, len(values) - 1}
    stretches = [(0, len(values) - 1)]
    while stretches:
        first, last = stretches.pop()
        line = np.linspace(values[first], values[last], last - first + 1)
        apart = np.abs(values[first : last + 1] - line)
        worst = first + int(np.argmax(apart))
        if apart.max() > tolerance:
            kept.add(worst)
            stretches += [(first, worst), (worst, last)]
    if np.ptp(values) <= tolerance:
        kept = {0}
    return Curve(tuple(CurveKey(frame, float(values[frame]), "linear") for frame in sorted(kept)))
