"""The second eye's view from one picture and its disparity."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, NamedTuple

import numpy as np

from ..errors import OptionError
from .arrays import back, device_of, plain, rows_of
from .backends import Carrier, carrier
from .backends.fixed import NOWHERE, ONE, SUB


class View(NamedTuple):
    """A synthesised picture and its holes.

    image  like the picture it was made from
    holes  bool [H, W], the pixels that no source pixel shows
    """

    image: Any
    holes: Any


@dataclass(frozen=True)
class Rendering:
    """A view before its holes are filled, numpy.

    colour   float32 [H, W, 3], premultiplied by what is covered
    bare     float32 [H, W], the share of each pixel that nothing covers
    disparity  float32 [H, W], of what is shown; -inf where nothing is
    mirror   int32 [H, W], for bare pixels the column background is mirrored from, else -1
    full     white
    """

    colour: np.ndarray
    bare: np.ndarray
    disparity: np.ndarray
    mirror: np.ndarray
    full: int

    @property
    def holes(self) -> np.ndarray:
        return self.bare >= 0.5


def synthesize_view(
    image: Any,
    disparity: Any,
    shift: float = 1.0,
    fill: str = "background",
    backend: str = "auto",
    device: str = "auto",
) -> View:
    """The picture seen from `shift` of the way towards the other eye.

    image      [H, W, 3] uint8, uint16 or float 0..1; numpy or torch (torch also [3, H, W])
    disparity  [H, W] in pixels, near positive: what lies at x moves to `x - shift * disparity`.
               NaN counts as far away.
    fill       "background" mirrors the surface behind into the holes, "none" leaves them black
    Returns View(image, holes), image of the kind that came in.
    Raises OptionError for shapes that do not fit and for unknown names.
    """
    if fill not in ("background", "none"):
        raise OptionError(f"fill: {fill!r} is not one of background, none", "fill")
    disparity_rows = plain(disparity)
    if disparity_rows.ndim != 2:
        raise OptionError(f"disparity: shape {disparity_rows.shape} is not [H, W]", "disparity")
    height, width = disparity_rows.shape
    if not disparity_rows.size:
        raise OptionError(f"disparity: shape {disparity_rows.shape} holds no pixels", "disparity")
    if not np.isfinite(shift):
        raise OptionError(f"shift: {shift} is not a finite number", "shift")
    rows, restore = rows_of(image, (height, width))
    if rows.shape[2] != 3:
        raise OptionError(f"image: shape {tuple(image.shape)} does not have three channels", "image")
    place = device_of(image) if device == "auto" else device
    view = render(rows, disparity_rows, shift, carrier(backend, place))
    colour = fill_background(view) if fill == "background" else view.colour
    return View(restore(quantise(colour, view.full)), back(view.holes, image))


def stereo_pair(
    image: Any,
    disparity: Any,
    eye: str = "right",
    fill: str = "background",
    backend: str = "auto",
    device: str = "auto",
) -> tuple[Any, Any]:
    """Left and right pictures; `eye` names the one synthesised, "both" moves each by half.

    Arguments and errors as of `synthesize_view`; `disparity` is that between the two eyes.
    """
    shifts = eye_shifts(eye)
    left, right = (
        image if s == 0 else synthesize_view(image, disparity, s, fill, backend, device).image for s in shifts
    )
    return left, right


def eye_shifts(eye: str) -> tuple[float, float]:
    """How far the left and the right view are from the source, in eye distances."""
    shifts = {"right": (0.0, 1.0), "left": (-1.0, 0.0), "both": (-0.5, 0.5)}
    if eye not in shifts:
        raise OptionError(f"eye: {eye!r} is not one of {', '.join(shifts)}", "eye")
    return shifts[eye]


def render(image: np.ndarray, disparity: np.ndarray, shift: float, on: Carrier) -> Rendering:
    """The view at `shift` with its holes still open. Numpy [H, W, 3] integers and [H, W] float."""
    full = int(np.iinfo(image.dtype).max)
    sign = 1 if shift >= 0 else -1
    offset = on.enter(fixed_offset(disparity, shift))
    steps = on.primitives.step_mask(offset)
    layers = on.primitives.unmix(on.enter(image), offset, sign, steps, full)
    return rendered(layers, sign, abs(shift), full, on)


def rendered(layers: Any, sign: int, distance: float, full: int, on: Carrier) -> Rendering:
    """The view of what `unmix` has split (arrays of the carrier), `distance` eyes to one side."""
    p = on.primitives
    base, base_offset, fringe, fringe_offset, alpha = layers
    position, near = p.splat_rows(base_offset, sign)
    shown = p.splat_fringe(fringe_offset, alpha, near, sign)
    colour, bare = (on.leave(a) for a in p.shade(base, base_offset, fringe, alpha, position, shown))
    centre = on.leave(near)[:, SUB // 2 :: SUB]
    nothing = centre == NOWHERE
    shortest = max(4, centre.shape[1] // 160)
    mirror = p.background_rows(on.enter(centre), on.enter((bare > 0) | nothing), shortest)
    disparity = centre / np.float32(ONE * (distance or 1))
    disparity[nothing] = -np.inf
    return Rendering(colour, bare, disparity, on.leave(mirror), full)


def fixed_offset(disparity: np.ndarray, shift: float) -> np.ndarray:
    """How far left each pixel moves, int32 fixed point; NaN as far away, infinities at the edge."""
    width = disparity.shape[1]
    with np.errstate(invalid="ignore"):  # infinity times no shift at all
        moved = disparity * np.float32(shift)
    finite = moved[np.isfinite(moved)]
    farthest = 0.0
    if finite.size:
        farthest = float(finite.min() if shift >= 0 else finite.max())
    moved = np.nan_to_num(moved, nan=farthest, posinf=width, neginf=-width)
    return np.rint(np.clip(moved, -width, width) * np.float32(ONE)).astype(np.int32)


def fill_background(view: Rendering) -> np.ndarray:
    """The view's colours with the surface behind each hole mirrored into it, float32 [H, W, 3]."""
    colour = view.colour.copy()
    ys, xs = np.nonzero(view.mirror >= 0)
    colour[ys, xs] += view.bare[ys, xs, None] * view.colour[ys, view.mirror[ys, xs]]
    return colour


def quantise(colour: np.ndarray, full: int) -> np.ndarray:
    """Float colours as uint8 or uint16."""
    rounded = np.clip(np.rint(colour), 0, full)
    return rounded.astype(np.uint8 if full == 255 else np.uint16)
