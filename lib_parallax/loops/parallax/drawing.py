"""One frame: the camera's view of the layers, its effects, and both eyes put together."""

from __future__ import annotations

from dataclasses import dataclass
from fractions import Fraction
from functools import partial
from typing import Protocol

import numpy as np

from ...options import ParallaxOptions
from ...types import Frame, Image, Size
from ...warp import Camera
from ...warp.backends import Carrier
from ...warp.parallax import DeepView
from ..computing import Computing
from .effects import EffectsOver
from .views import cut_out, eyes, packed


class Way(Protocol):
    """Where the camera is at a frame."""

    def camera(self, frame: int) -> Camera: ...


class Scenery(Protocol):
    """What there is to be seen; `relief` is the depth of the picture in which things have their place."""

    @property
    def relief(self) -> np.ndarray | None: ...

    def seen(self, camera: Camera, size: Size, on: Carrier, supersampling: int) -> DeepView: ...


@dataclass(frozen=True)
class Drawing:
    """How frames are drawn; `view` is the size of one eye's."""

    options: ParallaxOptions
    course: Way
    effects: EffectsOver
    view: Size
    computing: Computing

    def frame(self, number: int, scenery: Scenery) -> Frame:
        """The frame of that number; its time is not told."""
        camera = self.course.camera(number)
        images: list[Image] = []
        seen = []
        for eye in eyes(camera, self.options, self.view):
            made = self.computing(partial(self._seen, scenery, eye))
            images.append(self.effects.applied(made.image, made.depth, number, eye, scenery.relief))
            seen.append(made)
        first = seen[0]
        image = packed(images, first.depth, self.options)
        if self.options.alpha != "none":
            image = cut_out(image, first.holes, self.options)
        extra = {"holes": first.holes, "depth": np.asarray(first.depth)}
        return Frame(image, Fraction(0), extra=extra)

    def _seen(self, scenery: Scenery, eye: Camera, on: Carrier) -> DeepView:
        return scenery.seen(eye, self.view, on, self.options.supersampling)
