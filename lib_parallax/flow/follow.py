"""Where the points of a frame were in the frame before, by either flow, and which were nowhere."""

from __future__ import annotations

from typing import NamedTuple

import numpy as np

from ..types import Flow, Mask, MotionVectors
from ..warp import occlusion
from . import load
from .motion_vectors import flow_from_vectors, inverse_flow, unlike


class Way(NamedTuple):
    """From one picture into another: flow float32 `[H, W, 2]`, and what the other does not show, bool."""

    flow: Flow
    lost: Mask


class Follower:
    """Follows points between neighbouring frames of a shot, on small luma pictures uint8 `[H, W]`.

    With a frame's motion vectors these are used, without (None) the flow estimator of that name.
    """

    def __init__(self, name: str = "dis-fast"):
        self._estimate = load(name)

    def back(self, later: np.ndarray, earlier: np.ndarray, vectors: MotionVectors | None = None) -> Way:
        """From a frame, the one that the vectors belong to, into the one before it."""
        if vectors is None:
            return self.both(later, earlier)[0]
        flow = flow_from_vectors(later, earlier, vectors)
        return Way(flow, unlike(later, earlier, flow))

    def both(
        self, later: np.ndarray, earlier: np.ndarray, vectors: MotionVectors | None = None
    ) -> tuple[Way, Way]:
        """`back`, and the way from the frame before to this one."""
        if vectors is None:
            back, forth = self._estimate(later, earlier), self._estimate(earlier, later)
            return Way(back, occlusion(back, forth)), Way(forth, occlusion(forth, back))
        way = self.back(later, earlier, vectors)
        forth = inverse_flow(way.flow, later, earlier)
        return way, Way(forth, unlike(earlier, later, forth))
