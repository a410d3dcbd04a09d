"""What a step is painted on: the picture before it, small, where it belongs, and what is to be painted.

The small picture is area-reduced at its exact place, never rounded to pixels.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from ...types import Image, Size
from ...warp.backends import carrier
from ...warp.placed import Placed
from ...warp.pyramid import Pyramid
from ...warp.similarity import Similarity
from ...warp.zoom_path import from_pixels, step_of
from .course import Course


@dataclass(frozen=True)
class Inset:
    """A picture of `size` inside another of the same size.

    place  takes the outer picture to the inner one, pixels to pixels
    """

    size: Size
    place: Similarity

    @classmethod
    def of(cls, course: Course, step: int, size: Size) -> Inset:
        """How keyframe `step` lies in the next."""
        lies = step_of(course.centres[step], course.rotations[step], size[1] / size[0])
        to_view = from_pixels(size)
        return cls(size, to_view.inverse @ lies.inward(course.factor) @ to_view)

    def depth(self) -> np.ndarray:
        """How far inside the inner picture's edge each pixel lies, negative outside; float64 [H, W], in
        pixels of the outer one."""
        width, height = self.size
        at = self.place.turn * (np.arange(width) + 0.5 + 1j * (np.arange(height)[:, None] + 0.5))
        at = at + self.place.shift
        across = np.minimum(at.real, width - at.real)
        down = np.minimum(at.imag, height - at.imag)
        return np.asarray(np.minimum(across, down) / self.place.scale)

    def canvas(self, inner: Image, outer: Image | None = None) -> Image:
        """The inner picture in its place in the outer one, or where there is none, its edge stretched."""
        on = carrier("reference", "cpu")
        small = Pyramid(np.ascontiguousarray(inner), on).placed(self.place, endless=outer is None)
        layers = [small]
        if outer is not None:
            layers.insert(0, Placed(on.enter(np.ascontiguousarray(outer)), Similarity()))
        made = on.leave(on.primitives.compose(layers, self.size, 255))
        return np.asarray(made).astype(np.uint8, copy=False)

    def border(self, overlap: float, feather: float) -> np.ndarray:
        """The mask of what lies around the inner picture and over its edge; float32 [H, W], 1 = paint.

        overlap, feather  in pixels of the outer picture
        """
        return _eased((overlap - self.depth()) / max(feather, 1.0))

    def seam(self, overlap: float, feather: float, reach: float) -> np.ndarray:
        """The mask of the seam between an inner and an outer picture, `reach` pixels into the outer."""
        outside = _eased((self.depth() + reach) / max(reach / 2, 1.0))
        return np.minimum(self.border(overlap, feather), outside)


def pasted(canvas: Image, over: Image, mask: np.ndarray) -> Image:
    """`over` laid over the canvas by its mask; the canvas untouched where that is 0."""
    soft = mask[..., None]
    return np.rint(canvas + (over.astype(np.float32) - canvas) * soft).astype(np.uint8)


def _eased(share: np.ndarray) -> np.ndarray:
    t = np.clip(share, 0, 1).astype(np.float32)
    return t * t * (3 - 2 * t)
