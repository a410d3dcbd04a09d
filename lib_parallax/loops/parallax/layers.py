"""The picture in sheets: itself, cut where depth steps, and what was painted behind it for the move."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

import numpy as np

from ... import generate
from ...generate import Generator, Inpaint
from ...options import ParallaxOptions
from ...types import CancelToken, Event, Image, Mask, OnEvent, Size
from ...warp import Camera
from ...warp.backends import Carrier
from ...warp.parallax import DeepView, render_deep
from ...warp.parallax_layers import Sheet, render_layers_deep, uncovered
from ..failing import failing
from ..seeds import sampling
from ..store import Store
from .moves import Course
from .pictures import Scene

BEHIND = "behind"
MOST_CAMERAS = 32  # of a move that are asked what they uncover
FEATHER = 8  # pixels


@dataclass(frozen=True)
class Layers:
    """Sheets from front to back. `whole`: the one there is has its walls, stretched at depth steps; else
    it is cut there, and what no other one shows is black."""

    sheets: tuple[Sheet, ...]
    whole: bool = False

    @classmethod
    def stretched(cls, scene: Scene) -> Layers:
        return cls((front_of(scene),), whole=True)

    @property
    def relief(self) -> np.ndarray:
        """The picture's own depth."""
        return self.sheets[0].depth

    def seen(self, camera: Camera, size: Size, on: Carrier, supersampling: int) -> DeepView:
        """The view of a camera, its holes and its depth."""
        front = self.sheets[0]
        if self.whole:
            return render_deep(front.image, front.depth, camera, size, on.name, supersampling=supersampling)
        image, holes, depth = render_layers_deep(self.sheets, camera, size, supersampling)
        if len(self.sheets) == 1:
            image[holes] = 0
        return DeepView(image, holes, depth)


def front_of(scene: Scene) -> Sheet:
    return Sheet(scene.picture, scene.depth, np.ones(scene.depth.shape, bool))


def layers_of(
    scene: Scene,
    options: ParallaxOptions,
    course: Course,
    size: Size,
    generator: Generator | None,
    store: Store,
    tell: OnEvent,
    cancel: CancelToken | None,
) -> Layers:
    """The layers of a still for a move, seen at (width, height); what is painted is kept in the store."""
    if options.behind == "stretch" and options.alpha == "none":
        return Layers.stretched(scene)
    front = front_of(scene)
    if options.behind in ("stretch", "blank") or options.alpha != "none":
        return Layers((front,))
    needed = uncovered(scene.depth, cameras_of(course), as_fine(size, scene.depth.shape[0]))
    if not needed.mask.any():
        return Layers((front,))
    image = store.picture(BEHIND)
    if image is None or image.shape != scene.picture.shape:
        tell(Event("stage", "painting what the move uncovers", {"image": scene.picture}))
        painter = generator if options.behind == "paint" and generator else generate.load("classical")
        image = _painted(scene.picture, needed.hidden, options, painter, cancel)
        store.keep_picture(BEHIND, image)
    return Layers((front, Sheet(image, needed.depth, needed.there)))


def as_fine(size: Size, height: int) -> Size:
    """A view's (width, height), larger where its rays would pass by pixels of a picture of that height."""
    finer = max(1.0, height / size[1])
    return round(size[0] * finer), round(size[1] * finer)


def cameras_of(course: Course) -> Iterable[Camera]:
    """Enough of a move's cameras to tell what it uncovers."""
    every = max(1, course.frames // MOST_CAMERAS)
    return [course.camera(frame) for frame in range(0, course.frames, every)]


def _painted(
    picture: Image,
    mask: Mask,
    options: ParallaxOptions,
    painter: Generator,
    cancel: CancelToken | None,
) -> Image:
    request = Inpaint(
        picture,
        mask.astype(np.float32),
        options.prompt or "",
        options.negative or "",
        strength=options.denoise,
        feather=FEATHER,
        sampling=sampling(options, options.seed),
        checkpoint=options.inpaint_checkpoint or "" if options.behind == "paint" else "",
    )
    with failing("what the move uncovers", 0):
        return painter.inpaint(request, cancel)
