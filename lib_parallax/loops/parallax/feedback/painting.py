"""The steps of an endless camera, each painted upon the last; what is in the store is not painted again.

The last picture is seen by the step's camera, what it does not show is painted, and the rest keeps its bytes
unless the whole is refined. Where a step is missing in the store, it is painted, and so are all after it.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import numpy as np

from .... import generate
from ....depth import Estimator
from ....errors import Cancelled
from ....generate import Generator, Img2Img, Inpaint, Sampling
from ....options import ParallaxOptions
from ....timeline import Prompts, Schedule
from ....types import CancelToken, Event, Image, Mask, OnEvent, Size
from ...animate.colour import matched
from ...failing import failing
from ...seeds import drawn, sampling, seed_of
from ...store import Store
from ...wording import Wording
from ..pictures import Scene
from .aligning import aligned
from .anchoring import Anchor, held
from .carrying import Carried, onward
from .course import Endless
from .gaps import gaps_of
from .pieces import depth_of, snapped
from .steps import Step, keep, kept

FEATHER = 8  # pixels
FEWEST = 5e-4  # of the picture: holes of less are not worth a model's while
RESCALED = 1.1  # times that depth is counted anew in a step, at most
RIM = 2  # pixels beside a gap that have colours of both sides
AROUND = 16  # pixels of what is before a gap that a painter must not look at


@dataclass(frozen=True)
class Painter:
    """Paints the steps of one job into a store.

    size       (width, height) of a step's picture
    prompts    by step; None for no words
    refine     how far a step's picture is refined, 0..1, by frame
    estimator  of the depth of new pictures; None: depth is continued
    textured   whether the first picture's depth is such that its borders must be laid anew at every step
    """

    options: ParallaxOptions
    size: Size
    camera: Endless
    prompts: Prompts | None
    refine: Schedule
    generator: Generator
    estimator: Estimator | None
    store: Store
    tell: OnEvent
    cancel: CancelToken | None = None
    textured: bool = False

    def paint(self, first: Callable[[], Scene]) -> tuple[Endless, int]:
        """Paints what is missing; the camera, which holds to the first picture's depth, and how many were
        painted. Raises what the generator raises, with the step named; the steps before it are kept."""
        here, made = kept(self.store, 0, self.size), 0
        if here is None:
            here, made = keep(self.store, 0, Step(*first())), 1
        camera, anchor = self.camera.around(here.depth), Anchor.of(here.picture)
        usual = float(here.depth.mean())
        last = camera.pace.steps
        for step in range(1, last + 1):
            self._look()
            old = None if made else kept(self.store, step, self.size)
            if old is None:
                self.tell(Event("stage", f"painting step {step} of {last}", {"image": here.picture}))
                with failing(f"step {step} of {last}", step):
                    old = self._next(here, step, camera, anchor, usual)
                self._look()
                old = keep(self.store, step, old)
                made += 1
            here = old
        return camera, made

    def _next(self, before: Step, number: int, camera: Endless, anchor: Anchor, usual: float) -> Step:
        seen = onward(before, camera.to_next(number - 1), camera.height, self.options.fov)
        new, hidden = to_paint(seen)
        picture = seen.image
        if new.any():
            painted = self._painted(picture, new | hidden, number)
            picture = held(np.where(new[..., None], painted, picture), new, anchor)
        refine = self._strength(number, camera)
        if refine > 0:
            picture = self._refined(picture, refine, number)
            picture = held(
                matched(picture, seen.image) if new.mean() < 0.5 else picture, np.ones_like(new), anchor
            )
        found = None if self.estimator is None else depth_of(self.estimator, picture)
        depth = aligned(found, seen, new, refine)
        if self.textured:
            depth = snapped(depth, picture)
        scale = min(max(usual / max(float(depth.mean()), 1e-6), 1 / RESCALED), RESCALED)
        return Step(picture, np.clip(depth * np.float32(scale), 0, 1), scale)

    def _painted(self, picture: Image, new: Mask, step: int) -> Image:
        mask, seed = new.astype(np.float32), self._seed(step)
        if new.mean() < FEWEST:
            request = Inpaint(picture, mask, feather=FEATHER, sampling=Sampling(seed=seed))
            return generate.load("classical").inpaint(request, self.cancel)
        request = Inpaint(
            picture,
            mask,
            **self._words(step),
            strength=self.options.denoise,
            feather=FEATHER,
            sampling=sampling(self.options, seed),
            checkpoint=self.options.inpaint_checkpoint or "",
        )
        return self.generator.inpaint(request, self.cancel)

    def _refined(self, picture: Image, strength: float, step: int) -> Image:
        """The picture refined until it hardly changes any more, or as often as is allowed."""
        words = self._words(step)
        for number in range(self.options.refine_steps):
            seed = drawn(self._seed(step), "refine", number)
            before = picture
            request = Img2Img(picture, **words, strength=strength, sampling=sampling(self.options, seed))
            picture = self.generator.img2img(request, self.cancel)
            if unlike(before, picture) < self.options.refine_until:
                break
        return picture

    def _strength(self, step: int, camera: Endless) -> float:
        return min(max(self.refine.at(camera.pace.frame(step)), 0.0), 1.0)

    def _words(self, step: int) -> dict[str, Any]:
        """The fields of a request that paints the step."""
        if self.prompts is None:
            return {"negative": self.options.negative or ""}
        return Wording.of(self.prompts.blend_at(step)).asked()

    def _seed(self, step: int) -> int:
        return seed_of(self.options.seed_policy, self.options.seed, step)

    def _look(self) -> None:
        if self.cancel is not None and self.cancel.cancelled:
            raise Cancelled("stopped")


def to_paint(seen: Carried) -> tuple[Mask, Mask]:
    """What a view does not show, with the rim of gaps, which has colours of both sides; and what of near
    things beside gaps no painter may take its colours from."""
    inner = seen.holes & ~seen.beyond
    if not inner.any():
        return seen.holes, np.zeros_like(inner)
    gaps = gaps_of(seen.depth, inner, ~seen.holes, seen.across)
    new = seen.holes | gaps.beside(seen.depth, RIM)[1]
    return new, gaps.beside(seen.depth, AROUND)[0] & ~new


def unlike(one: Image, other: Image) -> float:
    """The mean squared difference of two pictures, in levels."""
    return float(np.square(one.astype(np.float32) - other).mean())
