"""Depth that keeps still where the scene does, without trails where it moves.

Every frame is first brought to the scale and shift of the one before, judged by what has
neither moved by itself nor come into view, so a near thing that enters leaves the background
where it is. Then each pixel follows its own past, carried along by optical flow: slowly where
past and present agree to within the flicker, at once where they do not or where flow says
that the pixel was not visible before.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np

from ..flow.follow import Follower, Way
from ..types import Depth, Frame
from ..warp import warp_flow

STRENGTHS = ("off", "light", "strong")
FOLLOW = {"light": 0.3, "strong": 0.1}  # share of the present where it agrees with the past
FLOW_WIDTH = 448
AGREE = 0.04  # of the range: differences up to here are flicker
DIFFER = 0.10  # from here on the scene has changed
RETURN = 0.02  # how much of the estimator's own scale is let in a frame, against drift
ROUNDS = 6

Pair = tuple[Frame, Depth]


def steady_pixels(
    pairs: Iterable[Pair], strength: str, state: Mapping[str, Any] | None = None
) -> Iterator[Pair]:
    """The same frames with depth 0..1 made steady; nothing is held back.

    strength  "off", "light" or "strong"
    state     what an earlier run left in `boundary.state["steady"]`, to go on from there

    A cut forgets the shot before: its first depth comes out as it went in. A frame that brings
    its motion vectors is followed by them.
    """
    if strength == "off":
        yield from pairs
        return
    follower = Follower()
    past = _Past(np.asarray(state["depth"]), np.asarray(state["small"])) if state else None
    for frame, depth in pairs:
        boundary = frame.boundary
        if boundary is not None and boundary.cut:
            past = None
        elif boundary is not None and past is not None:
            boundary.state["steady"] = {"depth": past.depth, "small": past.small}
        small = small_grey(frame.image)
        values = depth.values
        if past is not None and past.depth.shape == values.shape:
            way = follower.back(small, past.small, frame.extra.get("vectors"))
            values = _followed(values, way, past.depth, FOLLOW[strength])
        past = _Past(values, small)
        yield frame, Depth(values, depth.kind, depth.range)


@dataclass(frozen=True)
class _Past:
    depth: np.ndarray
    small: np.ndarray


def _followed(values: np.ndarray, way: Way, past: np.ndarray, follow: float) -> np.ndarray:
    import cv2

    height, width = values.shape
    scale = np.array([width / way.lost.shape[1], height / way.lost.shape[0]], np.float32)
    full = cv2.resize(way.flow, (width, height), interpolation=cv2.INTER_LINEAR) * scale
    fresh = cv2.resize(way.lost.astype(np.float32), (width, height), interpolation=cv2.INTER_LINEAR)
    known = fresh < 0.25
    before = warp_flow(past, full, interpolation="linear")
    gain, shift = scale_and_shift(values, before, known)
    aligned = values * np.float32(gain) + np.float32(shift)
    gap = np.abs(aligned - before)
    # flicker of single pixels is not change: what has changed has changed around them too
    gap = np.minimum(gap, cv2.blur(gap, (5, 5)) * 2)
    change = np.clip((gap - AGREE) / (DIFFER - AGREE), 0, 1)
    share = np.where(known, follow + (1 - follow) * change, 1).astype(np.float32)
    return np.clip(before + (aligned - before) * share, 0, 1).astype(np.float32, copy=False)


def scale_and_shift(values: np.ndarray, target: np.ndarray, known: np.ndarray) -> tuple[float, float]:
    """(a, b) for which `a * values + b` lies on `target` where it is `known` and stays put.

    Iteratively reweighted least squares (Geman-McClure); a little of (1, 0) is always mixed in,
    so that errors do not add up over a shot.
    """
    step = max(1, int((values.size / 20_000) ** 0.5))
    x, y, good = (m[::step, ::step].ravel() for m in (values, target, known))
    good = good & np.isfinite(x) & np.isfinite(y)
    x, y = x[good].astype(np.float64), y[good].astype(np.float64)
    if len(x) < 50 or x.std() < 1e-3:
        return 1.0, 0.0
    weight = np.ones_like(x)
    a, b = 1.0, 0.0
    for _ in range(ROUNDS):
        total = weight.sum()
        mx, my = (weight * x).sum() / total, (weight * y).sum() / total
        spread = (weight * (x - mx) ** 2).sum()
        a = (weight * (x - mx) * (y - my)).sum() / spread if spread > 1e-9 else 1.0
        b = my - a * mx
        miss = np.abs(a * x + b - y)
        sigma = max(1.4826 * float(np.median(miss)), 2e-3)
        weight = 1 / (1 + (miss / (2 * sigma)) ** 2) ** 2
    if not 0.5 < a < 2:
        return 1.0, 0.0
    return a + RETURN * (1 - a), b * (1 - RETURN)


def small_grey(image: np.ndarray) -> np.ndarray:
    """A picture as uint8 luma, at most FLOW_WIDTH wide: what flow is estimated on."""
    import cv2

    height, width = image.shape[:2]
    if width > FLOW_WIDTH:
        size = (FLOW_WIDTH, max(1, round(height * FLOW_WIDTH / width)))
        image = cv2.resize(image, size, interpolation=cv2.INTER_AREA)
    if image.dtype == np.uint16:
        image = (image >> 8).astype(np.uint8)
    return cv2.cvtColor(np.ascontiguousarray(image), cv2.COLOR_RGB2GRAY)
