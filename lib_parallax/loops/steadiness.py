"""How steady depth is over time, and how much of its range each shot uses.

Depth is followed along optical flow on small pictures: what changes in a place that is seen
in both frames is change of depth, whether by flicker or because the thing came nearer.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from typing import Any

import numpy as np

from ..flow import load as load_flow
from ..flow.dis import to_grey
from ..types import Image
from ..warp import occlusion, warp_flow

WIDTH = 160
BINS = 256
EXTREME = 0.005  # share of pixels left out at either end of a range
FLAT = 0.1  # of the range: a shot with less is a poster
RESTLESS = 0.02  # change a frame that is seen as flicker


@dataclass
class _Shot:
    first: int
    frames: int = 0
    change: float = 0.0
    followed: int = 0
    histogram: np.ndarray = field(default_factory=lambda: np.zeros(BINS, np.int64))

    def figures(self) -> dict[str, Any]:
        counts = np.cumsum(self.histogram)
        ends = np.searchsorted(counts, [EXTREME * counts[-1], (1 - EXTREME) * counts[-1]])
        far, near = (round(float(end) / (BINS - 1), 3) for end in ends)
        change = round(self.change / self.followed, 5) if self.followed else None
        return {"first_frame": self.first, "frames": self.frames, "far": far, "near": near, "change": change}


class Steadiness:
    """Accumulates the report of one job, frame by frame."""

    name = "steadiness"

    def __init__(self) -> None:
        self._finished: list[dict[str, Any]] = []
        self._shot = _Shot(0)
        self._grey: np.ndarray | None = None
        self._depth: np.ndarray | None = None
        self._flow = load_flow("dis-ultrafast")

    def add(self, image: Image, depth: np.ndarray, cut: bool) -> None:
        """Counts a frame: its picture [H, W, 3], its depth 0..1 [H, W], whether it begins a shot."""
        if cut:
            self._finish_shot()
        shot = self._shot
        grey, small = _small(image, depth)
        shot.frames += 1
        bins = np.rint(np.clip(small, 0, 1) * (BINS - 1)).astype(np.int64)
        shot.histogram += np.bincount(bins.ravel(), minlength=BINS)
        if self._grey is not None and self._depth is not None:
            back = self._flow(grey, self._grey)
            seen = ~occlusion(back, self._flow(self._grey, grey))
            if seen.any():
                before = warp_flow(self._depth, back, "linear")
                shot.change += float(np.abs(small - before)[seen].mean())
                shot.followed += 1
        self._grey, self._depth = grey, small

    def _finish_shot(self) -> None:
        self._grey = self._depth = None
        if self._shot.frames:
            self._finished.append(self._shot.figures())
            self._shot = _Shot(self._shot.first + self._shot.frames)

    def report(self) -> dict[str, Any]:
        """The figures so far, ready for JSON: "shots" and "lines", the sentences for people.

        Of each shot: its first frame and number of frames, the far and near end of its depth
        0..1, and "change", the mean change of depth a frame along the motion (None for one frame).
        """
        finished = [*self._finished, self._shot.figures()] if self._shot.frames else self._finished
        shots: list[dict[str, Any]] = [{"number": n, **shot} for n, shot in enumerate(finished, 1)]
        return {"frames": sum(s["frames"] for s in shots), "shots": shots, "lines": _lines(shots)}

    def state(self) -> dict[str, Any]:
        """Everything counted so far, for `restore` in another process."""
        shot = self._shot
        return {
            "finished": [dict(figures) for figures in self._finished],
            "shot": [shot.first, shot.frames, shot.change, shot.followed],
            "histogram": shot.histogram.copy(),
            "grey": self._grey,
            "depth": self._depth,
        }

    def restore(self, state: dict[str, Any]) -> None:
        """Goes on from what `state` gave."""
        self._finished = [dict(figures) for figures in state["finished"]]
        first, frames, change, followed = state["shot"]
        histogram = np.array(state["histogram"], np.int64)
        self._shot = _Shot(int(first), int(frames), float(change), int(followed), histogram)
        self._grey, self._depth = state["grey"], state["depth"]

    def follow(self, later: Mapping[str, Any]) -> None:
        """Adds the `state` of another that began anew, at the cut that ended what this one counted."""
        self._finish_shot()
        before, other = self._shot.first, Steadiness()
        other.restore(dict(later))
        self._finished += [{**shot, "first_frame": before + shot["first_frame"]} for shot in other._finished]
        self._shot = replace(other._shot, first=before + other._shot.first)
        self._grey, self._depth = other._grey, other._depth


def _small(image: Image, depth: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    import cv2

    height, width = depth.shape
    small = min(WIDTH, width)
    size = (small, max(1, round(height * small / width)))
    grey = cv2.resize(to_grey(image), size, interpolation=cv2.INTER_AREA)
    return grey, cv2.resize(depth, size, interpolation=cv2.INTER_AREA)


def _lines(shots: list[dict[str, Any]]) -> list[str]:
    if not shots:
        return ["No frame was read."]
    far, near = min(s["far"] for s in shots), max(s["near"] for s in shots)
    lines = [f"Depth reaches from {far:g} to {near:g}, of 0 (far) to 1 (near)."]
    moving = [s for s in shots if s["change"] is not None]
    if moving:
        weight = sum(s["frames"] - 1 for s in moving)
        mean = sum(s["change"] * (s["frames"] - 1) for s in moving) / max(1, weight)
        worst = max(moving, key=lambda s: s["change"])
        most = f", {100 * worst['change']:.2f} % in shot {worst['number']}" if len(moving) > 1 else ""
        lines.append(
            f"Followed along the motion depth changes by {100 * mean:.2f} % of its range a frame{most}."
        )
        if worst["change"] > RESTLESS:
            lines.append("That is flicker, or things that come near quickly; --steadiness strong calms it.")
    flat = [s for s in shots if s["near"] - s["far"] < FLAT]
    if flat:
        which = f"shot {flat[0]['number']}" if len(shots) > 1 else "the picture"
        more = f" and {len(flat) - 1} more" if len(flat) > 1 else ""
        lines.append(f"There is hardly any depth in {which}{more}.")
    return lines
