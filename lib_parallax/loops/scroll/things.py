"""Things that were cut out of the picture, and where they are at a time: with the layer they stand in."""

from __future__ import annotations

import math
from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np

from ...types import Size
from ...warp.layers import Pane
from .motion import Motion, Vector, extent

EDGE = 2  # see-through pixels around a thing: what is between pixels fades into them


@dataclass(frozen=True)
class Placed:
    """A thing in a scroll.

    image   RGBA uint8 [h, w, 4]
    x, y    of its first pixel in the picture at time 0
    layer   that it stands in: it is drawn right before it
    speed   in which it moves, pixels a second (x right, y down)
    period  pixels (x, y) after which it comes again; None: it leaves for good
    """

    image: np.ndarray
    x: float
    y: float
    layer: int
    speed: Vector
    period: Vector | None
    size: Size

    @classmethod
    def of(
        cls,
        image: np.ndarray,
        x: int,
        y: int,
        layer: int,
        motion: Motion,
        size: Size,
        factor: float,
        repeats: bool,
    ) -> Placed:
        """A thing that moves with a layer of that motion through a picture of `size`.

        factor  of the layer's speed; in a perfect loop as near as whole laps come
        repeats whether it comes in again once it has left
        """
        padded = np.pad(image, ((EDGE, EDGE), (EDGE, EDGE), (0, 0)))
        height, width = padded.shape[:2]
        way, ring = motion.speeds[layer], motion.period(layer)
        if ring is not None:
            length = math.hypot(*ring)
            toward = (-ring[0] / length, -ring[1] / length)
            laps = max(1, round(motion.laps[layer]))
            return cls(
                padded, x - EDGE, y - EDGE, layer, _along(toward, way * round(factor * laps) / laps),
                (float(ring[0]), float(ring[1])), size,
            )  # fmt: skip
        again = extent(size, motion.toward) + extent((width, height), motion.toward)
        period = _along(motion.toward, again) if repeats else None
        return cls(padded, x - EDGE, y - EDGE, layer, _along(motion.toward, way * factor), period, size)

    def panes(self, seconds: float) -> Iterator[Pane]:
        """Where it is seen at a time, once or twice."""
        x, y = self.x + self.speed[0] * seconds, self.y + self.speed[1] * seconds
        if self.period is None:
            if self._within(x, y):
                yield Pane(self.image, x, y)
            return
        reach = max(math.hypot(x, y), *self.image.shape[:2]) + math.hypot(*self.size)
        most = math.ceil(reach / math.hypot(*self.period))
        for lap in range(-most, most + 1):
            at = x + lap * self.period[0], y + lap * self.period[1]
            if self._within(*at):
                yield Pane(self.image, *at)

    def _within(self, x: float, y: float) -> bool:
        height, width = self.image.shape[:2]
        return -width < x < self.size[0] and -height < y < self.size[1]


def _along(toward: Vector, length: float) -> Vector:
    return toward[0] * length, toward[1] * length
