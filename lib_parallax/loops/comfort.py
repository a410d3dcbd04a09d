"""How comfortable a 3D video is to watch, told in figures and sentences.

Disparities are in % of picture width relative to the screen, positive in front of it. Each
shot keeps one histogram while it lasts and six numbers afterwards, so memory grows with the
number of shots alone.

The limits: the eyes bear about one degree between where they focus (the screen) and where
they converge, which before a television (seen about 33 degrees wide) is 3 % of its width.
Broadcasters ask for the same 3 % as the whole range of a shot, with at most 2.5 % in front
even for a moment.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from typing import Any

import numpy as np

from .window import above_ground

RANGE_LIMIT = 3.0
FRONT_LIMIT = 2.5
BEHIND_LIMIT = 3.0
FLAT = 0.3

_REACH = 20.0
_STEP = 0.01
_BINS = round(2 * _REACH / _STEP) + 1
_EXTREME = 0.005
_SAMPLES = 1 << 16
_EDGE = 0.01
_EDGE_IN_FRONT = 0.2
_EDGE_SHARE = 0.05


@dataclass
class _Shot:
    first: int
    frames: int = 0
    fill: float = 0.0
    worst_fill: float = 0.0
    violations: int = 0
    histogram: np.ndarray = field(default_factory=lambda: np.zeros(_BINS, np.int64))

    def percentile(self, share: float) -> float:
        counts = np.cumsum(self.histogram)
        if not counts[-1]:
            return 0.0
        return int(np.searchsorted(counts, share * counts[-1])) * _STEP - _REACH

    def figures(self) -> dict[str, float]:
        frames = max(1, self.frames)
        nearest, farthest = self.percentile(1 - _EXTREME), self.percentile(_EXTREME)
        return {
            "first_frame": self.first,
            "frames": self.frames,
            "nearest": _round(nearest, 2),
            "farthest": _round(farthest, 2),
            "range": _round(nearest - farthest, 2),
            "fill_share": _round(self.fill / frames),
            "worst_fill_share": _round(self.worst_fill),
            "window_violations": _round(self.violations / frames),
        }


class Comfort:
    """Accumulates the report of one job, frame by frame.

    floating_window  the frames are masked where near things leave the picture, so the report
                     does not advise to do so
    """

    name = "comfort"

    def __init__(self, floating_window: bool = False) -> None:
        self._floating_window = floating_window
        self._finished: list[dict[str, float]] = []
        self._shot = _Shot(0)

    def add(self, disparity_percent: np.ndarray, fill_share: float, cut: bool) -> None:
        """Counts a frame.

        disparity_percent  `[H, W]`, % of width, + in front of the screen
        fill_share         0..1, how much of the synthesised picture had to be filled
        cut                this frame begins a new shot
        """
        if cut:
            self._finish_shot()
        shot = self._shot
        height, width = disparity_percent.shape
        stride = max(1, int((height * width / _SAMPLES) ** 0.5))
        sample = disparity_percent[::stride, ::stride].ravel()
        sample = sample[np.isfinite(sample)]
        bins = np.rint((np.clip(sample, -_REACH, _REACH) + _REACH) / _STEP).astype(np.int64)
        shot.histogram += np.bincount(bins, minlength=_BINS)
        shot.frames += 1
        shot.fill += float(fill_share)
        shot.worst_fill = max(shot.worst_fill, float(fill_share))
        shot.violations += breaks_window(disparity_percent)

    def _finish_shot(self) -> None:
        if self._shot.frames:
            self._finished.append(self._shot.figures())
            self._shot = _Shot(self._shot.first + self._shot.frames)

    def report(self) -> dict[str, Any]:
        """The figures so far, ready for JSON: "shots" (each with its first frame, number of
        frames, nearest and farthest disparity, range, fill share and window violations as
        shares), the same over all, and "lines", the sentences for people."""
        finished = [*self._finished, self._shot.figures()] if self._shot.frames else self._finished
        shots: list[dict[str, Any]] = [{"number": i, **shot} for i, shot in enumerate(finished, 1)]
        frames = sum(s["frames"] for s in shots)
        if not frames:
            return {"frames": 0, "shots": [], "lines": ["No frame was converted."]}
        totals = {
            "frames": frames,
            "nearest": max(s["nearest"] for s in shots),
            "farthest": min(s["farthest"] for s in shots),
            "widest_range": max(s["range"] for s in shots),
            "fill_share": _round(sum(s["fill_share"] * s["frames"] for s in shots) / frames),
            "worst_fill_share": max(s["worst_fill_share"] for s in shots),
            "window_violations": _round(sum(s["window_violations"] * s["frames"] for s in shots) / frames),
        }
        return {**totals, "shots": shots, "lines": self._lines(shots, totals)}

    def state(self) -> dict[str, Any]:
        """Everything counted so far, for `restore` in another process."""
        shot = self._shot
        return {
            "finished": [dict(figures) for figures in self._finished],
            "first": shot.first,
            "frames": shot.frames,
            "fill": shot.fill,
            "worst_fill": shot.worst_fill,
            "violations": shot.violations,
            "histogram": shot.histogram.copy(),
        }

    def restore(self, state: dict[str, Any]) -> None:
        """Goes on from what `state` gave."""
        self._finished = [dict(figures) for figures in state["finished"]]
        self._shot = _Shot(
            int(state["first"]), int(state["frames"]), float(state["fill"]), float(state["worst_fill"]),
            int(state["violations"]), np.array(state["histogram"], np.int64),
        )  # fmt: skip

    def follow(self, later: Mapping[str, Any]) -> None:
        """Adds the `state` of another that began anew, at the cut that ended what this one counted."""
        self._finish_shot()
        before, other = self._shot.first, Comfort()
        other.restore(dict(later))
        self._finished += [{**shot, "first_frame": before + shot["first_frame"]} for shot in other._finished]
        self._shot = replace(other._shot, first=before + other._shot.first)

    def _lines(self, shots: list[dict[str, Any]], totals: dict[str, Any]) -> list[str]:
        count = f"{len(shots)} shots" if len(shots) > 1 else "the one shot"
        near, far = _place(totals["nearest"]), _place(totals["farthest"])
        fill, worst = _percent(totals["fill_share"]), _percent(totals["worst_fill_share"])
        return [
            f"Over {count} depth reaches from {near} to {far}, in % of the picture's width.",
            f"{fill} of the synthesised picture was uncovered and had to be filled, {worst} at worst.",
            self._window_line(totals["window_violations"]),
            *_advice(shots, totals),
        ]

    def _window_line(self, share: float) -> str:
        if not share:
            return "Nothing in front of the screen is cut by its left or right edge."
        said = f"In {_percent(share)} of the frames something in front of the screen is cut by its edge"
        if self._floating_window:
            return said + ", which the floating window masks."
        return said + "; --floating-window or a lower --near-limit helps."


def breaks_window(disparity_percent: np.ndarray) -> bool:
    """Whether something in front of the screen touches the left or right edge: more than 5 %
    of the outermost hundredth of the columns, above the ground, is more than 0.2 % in front."""
    rows = above_ground(disparity_percent)
    edge = max(1, round(rows.shape[1] * _EDGE))
    sides = rows[:, :edge], rows[:, -edge:]
    return any(float(np.mean(side > _EDGE_IN_FRONT)) > _EDGE_SHARE for side in sides)


def _advice(shots: list[dict[str, Any]], totals: dict[str, Any]) -> list[str]:
    lines = []
    wide = [s for s in shots if s["range"] > RANGE_LIMIT]
    if wide:
        worst = max(wide, key=lambda s: s["range"])
        lines.append(
            f"The range passes {RANGE_LIMIT:g} % in {len(wide)} of {len(shots)} shots (most in shot "
            f"{worst['number']}, {worst['range']:g} %); for long viewing lower --strength."
        )
    if totals["nearest"] > FRONT_LIMIT:
        lines.append(
            f"Things stand out by more than {FRONT_LIMIT:g} %, which strains the eyes; lower --near-limit."
        )
    if totals["farthest"] < -BEHIND_LIMIT:
        lines.append(
            f"Things lie more than {BEHIND_LIMIT:g} % behind the screen, which can force the eyes apart "
            f"on a large screen; lower --far-limit."
        )
    if totals["widest_range"] < FLAT:
        lines.append("There is hardly any depth; raise --strength or give a better --depth.")
    return lines or ["Its disparities lie within what is comfortable on a television or in a headset."]


def _place(disparity: float) -> str:
    if abs(disparity) < _STEP / 2:
        return "the screen"
    return f"{abs(disparity):g} % {'in front of' if disparity > 0 else 'behind'} the screen"


def _percent(share: float) -> str:
    return f"{100 * share:.1f} %"


def _round(value: float, digits: int = 4) -> float:
    return round(float(value), digits) + 0.0
