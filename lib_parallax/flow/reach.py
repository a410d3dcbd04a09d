"""How a key frame is reached from the frames after it: flow composed over many steps, with its trust.

Nothing is warped on the way: flows are added up, and a picture is sampled once, at the end. The
way there (frame to key) and the way back (key to frame) are both composed. What does not return
to where it started, and what is folded together at a motion's edge, the key does not show.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from itertools import repeat
from typing import NamedTuple

import numpy as np

from ..types import Flow
from ..warp import compose_flow, warp_flow
from ..warp.flow import mismatch
from . import FlowEstimator, load

EVERY = 8  # steps after which a composed flow is estimated anew; doing so more often gains hardly more
FOLDED = 0.5  # of the area around: pixels drawn together so far lie over each other in the key
LOOSE = 0.75  # ... and from here on nothing is thought of it
AROUND = 101  # pixels a side: what grows or shrinks as a whole is no fold


class Step(NamedTuple):
    """The motion between neighbouring frames n and n + 1, float32 `[H, W, 2]` each.

    forth  on frame n, into n + 1
    back   on frame n + 1, into n
    sure_forth, sure_back  how sure each is of itself, float32 `[H, W]` 0..1, where somebody says so
    """

    forth: Flow
    back: Flow
    sure_forth: np.ndarray | None = None
    sure_back: np.ndarray | None = None


class Reach(NamedTuple):
    """The way from a frame into its key.

    flow   float32 `[H, W, 2]`, on the frame, into the key
    trust  float32 `[H, W]`, 0..1; 0 where the key does not show what the frame does
    """

    flow: Flow
    trust: np.ndarray


def turned(steps: Sequence[Step]) -> list[Step]:
    """The same steps walked the other way, from the last frame to the first."""
    return [Step(step.back, step.forth, step.sure_back, step.sure_forth) for step in reversed(steps)]


def reaches(
    steps: Iterable[Step],
    frames: Iterable[np.ndarray] | None = None,
    estimate: FlowEstimator | None = None,
    every: int = EVERY,
) -> Iterator[Reach]:
    """The reach of frame 1, 2, ... into frame 0, one for each step.

    frames    the pictures of frame 0, 1, ..., uint8 luma `[H, W]` of the flows' size. With them
              what composing has added up in error is taken out again every so many steps
    estimate  finds that error; `load("dis")` when left out
    """
    pictures = iter(frames) if frames is not None else repeat(None)
    key = next(pictures)
    way = home = sure = None  # frame to key, key to frame, and how sure the steps of `way` were
    for number, step in enumerate(steps, 1):
        frame = next(pictures)
        sure = _sure_along(step, sure)
        way = step.back if way is None else compose_flow(step.back, way)
        home = step.forth if home is None else compose_flow(home, step.forth)
        if frame is not None and key is not None and number > 1 and number % every == 0:
            estimate = estimate or load("dis")
            way, home = refined(frame, key, way, estimate), refined(key, frame, home, estimate)
        trust = trusted(way, home)
        yield Reach(way, trust if sure is None else trust * sure)


def refined(a: np.ndarray, b: np.ndarray, flow: Flow, estimate: FlowEstimator) -> Flow:
    """`flow` from a into b, without its error as the two pictures show it; uint8 luma `[H, W]`.

    b is bent by the flow so that it lies nearly on a, and what is left between them is estimated.
    """
    bent = np.rint(np.clip(warp_flow(b, flow, "cubic"), 0, 255)).astype(np.uint8)
    # beyond b's edges nothing is known, and its repeated edge would pull at what lies beside
    shown = inside(flow)
    bent = np.where(shown, bent, a)
    left = np.where(shown[..., None], estimate(a, bent), 0)
    return np.asarray(compose_flow(left, flow))


def inside(flow: Flow) -> np.ndarray:
    """Which pixels the flow leads into a picture of its own size, bool `[H, W]`."""
    height, width = flow.shape[:2]
    x = np.arange(width, dtype=np.float32) + flow[..., 0]
    y = np.arange(height, dtype=np.float32)[:, None] + flow[..., 1]
    return np.asarray((x >= 0) & (x <= width - 1) & (y >= 0) & (y <= height - 1))


def trusted(there: Flow, back: Flow) -> np.ndarray:
    """How far the way `there` is to be trusted, float32 `[H, W]` 0..1 on its own grid.

    1 where `there` and `back` close, falling to 0 where `warp.occlusion` says that they do not,
    and where `there` folds: near a motion's edge estimates run smoothly from one motion to the
    other, both ways alike, so they close; but several pixels then share one place in the key.
    """
    close = np.clip(1 - mismatch(there, back), 0, 1)
    open_ = np.clip((_openness(there) - FOLDED) / (LOOSE - FOLDED), 0, 1)
    return (close * open_).astype(np.float32)


def _openness(flow: Flow) -> np.ndarray:
    """The area in the key of each pixel, over the mean of its surroundings where that is below 1."""
    import cv2

    from .reach_kernel import areas

    area = areas(flow)
    around = cv2.blur(area, (AROUND, AROUND), borderType=cv2.BORDER_REFLECT_101)
    return area / np.clip(around, 0.05, 1)


def _sure_along(step: Step, sure: np.ndarray | None) -> np.ndarray | None:
    """How sure the way from a frame to the key is of itself, given how sure that of the frame before is."""
    if sure is None:
        return step.sure_back
    before = np.clip(warp_flow(sure, step.back, "linear"), 0, 1)
    return before if step.sure_back is None else before * step.sure_back
