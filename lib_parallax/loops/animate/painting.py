"""Painting the keys: each from its own source frame, one after the other, into the store.

What is in the store is not painted again. Where keys refer to the one before them, those after a
missing one are, for they show it.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from fractions import Fraction
from functools import cached_property

import cv2
import numpy as np

from ...errors import Cancelled, ParallaxError
from ...generate import ControlUnit, Generator, Img2Img, Inpaint, Interrogate, Sampling
from ...generate.checks import check_request
from ...options import AnimateOptions
from ...timeline.curve_names import Curves
from ...types import CancelToken, Event, Image, OnEvent, Size
from ..failing import failing
from ..seeds import seed_of
from ..source import scaled
from ..store import Store
from ..wording import Wording
from .choosing import Key
from .control import control_picture, kinds_of
from .grid import Grid
from .numbers import Moment, Numbers
from .tags import with_tags
from .words import words_of

KEY, PROMPT = "key", "prompt"
USUAL = 512  # shorter side that a generator is at ease with
MULTIPLE = 8  # of the sides of a reduced size, so that no generator has to pad it
ALIKE = 0.02  # shapes that differ by less are taken for the same
SOFT = 0.01  # of the shorter side: how a reference fades in at the edge of what it shows


def name_of(index: int, what: str = KEY) -> str:
    """What the key at frame `index` is called in the store."""
    return f"{what}-{index:06d}"


def keyframe_size(options: AnimateOptions, source_size: Size) -> Size:
    """What the generator paints for each key, in the shape of the result.

    A size that was asked for is taken as it is where it has that shape, else as a box to fit into.
    """
    width, height = result = options.size or source_size
    asked = options.keyframe_size
    if asked is not None:
        if abs(asked[0] * height / (asked[1] * width) - 1) < ALIKE:
            return asked
        return _reduced(result, min(asked[0] / width, asked[1] / height))
    return _reduced(result, USUAL / min(result)) if min(result) > USUAL else result


def check_painting(
    options: AnimateOptions, generator: Generator, frames: int | None = None, curves: Curves | None = None
) -> None:
    """Refuses what can be refused before there are keys: words, numbers, names the generator lacks."""
    words_of(options, frames)
    numbers = Numbers(options, frames, curves=curves)
    numbers.check()
    dot = np.zeros((1, 1, 3), np.uint8)
    steering = tuple(unit.unit(dot) for unit in numbers.at(0).control)
    request = Img2Img(dot, sampling=numbers.sampling(0, 0), control=steering)
    check_request(request, generator.capabilities(), generator.name)
    if options.tags:
        check_request(Interrogate(dot), generator.capabilities(), generator.name)
    if options.inpaint_checkpoint is not None:
        whole = np.ones((1, 1), np.float32)
        filling = Inpaint(dot, whole, checkpoint=options.inpaint_checkpoint)
        check_request(filling, generator.capabilities(), generator.name)


def needs_depth(options: AnimateOptions) -> bool:
    """Whether a ControlNet is steered by depth."""
    return any(kind == "depth" for kind in kinds_of(options.control))


def kept_words(store: Store, index: int) -> Wording | None:
    """The words that the key at frame `index` was painted from, tags and all."""
    text = store.text(name_of(index, PROMPT))
    return None if text is None else Wording.read(json.loads(text))


@dataclass(frozen=True)
class _Job:
    """A key with its number among all, from 0, and what it is painted with."""

    number: int
    index: int
    cut: bool
    words: Wording
    now: Moment
    sampling: Sampling


@dataclass(frozen=True)
class KeyPainter:
    """Paints the keys of one clip into a store.

    keys         all of them, rising
    result       size of the pictures that are kept
    source       the source's frame of a number, uint8 `[H, W, 3]` of any size; asked in rising order
    carried      a key as it is seen from a later one, both by the numbers of their frames: the picture,
                 uint8, and where it shows anything, bool, of any size; asked once the first is kept
    depth        of a frame: 0..1, 1 near, float `[H, W]` of any size
    frames, fps  of the clip: what schedules know of it; so are `curves`, of its sound
    worded       the words of a key by its number and frame, in place of those of the options
    """

    options: AnimateOptions
    keys: Sequence[Key]
    result: Size
    generator: Generator
    store: Store
    tell: OnEvent
    source: Callable[[int], Image]
    carried: Callable[[int, int], tuple[Image, np.ndarray]] | None = None
    depth: Callable[[int], np.ndarray] | None = None
    cancel: CancelToken | None = None
    frames: int | None = None
    fps: Fraction | float = 30
    curves: Curves | None = None
    worded: Callable[[int, int], Wording] | None = None

    def paint(self) -> int:
        """Paints what is missing; how many keys that were.

        Raises OptionError for words and schedules that cannot be, before anything is painted, and what
        the generator raises, with the key named; the keys before it stay in the store.
        """
        made, before, anew = 0, None, False
        for sheet in self._sheets():
            # What a key shows of the one before it is old where that was painted now.
            anew = anew and sheet[0].now.reference > 0 and not sheet[0].cut
            missing = [job for job in sheet if anew or self.kept(job.index) is None]
            if missing:
                for job, image in zip(sheet, self._painted(sheet, before), strict=True):
                    if job in missing:
                        self.store.keep_picture(name_of(job.index), scaled(image, self.result))
                made += len(missing)
                anew = True
            before = sheet[-1].index
        return made

    def kept(self, index: int) -> Image | None:
        """The key at frame `index`, or None where it is still to be painted."""
        image = self.store.picture(name_of(index))
        return image if image is not None and image.shape == (self.result[1], self.result[0], 3) else None

    @cached_property
    def size(self) -> Size:
        """What the generator paints of each key."""
        return keyframe_size(self.options, self.result)

    @cached_property
    def numbers(self) -> Numbers:
        return Numbers(self.options, self.frames, self.fps, self.curves)

    def _sheets(self) -> list[list[_Job]]:
        """The keys as they are painted together: as many as a grid holds, of the same words."""
        worded = self.worded or words_of(self.options, self.frames).at
        sheets: list[list[_Job]] = []
        for number, key in enumerate(self.keys):
            words, sampling = worded(number, key.index), self.numbers.sampling(key.index, number)
            job = _Job(number, key.index, key.cut, words, self.numbers.at(key.index), sampling)
            if sheets and len(sheets[-1]) < self.options.grid and sheets[-1][0].words == job.words:
                sheets[-1].append(job)
            else:
                sheets.append([job])
        return sheets

    def _painted(self, sheet: list[_Job], before: int | None) -> list[Image]:
        """The keys of a sheet at the generator's size, all in the first one's words and numbers.

        before  the key before them
        """
        first = sheet[0]
        place = f"key {first.number + 1} of {len(self.keys)} (frame {first.index})"
        if self.cancel is not None and self.cancel.cancelled:
            raise Cancelled("stopped")
        shown = None if before is None else self.kept(before)
        self.tell(Event("stage", f"painting {place}", {} if shown is None else {"image": shown}))
        with failing(place, first.number):
            frames = [scaled(self.source(job.index), self.size) for job in sheet]
            words = self._words(first, frames[0])
            for job in sheet:
                self._note(job, words, first)
            grid = Grid.of(self.options.grid, self.size)
            request = Img2Img(
                grid.together(self._starts(sheet, frames, before)),
                strength=first.now.denoise,
                control=self._steering(sheet, frames, grid),
                **words.asked(),
            )
            return grid.apart(self._passed(request, first.sampling), len(sheet))

    def _passed(self, request: Img2Img, sampling: Sampling) -> Image:
        """The picture after all passes, each with a seed of its own: the same noise would burn itself in."""
        image = request.image
        for again in range(self.options.passes):
            sampled = replace(sampling, seed=seed_of("step", sampling.seed, again))
            image = self.generator.img2img(replace(request, image=image, sampling=sampled), self.cancel)
            if image.shape != request.image.shape:
                asked, given = (f"{i.shape[1]}x{i.shape[0]}" for i in (request.image, image))
                raise ParallaxError(f"the generator was asked for {asked} and gave {given}")
        return image

    def _starts(self, sheet: list[_Job], frames: list[Image], before: int | None) -> list[Image]:
        """What each key is painted from: its frame, and in it the key before, where that is of its shot."""
        if before is None or self.carried is None:
            return frames
        starts, shot = [], True
        for job, frame in zip(sheet, frames, strict=True):
            shot, weight = shot and not job.cut, job.now.reference
            refers = shot and weight > 0
            starts.append(_mixed(frame, *self.carried(before, job.index), weight) if refers else frame)
        return starts

    def _steering(self, sheet: list[_Job], frames: list[Image], grid: Grid) -> tuple[ControlUnit, ...]:
        def picture(kind: str, job: _Job, frame: Image) -> Image:
            near = self.depth(job.index) if kind == "depth" and self.depth is not None else None
            return control_picture(kind, frame, near)

        return tuple(
            unit.unit(grid.together([picture(unit.kind, *both) for both in zip(sheet, frames, strict=True)]))
            for unit in sheet[0].now.control
        )

    def _words(self, job: _Job, frame: Image) -> Wording:
        if not self.options.tags:
            return job.words
        seen = self.generator.interrogate(Interrogate(frame), self.cancel)
        return job.words.changed(lambda text: with_tags(text, seen, self.options))

    def _note(self, job: _Job, words: Wording, first: _Job) -> None:
        """Notes in the store what a key is painted from, with the numbers of its sheet's first."""
        about = {**words.noted(), "seed": first.sampling.seed, "denoise": first.now.denoise}
        self.store.keep_text(name_of(job.index, PROMPT), json.dumps(about, ensure_ascii=False, indent=2))


def _mixed(frame: Image, before: Image, seen: np.ndarray, weight: float) -> Image:
    """The frame with so much of the key before it where that shows anything, faded in from its edge."""
    size = frame.shape[1], frame.shape[0]
    shown = cv2.resize(seen.astype(np.uint8), size, interpolation=cv2.INTER_NEAREST).astype(np.float32)
    soft = np.minimum(cv2.GaussianBlur(shown, (0, 0), max(1.0, min(size) * SOFT)), shown) * weight
    mixed = frame + (scaled(before, size).astype(np.float32) - frame) * soft[..., None]
    return np.rint(mixed).clip(0, 255).astype(np.uint8)


def _reduced(size: Size, scale: float) -> Size:
    width, height = (max(MULTIPLE, round(side * scale / MULTIPLE) * MULTIPLE) for side in size)
    return width, height
