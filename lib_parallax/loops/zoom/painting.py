"""Painting the keyframes, from the innermost outward; what is in the store is not painted again.

A step's words, mask and picture go into the store before the next begins. Where a picture is
missing there, it is painted, and so are all around it: they show it.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, replace
from functools import cached_property
from pathlib import Path
from typing import TypeVar

import numpy as np

from ...errors import Cancelled, ParallaxError
from ...generate import Generator, Inpaint, Txt2Img
from ...media import Reader
from ...options import ZoomOptions
from ...timeline import Prompts
from ...types import CancelToken, Event, Image, Size
from ..failing import failing
from ..store import Store
from ..wording import Wording
from .candidates import Picker, misfit
from .canvas import Inset, band_of, levelled
from .course import Course
from .joining import join_ends
from .keyframes import KEYFRAME, name_of
from .numbers import Numbers
from .pictures import first_of, read
from .seeds import seed_at

OPEN = "open"  # keyframes of a perfect loop before its ends are joined
MASK, PROMPT, JOINED = "mask", "prompt", "joined"
Request = TypeVar("Request", Txt2Img, Inpaint)
SEAM = 12.0  # % of the shorter side that a seam reaches into the picture around


@dataclass(frozen=True)
class Painter:
    """Paints the keyframes of one zoom into a store."""

    options: ZoomOptions
    size: Size
    course: Course
    prompts: Prompts
    generator: Generator
    picker: Picker
    tell: Callable[[Event], None]
    cancel: CancelToken | None = None

    @property
    def store(self) -> Store:
        return self.picker.store

    @cached_property
    def numbers(self) -> Numbers:
        return Numbers.of(self.options)

    def paint(self, source: Reader) -> int:
        """Paints what is missing; how many pictures that were.

        Raises what the generator raises, with the step named; the pictures before it stay in the store.
        """
        endless, made = self.options.endless, 0
        what, count = (OPEN, self.options.count) if endless else (KEYFRAME, self.options.count + 1)
        image: Image | None = None
        for step in range(count):
            old = None if made else self._kept(name_of(step, what))
            if old is None:
                old = self._step(step, image, source, not made)
                self.store.keep_picture(name_of(step, what), old)
                made += 1
            image = old
        if endless and (made or self.store.text(JOINED) is None):
            assert image is not None
            self._close(image, not made)
            made += 1
        return made

    def _kept(self, name: str) -> Image | None:
        image = self.store.picture(name)
        return image if image is not None and image.shape == (self.size[1], self.size[0], 3) else None

    def _step(self, step: int, before: Image | None, source: Reader, again: bool) -> Image:
        """The picture of a step; `before` is the one before it, `again` as `Picker.pick` has it."""
        words = self._words(step)
        own = words.first.picture
        if step == self.options.count and self.options.last_picture is not None:
            own = Path(self.options.last_picture).expanduser()
        with self._naming(step, before):
            if own is not None:
                outer: Image | None = read(own, self.size, self.tell)
            elif before is None and source.kind != "none":
                outer = first_of(source, self.size)
            else:
                outer = None
            if before is not None:
                return self._around(step, before, outer, words, again)
            if outer is not None:
                return outer
            request = Txt2Img(size=self.size, **words.asked())
            return self._picked(step, words, request, self.generator.txt2img, None, again)

    def _words(self, step: int) -> Wording:
        return Wording.of(self.prompts.blend_at(step))

    def _around(self, step: int, inner: Image, outer: Image | None, words: Wording, again: bool) -> Image:
        """A picture around `inner`: all of its border painted, or where there is an outer picture, the
        seam between the two."""
        inset = Inset.of(self.course, step - 1, self.size)
        (overlap, feather), reach = band_of(self.options, self.size), SEAM / 100 * min(self.size)
        if outer is None:
            mask, content = inset.border(overlap, feather), self.options.content
        else:
            mask, content = inset.seam(overlap, feather, reach), "fill"
        self.store.keep_picture(name_of(step, MASK), _grey(mask))
        request = Inpaint(
            inset.canvas(inner, outer),
            mask,
            content=content,
            strength=self.numbers.denoise.at(step),
            feather=round(feather),
            checkpoint=self.options.inpaint_checkpoint or "",
            **words.asked(),
        )
        depth = inset.depth()

        def paint(request: Inpaint, cancel: CancelToken | None) -> Image:
            return levelled(self.generator.inpaint(request, cancel), request.image, mask, depth, overlap)

        return self._picked(step, words, request, paint, lambda image: misfit(image, depth, overlap), again)

    def _picked(
        self,
        step: int,
        words: Wording,
        request: Request,
        paint: Callable[[Request, CancelToken | None], Image],
        fault: Callable[[Image], float] | None,
        again: bool,
    ) -> Image:
        """What is painted for a request, of several the one that is chosen; noted with its words."""

        def candidate(number: int) -> Image:
            return paint(replace(request, sampling=self.numbers.sampling(step, number)), self.cancel)

        if self.picker.plain:
            number, image = 0, candidate(0)
        else:
            number, image = self.picker.pick(step, self.options.count, candidate, fault, again)
        about = {**words.noted(), "seed": seed_at(self.options, step, number)}
        self.store.keep_text(name_of(step, PROMPT), json.dumps(about, ensure_ascii=False, indent=2))
        return image

    def _close(self, outermost: Image, again: bool) -> None:
        """Joins the ends of a perfect loop: the outermost picture is painted into the middle of the first."""
        count = self.options.count
        first = self._kept(name_of(0, OPEN))
        assert first is not None
        with self._naming(count, outermost):
            ring = self._around(count, outermost, first, self._words(count), again)
        insets = [Inset.of(self.course, step, self.size) for step in range(count)]

        def opened(step: int) -> Image:
            image = self._kept(name_of(step, OPEN))
            if image is None:
                raise ParallaxError(f"{name_of(step, OPEN)} was removed while it was needed")
            return image

        masks = [inset.border(*band_of(self.options, self.size)) for inset in insets]
        join_ends(ring, opened, insets, masks, lambda n, image: self.store.keep_picture(name_of(n), image))
        self.store.keep_text(JOINED, f"{count} keyframes, each in the next and the last in the first")

    @contextmanager
    def _naming(self, step: int, before: Image | None) -> Iterator[None]:
        """Tells of a step, stops where that was asked, and names the step in what the generator raises."""
        if self.cancel is not None and self.cancel.cancelled:
            raise Cancelled("stopped")
        shown = {} if before is None else {"image": before}
        place = f"picture {step} of {self.options.count}"
        self.tell(Event("stage", f"painting {place}", shown))
        with failing(place, step):
            yield


def _grey(mask: np.ndarray) -> Image:
    return np.repeat(np.rint(mask * 255).astype(np.uint8)[..., None], 3, axis=2)
