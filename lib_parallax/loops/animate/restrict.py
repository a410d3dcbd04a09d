"""Restyling a part of the picture only: inside or outside a mask, or within a range of depth."""

from __future__ import annotations

from collections.abc import Iterator
from itertools import chain, repeat
from pathlib import Path

import cv2
import numpy as np

from ...errors import OptionError
from ...media import Reader
from ...media.depth_source import open_depth
from ...options import AnimateOptions
from ...types import Depth, Image, Size

EDGE = 0.04  # of the depth range, over which its ends fade


def by_depth(options: AnimateOptions) -> bool:
    """Whether a range of depth is asked for."""
    return options.mask_near < 1 or options.mask_far > 0


def masks(options: AnimateOptions, size: Size, start: int = 0) -> Iterator[np.ndarray | None]:
    """For each frame from `start` on how much of a pixel is restyled, float32 [H, W] 0..1; None is all of it.

    A picture, or the last frame of a mask that is too short, holds for all frames that follow.
    """
    if options.mask is None:
        yield from repeat(None)
        return
    with _opened(options) as reader:
        first = 0 if reader.kind == "picture" else min(start, reader.count() - 1)
        kept: np.ndarray = np.zeros((1, 1), np.float32)
        for frame in reader.frames(first):
            kept = cv2.resize(frame.image, size, interpolation=cv2.INTER_LINEAR)
            kept = kept if options.mask_side == "inside" else 1 - kept
            yield kept
    yield from repeat(kept)


def check_mask(options: AnimateOptions) -> None:
    """Raises OptionError where the mask cannot be read, or the range of depth is empty."""
    if not options.mask_near > options.mask_far:
        raise OptionError(
            f"mask_near: {options.mask_near:g} is not above mask_far, {options.mask_far:g}", "mask_near"
        )
    if options.mask is not None:
        with _opened(options) as reader:
            next(chain(reader.frames()))


def _opened(options: AnimateOptions) -> Reader:
    assert options.mask is not None
    return open_depth(Path(options.mask).expanduser())


def in_range(depth: Depth, options: AnimateOptions) -> np.ndarray:
    """How much of a pixel lies within the range of depth, float32 [H, W] 0..1."""
    values = depth.values
    inside = np.ones_like(values)
    if options.mask_near < 1:
        inside *= np.clip((options.mask_near - values) / EDGE + 0.5, 0, 1)
    if options.mask_far > 0:
        inside *= np.clip((values - options.mask_far) / EDGE + 0.5, 0, 1)
    return inside


def laid_over(source: Image, styled: Image, share: np.ndarray) -> Image:
    """`styled` where `share` [H, W] is 1 and `source` where it is 0, each bit for bit; uint8 [H, W, 3]."""
    soft = share[..., None]
    return np.rint(source + (styled.astype(np.float32) - source) * soft).astype(np.uint8)
