"""Depth in smooth pieces whose borders are lines of the picture, so that a step tears nothing to shreds.

Depth made from cues has the picture's textures in it, and between two things it is a step in one row and a
ramp in the next. Every step would cut some rows there and stretch the others, and so would the next one.
"""

from __future__ import annotations

import cv2
import numpy as np

from ....depth import Estimator, sharpen_edges
from ....types import Image
from ..pictures import sharp
from .carrying import unlevel

SOFT = 1 / 190  # of the width: the blur that takes textures out of depth
MEDIAN = 5  # pixels
BUDGET = 0.05  # of the width: a step's move is far more than what eyes have, so weaker ramps are borders
LEVEL = 0.02  # of depth that is no border
BESIDE = 1 / 100  # of the width: how far a border is moved at most, either way
NEAR = 3.0  # pixels over which a surface is made even
RIM = 1  # pixels that a near thing has of the mixed colours at its border, which would stay behind else


def depth_of(estimator: Estimator, picture: Image) -> np.ndarray:
    """Depth float32 [H, W], 0..1, of a step's picture."""
    found = estimator.estimate(picture)
    return in_pieces(found.values, picture) if textured(estimator) else sharp(found, picture)


def textured(estimator: Estimator) -> bool:
    """Whether an estimator's depth has the textures of the picture in it."""
    return estimator.name == "cues"


def in_pieces(depth: np.ndarray, picture: Image) -> np.ndarray:
    """Depth float32 [H, W], 0..1, without textures, in steps where it changes fast and even elsewhere."""
    plain = np.clip(depth, 0, 1).astype(np.float32)
    soft = cv2.GaussianBlur(cv2.medianBlur(plain, MEDIAN), (0, 0), max(SOFT * depth.shape[1], 0.5))
    cut = sharpen_edges(soft, picture, budget=BUDGET, span=1.0, thin=False, bias=RIM)
    return np.asarray(cv2.bilateralFilter(cut, -1, LEVEL, NEAR))


def snapped(depth: np.ndarray, picture: Image) -> np.ndarray:
    """Such depth as it was carried to a picture, its borders laid along the picture's once more."""
    reach = 2 * round(BESIDE * depth.shape[1]) + 1
    near = cv2.dilate(unlevel(depth).astype(np.uint8), np.ones((reach, reach), np.uint8))
    return np.where(near > 0, in_pieces(depth, picture), depth)
