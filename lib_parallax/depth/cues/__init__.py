"""Depth without weights: what moves past, what is sharp, clear, low in the picture and stands out.

The fallback where no network's weights are here. Depth is 0..1, steady over time: nothing is
scaled by a frame's own extremes, only by slow statistics of the shot.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np

from ... import flow as flows
from ...types import Depth, Frame, Image, Size
from .evidence import Motion
from .regions import Regions
from .smoothing import guided, upsample
from .standing import enclosed, stand
from .stills import still_cues

PIXELS = 384 * 216  # of the working size
REFRESH, MOVING_REFRESH = 0.15, 0.4  # share of a pixel's new depth in each frame
MOVER = 0.72  # what moves by itself is drawn half way to this depth where it would be farther
PLANAR = 0.9  # how far each region is laid flat
SLOW = 0.02  # share of a frame in the shot's statistics
NOTE = "depth comes from cues (motion, focus, haze and position): the fallback that needs no weights"


class Cues:
    """An Estimator without weights; see `depth.Estimator`. One at a time per stream."""

    name = "cues"
    flickers = False

    def __init__(self, note: str = NOTE):
        self.note = note
        self.warnings: list[str] = []
        self._flow = flows.load("dis-fast")
        self._shot: _Shot | None = None

    def estimate(self, image: Image) -> Depth:
        """Depth of a picture by itself; nothing is remembered."""
        return _Shot.begin(self._flow).see(image)

    def stream(self, frames: Iterable[Frame]) -> Iterator[Depth]:
        """One Depth a frame. Every cut starts afresh; other boundaries get `state["depth"]`."""
        for frame in frames:
            if frame.boundary and frame.boundary.cut:
                self._shot = None
            elif frame.boundary and self._shot:
                frame.boundary.state["depth"] = self._shot.state()
            if self._shot is None or not self._shot.fits(frame.image):
                self._shot = _Shot.begin(self._flow)
            yield self._shot.see(frame.image)

    def restore(self, state: Mapping[str, Any]) -> None:
        """Goes on from a `state["depth"]` with the frame that it was stored at; {} starts afresh."""
        self._shot = _Shot.restored(self._flow, state) if state else None


@dataclass
class _Shot:
    """All that is remembered of a shot: bounded, at the working size."""

    motion: Motion
    last: np.ndarray | None = None  # fused depth of the last frame
    far: float = 0.2  # fused values that become about 0 and 1
    near: float = 0.8
    focus_contrast: float = 0.0
    crowd: float = 0.0  # share of the picture that stands out
    count: int = 0

    @classmethod
    def begin(cls, flow: flows.FlowEstimator) -> _Shot:
        return cls(Motion(flow))

    @classmethod
    def restored(cls, flow: flows.FlowEstimator, state: Mapping[str, Any]) -> _Shot:
        last = None if state["last"] is None else np.array(state["last"])
        return cls(
            Motion.restored(flow, state["motion"]), last, float(state["far"]), float(state["near"]),
            float(state["focus_contrast"]), float(state["crowd"]), int(state["count"]),
        )  # fmt: skip

    def state(self) -> dict[str, Any]:
        return {
            "motion": self.motion.state(), "last": self.last, "far": self.far, "near": self.near,
            "focus_contrast": self.focus_contrast, "crowd": self.crowd, "count": self.count,
        }  # fmt: skip

    def fits(self, image: Image) -> bool:
        width, height = working_size(image.shape[1], image.shape[0])
        return self.last is None or self.last.shape == (height, width)

    def see(self, image: Image) -> Depth:
        """Depth of the shot's next frame."""
        import cv2

        small, grey = shrink(image)
        grey_small = grey.astype(np.float32) / 255
        cues = still_cues(small, grey_small)
        self.focus_contrast = self._slowly(self.focus_contrast, cues.focus_contrast)
        still = cues.fused(self.focus_contrast)
        regions = Regions(small)
        carry = self.motion.see(grey, still, regions)
        mover = np.zeros_like(still) if self.motion.mover is None else self.motion.mover
        fused = self._standing(self._with_motion(still, small, mover), mover, small, regions)
        if carry is not None and self.last is not None:
            old = carry.bring(self.last)
            share = np.where(carry.lost, 1.0, np.maximum(REFRESH, MOVING_REFRESH * mover)).astype(np.float32)
            fused = old + (fused - old) * share
        self.last = fused
        self._measure(fused)
        # Lettering and ornament leave their print in the cues; things that small are left flat.
        unit = cv2.medianBlur(((fused - self.far) / (self.near - self.far)).astype(np.float32), 5)
        height, width = image.shape[:2]
        radius = max(1, max(grey.shape) // 120)
        full = unit if grey.shape == (height, width) else upsample(
            unit, small, image, radius, 0.01
        )  # fmt: skip
        self.count += 1
        return Depth(np.clip(full, 0, 1).astype(np.float32, copy=False), "relative", (0.0, 1.0))

    def _standing(
        self, depth: np.ndarray, mover: np.ndarray, small: np.ndarray, regions: Regions
    ) -> np.ndarray:
        """Depth of whole things with a foot on the ground."""
        out = enclosed(small, regions)
        self.crowd = self._slowly(self.crowd, float(out.mean()))
        depth = stand(depth, out, mover, self.crowd, regions)
        depth = depth + 0.5 * mover * np.maximum(MOVER - depth, 0)
        depth = depth + PLANAR * (regions.planes(depth) - depth)
        return guided(small, depth, np.ones_like(depth), max(1, max(depth.shape) // 80), 0.005)

    def _with_motion(self, still: np.ndarray, small: np.ndarray, mover: np.ndarray) -> np.ndarray:
        """Still depth, and that from parallax where it is known; movers show none."""
        value, weight = self.motion.value, self.motion.weight
        if value is None or weight is None:
            return still
        radius = max(1, max(still.shape) // 24)
        filled = guided(small, value, weight + 1e-4, radius, 0.002)
        filled = filled + (value - filled) * np.minimum(weight / 4, 0.7)
        known = guided(small, weight / (weight + 1.2), np.ones_like(weight), radius, 0.002)
        return still + (filled - still) * np.clip(known, 0, 1) * (1 - mover)

    def _slowly(self, old: float, new: float) -> float:
        """The mean of the shot's first frames, then a slow average."""
        return old + (new - old) * max(SLOW, 1 / (self.count + 1))

    def _measure(self, fused: np.ndarray) -> None:
        far, near = (float(v) for v in np.percentile(fused[::2, ::2], (2, 98)))
        middle, half = (far + near) / 2, max((near - far) / 2, 0.12) * 1.08
        self.far = self._slowly(self.far, middle - half)
        self.near = self._slowly(self.near, middle + half)


def working_size(width: int, height: int) -> Size:
    """The size at which cues are computed: the picture's shape, PIXELS at most."""
    scale = min(1.0, (PIXELS / (width * height)) ** 0.5)
    return max(1, round(width * scale)), max(1, round(height * scale))


def shrink(image: Image) -> tuple[np.ndarray, np.ndarray]:
    """A picture at the working size, float32 RGB 0..1, and its uint8 grey."""
    import cv2

    size = working_size(image.shape[1], image.shape[0])
    small = cv2.resize(image, size, interpolation=cv2.INTER_AREA)
    if small.dtype == np.uint16:
        small = (small // 256).astype(np.uint8)
    return small.astype(np.float32) / 255, cv2.cvtColor(small, cv2.COLOR_RGB2GRAY)
