"""A picture laid into a frame: where it comes to lie, how it fades at its edge, which rows it fills.

What the carriers need to draw it, worked out once in float64 so that all of them draw the same.
Lengths run from the corner of the first pixel: pixel j covers [j, j + 1).
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np

from .area import Taps, area_taps
from .similarity import Similarity

WIDEST = 7.0  # pixels of a picture that one of the frame may span, as many as twelve taps hold
WIDEST_TURNED = 3.0  # and eight by eight, where there is no going down first and along after


@dataclass(frozen=True)
class Placed:
    """One picture in a frame.

    image    [h, w, 3] on a carrier
    place    takes the frame to the picture, pixels to pixels; its scale at most WIDEST, or WIDEST_TURNED
    extent   (width, height) in the picture's pixels that belong to it; None: all there is, its edge
             repeated without end
    feather  pixels of the picture over which it fades in from its edge
    opacity  0..1
    """

    image: Any
    place: Similarity
    extent: tuple[float, float] | None = None
    feather: float = 0.0
    opacity: float = 1.0

    @property
    def straight(self) -> bool:
        return self.place.turn.imag == 0

    def columns(self, width: int) -> Taps:
        """What each column of a frame is made of, of a picture that is not turned."""
        return self._line(self.place.shift.real, width)

    def rows(self, height: int) -> Taps:
        return self._line(self.place.shift.imag, height)

    def _line(self, start: float, count: int) -> Taps:
        step = self.place.scale
        return area_taps(start + step * np.arange(count), step)

    def fades(self, size: tuple[int, int]) -> tuple[np.ndarray, np.ndarray]:
        """How much each column and each row shows, float32; their product is the pixel's share."""
        width, height = size
        x = self.place.shift.real + self.place.scale * (np.arange(width) + 0.5)
        y = self.place.shift.imag + self.place.scale * (np.arange(height) + 0.5)
        if self.extent is None:
            across, down = np.ones_like(x), np.ones_like(y)
        else:
            across, down = self.fade(x, self.extent[0]), self.fade(y, self.extent[1])
        return (across * self.opacity).astype(np.float32), down.astype(np.float32)

    def share(self, size: tuple[int, int]) -> np.ndarray:
        """How much of each pixel of the frame it is, float32 [H, W]."""
        if self.straight:
            across, down = self.fades(size)
            return down[:, None] * across
        if self.extent is None:
            return np.full(size[::-1], self.opacity, np.float32)
        x, y = self.centres(size)
        share = self.opacity * self.fade(x, self.extent[0]) * self.fade(y, self.extent[1])
        return share.astype(np.float32)

    def centres(self, size: tuple[int, int]) -> tuple[np.ndarray, np.ndarray]:
        """Where the frame's pixel centres lie in the picture, float64 [H, W] each."""
        z = (np.arange(size[0]) + 0.5) + 1j * (np.arange(size[1])[:, None] + 0.5)
        at = self.place.turn * z + self.place.shift
        return at.real, at.imag

    def fade(self, at: np.ndarray, length: float) -> np.ndarray:
        """The share at a distance from one end: 0 outside, 1 beyond the feather.

        The ramp is never steeper than one pixel of the frame, or the edge would show steps.
        """
        inside = np.minimum(at, length - at)
        t = np.clip((inside + self.place.scale / 2) / (self.feather + self.place.scale), 0, 1)
        return t * t * (3 - 2 * t)

    def visible(self, size: tuple[int, int]) -> np.ndarray:
        """From which column to which (exclusive) each row of the frame may show it, int32 [H, 2]."""
        return self._spans(size, -self.place.scale)

    def solid(self, size: tuple[int, int]) -> np.ndarray:
        """From which column to which each row hides all that lies below, int32 [H, 2]."""
        if self.opacity < 1:
            return np.zeros((size[1], 2), np.int32)
        return self._spans(size, self.feather + self.place.scale / 2 - 1e-6)

    def _spans(self, size: tuple[int, int], margin: float) -> np.ndarray:
        """The columns of every row whose centres lie at least `margin` inside the extent."""
        width, height = size
        low, high = np.zeros(height), np.full(height, width - 1.0)
        if self.extent is not None:
            turn, shift = self.place.turn, self.place.shift
            at = turn * (0.5 + 1j * (np.arange(height) + 0.5)) + shift
            for speed, begin, length in (
                (turn.real, at.real, self.extent[0]),
                (turn.imag, at.imag, self.extent[1]),
            ):
                if abs(speed) * width < 1e-9 or 2 * margin > length:
                    inside = (begin >= margin) & (begin <= length - margin)
                    low = np.where(inside, low, width)
                    continue
                one, two = (margin - begin) / speed, (length - margin - begin) / speed
                low = np.maximum(low, np.minimum(one, two))
                high = np.minimum(high, np.maximum(one, two))
        first = np.ceil(low - 1e-9).clip(0, width)
        end = (np.floor(high + 1e-9) + 1).clip(first, width)
        return np.stack([first, end], -1).astype(np.int32)
