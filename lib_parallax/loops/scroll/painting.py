"""Painting land: a step at a time, the layers slide on, and what is missing is painted with the whole
picture around it; then the layers are cut again.

What is known stays as it is, to the bit: a layer's land is painted once.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass

import numpy as np

from ...errors import Cancelled
from ...generate import ControlUnit, Generator, Inpaint, Interrogate
from ...generate.seam import lay_in
from ...generate.spread import spread
from ...options import ScrollOptions
from ...timeline import Prompts
from ...types import CancelToken, Event, Image, OnEvent, Size
from ..failing import failing
from ..seeds import sampling, seed_of
from ..source import scaled
from ..wording import Wording
from .edge import Edge, prepared
from .recorded import Record
from .strips import rectangles
from .world import Seen, World

Sheets = Callable[[Seen, Image], list[np.ndarray]]


@dataclass(frozen=True)
class Painter:
    """Paints the land of one scroll into its record.

    size   of what the generator paints
    sheets what every layer shows of a picture once it is painted: RGBA [h, w, 4] each
    """

    options: ScrollOptions
    size: Size
    prompts: Prompts
    generator: Generator
    record: Record
    sheets: Sheets
    tell: OnEvent
    cancel: CancelToken | None = None

    def paint(self, world: World, steps: int, seconds: float) -> int:
        """Paints what is missing in `steps` steps of so many seconds; how many had to be painted."""
        kept = len(list(self.record.steps()))
        made = 0
        parts = max(world.parts(step * seconds, (step - 1) * seconds) for step in range(1, steps + 1))
        if parts > 1:
            self.tell(
                Event("warning", f"each step is made in {parts}, as it takes a layer past what is seen of it")
            )
        for number in range(steps * parts + 1):
            if self.cancel is not None and self.cancel.cancelled:
                raise Cancelled("stopped")
            now, before, after = (at * seconds / parts for at in (number, number - 1, number + 1))
            seen = world.seen(now, before if number else None, after if 0 < number < steps * parts else None)
            if not any(lacking.any() for lacking in seen.lacking):
                continue
            place = f"step {number} of {steps * parts}"
            self.tell(Event("stage", f"painting {place}", {"image": seen.image}))
            with failing(place, kept + made):
                image, told = self._painted(world, seen, number, (number - 1) // parts + 1)
                sheets = self.sheets(seen, image)
            self._keep(world, seen, kept + made, image, sheets, told)
            made += 1
        return made

    def _painted(self, world: World, seen: Seen, number: int, step: int) -> tuple[Image, dict[str, object]]:
        """The whole picture with its missing land painted, and what it was painted from: the prompt of
        `step`, and the seed of `number`."""
        options, words = self.options, self._words(step, seen.image)
        size = seen.size
        small = painted_at(size, world.size, self.size)
        mask = prepared(seen.missing, world.motion.toward, Edge.of(options, size))
        seed = seed_of(options.seed_policy, options.seed, number)
        control: tuple[ControlUnit, ...] = ()
        if options.control is not None:
            near = np.rint(world.nearness(seen) * 255).astype(np.uint8)
            control = (ControlUnit(scaled(np.repeat(near[..., None], 3, axis=2), small), options.control),)
        request = Inpaint(
            _without_black(seen, small),
            covering(mask, small),
            content=options.content,
            strength=options.denoise,
            feather=round(options.feather / 100 * min(small)),
            sampling=sampling(options, seed),
            **words.asked(),
            checkpoint=options.inpaint_checkpoint or "",
            control=control,
        )
        painted = scaled(self.generator.inpaint(request, self.cancel), size)
        feather = round(options.feather / 100 * min(size))
        whole = lay_in(seen.image, painted, seen.missing.astype(np.float32), feather)
        return whole, {"step": step, "seed": seed, **words.noted()}

    def _words(self, step: int, image: Image) -> Wording:
        words = Wording.of(self.prompts.blend_at(step))
        if not self.options.tags:
            return words
        tags = self.generator.interrogate(Interrogate(image), self.cancel)
        return words.changed(lambda text: ", ".join(filter(None, (text.strip(), tags))))

    def _keep(
        self,
        world: World,
        seen: Seen,
        number: int,
        image: Image,
        sheets: list[np.ndarray],
        told: dict[str, object],
    ) -> None:
        """Writes a step's new land, and lays it into the strips."""
        whole = self.record.keep(number, image, new_land(seen, sheets), told)
        for layer, piece in self.record.pieces(whole):
            world.strips[layer].pieces.append(piece)


def new_land(seen: Seen, sheets: list[np.ndarray]) -> Iterator[tuple[int, int, int, np.ndarray]]:
    """Of what the layers show of a canvas, the land that their strips lack: layer, world x, y and RGBA."""
    for layer, sheet in enumerate(sheets):
        x, y = seen.at[layer]
        for left, top, right, bottom in rectangles(seen.lacking[layer]):
            yield layer, x + left, y + top, sheet[top:bottom, left:right]


def painted_at(size: Size, picture: Size, painting: Size) -> Size:
    """The (width, height) at which a canvas is painted where the picture is at `painting`."""
    return round(size[0] * painting[0] / picture[0]), round(size[1] * painting[1] / picture[1])


def _without_black(seen: Seen, size: Size) -> Image:
    """The canvas at another size, and nothing of what is missing mixed into what is known."""
    if seen.size == size:
        return seen.image
    filled = spread(seen.image.astype(np.float32), (~seen.missing).astype(np.float32))
    return scaled(np.rint(filled.clip(0, 255)).astype(np.uint8), size)


def covering(mask: np.ndarray, size: Size) -> np.ndarray:
    """The mask at another size, nowhere less than it was."""
    import cv2

    if (mask.shape[1], mask.shape[0]) == size:
        return mask
    small: np.ndarray = cv2.resize(mask, size, interpolation=cv2.INTER_AREA)
    # a pixel that is missing in part is missing
    solid = cv2.resize((mask >= 1).astype(np.float32), size, interpolation=cv2.INTER_AREA) > 0
    return np.minimum(np.maximum(small, solid), 1).astype(np.float32)
