"""What is unknown takes the place of the nearest that is known: anywhere, or along a direction."""

from __future__ import annotations

import math

import numpy as np

from ....types import Mask


def nearest_known(known: Mask, level: int = 1) -> np.ndarray:
    """For every pixel the flat index, int [h, w], of the known pixel that is nearest; one must be known.

    level  how much farther away than it is what lies above or below counts as: the land is level
    """
    import cv2

    height, width = known.shape
    tall = np.ones((height * level, width), np.uint8)
    tall[::level] = ~known
    _, labels = cv2.distanceTransformWithLabels(tall, cv2.DIST_L2, 5, labelType=cv2.DIST_LABEL_PIXEL)
    labels = labels[::level]
    at = np.zeros(int(labels.max()) + 1, np.intp)
    at[labels[known]] = np.flatnonzero(known)
    return at[labels]


def along(known: Mask, toward: tuple[float, float]) -> np.ndarray:
    """For every pixel the flat index of the first known one that lies `toward` (x, y) of it, or the nearest.

    toward  a unit vector, y down
    """
    height, width = known.shape
    found = nearest_known(known)
    row, column = np.nonzero(~known)
    for step in range(1, math.ceil(math.hypot(height, width)) + 1):
        y = np.rint(row + step * toward[1]).astype(np.intp)
        x = np.rint(column + step * toward[0]).astype(np.intp)
        inside = (y >= 0) & (y < height) & (x >= 0) & (x < width)
        row, column, y, x = row[inside], column[inside], y[inside], x[inside]
        if not row.size:
            break
        hit = known[y, x]
        found[row[hit], column[hit]] = y[hit] * width + x[hit]
        row, column = row[~hit], column[~hit]
    return found
