"""The classic showcase: source, frame-by-frame img2img and the result, side by side."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace

import numpy as np

from ...options import AnimateOptions
from ...types import Image
from ..store import MemoryStore
from ..wording import Wording
from .choosing import Key
from .painting import KeyPainter


def panes(options: AnimateOptions) -> int:
    """How many pictures a frame of the result shows."""
    if not options.compare:
        return 1
    return 2 if options.stylised is not None else 3


def beside(*pictures: Image) -> Image:
    """Pictures of one size from left to right."""
    return np.concatenate(pictures, axis=1)


def alone_by(painter: KeyPainter, words: Callable[[int], Wording]) -> Callable[[int], Image]:
    """Paints the frame of a number by itself, as if it were the only key, in the words nearest to it."""

    def alone(number: int) -> Image:
        single = replace(
            painter,
            options=replace(painter.options, grid=1, tags=False),
            worded=lambda number, index: words(index),
            keys=(Key(number, True),),
            store=MemoryStore(),
            carried=None,
            tell=lambda event: None,
        )
        single.paint()
        image = single.kept(number)
        assert image is not None
        return image

    return alone
