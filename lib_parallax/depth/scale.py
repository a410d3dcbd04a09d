"""Raw inverse depth brought to 0..1, shot by shot.

A network's numbers mean nothing by themselves. Their range is taken from robust percentiles
over the frames ahead and then follows slowly, so that a near object that comes or goes
hardly moves what stays; no frame is ever scaled by its own extremes.
"""

from __future__ import annotations

from collections import deque
from collections.abc import Generator, Iterable, Iterator, Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np

from ..types import Depth, Frame

LOOK_AHEAD = 30
SLOWNESS = 0.99
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
    current: Range | None = (float(state["far"]), float(state["near"])) if state else None
    held: deque[_Held] = deque()
    for frame, depth in pairs:
        if frame.boundary and frame.boundary.cut:
            while held:
                current = yield from _emit(held, current, slowness)
            current = None
        if depth.range is not None:
            # An estimator's range is known or not for all frames alike, so nothing is overtaken.
            while held:
                current = yield from _emit(held, current, slowness)
            yield frame, depth if depth.range == (0.0, 1.0) else _by_range(depth)
            continue
        held.append(_Held(frame, depth, spread(depth.values)))
        if len(held) > look_ahead:
            current = yield from _emit(held, current, slowness)
    while held:
        current = yield from _emit(held, current, slowness)


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


def _emit(held: deque[_Held], current: Range | None, slowness: float) -> Generator[Pair, None, Range]:
    """Hands on the oldest held frame; returns the shot's range after it."""
    far = float(np.mean([h.spread[0] for h in held]))
    near = float(np.mean([h.spread[1] for h in held]))
    oldest = held.popleft()
    boundary = oldest.frame.boundary
    if boundary and not boundary.cut and current is not None:
        boundary.state["scale"] = {"far": current[0], "near": current[1]}
    if current is None:
        current = far, near
    else:
        current = (
            slowness * current[0] + (1 - slowness) * far,
            slowness * current[1] + (1 - slowness) * near,
        )
    yield oldest.frame, Depth(unit(oldest.depth.values, *current), oldest.depth.kind, (0.0, 1.0))
    return current


def _by_range(depth: Depth) -> Depth:
    assert depth.range is not None
    far, near = depth.range
    values = (depth.values - np.float32(far)) / np.float32((near - far) or 1)
    return Depth(np.clip(values, 0, 1).astype(np.float32, copy=False), depth.kind, (0.0, 1.0))
