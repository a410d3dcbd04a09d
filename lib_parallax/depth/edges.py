"""Depth edges as sharp as the picture's.

Networks and filters hand over a ramp where one thing ends and another begins. Seen from the
side a ramp is a surface that is not there. Here every pixel of a ramp is given to the side at
its foot or at its top, whichever its colour resembles, and takes that side's depth. Things too
thin to have a top of their own are lifted out first (see `thin`).
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, NamedTuple

import numpy as np

from ..errors import OptionError
from ..warp.arrays import back, plain, rows_of
from .thin import blur_of, lift, worth

BUDGET = 0.025  # of the width: how far depth 0 and 1 come apart between the eyes
SLOPE = 0.2  # pixels of disparity by which neighbours on one surface may differ
STEP = 1.5  # pixels of disparity that make a step
REACH = 1 / 75  # of the width: a ramp at most, either way
SHARP = 0.3, 0.6  # pixels of blur up to which depth is as sharp as the picture, from which it is not
MEDIAN = 5  # pixels
CLEAR = 12.0  # pixels of disparity from which a ramp tells how blurred depth is
PATCH = 3  # tiles of the colour sums, each way, that show a side's colours


def sharpen_edges(
    depth: Any,
    image: Any,
    budget: float = BUDGET,
    span: float | None = None,
    thin: bool = True,
    bias: int = 0,
) -> Any:
    """Depth with its ramps turned into steps along the picture's edges.

    depth   [H, W], 0..1 or any other range; numpy or torch, comes back as float32 of its kind
    image   [H, W, 3] uint8, uint16 or float 0..1
    budget  disparity between the ends of the range, as a fraction of the width: what counts as
            a step is measured in the pixels that it would tear apart
    span    the range's extent; left out, that of this depth (give it for video, where no frame's
            own nearest and farthest point may matter)
    thin    whether things thinner than the depth's own blur (wires, railings) get back the depth
            that the blur took
    bias    pixels by which the near side of every step grows; negative, the far side
    Surfaces, steps that are sharp already and NaN are left as they are. Raises OptionError for
    shapes that do not fit.
    """
    import cv2

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
    if rows.dtype == np.uint16:
        rows = (rows >> 8).astype(np.uint8)
    ramps = find_ramps(values, pixel)
    # All by degrees: the blur of a clip's depth wavers, and what it switched on and off would flicker.
    blur, sure = softness(values, ramps, pixel)
    stepped = 1 - sure * float(np.interp(blur, SHARP, (1, 0)))  # ramps of sharp depth are slanted surfaces
    lifting = sure * worth(blur, values.shape) if thin else 0.0
    lifted = lift(values, rows, blur, pixel) if lifting else None
    if lifted is None:
        result = mixed(values, lambda: decided(values, rows, ramps), stepped)
    else:
        without = values if lifting == 1 else decided(values, rows, ramps)
        result = mixed(without, lambda: with_thin(*lifted, rows, pixel), lifting)
    if bias:
        size = 2 * abs(bias) + 1
        disc = cv2.getStructuringElement(cv2.MORPH_ELLIPSE, (size, size))
        grown = cv2.dilate(result, disc) if bias > 0 else cv2.erode(result, disc)
        result = np.where(np.abs(grown - result) > STEP * pixel, grown, result)
    return back(np.where(finite, result, np.float32(np.nan)).astype(np.float32), depth)


def mixed(one: np.ndarray, other: Callable[[], np.ndarray], share: float) -> np.ndarray:
    """`one` with a share 0..1 of what `other` makes, which is asked only where it counts."""
    if share <= 0:
        return one
    return other() if share >= 1 else one + (other() - one) * np.float32(share)


class Ramps(NamedTuple):
    """Where depth neither is level nor steps: bool, int32 flat indices of both ends, slope; all [H, W]."""

    mask: np.ndarray
    foot: np.ndarray
    top: np.ndarray
    slope: np.ndarray


def find_ramps(values: np.ndarray, pixel: float) -> Ramps:
    """The ramps of `values`, float32 [H, W], where `pixel` is the depth of one pixel of disparity."""
    import cv2

    from .edges_kernel import ends

    three = np.ones((3, 3), np.uint8)
    rises = values - cv2.erode(values, three) > SLOPE * pixel
    falls = cv2.dilate(values, three) - values > SLOPE * pixel
    mask = rises & falls  # at a step that is sharp already a pixel does one or the other
    x, y = (cv2.Sobel(values, cv2.CV_32F, *d, scale=1 / 8) for d in ((1, 0), (0, 1)))
    reach = max(6, round(values.shape[1] * REACH))
    return Ramps(mask, *ends(values, mask, x, y, reach, np.float32(STEP * pixel)), cv2.magnitude(x, y))


def softness(values: np.ndarray, ramps: Ramps, pixel: float) -> tuple[float, float]:
    """How blurred depth is, in pixels, and how surely that is told, 0..1."""
    import cv2

    ground = cv2.morphologyEx((~ramps.mask).astype(np.uint8), cv2.MORPH_OPEN, np.ones((5, 5), np.uint8))
    level = cv2.dilate(ground, np.ones((3, 3), np.uint8)) > 0
    return blur_of(values, ramps.foot, ramps.top, level, ramps.slope, CLEAR * pixel)


def with_thin(
    behind: np.ndarray, share: np.ndarray, level: np.ndarray, rows: np.ndarray, pixel: float
) -> np.ndarray:
    """What `lift` took apart, put together with sharp edges."""
    result = decided(behind, rows, find_ramps(behind, pixel))
    return np.where((share > 0.5) & (level > result), level, result)


def decided(values: np.ndarray, rows: np.ndarray, ramps: Ramps) -> np.ndarray:
    """Each ramp's pixels at the depth of its foot or of its top."""
    import cv2

    from .edges_kernel import agree, alike, colour_sums, odds_for_near, on_their_side

    sums = cv2.boxFilter(colour_sums(rows, ramps.mask), -1, (PATCH, PATCH), normalize=False)
    belief = odds_for_near(values, rows, ramps.foot, ramps.top, sums)
    agree(values, rows, ramps.foot, ramps.top, belief, alike())
    result: np.ndarray = on_their_side(values, ramps.foot, ramps.top, belief)
    if min(values.shape) >= MEDIAN:
        # neighbours that found their ends a little way apart would come out as beads along the edge
        np.copyto(result, cv2.medianBlur(result, MEDIAN), where=ramps.mask)
    return result
