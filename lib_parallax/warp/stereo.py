"""The second eye's view from one picture and its disparity."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, NamedTuple

import numpy as np

from ..errors import OptionError
from .arrays import back, device_of, is_tensor, plain, rows_of, rows_there
from .backends import Carrier, carrier
from .backends.fixed import NOWHERE, ONE


class View(NamedTuple):
    """A synthesised picture and its holes.

    image  like the picture it was made from
    holes  bool [H, W], the pixels that no source pixel shows
    """

    image: Any
    holes: Any


@dataclass(frozen=True)
class Rendering:
    """A view before its holes are filled; arrays of the carrier that made it.

    colour   float32 [H, W, 3], premultiplied by what is covered
    bare     float32 [H, W], the share of each pixel that nothing covers
    near     int32 [H, W], nearness of what is shown, fixed point; NOWHERE where nothing is
    mirror   int32 [H, W], for bare pixels the column background is mirrored from, else -1
    full     white
    distance how many eye distances it is from the source
    """

    colour: Any
    bare: Any
    near: Any
    mirror: Any
    full: int
    distance: float
    on: Carrier

    @property
    def holes(self) -> Any:
        return self.bare >= 0.5

    @property
    def type(self) -> Any:
        """What pixels are in numpy."""
        return np.uint8 if self.full == 255 else np.uint16

    def picture(self) -> Any:
        """The picture [H, W, 3] with the surface behind each hole mirrored into it."""
        return self.on.primitives.fill(self.colour, self.bare, self.mirror, self.full)

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
    if fill not in ("background", "none"):
        raise OptionError(f"fill: {fill!r} is not one of background, none", "fill")
    shape = tuple(np.shape(disparity))
    if len(shape) != 2:
        raise OptionError(f"disparity: shape {shape} is not [H, W]", "disparity")
    if 0 in shape:
        raise OptionError(f"disparity: shape {shape} holds no pixels", "disparity")
    if not np.isfinite(shift):
        raise OptionError(f"shift: {shift} is not a finite number", "shift")
    on = carrier(backend, device_of(image) if device == "auto" else device)
    there = rows_there(image, shape) if on.name != "cpu" and is_tensor(disparity) else None
    rows, restore = there or rows_of(image, shape)
    if rows.shape[2] != 3:
        raise OptionError(f"image: shape {tuple(np.shape(image))} does not have three channels", "image")
    if there:
        view = render(on.enter(rows), on.enter(disparity.detach().float()), shift, on, fill)
        return View(restore(view.picture()).to(image.device), view.holes.to(image.device))
    view = render(rows, plain(disparity), shift, on, fill)
    return View(restore(on.leave(view.picture(), view.type)), back(on.leave(view.holes), image))


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


def render(image: Any, disparity: Any, shift: float, on: Carrier, fill: str = "background") -> Rendering:
    """The view at `shift` with its holes still open.

    image      [H, W, 3] uint8 or uint16 in numpy, or as the carrier takes it
    disparity  float32 [H, W], pixels; likewise
    fill       "none" where nothing is to be mirrored into the holes
    """
    full = 255 if image.dtype.itemsize == 1 else 65535
    sign = 1 if shift >= 0 else -1
    offset = on.enter(fixed_offset(disparity, shift))
    steps = on.primitives.step_mask(offset)
    layers = on.primitives.unmix(on.enter(image), offset, sign, steps, full)
    return rendered(layers, sign, abs(shift), full, on, fill)


def rendered(
    layers: Any, sign: int, distance: float, full: int, on: Carrier, fill: str = "background"
) -> Rendering:
    """The view of what `unmix` has split (arrays of the carrier), `distance` eyes to one side."""
    shortest = 0 if fill == "none" else max(4, layers[0].shape[1] // 160)
    colour, bare, near, mirror = on.primitives.view(*layers, sign, shortest)
    return Rendering(colour, bare, near, mirror, full, distance, on)


def fixed_offset(disparity: Any, shift: float) -> Any:
    """How far left each pixel moves, int32 fixed point; NaN as far away, infinities at the edge."""
    width = disparity.shape[1]
    if is_tensor(disparity):
        return _fixed_tensor(disparity * float(np.float32(shift)), shift >= 0, width)
    with np.errstate(invalid="ignore"):  # infinity times no shift at all
        moved = disparity * np.float32(shift)
    finite = moved[np.isfinite(moved)]
    farthest = 0.0
    if finite.size:
        farthest = float(finite.min() if shift >= 0 else finite.max())
    moved = np.nan_to_num(moved, nan=farthest, posinf=width, neginf=-width)
    return np.rint(np.clip(moved, -width, width) * np.float32(ONE)).astype(np.int32)


def _fixed_tensor(moved: Any, to_right: bool, width: int) -> Any:
    import torch

    finite = moved.isfinite()
    beyond = float("inf") if to_right else -float("inf")
    known = torch.where(finite, moved, beyond)
    farthest = known.min() if to_right else known.max()
    farthest = torch.where(farthest.isfinite(), farthest, 0.0)
    return (torch.where(moved.isnan(), farthest, moved).clamp(-width, width) * ONE).round().int()


def quantise(colour: np.ndarray, full: int) -> np.ndarray:
    """Float colours as uint8 or uint16."""
    rounded = np.clip(np.rint(colour), 0, full)
    return rounded.astype(np.uint8 if full == 255 else np.uint16)
