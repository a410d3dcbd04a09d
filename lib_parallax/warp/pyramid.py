"""A picture at its own size and at halves of it, each made when it is first asked for."""

from __future__ import annotations

import math
from typing import Any

from .backends import Carrier


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


def level_for(scale: float, widest: float) -> int:
    """The finest level of which a pixel of the frame spans at most `widest` pixels.

    scale  how many it spans of the picture itself
    """
    return max(math.ceil(math.log2(scale / widest)), 0)
