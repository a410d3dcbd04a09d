"""Frames beside their depth: estimated for each, or for some and carried by flow in between."""

from __future__ import annotations

from collections import deque
from collections.abc import Iterable, Iterator
from itertools import pairwise
from typing import TYPE_CHECKING

import numpy as np

from ..flow.follow import Follower, Way
from ..types import Depth, Frame, Mask
from ..warp import compose_flow, warp_flow
from .carry import carried
from .temporal import small_grey

if TYPE_CHECKING:
    from . import Estimator

Pair = tuple[Frame, Depth]
APART = 0.04  # of the range: two depths of one point are no further apart


def paired(frames: Iterable[Frame], estimator: Estimator, every: int = 1) -> Iterator[Pair]:
    """Each frame beside its depth, in order.

    every  depth is estimated on every n-th frame of a shot and on every frame with a boundary;
           the frames between have the depths of both neighbours, carried to them by composed
           flow and blended by distance, each where the other cannot see. That many frames are
           held back, besides what the estimator itself reads ahead.
    """
    if every <= 1:
        yield from _each(frames, estimator)
        return
    keys: deque[Frame] = deque()
    between: dict[int, list[Frame]] = {}  # frames after the key of that number
    done = 0

    def chosen() -> Iterator[Frame]:
        count, number = 0, -1
        for frame in frames:
            if frame.boundary is not None or count % every == 0:
                count, number = 0, number + 1
                keys.append(frame)
                between[number] = []
                yield frame
            else:
                between[number].append(frame)
            count += 1

    previous: Pair | None = None
    for depth in estimator.stream(chosen()):
        key = keys.popleft()
        if previous is not None:
            after = None if key.boundary is not None and key.boundary.cut else (key, depth)
            yield previous
            yield from _carried(previous, between.pop(done), after)
            done += 1
        previous = key, depth
    if previous is not None:
        yield previous
        yield from _carried(previous, between.pop(done), None)


def _each(frames: Iterable[Frame], estimator: Estimator) -> Iterator[Pair]:
    waiting: deque[Frame] = deque()

    def passing() -> Iterator[Frame]:
        for frame in frames:
            waiting.append(frame)
            yield frame

    for depth in estimator.stream(passing()):
        yield waiting.popleft(), depth


def _carried(before: Pair, frames: list[Frame], after: Pair | None) -> Iterator[Pair]:
    """Depth of the frames between two keys."""
    if not frames:
        return
    follower = Follower("dis")
    ends = [before[0], *frames, *([after[0]] if after else [])]
    greys = [small_grey(frame.image) for frame in ends]
    ways = [
        follower.both(later, earlier, frame.extra.get("vectors"))
        for (earlier, later), frame in zip(pairwise(greys), ends[1:], strict=True)
    ]
    to_before = _chain([back for back, _ in ways])
    to_after = _chain([forth for _, forth in reversed(ways)])[::-1]
    for n, frame in enumerate(frames, 1):
        values, lost = _brought(before[1].values, to_before[n - 1])
        if after is not None:
            other, other_lost = _brought(after[1].values, to_after[n])
            share = np.full(values.shape, n / (len(frames) + 1), np.float32)
            share[lost & ~other_lost] = 1
            share[other_lost & ~lost] = 0
            # where the two disagree there is a step between them, and no depth in the middle of it
            apart = np.abs(other - values) > APART * max(float(np.ptp(values)), 1e-6)
            share = np.where(apart, np.rint(share), share).astype(np.float32)
            values = values + (other - values) * share
        yield frame, Depth(values, before[1].kind, before[1].range)


def _chain(ways: list[Way]) -> list[Way]:
    """Of ways each of which leads to where the one before it sets out: the ways to where the first leads."""
    chain: list[Way] = []
    for step in ways:
        way = step
        if chain:
            gone = warp_flow(chain[-1].lost.astype(np.float32), step.flow, "nearest") > 0.5
            way = Way(compose_flow(step.flow, chain[-1].flow), step.lost | gone)
        chain.append(way)
    return chain


def _brought(values: np.ndarray, way: Way) -> tuple[np.ndarray, Mask]:
    import cv2

    height, width = values.shape
    gone = cv2.resize(way.lost.astype(np.uint8), (width, height), interpolation=cv2.INTER_NEAREST)
    return carried(values, way.flow), gone > 0
