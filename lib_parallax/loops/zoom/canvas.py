"""What a step is painted on: the picture before it, small, where it belongs, and what is to be painted.

The small picture is area-reduced at its exact place, never rounded to pixels.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from ...generate.spread import spread
from ...options import ZoomOptions
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


def band_of(options: ZoomOptions, size: Size) -> tuple[float, float]:
    """Overlap and feather in pixels of a keyframe of `size`."""
    inner = min(size) / options.factor / 100
    overlap = options.overlap * inner
    return overlap, min(options.feather * inner, overlap)


def pasted(canvas: Image, over: Image, mask: np.ndarray) -> Image:
    """`over` laid over the canvas by its mask; the canvas untouched where that is 0."""
    soft = mask[..., None]
    return np.rint(canvas + (over.astype(np.float32) - canvas) * soft).astype(np.uint8)


def levelled(image: Image, canvas: Image, mask: np.ndarray, depth: np.ndarray, reach: float) -> Image:
    """`image` in the colours of its canvas where both show the inner picture, and ever less beyond its edge.

    What was painted over that edge has its texture there and the inner picture's colours, so that no step
    shifts them. Where the mask is 0 the bytes are those of `image`.

    mask   how much of `image` is painted, the rest is the canvas; float32 [H, W]
    depth  as `Inset.depth` has it
    reach  how far beyond the edge the difference has faded out, in pixels
    """
    import cv2

    known = np.where(depth > 0, mask, 0).astype(np.float32)
    if not known.any():
        return image
    across = max(float(depth[known > 0].max()) / 2, 1.0)
    missing = np.where(depth[..., None] > 0, canvas.astype(np.float32) - image, 0).astype(np.float32)
    share = cv2.GaussianBlur(known, (0, 0), across)
    shift = cv2.GaussianBlur(missing, (0, 0), across) / np.maximum(share, np.float32(1e-4))[..., None]
    everywhere = spread(shift, np.minimum(1, known * 4))
    weight = mask * _eased(1 + depth / reach)
    return np.rint(image + everywhere * weight[..., None]).clip(0, 255).astype(np.uint8)


def _eased(share: np.ndarray) -> np.ndarray:
    t = np.clip(share, 0, 1).astype(np.float32)
    return t * t * (3 - 2 * t)
