"""One shot or two: what does not move back where it came from was never the same scene."""

from __future__ import annotations

from functools import lru_cache
from typing import Any

import numpy as np

from . import FlowEstimator, load
from .dis import to_grey

WIDEST = 160
# Of the pixels of two neighbouring frames of a shot few fail to return, of two shots nearly all.
LOST_AT_A_CUT = 0.75


def same_shot(a: Any, b: Any) -> bool:
    """True where b goes on with a's shot, for two neighbouring frames `[H, W, 3]` of one size.

    Flow is estimated both ways on small pictures; across a cut hardly any pixel comes back
    to where it started.
    """
    return lost_share(a, b) < LOST_AT_A_CUT


def lost_share(a: Any, b: Any) -> float:
    """Share 0..1 of a's pixels that the flow into b and back does not return to their place."""
    from ..warp.flow import occlusion

    small_a, small_b = _small(a), _small(b)
    estimate = _estimator()
    lost = occlusion(estimate(small_a, small_b), estimate(small_b, small_a))
    return float(np.asarray(lost).mean())


@lru_cache(maxsize=1)
def _estimator() -> FlowEstimator:
    return load("dis-fast")


def _small(image: Any) -> np.ndarray:
    import cv2

    grey = to_grey(image)
    height, width = grey.shape
    if width <= WIDEST:
        return grey
    return cv2.resize(grey, (WIDEST, max(1, round(height * WIDEST / width))), interpolation=cv2.INTER_AREA)
