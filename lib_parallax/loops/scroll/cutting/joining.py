"""New depth made to agree with what is cut already, where the two meet.

No estimator says the same of a place when more of the picture is there, and borders between layers would
break off at the join. Where known land lies in another layer than its new depth has it, depth beside it is
drawn over, less and less with distance: a border goes on from where it was to where depth wants it.
"""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from ....types import Mask
from .nearest import nearest_known

REACH = 1 / 8  # of the longer side, within which depth is drawn
BEYOND = 0.03  # of depth, by which it is drawn over the threshold
EVEN = 1 / 100  # of the longer side, over which what the join wants is made even


def joined(depth: np.ndarray, ranks: np.ndarray, new: Mask, thresholds: Sequence[float]) -> np.ndarray:
    """Depth float32 [h, w], drawn where `new` to what the ranks int16 [h, w] beside it are cut at."""
    import cv2

    longer = max(depth.shape)
    low = np.array([-np.inf, *thresholds], np.float32)[ranks]
    high = np.array([*thresholds, np.inf], np.float32)[ranks]
    over, under = depth - high, low - depth
    wanted = np.where(over >= 0, -over - BEYOND, np.where(under > 0, under + BEYOND, 0)).astype(np.float32)
    known = (~new).astype(np.float32)
    weight = cv2.GaussianBlur(known, (0, 0), EVEN * longer)
    even = cv2.GaussianBlur(wanted * known, (0, 0), EVEN * longer) / np.maximum(weight, 1e-6)
    away = cv2.distanceTransform(new.astype(np.uint8), cv2.DIST_L2, 5) / np.float32(REACH * longer)
    drawn = even.ravel()[nearest_known(~new)] * np.clip(1 - away, 0, 1)
    return np.where(new, depth + drawn, depth).astype(np.float32)
