"""The gaps that open behind things as they pass: which of their two sides is the far one.

Things pass each other along one way, so what a gap shows is told by the two pixels at its ends: the farther
one goes on into it, and the nearer thing's colours have no business there.
"""

from __future__ import annotations

from typing import NamedTuple

import cv2
import numpy as np

from ....types import Mask
from ....warp.parallax_layers import STEP

MEDIAN = 5  # pixels
THIN = 1 / 20  # of the height: what is thinner and nearer at a gap's end does not go on behind it


class Gaps(NamedTuple):
    """Of every pixel [H, W], along the way in which things pass there.

    far       depth of the far side of the gap that it lies in or is nearest to
    distance  pixels to that gap, 0 inside; large where there is none
    """

    far: np.ndarray
    distance: np.ndarray

    def beside(self, depth: np.ndarray, reach: float) -> tuple[Mask, Mask]:
        """Pixels within so many of a gap that belong to its near side, and to its far side."""
        close = (self.distance > 0) & (self.distance <= reach)
        near = depth > self.far + STEP
        return close & near, close & ~near


def gaps_of(depth: np.ndarray, holes: Mask, known: Mask, across: Mask) -> Gaps:
    """The gaps `holes` between what is `known`; sideways where `across`, else up and down."""
    thin = 2 * round(THIN * min(depth.shape) / 2) + 1
    rows = _in_rows(depth, holes, known, thin)
    columns = _in_rows(depth.T, holes.T, known.T, thin)
    far, distance = (np.where(across, row, column.T) for row, column in zip(rows, columns, strict=True))
    # where a gap ends at something thin and near in single rows, its neighbours know better
    around = cv2.medianBlur(far.astype(np.float32), MEDIAN)
    return Gaps(np.where(far - around > STEP, around, far), distance)


def _in_rows(depth: np.ndarray, holes: Mask, known: Mask, thin: int) -> Gaps:
    (left, to_left), (right, to_right) = _nearest(depth, known)
    far = np.minimum(np.where(np.isinf(to_left), np.inf, left), np.where(np.isinf(to_right), np.inf, right))
    far = np.where(np.isinf(far), depth, far)
    # a wire or a ragged rim at the end of single rows would go on into the gap as a tail
    far = np.where(holes, far, 1).astype(np.float32)
    even = cv2.morphologyEx(far, cv2.MORPH_OPEN, np.ones((thin, 1), np.uint8))
    far = np.where(far - even > STEP, even, far)
    (before, since), (behind, until) = _nearest(far, holes)
    nearer = since <= until
    return Gaps(np.where(nearer, before, behind).astype(np.float32), np.where(nearer, since, until))


def _nearest(values: np.ndarray, where: Mask) -> list[tuple[np.ndarray, np.ndarray]]:
    """The values of the next pixels of `where` to the left and to the right, and how far away they are."""
    found = []
    for way in (slice(None), slice(None, None, -1)):
        turned, there = values[:, way], where[:, way]
        columns = np.arange(there.shape[1])
        at = np.maximum.accumulate(np.where(there, columns, -1), axis=1)
        distance = np.where(at >= 0, columns - at, np.inf)
        found.append((np.take_along_axis(turned, np.maximum(at, 0), 1)[:, way], distance[:, way]))
    return found
