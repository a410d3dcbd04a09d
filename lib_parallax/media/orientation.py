"""Turning pictures upright: display matrices of video, EXIF orientation of photographs.

Both name one of the eight ways to lay a rectangle on itself; here that is a transpose followed by mirrors.
"""

from __future__ import annotations

import struct
from dataclasses import dataclass

import numpy as np


@dataclass(frozen=True)
class Orientation:
    """Rows and columns swapped first, then columns mirrored, then rows mirrored."""

    transpose: bool = False
    mirror_x: bool = False
    mirror_y: bool = False

    def apply(self, image: np.ndarray) -> np.ndarray:
        """The upright picture of `[H, W, ...]`, contiguous."""
        if self.transpose:
            image = image.swapaxes(0, 1)
        if self.mirror_x:
            image = image[:, ::-1]
        if self.mirror_y:
            image = image[::-1]
        return np.ascontiguousarray(image)

    def size(self, width: int, height: int) -> tuple[int, int]:
        return (height, width) if self.transpose else (width, height)

    @property
    def rotation(self) -> int:
        """Clockwise degrees, for pictures that are only rotated (a mirrored one says that of its rows)."""
        if self.transpose:
            return 270 if self.mirror_y else 90
        return 180 if self.mirror_y else 0


UPRIGHT = Orientation()

EXIF = {
    1: UPRIGHT,
    2: Orientation(False, True, False),
    3: Orientation(False, True, True),
    4: Orientation(False, False, True),
    5: Orientation(True, False, False),
    6: Orientation(True, True, False),
    7: Orientation(True, True, True),
    8: Orientation(True, False, True),
}


def from_display_matrix(data: bytes) -> Orientation:
    """Orientation of FFmpeg's display matrix (nine native int32), angles taken to the nearest 90 degrees.

    A pixel (p, q) is shown at (a p + c q, b p + d q), y down.
    """
    if len(data) < 36:
        return UPRIGHT
    a, b, _, c, d = struct.unpack_from("=5i", data)
    if abs(b) + abs(c) > abs(a) + abs(d):
        return Orientation(True, c < 0, b < 0)
    return Orientation(False, a < 0, d < 0)
