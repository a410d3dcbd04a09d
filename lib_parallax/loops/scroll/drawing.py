"""Frames: each layer's strip at its exact place, things before the layer they stand in, overlays last."""

from __future__ import annotations

from dataclasses import dataclass, field

import numpy as np

from ...options import ScrollOptions
from ...types import Image, OnEvent, Size
from ...warp.backends import carrier
from ...warp.layers import Pane, composite
from ..computing import Computing
from ..source import scaled
from .overlay import overlaid
from .shape import Shape
from .strips import Reel
from .things import Placed
from .world import World

SHUTTER = 0.5  # of a frame's time, over which moments are mixed


@dataclass(frozen=True)
class Drawing:
    """How frames are drawn; `size` is that of the result's. `tell` hears of memory that runs out."""

    options: ScrollOptions
    shape: Shape
    world: World
    things: tuple[Placed, ...]
    size: Size
    tell: OnEvent | None = None
    reels: tuple[Reel, ...] = field(init=False)
    computing: Computing = field(init=False)

    def __post_init__(self) -> None:
        reels = []
        for strip, rows in zip(self.world.strips, self.world.rows, strict=True):
            width, height = self.world.size
            if rows is None:
                reels.append(Reel(strip, (width, height)))
                continue
            shown = np.flatnonzero(rows)
            top, bottom = int(shown[0]), int(shown[-1]) + 1
            reels.append(Reel(strip, (width, bottom - top), top, rows))
        object.__setattr__(self, "reels", tuple(reels))
        on = carrier(self.options.backend, self.options.device)
        object.__setattr__(self, "computing", Computing(on, self.tell))

    def frame(self, number: int) -> Image:
        """The picture of that number, uint8 [H, W, 3]."""
        moments = self.options.frame_blend
        step = SHUTTER / moments / float(self.shape.rate)
        start = number / float(self.shape.rate)
        if moments == 1:
            image = self.moment(self._time(start))
        else:
            mixed = np.full((self.world.size[1], self.world.size[0], 3), moments // 2, np.uint16)
            for moment in range(moments):
                mixed += self.moment(self._time(start + step * moment))
            image = (mixed // moments).astype(np.uint8)
        image = scaled(image, self.size)
        return overlaid(image, self.options, number, start, self.shape.seconds)

    def moment(self, seconds: float) -> Image:
        """The layers at a time."""
        panes: list[Pane] = []
        for layer in self.world.order:
            panes.append(self.reels[layer].pane(*self.world.motion.window(layer, seconds)))
            panes.extend(
                pane for thing in self.things if thing.layer == layer for pane in thing.panes(seconds)
            )
        return self.computing(lambda on: composite(panes, self.world.size, on.name, on.device))

    def _time(self, seconds: float) -> float:
        """Where in the scroll a moment of the result is: there and back again, or on and on."""
        if not self.options.ping_pong:
            return seconds
        half = self.shape.seconds / 2
        return half - abs(half - seconds % self.shape.seconds)
