"""Raw inverse depth brought to 0..1, shot by shot.

A network's numbers mean nothing by themselves. Their range is taken from robust percentiles of
the frames ahead, and then follows, slowly, the median of those of some seconds: what comes and
goes leaves the background where it is, and bends where it passes the range. No frame is ever
scaled by its own extremes.
"""

from __future__ import annotations

from collections import deque
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np

from ..types import Depth, Frame

LOOK_AHEAD = 30
AHEAD_BYTES = 300 << 20  # and never more than this
SLOWNESS = 0.996
MEMORY = 600  # frames whose median the range follows: what stays for less than half does not count
PERCENTILES = (2.0, 98.0)
# The shot's range is laid into this part of 0..1; what goes beyond is bent, not cut off.
ROOM = 0.06
SAMPLED = 40_000  # pixels that the percentiles are taken of

Pair = tuple[Frame, Depth]
Range = tuple[float, float]


def steady_range(
    pairs: Iterable[Pair],
    state: Mapping[str, Any] | None = None,
    look_ahead: int = LOOK_AHEAD,
    slowness: float = SLOWNESS,
) -> Iterator[Pair]:
    """The same frames with depth 0..1, `range=(0, 1)`, near still large.

    A Depth that brings its range along goes straight through, nothing held back. For others
    `look_ahead` frames are held, never past a cut. At a boundary that is no cut, what `state`
    needs to go on from there is left in `boundary.state["scale"]`; the frames ahead of it
    have to be fed again then.
    """
    shot = _Shot.restored(state, slowness)
    held: deque[_Held] = deque()
    for frame, depth in pairs:
        if frame.boundary and frame.boundary.cut:
            while held:
                yield shot.emit(held)
            shot = _Shot(slowness)
        if depth.range is not None:
            # An estimator's range is known or not for all frames alike, so nothing is overtaken.
            while held:
                yield shot.emit(held)
            yield frame, depth if depth.range == (0.0, 1.0) else _by_range(depth)
            continue
        held.append(_Held(frame, depth, spread(depth.values)))
        room = AHEAD_BYTES // (frame.image.nbytes + depth.values.nbytes)
        if len(held) > min(look_ahead, max(2, room)):
            yield shot.emit(held)
    while held:
        yield shot.emit(held)


def spread(values: np.ndarray) -> Range:
    """The range of a depth `[H, W]` without its outermost 2 % at either end; NaN and infinity left out."""
    step = max(1, int((values.size / SAMPLED) ** 0.5))
    sample = values[::step, ::step]
    sample = sample[np.isfinite(sample)]
    if not sample.size:
        return 0.0, 1.0
    far, near = np.percentile(sample, PERCENTILES)
    return float(far), float(near)


def unit(values: np.ndarray, far: float, near: float) -> np.ndarray:
    """`values` with `far` at ROOM and `near` at 1 - ROOM; beyond, bent so that order is kept in 0..1."""
    width = max(near - far, 1e-6 * max(abs(near), abs(far), 1e-6))
    # A pixel that is no number is put far, where it does least harm.
    clean = np.nan_to_num(values, nan=far, posinf=near, neginf=far)
    scaled = (clean - far) * np.float32((1 - 2 * ROOM) / width) + np.float32(ROOM)
    over = scaled > 1 - ROOM
    under = scaled < ROOM
    scaled[over] = 1 - ROOM + ROOM * np.tanh((scaled[over] - (1 - ROOM)) / ROOM)
    scaled[under] = ROOM - ROOM * np.tanh((ROOM - scaled[under]) / ROOM)
    return scaled.astype(np.float32, copy=False)


@dataclass(frozen=True)
class _Held:
    frame: Frame
    depth: Depth
    spread: Range


class _Shot:
    """The range of a shot, and the spreads of its last frames."""

    def __init__(self, slowness: float) -> None:
        self._slowness = slowness
        self._range: Range | None = None
        self._seen: deque[Range] = deque(maxlen=MEMORY)

    @classmethod
    def restored(cls, state: Mapping[str, Any] | None, slowness: float) -> _Shot:
        shot = cls(slowness)
        if state:
            shot._range = float(state["far"]), float(state["near"])
            shot._seen.extend((float(far), float(near)) for far, near in state["seen"])
        return shot

    def emit(self, held: deque[_Held]) -> Pair:
        """The oldest held frame, scaled by the range at its moment."""
        ahead = [h.spread for h in held]
        far, near = (float(v) for v in np.median([*self._seen, *ahead], axis=0))
        oldest = held.popleft()
        boundary = oldest.frame.boundary
        if boundary and not boundary.cut and self._range is not None:
            seen = [list(spread) for spread in self._seen]
            boundary.state["scale"] = {"far": self._range[0], "near": self._range[1], "seen": seen}
        if self._range is None:
            self._range = far, near
            # the shot's beginning speaks for as long as half the memory, so that a thing which
            # enters early is not soon in the majority
            self._seen.extend([self._range] * (MEMORY // 2))
        else:
            keep = self._slowness
            self._range = keep * self._range[0] + (1 - keep) * far, keep * self._range[1] + (1 - keep) * near
        self._seen.append(oldest.spread)
        return oldest.frame, Depth(unit(oldest.depth.values, *self._range), oldest.depth.kind, (0.0, 1.0))


def _by_range(depth: Depth) -> Depth:
    assert depth.range is not None
    far, near = depth.range
    values = (depth.values - np.float32(far)) / np.float32((near - far) or 1)
    return Depth(np.clip(values, 0, 1).astype(np.float32, copy=False), depth.kind, (0.0, 1.0))
