"""Filling what no key shows, and nothing else: pixels outside of the holes are never touched.

The source shows what is there, only in other colours. So every hole is first closed with the source
recoloured as its surroundings were (a linear law of colours, local as in He, Sun and Tang's guided filter
2010), fitted at its border. Large holes then go through the generator from that start.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property

import cv2
import numpy as np

from ...generate import Generator, Inpaint, classical
from ...generate.seam import RING, lay_in
from ...generate.spread import spread
from ...options import AnimateOptions
from ...types import CancelToken, Image, Mask, Size
from ..failing import failing
from ..source import scaled
from ..wording import Wording
from .numbers import Numbers
from .painting import keyframe_size

REACH = 0.06  # of the shorter side: how far around a pixel colours are compared
STIFFNESS = 1500.0  # squared levels: surroundings of less contrast follow the law of the whole picture
USUAL_STIFFNESS = 25.0  # and a picture of less contrast none
FEATHER = 0.01  # of the shorter side: how far into a hole what differs at its border fades out
COARSE = 96  # shorter side at which the law is found


@dataclass(frozen=True)
class Filled:
    """A frame without holes, and how many of its pixels were closed from around and painted."""

    image: Image
    closed: int
    painted: int


@dataclass(frozen=True)
class Filler:
    """Fills the frames of one clip.

    generator  paints the holes that are large enough, at the size of the keys; without one, or
               without a model, all are closed
    over       its numbers over the frames; left out, of a clip of unknown length
    """

    options: AnimateOptions
    generator: Generator | None = None
    cancel: CancelToken | None = None
    over: Numbers | None = None

    @cached_property
    def _numbers(self) -> Numbers:
        return self.over or Numbers(self.options)

    def fill(self, index: int, image: Image, holes: Mask, source: Image, words: Wording) -> Filled:
        """A frame with its holes filled; every other pixel is that of `image`.

        index   of the frame
        image   uint8 `[H, W, 3]`
        holes   bool `[H, W]`
        source  the source's frame, uint8 of any size
        words   of the key that is nearest

        Raises what the generator raises, with the frame named.
        """
        if not holes.any():
            return Filled(image, 0, 0)
        closed = close(image, holes, source)
        denoise = self._numbers.hole_denoise(index)
        large = self._large(holes) if denoise else np.zeros_like(holes)
        painted = int(large.sum())
        if self.generator is not None and painted:
            with failing(f"frame {index}", 0):
                closed = self._painted(self.generator, closed, large, words, index)
        return Filled(closed, int(holes.sum()) - painted, painted)

    def _large(self, holes: Mask) -> Mask:
        """The holes that the generator paints."""
        # The one without a model heeds what is around a hole, not what it starts from.
        able = (
            self.generator is not None
            and self.generator.name != classical.NAME
            and self.generator.capabilities().inpaint
        )
        if not able:
            return np.zeros_like(holes)
        _, labels, about, _ = cv2.connectedComponentsWithStats(holes.astype(np.uint8), connectivity=8)
        large = about[:, cv2.CC_STAT_AREA] >= self.options.paint_from / 100 * holes.size
        large[0] = False  # what is no hole
        return np.asarray(large[labels])

    def _painted(self, generator: Generator, start: Image, holes: Mask, words: Wording, index: int) -> Image:
        mask = holes.astype(np.float32)
        size = start.shape[1], start.shape[0]
        painted_size = keyframe_size(self.options, size)
        request = Inpaint(
            scaled(start, painted_size),
            (scaled(mask, painted_size) > 0).astype(np.float32),
            content="original",
            strength=self._numbers.hole_denoise(index),
            feather=_feather(painted_size),
            sampling=self._numbers.sampling(index, 0, policy="fixed"),
            checkpoint=self.options.inpaint_checkpoint or "",
            **words.asked(),
        )
        painted = generator.inpaint(request, self.cancel)
        if size == painted_size:
            return np.where(holes[..., None], painted, start)
        return lay_in(start, scaled(painted, size), mask, _feather(size))


def close(image: Image, holes: Mask, source: Image) -> Image:
    """`image` with its holes closed by the source in the colours of their surroundings; uint8 `[H, W, 3]`."""
    size = image.shape[1], image.shape[0]
    source = scaled(source, size)
    if holes.all():
        return source.copy()
    top, bottom, left, right = _around(holes, margin=RING + _feather(size))
    part = np.s_[top:bottom, left:right]
    recoloured = _recoloured(image, holes, source, part)
    result = image.copy()
    result[part] = lay_in(image[part], recoloured, holes[part].astype(np.float32), _feather(size))
    return result


def _recoloured(image: Image, holes: Mask, source: Image, part: tuple[slice, slice]) -> Image:
    """A part of the source in the colours of the image, by a law of colours around each pixel."""
    height, width = holes.shape
    law = _law(image, holes, source)
    columns = (np.arange(part[1].start, part[1].stop, dtype=np.float32) + 0.5) / width
    rows = (np.arange(part[0].start, part[0].stop, dtype=np.float32) + 0.5) / height
    x, y = np.meshgrid(columns * law.shape[1] - 0.5, rows * law.shape[0] - 0.5)
    made = np.empty((*x.shape, 3), np.float32)
    for channel in range(3):
        own = cv2.remap(law[..., channel, :], x, y, cv2.INTER_LINEAR, borderMode=cv2.BORDER_REPLICATE)
        made[..., channel] = (own[..., :3] * source[part]).sum(-1) + own[..., 3]
    return np.rint(made).clip(0, 255).astype(np.uint8)


def _law(image: Image, holes: Mask, source: Image) -> np.ndarray:
    """How the image's colours follow from the source's, in small: float32 `[h, w, 3, 4]`, for each channel
    the weights of the source's three and a constant; fitted where there is no hole."""
    height, width = holes.shape
    scale = min(1.0, COARSE / min(holes.shape))
    size = max(1, round(width * scale)), max(1, round(height * scale))
    known = cv2.resize((~holes).astype(np.float32), size, interpolation=cv2.INTER_AREA)
    x, y = (_known_means(picture, holes, known, size) for picture in (source, image))
    sigma = max(1.0, REACH * min(size))

    def mean(values: np.ndarray) -> np.ndarray:
        return cv2.GaussianBlur(values * known[..., None], (0, 0), sigma) / weight[..., None]

    weight = np.maximum(cv2.GaussianBlur(known, (0, 0), sigma), np.float32(1e-6))
    mean_x, mean_y = mean(x), mean(y)
    squares = mean((x[..., :, None] * x[..., None, :]).reshape(*x.shape[:2], 9)).reshape(*x.shape, 3)
    products = mean((x[..., :, None] * y[..., None, :]).reshape(*x.shape[:2], 9)).reshape(*x.shape, 3)
    squares -= mean_x[..., :, None] * mean_x[..., None, :]
    products -= mean_x[..., :, None] * mean_y[..., None, :]
    usual = _usual_slope(x, y, known)
    stiff = STIFFNESS * np.eye(3, dtype=np.float32)
    slope = np.linalg.solve(squares + stiff, products + stiff @ usual).swapaxes(-1, -2)
    constant = mean_y - (slope * mean_x[..., None, :]).sum(-1)
    law = np.concatenate([slope, constant[..., None]], -1).astype(np.float32)
    sure = np.minimum(1, weight * 4)
    return spread(law.reshape(*known.shape, 12), sure).reshape(*known.shape, 3, 4)


def _usual_slope(x: np.ndarray, y: np.ndarray, known: np.ndarray) -> np.ndarray:
    """The law's weights for the whole picture, float32 `[3, 3]`: of the source's channels, to the image's."""
    share = (known / known.sum())[..., None]
    off_x, off_y = x - (x * share).sum((0, 1)), y - (y * share).sum((0, 1))
    squares, products = (np.einsum("hwi,hwj->ij", off_x * share, off) for off in (off_x, off_y))
    return np.asarray(np.linalg.solve(squares + USUAL_STIFFNESS * np.eye(3), products).astype(np.float32))


def _known_means(picture: Image, holes: Mask, known: np.ndarray, size: Size) -> np.ndarray:
    """The picture in small, float32, nothing of its holes in it."""
    kept = np.where(holes[..., None], np.float32(0), picture.astype(np.float32))
    return (
        cv2.resize(kept, size, interpolation=cv2.INTER_AREA) / np.maximum(known, np.float32(1e-3))[..., None]
    )


def _around(holes: Mask, margin: int) -> tuple[int, int, int, int]:
    """The rows and columns that hold all holes and so many pixels around them."""
    rows, columns = np.flatnonzero(holes.any(1)), np.flatnonzero(holes.any(0))
    return (
        max(0, int(rows[0]) - margin), min(holes.shape[0], int(rows[-1]) + 1 + margin),
        max(0, int(columns[0]) - margin), min(holes.shape[1], int(columns[-1]) + 1 + margin),
    )  # fmt: skip


def _feather(size: Size) -> int:
    return max(2, round(FEATHER * min(size)))
