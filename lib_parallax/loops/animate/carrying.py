"""From stretches to finished frames: carried from the keys, filled, and laid over the source."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass, replace

import numpy as np

from ...flow.reach import turned
from ...options import AnimateOptions
from ...types import Frame, Image
from .between import Blend, Carried, carry
from .compare import beside
from .reading import SHARE
from .restrict import laid_over
from .retiming import STEP
from .stretches import Stretch

# A frame without holes, from its number, what was carried, and the source's picture.
Fill = Callable[[int, Carried, Image], Image]


@dataclass(frozen=True)
class Carrying:
    """How stretches become frames.

    picture  of a key, by its frame
    keep     is given what becomes a key on the way, and its frame
    fill     closes the holes
    alone    a frame painted by itself, for the comparison; None where nothing paints
    """

    options: AnimateOptions
    picture: Callable[[int], Image]
    keep: Callable[[int, Image], None]
    fill: Fill
    alone: Callable[[int], Image] | None = None

    def frames(self, stretches: Iterable[Stretch]) -> Iterator[Frame]:
        """The frames of the result, with "holes", "source" and the motion to each from the one before."""
        for stretch in stretches:
            steps = [stretch.to_first, *stretch.steps]
            for offset, carried in enumerate(self._carried(stretch)):
                frame = stretch.frames[offset]
                number = stretch.span.first + offset
                styled = self.fill(number, carried, frame.image) if carried.holes.any() else carried.image
                if number > stretch.span.last:
                    self.keep(number, styled)
                    break
                share = frame.extra.get(SHARE)
                if share is not None:
                    styled = laid_over(frame.image, styled, share)
                extra = {"holes": carried.holes, "source": frame.image, STEP: steps[offset]}
                yield replace(frame, image=self._shown(number, frame.image, styled), extra=extra)

    def _carried(self, stretch: Stretch) -> Iterator[Carried]:
        span, how = stretch.span, Blend(self.options.fusion, self.options.sharpen)
        pictures = [frame.image for frame in stretch.frames]
        if span.before is not None:
            last = None if span.after is None else self.picture(span.after)
            yield from carry(pictures, stretch.steps, self.picture(span.before), last, how)
        elif span.after is not None:
            backwards = carry(pictures[::-1], turned(stretch.steps), self.picture(span.after), None, how)
            yield from list(backwards)[:0:-1]
        else:
            nothing = np.zeros(pictures[0].shape[:2], bool)
            yield from (Carried(picture, nothing) for picture in pictures)

    def _shown(self, number: int, source: Image, styled: Image) -> Image:
        if not self.options.compare:
            return styled
        middle = [] if self.alone is None else [self.alone(number)]
        return beside(source, *middle, styled)
