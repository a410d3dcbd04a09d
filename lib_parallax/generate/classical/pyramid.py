"""A picture with a hole at every size that `patches` works at, ready for its kernels.

Beside its colours every pixel has how rough it is around there along x and along y, measured at
full size, so that patches are told apart by texture where little of it is left to see.
"""

from __future__ import annotations

import math
from dataclasses import dataclass

import numpy as np

from ..spread import halved
from .patches_kernel import CHANNELS

COARSEST = 32  # pixels: the sides of the coarsest level are, in the mean, this or up to twice as long
NARROWEST = 16  # pixels that a side has at least, where the picture has them
FEWEST = 32  # patches to copy from, for a coarser level to make sense
AROUND = 6.0  # pixels of standard deviation over which roughness is taken
ROUGHNESS = 4.0  # how much it counts beside a colour


@dataclass
class Level:
    """One size, with a rim of `radius` pixels that lies outside the picture.

    target  int16 `[H, W * CHANNELS]`; what is under the hole is to be painted
    source  int16 `[H, 2 * W * CHANNELS]`: the target as it came, and mirrored beside it
    hole    bool `[H, W]`; `inside` bool `[H, W]`, what is picture at all
    usable  bool `[H, 2 * W]`: centres of source patches that are known throughout
    """

    target: np.ndarray
    source: np.ndarray
    hole: np.ndarray
    inside: np.ndarray
    usable: np.ndarray
    radius: int

    @property
    def numbers(self) -> int:
        """How many numbers a patch is made of."""
        return (2 * self.radius + 1) ** 2 * CHANNELS

    def colours(self, shape: tuple[int, ...]) -> np.ndarray:
        """What is painted, int16 `[H, W, 3]` of `shape` (height, width)."""
        pixels = self.target.reshape(*self.hole.shape, CHANNELS)[self.radius :, self.radius :, :3]
        return pixels[: shape[0], : shape[1]]


def levels(image: np.ndarray, hole: np.ndarray, radius: int) -> list[Level]:
    """Coarse to fine, each twice the size of the one before; [] where nothing can be copied from.

    image  `[H, W, 3]` of any numbers about 0..255; hole  bool `[H, W]`
    """
    height, width = hole.shape
    side = math.isqrt(height * width) // COARSEST, min(height, width) // NARROWEST
    depth = max(1, min(side).bit_length())
    # Padded to whole multiples first, the mirrored half scales as exactly as the other.
    unit = 2 ** (depth - 1)
    pad = ((0, -height % unit), (0, -width % unit))
    known = np.pad((~hole).astype(np.float32), pad)
    inside = np.pad(np.ones(hole.shape, np.float32), pad)
    pixels = np.pad(image.astype(np.float32), (*pad, (0, 0)))
    pixels = np.concatenate([pixels, _roughness(pixels, known) * np.float32(ROUGHNESS)], axis=2)
    found: list[Level] = []
    while True:
        level = _level(pixels, known, inside, radius)
        if level.usable.sum() < (FEWEST if found else 1):
            break
        found.insert(0, level)
        if len(found) == depth:
            break
        share = halved(known)
        pixels = halved(pixels * known[..., None]) / np.maximum(share, np.float32(1e-6))[..., None]
        inside = np.ceil(halved(inside))
        known = (share >= 0.5).astype(np.float32)
    return found


def square(radius: int) -> np.ndarray:
    """A patch's pixels, for the morphology of cv2."""
    return np.ones((2 * radius + 1, 2 * radius + 1), np.uint8)


def _level(pixels: np.ndarray, known: np.ndarray, inside: np.ndarray, radius: int) -> Level:
    import cv2

    rim = (radius, radius)
    rows = np.pad(np.rint(pixels * known[..., None]).astype(np.int16), (rim, rim, (0, 0)))
    whole, sure = np.pad(inside > 0, radius), np.pad(known > 0, radius)
    usable = cv2.erode(sure.astype(np.uint8), square(radius), borderValue=0) > 0
    height = len(rows)
    return Level(
        target=rows.reshape(height, -1),
        source=np.concatenate([rows, rows[:, ::-1]], axis=1).reshape(height, -1),
        hole=whole & ~sure,
        inside=whole,
        usable=np.concatenate([usable, usable[:, ::-1]], axis=1),
        radius=radius,
    )


def _roughness(pixels: np.ndarray, known: np.ndarray) -> np.ndarray:
    """Mean absolute slope along x and y around each pixel, `[H, W, 2]`, of what is known."""
    import cv2

    light = pixels.mean(axis=2)
    slope = np.zeros((*light.shape, 4), np.float32)
    slope[:, 1:, 2] = known[:, 1:] * known[:, :-1]
    slope[1:, :, 3] = known[1:] * known[:-1]
    slope[:, 1:, 0] = np.abs(np.diff(light, axis=1)) * slope[:, 1:, 2]
    slope[1:, :, 1] = np.abs(np.diff(light, axis=0)) * slope[1:, :, 3]
    mean = cv2.GaussianBlur(slope, (0, 0), AROUND)
    return mean[..., :2] / np.maximum(mean[..., 2:], np.float32(1e-6))


def mean_colours(pixels: np.ndarray, inside: np.ndarray, radius: int) -> np.ndarray:
    """Of the patch around every pixel, int16 `[H, W, 3]`, as far as it lies `inside` `[H, W]`."""
    import cv2

    side = (2 * radius + 1, 2 * radius + 1)
    colours = pixels.reshape(*inside.shape, CHANNELS)[..., :3].astype(np.float32)
    sums = cv2.blur(colours * inside[..., None], side)
    share = cv2.blur(inside.astype(np.float32), side)
    return np.rint(sums / np.maximum(share, np.float32(1e-6))[..., None]).astype(np.int16)
