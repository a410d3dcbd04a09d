"""One frame: the camera's view of the layers, its effects, and both eyes put together."""

from __future__ import annotations

from dataclasses import dataclass
from fractions import Fraction

import numpy as np

from ...options import ParallaxOptions
from ...types import Frame, Image, Size
from ...warp.backends import Carrier
from .effects import EffectsOver
from .layers import Layers
from .moves import Course
from .views import cut_out, eyes, packed


@dataclass(frozen=True)
class Drawing:
    """How frames are drawn; `view` is the size of one eye's."""

    options: ParallaxOptions
    course: Course
    effects: EffectsOver
    view: Size
    on: Carrier

    def frame(self, number: int, layers: Layers) -> Frame:
        """The frame of that number; its time is not told."""
        camera = self.course.camera(number)
        images: list[Image] = []
        seen = []
        for eye in eyes(camera, self.options, self.view):
            made = layers.seen(eye, self.view, self.on, self.options.supersampling)
            images.append(self.effects.applied(made.image, made.depth, number, eye, layers.relief))
            seen.append(made)
        first = seen[0]
        image = packed(images, first.depth, self.options)
        if self.options.alpha != "none":
            image = cut_out(image, first.holes, self.options)
        extra = {"holes": first.holes, "depth": np.asarray(first.depth)}
        return Frame(image, Fraction(0), extra=extra)
