"""Depth edges as sharp as the picture's.

Networks and filters hand over a ramp where one thing ends and another begins. Seen from the
side a ramp is a surface that is not there. Here every pixel of a ramp is given to the side at
its foot or at its top, whichever its colour resembles, and takes that side's depth.
"""

from __future__ import annotations

from typing import Any

import numpy as np

from ..errors import OptionError
from ..warp.arrays import back, plain, rows_of

BUDGET = 0.025  # of the width: how far depth 0 and 1 come apart between the eyes
SLOPE = 0.2  # pixels of disparity by which neighbours on one surface may differ
STEP = 1.5  # pixels of disparity that make a step
REACH = 1 / 75  # of the width: a ramp at most, either way
TOGETHER = 1.0  # pixels: how far neighbours have a say


def sharpen_edges(depth: Any, image: Any, budget: float = BUDGET, span: float | None = None) -> Any:
    """Depth with its ramps turned into steps along the picture's edges.

    depth   [H, W], 0..1 or any other range; numpy or torch, comes back as float32 of its kind
    image   [H, W, 3] uint8, uint16 or float 0..1
    budget  disparity between the ends of the range, as a fraction of the width: what counts as
            a step is measured in the pixels that it would tear apart
    span    the range's extent; left out, that of this depth (give it for video, where no frame's
            own nearest and farthest point may matter)
    Surfaces, steps that are sharp already and NaN are left as they are. Raises OptionError for
    shapes that do not fit.
    """
    import cv2

    from .edges_kernel import sides

    values = plain(depth)
    if values.ndim != 2 or not values.size:
        raise OptionError(f"depth: shape {values.shape} is not [H, W]", "depth")
    if not budget > 0:
        raise OptionError(f"budget: {budget} is not more than 0", "budget")
    height, width = values.shape
    rows, _ = rows_of(image, (height, width))
    if rows.shape[2] != 3:
        raise OptionError(f"image: shape {tuple(image.shape)} does not have three channels", "image")
    finite = np.isfinite(values)
    if not finite.all():
        values = np.where(finite, values, values[finite].min() if finite.any() else 0).astype(np.float32)
    if span is None:
        span = float(values.max() - values.min())
    if span <= 0:
        return back(np.where(finite, values, np.float32(np.nan)), depth)
    pixel = span / (budget * width)  # depth that makes one pixel of disparity
    three = np.ones((3, 3), np.uint8)
    rises = values - cv2.erode(values, three) > SLOPE * pixel
    falls = cv2.dilate(values, three) - values > SLOPE * pixel
    ramp = rises & falls  # at a step that is sharp already a pixel does one or the other
    if rows.dtype == np.uint16:
        rows = (rows >> 8).astype(np.uint8)
    slope_x, slope_y = cv2.Sobel(values, cv2.CV_32F, 1, 0), cv2.Sobel(values, cv2.CV_32F, 0, 1)
    reach = max(6, round(width * REACH))
    far, near, odds = sides(values, rows, ramp, slope_x, slope_y, reach, np.float32(STEP * pixel))
    # neighbours decide together, so that no grain is left along the edge
    heard = cv2.GaussianBlur(odds, (0, 0), TOGETHER)
    result = np.where(ramp, np.where(heard > 0, near, far), values)
    if min(height, width) >= 5:
        # single pixels that fell to the other side would stand alone in the air
        result = np.where(ramp, cv2.medianBlur(result, 5), result)
    return back(np.where(finite, result, np.float32(np.nan)).astype(np.float32), depth)
