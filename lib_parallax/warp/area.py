"""Area filtering along a line: the mean of a picture over any stretch, from the means of its pixels.

A pixel is the mean of the scene over its cell. Between cells the scene is taken as a parabola in
each, with that mean, through edge values of fourth order (Colella and Woodward 1984, without the
limiter). Its integral is known everywhere, so a result pixel of any width, narrower or wider than
a cell, is the exact mean of that curve over its own stretch: one rule for enlarging and reducing.
"""

from __future__ import annotations

import math
from typing import NamedTuple

import numpy as np

EDGE = 0.15  # an edge's value is .5 + EDGE of the cells beside it, less EDGE of the next ones
REACH = 2  # cells on either side that shape the parabola of one cell
FEWEST_TAPS = 8


class Taps(NamedTuple):
    """Which cells make each result, and how much of each.

    first    int32 [N], the first cell; may lie outside the picture, whose edge then repeats
    weights  float32 [N, taps], of that cell and those after it; taps is a multiple of four, at least eight
    """

    first: np.ndarray
    weights: np.ndarray


def area_taps(starts: np.ndarray, width: float) -> Taps:
    """Weights of the means over [start, start + width), in cells; cell j covers [j, j + 1).

    starts  float64 [N]
    """
    ends = starts + width
    lower = np.floor(starts)
    most = math.ceil(width)
    whole = np.minimum((np.floor(ends) - lower).astype(np.int64), most)  # rounding may see one too many
    columns = np.arange(max(FEWEST_TAPS, -(-(most + 2 * REACH + 1) // 4) * 4))
    weights = ((columns >= REACH) & (columns < REACH + whole[:, None])).astype(np.float64)
    weights[:, : 2 * REACH + 1] -= _part(starts - lower).T
    rows = np.arange(len(starts))
    for i, share in enumerate(_part(ends - lower - whole)):
        weights[rows, whole + i] += share
    return Taps((lower - REACH).astype(np.int32), (weights / width).astype(np.float32))


def _part(t: np.ndarray) -> np.ndarray:
    """The curve's integral over the first `t` of a cell, as weights of the cells from two before it."""
    left, right = t * (1 - t) ** 2, -t * t * (1 - t)  # of the values at the cell's edges
    own = t * t * (3 - 2 * t)  # of its mean
    near, far = 0.5 + EDGE, -EDGE
    return np.stack(
        [
            far * left,
            near * left + far * right,
            own + near * (left + right),
            near * right + far * left,
            far * right,
        ]
    )
