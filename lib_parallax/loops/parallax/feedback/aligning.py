"""Depth of a new picture, in the measure of the depth that was carried to it.

What an estimator says of a picture is known up to a scale and a shift. Both are found where depth is known,
and what is left there goes on into what is new, so that there is no step between the two.
"""

from __future__ import annotations

import numpy as np

from ....generate.spread import spread
from ....types import Mask
from .carrying import Carried
from .gaps import gaps_of

MOST = 40_000  # pixels that the line is laid through
ROUNDS = 6
LEAST = 64  # pixels that tell of a line
NEAR = 0.01  # of depth that is never an outlier
FLAT = 1e-4  # spread of depth that tells nothing of a scale
GAINS = (0.0, 4.0)  # beyond which an estimate is not believed


def line(found: np.ndarray, known: np.ndarray) -> tuple[float, float]:
    """Gain and bias of `known = gain found + bias`, float [N] each, by least squares without outliers.

    Where the two do not go together the gain is 0: the estimate tells nothing.
    """
    every = max(1, len(found) // MOST)
    x, y = found[::every].astype(np.float64), known[::every].astype(np.float64)
    if not len(x):
        return 1.0, 0.0
    gain, bias = _fitted(x, y)
    for _ in range(ROUNDS):
        off = np.abs(y - gain * x - bias)
        inside = off <= max(NEAR, 2.5 * 1.4826 * float(np.median(off)))
        if inside.sum() < LEAST:
            break
        gain, bias = _fitted(x[inside], y[inside])
    return gain, bias


def _fitted(x: np.ndarray, y: np.ndarray) -> tuple[float, float]:
    dx, dy = x - x.mean(), y - y.mean()
    square = float((dx * dx).mean())
    gain = 0.0 if square < FLAT**2 else float((dx * dy).mean()) / square
    gain = min(max(gain, GAINS[0]), GAINS[1])
    return gain, float(y.mean() - gain * x.mean())


def aligned(found: np.ndarray | None, seen: Carried, new: Mask, trust: float = 0.0) -> np.ndarray:
    """Depth float32 [H, W], 0..1: the carried one where it is known, elsewhere what was found, fitted to it.

    found  what an estimator says of the picture; None: the carried depth is continued
    new    what was painted, bool [H, W]: beyond the last picture, or uncovered behind things, on the far side
    trust  how much of what was found is taken where depth is known, 0..1
    """
    known, carried = ~new, seen.depth
    if not known.any():
        return carried if found is None else np.clip(found, 0, 1).astype(np.float32)
    gain, bias = (
        (0.0, float(np.median(carried[known]))) if found is None else line(found[known], carried[known])
    )
    fitted = np.full_like(carried, bias) if found is None else (gain * found + bias).astype(np.float32)
    rest = (carried - fitted)[..., None]
    inner = new & ~seen.beyond
    result = fitted + spread(rest, known.astype(np.float32))[..., 0]
    if inner.any():
        # what an estimator takes to stand in a gap is the smear of what stood before it more often than not
        result = np.where(inner, gaps_of(carried, inner, known, seen.across).far, result)
    result = np.where(known, carried + np.float32(trust) * (fitted - carried), result)
    return np.clip(result, 0, 1).astype(np.float32)
