"""How bright pictures are and how fast they change, told frame by frame, and as curves over time."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from fractions import Fraction

import numpy as np

_SAMPLES = 96  # points along a picture's shorter side that are looked at
_MIDDLE = 0.5  # change a second, of full scale, at which pace is half of its most
_AROUND = 1.0  # s over which both are averaged
_STEP = 0.25  # s between two points of the curves
_LUMA = np.array([0.2126, 0.7152, 0.0722], np.float32)  # BT.709

Row = tuple[float, float, float | None]


class Watcher:
    """Looks at pictures one after another.

    rows  one a picture: its time in seconds, its mean brightness 0 to 1, and the mean absolute difference to
          the one before, None for the first
    """

    def __init__(self) -> None:
        self.rows: list[Row] = []
        self._last: np.ndarray | None = None

    def look(self, picture: np.ndarray, time: Fraction) -> None:
        seen = _reduced(picture)
        before, self._last = self._last, seen
        change = None if before is None else round(float(np.abs(seen - before).mean()), 6)
        self.rows.append((round(float(time), 6), round(float(seen.mean()), 6), change))


@dataclass(frozen=True)
class Pace:
    """Brightness `light` and `pace`, both float64 [n] from 0 to 1, at the times 0, STEP, 2 STEP, ... s."""

    light: np.ndarray
    pace: np.ndarray

    def at(self, time: float) -> tuple[float, float]:
        """(light, pace) there."""
        place, last = time / _STEP, len(self.light) - 1
        grid = np.arange(last + 1)
        return float(np.interp(place, grid, self.light)), float(np.interp(place, grid, self.pace))


def pace_of(rows: Sequence[Sequence[float | None]], seconds: float) -> Pace:
    """The curves of what a Watcher saw, over a result of so many seconds.

    Pace is c / (c + 0.5) of a change by c a second, so that a still picture has 0 whatever else there is,
    and it does not depend on how many frames a second are made of.
    """
    points = np.arange(0, seconds + _STEP, _STEP)
    if not rows:
        return Pace(np.full(len(points), 0.5), np.zeros(len(points)))
    times = np.array([row[0] for row in rows], np.float64)
    light = np.array([row[1] for row in rows], np.float64)
    gaps = np.diff(times, prepend=times[0])
    told = np.array([row[2] is not None for row in rows]) & (gaps > 0)
    speed = np.array([row[2] or 0.0 for row in rows]) / np.where(told, gaps, 1)
    speed = _around(times[told], speed[told], points)
    return Pace(_around(times, light, points), speed / (speed + _MIDDLE))


def _around(times: np.ndarray, values: np.ndarray, points: np.ndarray) -> np.ndarray:
    """The mean of the values within half of AROUND of each point; of the nearest where there is none."""
    if not len(times):
        return np.zeros(len(points))
    total = np.concatenate([[0.0], np.cumsum(values)])
    first = np.searchsorted(times, points - _AROUND / 2)
    last = np.searchsorted(times, points + _AROUND / 2)
    first = np.minimum(first, len(times) - 1)
    last = np.maximum(last, first + 1)
    return np.asarray((total[last] - total[first]) / (last - first))


def _reduced(picture: np.ndarray) -> np.ndarray:
    """Brightness 0 to 1, float32, of every n-th point of a picture [H, W], [H, W, 3] or [H, W, 4]."""
    step = max(1, min(picture.shape[:2]) // _SAMPLES)
    points = picture[::step, ::step]
    scale = np.float32(1 / np.iinfo(points.dtype).max if points.dtype.kind == "u" else 1)
    points = points.astype(np.float32) * scale
    return points if points.ndim == 2 else points[..., :3] @ _LUMA
