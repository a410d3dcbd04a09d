"""A picture and its depth seen by a camera that has moved."""

from __future__ import annotations

from dataclasses import replace
from typing import Any, NamedTuple

import numpy as np

from ..errors import OptionError
from .arrays import Restore, back, device_of, plain, rows_of
from .backends import Carrier, carrier
from .camera import Camera, Size, rays
from .stereo import View

MOST_SAMPLES = 8
FLAT = 1e-6  # a height at which nothing moves, but depth can be told


class Rendered(NamedTuple):
    """A view as numpy, with how high what it shows stands out.

    colour  [h, w, 3], of the picture's type
    holes   bool [h, w], the pixels that no source pixel shows
    u       float32 [h, w], depth times the camera's height
    """

    colour: np.ndarray
    holes: np.ndarray
    u: np.ndarray


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
    rows, relief, restore = checked(image, depth)
    place = device_of(image) if device == "auto" else device
    made = render(rows, relief, camera, view_size(size, rows), carrier(backend, place), supersampling)
    return View(restore(made.colour), back(made.holes, image))


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
    camera = replace(camera, height=max(camera.height, FLAT))
    rows, relief, restore = checked(image, depth)
    place = device_of(image) if device == "auto" else device
    made = render(rows, relief, camera, view_size(size, rows), carrier(backend, place), supersampling)
    seen = made.u / np.float32(camera.height)
    return DeepView(restore(made.colour), back(made.holes, image), back(seen, image))


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
        views.append(Rendered(on.leave(colour).astype(image.dtype, copy=False), on.leave(holes), on.leave(u)))
    return views[0] if len(views) == 1 else _mean(views)


def parts(supersampling: int) -> list[tuple[float, float]]:
    """Where in a pixel its rays go through, as shares of its width and height."""
    if not 1 <= supersampling <= MOST_SAMPLES or supersampling != int(supersampling):
        raise OptionError(f"supersampling: {supersampling} is not in 1..{MOST_SAMPLES}", "supersampling")
    at = (np.arange(int(supersampling)) + 0.5) / int(supersampling)
    return [(float(x), float(y)) for y in at for x in at]


def _mean(views: list[Rendered]) -> Rendered:
    """The mean of a pixel's rays; a hole where half of them hit nothing."""
    count = len(views)
    colour = sum((v.colour for v in views), np.zeros(views[0].colour.shape, np.uint32))
    holes = sum((v.holes for v in views), np.zeros(views[0].holes.shape, np.int32))
    u = sum((v.u for v in views), np.zeros(views[0].u.shape, np.float32))
    mean = ((colour + count // 2) // count).astype(views[0].colour.dtype)
    return Rendered(mean, 2 * holes >= count, u / np.float32(count))


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
    return rows, bounded(relief), restore


def bounded(depth: np.ndarray) -> np.ndarray:
    """Depth within 0..1; what is no number is far."""
    if depth.min() >= 0 and depth.max() <= 1:
        return depth
    return np.fmin(np.fmax(depth, np.float32(0)), np.float32(1))


def view_size(size: Size | None, image: np.ndarray) -> Size:
    if size is None:
        return image.shape[1], image.shape[0]
    width, height = size
    if width < 1 or height < 1 or width != int(width) or height != int(height):
        raise OptionError(f"size: {width}x{height} is not a size in whole pixels", "size")
    return int(width), int(height)
