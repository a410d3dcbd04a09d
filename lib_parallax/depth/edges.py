"""Depth edges as sharp as the picture's.

Networks and filters hand over a ramp where one thing ends and another begins. Seen from the
side a ramp is a surface that is not there. Here every pixel of a ramp is given to the near or
to the far side, whichever its colour resembles, and takes that side's depth.
"""

from __future__ import annotations

from typing import Any

import numpy as np

from ..warp.arrays import back, plain, rows_of
from .edges_kernel import snap

BUDGET = 0.025  # of the width: how far depth 0 and 1 come apart between the eyes
SLOPE = 0.35  # pixels of disparity by which neighbours on one surface may differ
STEP = 1.5  # pixels of disparity that make a step
REACH = 1 / 150  # of the width: half of the widest ramp


def sharpen_edges(depth: Any, image: Any, budget: float = BUDGET) -> Any:
    """Depth with its ramps turned into steps along the picture's edges.

    depth   [H, W], 0..1 or any other range; numpy or torch, comes back as float32 of its kind
    image   [H, W, 3] uint8, uint16 or float 0..1
    budget  disparity between the ends of the range, as a fraction of the width: what counts as
            a step is measured in the pixels that it would tear apart
    Surfaces, steps that are sharp already and NaN are left as they are. Raises OptionError for
    shapes that do not fit.
    """
    import cv2

    values = plain(depth)
    height, width = values.shape
    rows, _ = rows_of(image, (height, width))
    finite = np.isfinite(values)
    if not finite.all():
        values = np.where(finite, values, values[finite].min() if finite.any() else 0).astype(np.float32)
    span = float(values.max() - values.min()) if values.size else 0.0
    if span <= 0:
        return back(values, depth)
    pixel = span / (budget * width)  # depth that makes one pixel of disparity
    three = np.ones((3, 3), np.uint8)
    rises = values - cv2.erode(values, three) > SLOPE * pixel
    falls = cv2.dilate(values, three) - values > SLOPE * pixel
    ramp = rises & falls  # at a step that is sharp already a pixel does one or the other
    if rows.dtype == np.uint16:
        rows = (rows >> 8).astype(np.uint8)
    reach = max(2, round(width * REACH))
    far, near, odds = snap(values, rows, ramp, reach, np.float32(STEP * pixel))
    # neighbours decide together, so that no grain is left along the edge
    result = np.where(ramp, np.where(cv2.boxFilter(odds, -1, (5, 5)) > 0, near, far), values)
    return back(np.where(finite, result, np.float32(np.nan)).astype(np.float32), depth)
