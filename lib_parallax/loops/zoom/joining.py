"""A perfect loop: each picture lies in the next, and the last in the first."""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence

import numpy as np

from ...types import Image
from .canvas import Inset, pasted


def join_ends(
    ring: Image,
    opened: Callable[[int], Image],
    insets: Sequence[Inset],
    masks: Sequence[np.ndarray],
    keep: Callable[[int, Image], None],
) -> None:
    """Puts a first picture whose middle has changed into all pictures around it, until none changes.

    ring    the first picture, with the last in its middle
    opened  the pictures by number as they were, each in the next
    insets  how each lies in the next, the last one's in the first
    masks   where each next one is its own; float32 [H, W]
    keep    is given every joined picture; a later call replaces an earlier one
    """
    inner = ring
    for _ in range(_rounds(insets)):
        for number in range(1, len(insets)):
            keep(number - 1, inner)
            inner = pasted(insets[number - 1].canvas(inner), opened(number), masks[number - 1])
        keep(len(insets) - 1, inner)
        inner = pasted(insets[-1].canvas(inner), ring, masks[-1])
    keep(0, inner)


def _rounds(insets: Sequence[Inset]) -> int:
    """After how many times around what changes is smaller than a pixel."""
    around = math.prod(inset.place.scale for inset in insets)
    return 1 + math.ceil(math.log(max(insets[0].size)) / math.log(around))
