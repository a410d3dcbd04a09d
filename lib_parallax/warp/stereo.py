"""The second eye's view from one picture and its disparity."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, NamedTuple

import numpy as np

from ..errors import OptionError
from .arrays import back, device_of, is_tensor, plain, rows_of, rows_there
from .backends import Carrier, carrier
from .backends.fixed import NOWHERE, ONE
from .backends.seen import Seen


class View(NamedTuple):
    """A synthesised picture and its holes.

    image  like the picture it was made from
    holes  bool [H, W], the pixels that no source pixel shows
    """

    image: Any
    holes: Any


@dataclass(frozen=True)
class Rendering:
    """A view; arrays of the carrier that made it.

    seen      the picture with what was to be mirrored into its holes, and what is known of them
    full      white
    distance  how many eye distances it is from the source
    """

    seen: Seen
    full: int
    distance: float

    @property
    def type(self) -> Any:
        """What pixels are in numpy."""
        return np.uint8 if self.full == 255 else np.uint16

    def disparity(self, near: np.ndarray) -> np.ndarray:
        """Nearness in pixels; -inf where nothing is."""
        pixels = near / np.float32(ONE * (self.distance or 1))
        pixels[near == NOWHERE] = -np.inf
        return pixels


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
    return _views(image, disparity, [shift], fill, backend, device)[0]


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
    moved = iter(_views(image, disparity, [s for s in shifts if s], fill, backend, device))
    left, right = (next(moved).image if s else image for s in shifts)
    return left, right


def _views(
    image: Any, disparity: Any, shifts: Sequence[float], fill: str, backend: str, device: str
) -> list[View]:
    """Views at shifts of one length, 1 or 2; see `synthesize_view`."""
    if fill not in ("background", "none"):
        raise OptionError(f"fill: {fill!r} is not one of background, none", "fill")
    shape = tuple(np.shape(disparity))
    if len(shape) != 2:
        raise OptionError(f"disparity: shape {shape} is not [H, W]", "disparity")
    if 0 in shape:
        raise OptionError(f"disparity: shape {shape} holds no pixels", "disparity")
    if not np.isfinite(shifts[0]):
        raise OptionError(f"shift: {shifts[0]} is not a finite number", "shift")
    on = carrier(backend, device_of(image) if device == "auto" else device)
    there = rows_there(image, shape) if on.name != "cpu" and is_tensor(disparity) else None
    rows, restore = there or rows_of(image, shape)
    if rows.shape[2] != 3:
        raise OptionError(f"image: shape {tuple(np.shape(image))} does not have three channels", "image")
    apart = disparity.detach().float() if there else plain(disparity)
    views = []
    for made in render(on.enter(rows), on.enter(apart), shifts, on, fill):
        picture, holes = made.seen.picture, made.seen.holes
        if there:
            views.append(View(restore(picture).to(image.device), holes.to(image.device)))
        else:
            views.append(View(restore(on.leave(picture, made.type)), back(on.leave(holes), image)))
    return views


def eye_shifts(eye: str) -> tuple[float, float]:
    """How far the left and the right view are from the source, in eye distances."""
    shifts = {"right": (0.0, 1.0), "left": (-1.0, 0.0), "both": (-0.5, 0.5)}
    if eye not in shifts:
        raise OptionError(f"eye: {eye!r} is not one of {', '.join(shifts)}", "eye")
    return shifts[eye]


def render(
    image: Any,
    disparity: Any,
    shifts: Sequence[float],
    on: Carrier,
    fill: str = "background",
    listed: bool = False,
) -> list[Rendering]:
    """The views at shifts of one length, to one side or both; what they have in common is done once.

    image      [H, W, 3] uint8 or uint16, as the carrier takes it
    disparity  float32 [H, W], pixels; likewise
    fill       "none" leaves holes black
    listed     whether `seen.uncovered` is to be told
    """
    full = 255 if image.dtype.itemsize == 1 else 65535
    distance = abs(shifts[0])
    offset = on.primitives.fixed_offset(disparity, distance)
    signs = [1 if shift >= 0 else -1 for shift in shifts]
    shortest = 0 if fill == "none" else max(4, image.shape[1] // 160)
    seen = on.primitives.see(image, offset, signs, shortest, full, listed)
    return [Rendering(each, full, distance) for each in seen]


def quantise(colour: np.ndarray, full: int) -> np.ndarray:
    """Float colours as uint8 or uint16."""
    rounded = np.clip(np.rint(colour), 0, full)
    return rounded.astype(np.uint8 if full == 255 else np.uint16)
