"""A picture at its own size and at halves of it, each made when it is first asked for."""

from __future__ import annotations

import math
from typing import Any

from .backends import Carrier
from .placed import WIDEST, WIDEST_TURNED, Placed
from .similarity import Similarity


class Pyramid:
    """Area-filtered halves of a picture [h, w, 3] of integers, kept on a carrier."""

    def __init__(self, image: Any, on: Carrier):
        self.size = (image.shape[1], image.shape[0])
        self._on = on
        self._levels = [on.enter(image)]

    def level(self, number: int) -> Any:
        """The picture halved `number` times."""
        while len(self._levels) <= number:
            self._levels.append(self._on.primitives.halve(self._levels[-1]))
        return self._levels[number]

    def placed(
        self, place: Similarity, feather: float = 0.0, opacity: float = 1.0, endless: bool = False
    ) -> Placed:
        """The picture laid where `place` takes the frame's pixels to its own, from the finest fitting level.

        feather  in its own pixels; `endless` repeats its edge instead
        """
        widest = WIDEST if place.turn.imag == 0 else WIDEST_TURNED
        level = level_for(place.scale, widest)
        shrink = 0.5**level
        extent = None if endless else (self.size[0] * shrink, self.size[1] * shrink)
        return Placed(self.level(level), Similarity(shrink) @ place, extent, feather * shrink, opacity)


def level_for(scale: float, widest: float) -> int:
    """The finest level of which a pixel of the frame spans at most `widest` pixels.

    scale  how many it spans of the picture itself
    """
    return max(math.ceil(math.log2(scale / widest)), 0)
