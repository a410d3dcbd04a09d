"""Several pictures painted for a step, of which one is taken: by whoever is asked, or by a measure."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np

from ...types import Image
from ..choosing import Choose, Question
from ..store import Store
from .keyframes import name_of

CANDIDATE, CHOICE = "candidate", "choice"
_REACH = 1  # pixels that a gradient looks to each side
_FLAT = 0.5  # levels: the gradient below which nothing can be told apart


def candidate_name(step: int, number: int) -> str:
    return f"{name_of(step, CANDIDATE)}-{number:02d}"


@dataclass(frozen=True)
class Picker:
    """Has pictures painted for a step, and takes one.

    count   how many at a time
    choose  is asked which; None for the one of the least `fault`
    """

    count: int
    store: Store
    choose: Choose | None

    @property
    def plain(self) -> bool:
        """There is nothing to choose."""
        return self.count == 1 and self.choose is None

    def pick(
        self,
        step: int,
        last: int,
        paint: Callable[[int], Image],
        fault: Callable[[Image], float] | None,
        again: bool,
    ) -> tuple[int, Image]:
        """The picture that is taken for a step, and its number.

        It, those beside it and the choice are in the store then.

        paint  the picture of a number, which counts on where others are asked for
        fault  how bad a picture is; None where there is nothing to tell it by
        again  what the store holds of this step is still true: it is not painted nor asked again
        """
        first = 0
        if again and (old := self._chosen_before(step)) is not None:
            return old
        while True:
            # where nothing tells one from another, and nobody is asked, the first is as good as any
            count = 1 if fault is None and self.choose is None else self.count
            numbers = range(first, first + count)
            names = tuple(candidate_name(step, number) for number in numbers)
            pictures = tuple(
                self._kept(name, number, paint, again) for name, number in zip(names, numbers, strict=True)
            )
            best = int(np.argmin([fault(picture) for picture in pictures])) if fault is not None else 0
            taken = best
            if self.choose is not None:
                answer = self.choose(Question(step, last, names, pictures, best))
                if answer is None:
                    first += self.count
                    continue
                taken = answer
            self.store.keep_text(name_of(step, CHOICE), str(first + taken))
            return first + taken, pictures[taken]

    def _chosen_before(self, step: int) -> tuple[int, Image] | None:
        text = self.store.text(name_of(step, CHOICE)) or ""
        if not text.isdecimal():
            return None
        image = self.store.picture(candidate_name(step, int(text)))
        return (int(text), image) if image is not None else None

    def _kept(self, name: str, number: int, paint: Callable[[int], Image], again: bool) -> Image:
        image = self.store.picture(name) if again else None
        if image is None:
            image = paint(number)
            self.store.keep_picture(name, image)
        return image


def misfit(image: Image, depth: np.ndarray, band: float) -> float:
    """How badly a border fits the picture that it was painted around; 0 is perfectly.

    A seam is where brightness changes more on the inner picture's edge than beside it; a smear or
    noise is a border that changes less or more than the inner picture does.

    depth  how far inside the inner picture's edge each pixel lies, in pixels; float [H, W]
    band   over how many pixels inward the border was painted over that edge
    """
    luma = image.astype(np.float32) @ np.array([0.299, 0.587, 0.114], np.float32)
    down, across = np.gradient(luma)
    change = np.hypot(down, across)

    def mean(where: np.ndarray) -> float:
        return float(np.sqrt(np.square(change[where]).mean())) + _FLAT if where.any() else _FLAT

    within, around = depth > band + _REACH, depth < -_REACH
    inner, outer = mean(within), mean(around)
    beside = (mean(within & (depth < 3 * band)) + mean(around & (depth > -2 * band))) / 2
    seam = mean(~within & ~around)
    return max(0.0, float(np.log(seam / beside))) + abs(float(np.log(outer / inner)))
