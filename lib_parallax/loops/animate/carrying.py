"""From stretches to finished frames: carried from the keys, filled, and laid over the source."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass, replace

import numpy as np

from ...options import AnimateOptions
from ...types import Frame, Image
from .between import Blend, Carried, Further, carry
from .compare import beside
from .healing import Healing
from .reading import SHARE
from .restrict import laid_over
from .retiming import STEP
from .stretches import Stretch


@dataclass(frozen=True)
class Carrying:
    """How stretches become frames.

    picture  of a key, by its frame
    keep     is given what becomes a key on the way, and its frame
    healing  closes the holes
    alone    a frame painted by itself, for the comparison; None where nothing paints
    """

    options: AnimateOptions
    picture: Callable[[int], Image]
    keep: Callable[[int, Image], None]
    healing: Healing
    alone: Callable[[int], Image] | None = None

    def frames(self, stretches: Iterable[Stretch]) -> Iterator[Frame]:
        """The frames of the result, with "holes", "source" and the motion to each from the one before."""
        for stretch in stretches:
            steps = [stretch.to_first, *stretch.steps]
            for offset, carried in enumerate(self._carried(stretch)):
                frame = stretch.frames[offset]
                number = stretch.span.first + offset
                boundary = None if frame.boundary is None else self.healing.noted(frame.boundary)
                styled = self.healing(number, carried, frame.image) if carried.holes.any() else carried.image
                if number > stretch.span.last:
                    self.keep(number, styled)
                    break
                share = frame.extra.get(SHARE)
                if share is not None:
                    styled = laid_over(frame.image, styled, share)
                extra = {"holes": carried.holes, "source": frame.image, STEP: steps[offset]}
                shown = self._shown(number, frame.image, styled)
                yield replace(frame, image=shown, extra=extra, boundary=boundary)

    def _carried(self, stretch: Stretch) -> Iterator[Carried]:
        pictures = [frame.image for frame in stretch.frames]
        around = stretch.span.before, stretch.span.after
        if around == (None, None):
            nothing = np.zeros(pictures[0].shape[:2], bool)
            yield from (Carried(picture, nothing) for picture in pictures)
            return
        first, last = (None if key is None else self.picture(key) for key in around)
        further = [Further(self.picture(key), steps, past) for key, steps, past in stretch.beyond]
        how = Blend(self.options.fusion, self.options.sharpen)
        yield from carry(pictures, stretch.steps, first, last, how, further)

    def _shown(self, number: int, source: Image, styled: Image) -> Image:
        if not self.options.compare:
            return styled
        middle = [] if self.alone is None else [self.alone(number)]
        return beside(source, *middle, styled)
