"""A frame between two steps, seen from both: nothing is painted anew.

Each step's picture is seen by the frame's camera. Where one does not show what the other does, the other is
taken; where both do, the one goes over into the other as the frame lies between them. At a step it is that
step's picture, to the bit.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from fractions import Fraction

import cv2
import numpy as np

from ....generate.spread import spread
from ....types import Mask, Size
from ....warp import Camera
from ....warp.backends import Carrier
from ....warp.blend import blend
from ....warp.parallax import DeepView
from .carrying import Carried, carried
from .course import Endless
from .steps import Step
from .way import Way

LEAST = 1e-4  # of a view at the other's step: it fills what that one does not show
EDGE = 2.0  # pixels over which a view fades out towards what it does not show


@dataclass(frozen=True)
class Between:
    """What is seen at a place between steps, in steps.

    frame  that is drawn there
    steps  the pictures and their depth by number
    """

    camera: Endless
    frame: int
    steps: Callable[[int], Step]

    @property
    def relief(self) -> None:
        """Nothing has a lasting place in any of the pictures."""

    def seen(self, eye: Camera, size: Size, on: Carrier, supersampling: int) -> DeepView:
        """The view of a camera at this place, or beside it; `holes` is what neither step shows."""
        at = self.camera.pace.at(self.frame)
        aside = Way.of(eye).since(Way.of(self.camera.camera(self.frame)))
        share = float(at - int(at))
        if not share and aside == Way():
            here = self.steps(int(at))
            if (here.picture.shape[1], here.picture.shape[0]) == size:
                return DeepView(here.picture, np.zeros(here.depth.shape, bool), here.depth)
        views = [(self._view(int(at), at, aside, size, supersampling), 1 - share)]
        if int(at) < self.camera.pace.steps:
            views.append((self._view(int(at) + 1, at, aside, size, supersampling), share))
        return merged(views)

    def _view(self, number: int, at: Fraction, aside: Way, size: Size, supersampling: int) -> Carried:
        """What is seen of a step; depth is counted as in the step before the place."""
        step = self.steps(number)
        scale = step.scale if number > at else 1.0
        way = self.camera.from_step(number, at).then(aside).measured(scale)
        seen = carried(step, way, self.camera.height, self.camera.options.fov, size, supersampling)
        return seen if scale == 1 else seen._replace(depth=seen.depth / np.float32(scale))


def merged(views: list[tuple[Carried, float]]) -> DeepView:
    """One view of several and their shares, which add up to 1."""
    weights = [shown(view.holes) * np.float32(share + LEAST) for view, share in views]
    total = np.maximum(sum(weights), np.float32(1e-9))
    shares = [weight / total for weight in weights]
    # a plain mean of two samplings of one surface is softer than both, and steps would flash
    image = blend([view.image.astype(np.float32) for view, _ in views], shares)
    depth = sum(view.depth * share for (view, _), share in zip(views, shares, strict=True))
    holes = np.logical_and.reduce([view.holes for view, _ in views])
    if holes.any():
        both = spread(np.dstack([image, depth]).astype(np.float32), (~holes).astype(np.float32))
        image, depth = both[..., :3], both[..., 3]
    return DeepView(np.rint(image).clip(0, 255).astype(np.uint8), holes, np.asarray(depth, np.float32))


def shown(holes: Mask) -> np.ndarray:
    """How much a view counts, float32 [h, w]: 0 in its holes, rising over EDGE to 1."""
    if not holes.any():
        return np.ones(holes.shape, np.float32)
    inward = cv2.distanceTransform((~holes).astype(np.uint8), cv2.DIST_L2, 5)
    return np.clip(inward / np.float32(EDGE), 0, 1) ** 2
