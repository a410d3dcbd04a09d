"""Layers by words, from far to near: a segmenter finds them, in the first picture and in all that follow.

What no words find lies behind them all.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Protocol

import numpy as np

from ....errors import OptionError
from ....media.masks import NamedMask
from ....types import Image, Mask
from . import DepthOf
from .by_masks import BACKGROUND, ByMasks, claimed, ranks_from
from .mattes import continued, ranks_of, snapped

FINENESS = 256  # cells of a segmenter's own masks along the longer side
AGREEMENT = 0.6  # of known pixels that must be found again as what they are, for the new ones to be believed


class Segmenter(Protocol):
    """Who finds things by words."""

    def masks(self, image: Image, prompts: Sequence[str]) -> np.ndarray:
        """One mask for each prompt, float32 [n, h, w] 0..1; all 0 for what is not there."""
        ...


class ByWords(ByMasks):
    """A Cutter. The other parameters are those of ByMasks."""

    field = "layer_prompts"

    def __init__(
        self,
        prompts: Sequence[str],
        segmenter: Segmenter,
        toward: tuple[float, float] = (-1.0, 0.0),
        soft: float = 4.0,
        order: Sequence[int] | None = None,
        depth_of: DepthOf | None = None,
    ) -> None:
        super().__init__((), toward, soft, order, depth_of)
        self._prompts, self._segmenter = tuple(prompts), segmenter

    def first(self, picture: Image) -> np.ndarray:
        found = found_by_words(picture, self._prompts, self._segmenter, self.field)
        return self._cut(picture, found, fineness(picture))

    def more(self, picture: Image, mattes: np.ndarray, new: Mask) -> np.ndarray:
        """Found again; where what is known is not, the new land goes on as the known edge ends."""
        if not new.any() or new.all():
            return mattes
        labels = np.argmax(claimed(list(self._segmenter.masks(picture, self._prompts))), axis=0)
        if BACKGROUND not in self.names:
            labels = np.maximum(labels - 1, 0)
        known = ranks_of(mattes, self._order)
        found = ranks_from(labels, self._order)
        if (found == known)[~new].mean() < AGREEMENT:
            return super().more(picture, mattes, new)
        found = snapped(np.where(new, found, known), picture, fineness(picture), new)
        return continued(found, known, mattes, new, self._order, self._soft)


def found_by_words(
    picture: Image, prompts: Sequence[str], segmenter: Segmenter, field: str
) -> list[NamedMask]:
    """What each of the prompts finds. Raises OptionError, naming `field`, where one finds nothing."""
    found = [NamedMask(*pair) for pair in zip(prompts, segmenter.masks(picture, prompts), strict=True)]
    for words, mask in found:
        if not (mask >= 0.5).any():
            raise OptionError(f"{field}: nothing in the picture was found to be {words!r}", field)
    return found


def fineness(picture: Image) -> int:
    """Pixels that one cell of a segmenter's mask covers, and half of it more."""
    return max(2, round(1.5 * max(picture.shape[:2]) / FINENESS))
