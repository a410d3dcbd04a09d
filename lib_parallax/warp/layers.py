"""Layers that slide over each other: panes laid into a frame at exact places, back to front."""

from __future__ import annotations

import math
from collections.abc import Sequence
from typing import Any, NamedTuple

import numpy as np

from ..errors import OptionError
from .arrays import device_of, plain, rows_of
from .backends import carrier
from .laid import Laid, laid

FARTHEST = 1e9  # pixels from the frame at which a pane may lie


class Pane(NamedTuple):
    """A picture with alpha, and where it lies in a frame.

    image  uint8 [h, w, 4] RGBA (torch also [4, h, w]), alpha not multiplied in. What has no alpha has no
           colour either: colours are averaged by their alpha
    x, y   where the centre of its first pixel lies, in pixels of the frame from the centre of that one's
    rows   [H], how much of the pane each row of the frame shows, 0..1; None: all of it everywhere
    """

    image: Any
    x: float
    y: float
    rows: Any = None


def composite(
    panes: Sequence[Pane], size: tuple[int, int], backend: str = "auto", device: str = "auto"
) -> Any:
    """The frame uint8 [H, W, 3] of `size` (width, height) that shows panes over black, the first behind.

    Between pixels a pane is sampled by cubic weights (Keys 1981, a = -1/2) at its exact place; at a whole
    one its pixels are copied. A pixel of the frame shows a pane if its centre lies within the pane's
    pixels; what is beyond is transparent, and nothing of it is mixed in at the edge.
    Comes back as the first image came in (numpy or torch, channels last or first); without any pane, as
    numpy. What other panes hide is not computed. Raises OptionError for what does not fit.
    """
    width, height = _checked(size)
    if not panes:
        return np.zeros((height, width, 3), np.uint8)
    place = device_of(panes[0].image) if device == "auto" else device
    on = carrier(backend, place)
    ready, restores = [], []
    for number, pane in enumerate(panes):
        image, restore = rows_of(pane.image)
        ready.append(_laid(number, pane, image, on.enter(image), (width, height)))
        restores.append(restore)
    return restores[0](on.leave(on.primitives.composite(ready, (width, height))))


def _laid(number: int, pane: Pane, image: np.ndarray, entered: Any, size: tuple[int, int]) -> Laid:
    name = f"pane {number}"
    if image.shape[2] != 4 or image.dtype != np.uint8:
        raise OptionError(f"{name}: {image.shape[2]} channels of {image.dtype}, not four of uint8", "panes")
    if not all(math.isfinite(at) and abs(at) <= FARTHEST for at in (pane.x, pane.y)):
        raise OptionError(f"{name}: ({pane.x}, {pane.y}) is no place in pixels", "panes")
    if pane.rows is None:
        rows = np.ones(size[1], np.float32)
    else:
        rows = plain(pane.rows)
        if rows.shape != (size[1],):
            raise OptionError(f"{name}: rows {rows.shape}, where the frame has {size[1]}", "panes")
        if not np.isfinite(rows).all():
            raise OptionError(f"{name}: not all of its rows are finite numbers", "panes")
        rows = rows.clip(0, 1)
    return laid(entered, (image.shape[0], image.shape[1]), float(pane.x), float(pane.y), rows, size)


def _checked(size: tuple[int, int]) -> tuple[int, int]:
    width, height = size
    if width < 1 or height < 1 or width != int(width) or height != int(height):
        raise OptionError(f"size: {width}x{height} is not a size in whole pixels", "size")
    return int(width), int(height)
