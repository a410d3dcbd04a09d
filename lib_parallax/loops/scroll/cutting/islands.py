"""Where depth says so little that a picture's textures decide: what to leave to the layer around, and where
a border may follow the picture instead."""

from __future__ import annotations

import numpy as np

from ....types import Mask
from .nearest import nearest_known

STEP = 0.03  # of depth within a few pixels; less is no edge of a thing
ACROSS = 5  # pixels that an edge takes
SPECK = 1e-4  # of the picture: a smaller part makes no picture of its own
LARGE = 0.05  # of the picture: a part of more is left as it is


def steps(depth: np.ndarray) -> np.ndarray:
    """How much depth [h, w] changes around each pixel, float32 [h, w]."""
    import cv2

    return cv2.morphologyEx(depth, cv2.MORPH_GRADIENT, np.ones((ACROSS, ACROSS), np.uint8))


def without_islands(ranks: np.ndarray, change: np.ndarray) -> np.ndarray:
    """Ranks int16 [h, w] in which parts apart from the rest of their layer, around which depth does not step,
    belong to what is around them: hills and hollows of smooth depth, such as those that brightness makes.
    So do specks.

    change  of depth, from `steps`
    """
    import cv2
    from scipy import ndimage

    lost = np.zeros(ranks.shape, bool)
    rim = _rim(ranks)
    for rank in np.unique(ranks):
        own = ranks == rank
        _, parts, stats, _ = cv2.connectedComponentsWithStats(own.astype(np.uint8))
        areas = stats[:, cv2.CC_STAT_AREA]
        areas[0] = 0
        apart = (areas < LARGE * ranks.size) & (areas < areas.max())
        apart[0] = False
        numbers = np.flatnonzero(apart)
        if numbers.size:
            edge = own & rim
            typical = np.asarray(ndimage.median(change[edge], parts[edge], numbers))
            apart[numbers] = (typical < STEP) | (areas[numbers] < SPECK * ranks.size)
            lost |= apart[parts]
    return ranks.ravel()[nearest_known(~lost)] if lost.any() else ranks


def vague(change: np.ndarray) -> Mask:
    """Where depth does not step, so that nothing of an exact edge is lost if a border moves there."""
    import cv2

    return cv2.dilate((change >= STEP).astype(np.uint8), np.ones((ACROSS, ACROSS), np.uint8)) == 0


def _rim(ranks: np.ndarray) -> Mask:
    """Pixels beside another rank."""
    import cv2

    return cv2.morphologyEx(ranks, cv2.MORPH_GRADIENT, np.ones((3, 3), np.uint8)) > 0
