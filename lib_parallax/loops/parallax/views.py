"""One view or two: how a frame is laid out, and where the eyes are."""

from __future__ import annotations

from dataclasses import dataclass
from fractions import Fraction

import numpy as np

from ...media import StereoTag, name_tag
from ...options import ParallaxOptions
from ...types import Image, Size
from ...warp import Camera
from ...warp.layouts import pack, packed_sample_aspect, packed_size, stereo_kind
from .moves import near
from .showing import see_through

MONO = "mono"
GREEN = np.array([0, 255, 0], np.uint8)


@dataclass(frozen=True)
class Shape:
    """Of a finished frame; `view` is the size of one view in it."""

    view: Size
    size: Size
    sample_aspect: Fraction = Fraction(1)
    stereo: StereoTag | None = None

    @property
    def name_tag(self) -> str:
        return name_tag(self.stereo)


def shape_of(options: ParallaxOptions, picture: Size, aspect: Fraction = Fraction(1)) -> Shape:
    """The shape of the result of a picture of (width, height), whose pixels have that aspect."""
    view = options.size or picture
    if options.layout == MONO:
        return Shape(view, view, aspect)
    kind = stereo_kind(options.layout)
    tag = None
    if kind.layout is not None:
        tag = StereoTag(
            kind.layout, kind.right_first, kind.half, kind.projection, options.fov, options.anaglyph_colours
        )
    size = packed_size(view, options.layout, fov=options.fov)
    return Shape(view, size, packed_sample_aspect(options.layout, aspect), tag)


def eyes(camera: Camera, options: ParallaxOptions, view: Size) -> tuple[Camera, ...]:
    """One camera, or the left eye's and the right's.

    They are so far apart that nearest and farthest differ by `strength` % of the width between them.
    """
    if options.layout == MONO:
        return (camera,)
    relief = camera.height / (1 - camera.steady * camera.height)
    apart = 0.0 if relief == 0 else options.strength / 100 * 2 * view[0] / view[1] / relief
    return near(camera, -apart / 2), near(camera, apart / 2)


def packed(views: list[Image], depth: np.ndarray, options: ParallaxOptions) -> Image:
    """The finished frame of one view or two."""
    if len(views) == 1:
        return views[0]
    left, right = views
    return pack(
        left,
        right,
        options.layout,
        depth=depth,
        anaglyph_colours=options.anaglyph_colours,
        anaglyph_method=options.anaglyph_method,
        fov=options.fov,
    )


def cut_out(image: Image, holes: np.ndarray, options: ParallaxOptions) -> Image:
    """The view with what is uncovered see-through (a fourth channel), or green."""
    if options.alpha == "green":
        return np.where(holes[..., None], GREEN, image)
    if options.alpha == "holes":
        return see_through(image, ~holes)
    return image
