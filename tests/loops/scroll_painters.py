"""What paints and shows scrolls in tests: painters that remember, and strips read back from a store."""

from __future__ import annotations

import numpy as np

from lib_parallax.generate import Capabilities
from lib_parallax.generate.around import Around
from lib_parallax.loops.scroll import frames as scroll_frames
from lib_parallax.loops.scroll import plan
from lib_parallax.loops.scroll.drawing import Drawing
from lib_parallax.loops.scroll.recorded import Record
from lib_parallax.loops.scroll.scene import opened
from lib_parallax.loops.scroll.shape import shape_of
from lib_parallax.loops.source import opened as reader_of
from lib_parallax.loops.store import MemoryStore
from lib_parallax.options import ScrollOptions, parse

SIZE = (60, 40)
# 12 pixels a step for the nearest of three bands, 6 and 3 for the others
THREE = {
    "distances": "4, 2, 1", "smoothness": 5, "step_seconds": 1, "duration": 3, "fps": 4, "direction": 180,
    "soft": 0,
}  # fmt: skip


def options(**values):
    return parse(ScrollOptions, {**THREE, **values})


def picture(size=SIZE, seed=3, least=40):
    """Noise without black."""
    return np.random.default_rng(seed).integers(least, 256, (size[1], size[0], 3), np.uint8)


class Painter:
    """A backend that fills with one colour, or with noise of the seed, and remembers what it was asked."""

    name, note = "fake", "painted for tests"

    def __init__(self, colour=None, fail_at=None, control=()):
        self.asked, self.colour, self.fail_at, self.control = [], colour, fail_at, control

    def capabilities(self):
        return Capabilities(controlnet=bool(self.control), control_models=self.control)

    def _paint(self, request, size):
        if len(self.asked) == self.fail_at:
            self.fail_at = None
            raise RuntimeError("no more paint")
        self.asked.append(request)
        if self.colour is not None:
            return np.full((size[1], size[0], 3), self.colour, np.uint8)
        rng = np.random.default_rng(request.sampling.seed)
        return rng.integers(40, 256, (size[1], size[0], 3), np.uint8)

    def txt2img(self, request, cancel):
        return self._paint(request, request.size)

    def inpaint(self, request, cancel):
        return self._paint(request, request.image.shape[1::-1])

    def interrogate(self, request, cancel):
        return "a wall"


def scrolled(source=None, painter=None, store=None, on_event=None, start=None, **values):
    """The frames' images, and the store."""
    store, chosen = store or MemoryStore(), options(**values)
    with reader_of(picture() if source is None else source) as reader:
        paints = Around(painter or Painter())
        plan(reader, chosen, paints)
        made = list(
            scroll_frames(reader, chosen, generator=paints, store=store, on_event=on_event, start=start)
        )
    return [frame.image for frame in made], store


def scene_in(store, source=None, **values):
    """The scene that a store holds, and the shape of the result."""
    chosen = options(**values)
    with reader_of(picture() if source is None else source) as reader:
        shape = shape_of(reader, chosen)
        return opened(chosen, shape, reader, Record(store), None, lambda event: None), shape


def drawing_of(store, source=None, **values):
    """What draws the frames of bands in a store, at any time."""
    scene, shape = scene_in(store, source, **values)
    return Drawing(options(**values), shape, scene.world, scene.things, shape.size), shape
