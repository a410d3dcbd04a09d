"""Sizes a backend likes: pictures and masks are padded to them by mirroring, and results cropped back."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from ..types import Size


@dataclass(frozen=True)
class Padding:
    """How a picture of `size` lies in the middle of one of `padded`; both (width, height)."""

    size: Size
    padded: Size

    @property
    def _corner(self) -> tuple[int, int]:
        return (self.padded[0] - self.size[0]) // 2, (self.padded[1] - self.size[1]) // 2

    def pad(self, pixels: np.ndarray) -> np.ndarray:
        """`[H, W]` or `[H, W, C]` with what lies at its edges mirrored outwards, as often as it takes."""
        if self.size == self.padded:
            return pixels
        left, top = self._corner
        right = self.padded[0] - self.size[0] - left
        bottom = self.padded[1] - self.size[1] - top
        around = [(top, bottom), (left, right)] + [(0, 0)] * (pixels.ndim - 2)
        return np.pad(pixels, around, mode="symmetric")

    def crop(self, pixels: np.ndarray) -> np.ndarray:
        """What `pad` was given, out of the middle."""
        left, top = self._corner
        return np.ascontiguousarray(pixels[top : top + self.size[1], left : left + self.size[0]])


def padding(size: Size, multiple: int, least: int) -> Padding:
    """From `size` up to sides that are multiples of `multiple` and no shorter than `least`."""
    width, height = (-(-max(side, least) // multiple) * multiple for side in size)
    return Padding(size, (width, height))
