"""A picture and its depth seen by a camera that has moved."""

from __future__ import annotations

from typing import Any, NamedTuple

import numpy as np

from ..errors import OptionError
from .arrays import Restore, back, device_of, plain, rows_of
from .backends import Carrier, carrier
from .camera import Camera, Size, rays
from .stereo import View, quantise

MOST_SAMPLES = 8


class Rendered(NamedTuple):
    """A view as numpy, with its depth.

    colour  float32 [h, w, 3] in the picture's own levels
    holes   bool [h, w], the pixels that no source pixel shows
    depth   float32 [h, w], 0..1, of what is seen
    """

    colour: np.ndarray
    holes: np.ndarray
    depth: np.ndarray


class DeepView(NamedTuple):
    """A view, its holes, and the depth of what it shows, float32 [h, w], 0 far to 1 near."""

    image: Any
    holes: Any
    depth: Any


def render_parallax(
    image: Any,
    depth: Any,
    camera: Camera,
    size: Size | None = None,
    backend: str = "auto",
    device: str = "auto",
    supersampling: int = 1,
) -> View:
    """The picture as a relief, seen by `camera`.

    image          [H, W, 3] uint8, uint16 or float 0..1; numpy or torch (torch also [3, H, W])
    depth          [H, W], 0 far to 1 near, of the picture's size; NaN counts as far, what is beyond is cut
    size           (width, height) of the view, by default the picture's; of another shape it shows the
                   most of the picture that has no border
    supersampling  rays across and down each pixel
    Returns View(image, holes), of the kind that came in. Holes are pixels that no source pixel shows:
    walls at depth steps, which are stretched there, and, where `camera.outside` is "blank", what lies
    beyond the picture, black.
    Raises OptionError for shapes that do not fit.
    """
    view = render_deep(image, depth, camera, size, backend, device, supersampling)
    return View(view.image, view.holes)


def render_deep(
    image: Any,
    depth: Any,
    camera: Camera,
    size: Size | None = None,
    backend: str = "auto",
    device: str = "auto",
    supersampling: int = 1,
) -> DeepView:
    """As `render_parallax`, with the depth of the view."""
    rows, relief, restore = checked(image, depth)
    place = device_of(image) if device == "auto" else device
    made = render(rows, relief, camera, view_size(size, rows), carrier(backend, place), supersampling)
    colour = quantise(made.colour, int(np.iinfo(rows.dtype).max))
    return DeepView(restore(colour), back(made.holes, image), back(made.depth, image))


def render(
    image: np.ndarray, depth: np.ndarray, camera: Camera, size: Size, on: Carrier, supersampling: int = 1
) -> Rendered:
    """The view of a picture [H, W, 3] of integers and depth float32 [H, W] within 0..1."""
    full = int(np.iinfo(image.dtype).max)
    source = (image.shape[1], image.shape[0])
    entered, relief = on.enter(image), on.enter(depth)
    views = []
    for part in parts(supersampling):
        way = rays(camera, size, source, part)
        u = on.primitives.first_hit(relief, way, size)
        colour, holes = on.primitives.look_up(entered, relief, u, way, full)
        views.append(Rendered(on.leave(colour), on.leave(holes), on.leave(u) / (camera.height or 1)))
    return views[0] if len(views) == 1 else _mean(views)


def parts(supersampling: int) -> list[tuple[float, float]]:
    """Where in a pixel its rays go through, as shares of its width and height."""
    if not 1 <= supersampling <= MOST_SAMPLES or supersampling != int(supersampling):
        raise OptionError(f"supersampling: {supersampling} is not in 1..{MOST_SAMPLES}", "supersampling")
    at = (np.arange(int(supersampling)) + 0.5) / int(supersampling)
    return [(float(x), float(y)) for y in at for x in at]


def _mean(views: list[Rendered]) -> Rendered:
    """The mean of a pixel's rays; a hole where half of them hit nothing."""
    colour = sum(v.colour for v in views) / np.float32(len(views))
    holes = sum(v.holes.astype(np.float32) for v in views) / len(views)
    depth = sum(v.depth for v in views) / np.float32(len(views))
    return Rendered(colour, holes >= 0.5, depth)


def checked(image: Any, depth: Any) -> tuple[np.ndarray, np.ndarray, Restore]:
    """A picture of integers [H, W, 3], its depth within 0..1, and the way back. Raises OptionError."""
    relief = plain(depth)
    if relief.ndim != 2 or not relief.size:
        raise OptionError(f"depth: shape {relief.shape} is not [H, W] with pixels in it", "depth")
    height, width = relief.shape
    shape = tuple(np.shape(image))
    if len(shape) == 3 and (height, width) not in (shape[:2], shape[1:]):
        wide, high = (shape[1], shape[0]) if shape[2] <= 4 else (shape[2], shape[1])
        raise OptionError(
            f"depth: it is {width}x{height} and the picture {wide}x{high}; they must be of one size", "depth"
        )
    rows, restore = rows_of(image, (height, width))
    if rows.shape[2] != 3:
        raise OptionError(f"image: shape {shape} does not have three channels", "image")
    return rows, np.nan_to_num(relief, nan=0.0, posinf=1.0, neginf=0.0).clip(0, 1), restore


def view_size(size: Size | None, image: np.ndarray) -> Size:
    if size is None:
        return image.shape[1], image.shape[0]
    width, height = size
    if width < 1 or height < 1 or width != int(width) or height != int(height):
        raise OptionError(f"size: {width}x{height} is not a size in whole pixels", "size")
    return int(width), int(height)
