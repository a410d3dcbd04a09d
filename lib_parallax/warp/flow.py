"""Bending pictures along optical flow, chaining flows, and finding what they cannot see."""

from __future__ import annotations

from typing import Any

import numpy as np

from ..errors import OptionError
from .arrays import back, device_of, plain, rows_of
from .backends import carrier
from .backends.fixed import ONE
from .stereo import View, quantise

INTERPOLATIONS = ("nearest", "linear", "cubic", "lanczos")
BARE = 0.25  # a pixel that less than this of one lands on is a hole; a picture may grow 1.4 times without any


def warp_flow(
    image: Any, flow: Any, interpolation: str = "cubic", backend: str = "auto", device: str = "auto"
) -> Any:
    """`warped(x) = image(x + flow(x))`; beyond the edges the edge repeats.

    image          [H, W, C] uint8, uint16 or float 0..1 (torch also [C, H, W]), or a map [H, W] of
                   any numbers, which comes back as float32
    flow           [H', W', 2] in pixels, (dx, dy); its size is the result's
    interpolation  "nearest", "linear", "cubic" (Catmull-Rom) or "lanczos"
    Whole-pixel flow moves pixels untouched. Comes back as what came in. Raises OptionError.
    """
    if interpolation not in INTERPOLATIONS:
        raise OptionError(
            f"interpolation: {interpolation!r} is not one of {', '.join(INTERPOLATIONS)}", "interpolation"
        )
    field = _field(flow, "flow")
    on = carrier(backend, device_of(image) if device == "auto" else device)
    if len(image.shape) == 2:  # a map such as depth: its numbers are sampled as they are
        if 0 in image.shape:
            raise OptionError(f"image: shape {tuple(image.shape)} holds no pixels", "image")
        values = on.leave(_sampled(on, plain(image)[..., None], field, interpolation))
        return back(values[..., 0], image)
    size = field.shape[:2]
    like = size if size in (tuple(image.shape[:2]), tuple(image.shape[1:])) else None
    rows, restore = rows_of(image, like, keep_floats=True)
    values = on.leave(_sampled(on, rows, field, interpolation))
    if rows.dtype.kind == "f":
        return restore(np.clip(values, min(0, rows.min()), max(1, rows.max())))
    return restore(np.clip(np.rint(values), 0, np.iinfo(rows.dtype).max).astype(rows.dtype))


def splat_flow(
    image: Any, flow: Any, importance: Any = None, backend: str = "auto", device: str = "auto"
) -> View:
    """Every pixel pushed to where its flow leads: x goes to x + flow(x) (Niklaus and Liu 2020).

    image       [H, W, C] uint8, uint16 or float 0..1 (torch also [C, H, W])
    flow        [H, W, 2] in pixels; a pixel whose flow is no number goes nowhere
    importance  [H, W], of pixels that meet one with 1 more counts e times as much; none: all alike
    Returns View(image, holes), image as what came in, black in the holes, which are the pixels on
    which hardly anything lands, however important. Whole-pixel flow moves pixels untouched. The
    same bytes come out on every run and device. Raises OptionError.
    """
    field = _field(flow, "flow")
    size = field.shape[:2]
    rows, restore = rows_of(image, size)
    weigh = np.zeros(size, np.float32) if importance is None else plain(importance)
    if weigh.shape != size:
        raise OptionError(f"importance: shape {weigh.shape} is not {size}", "importance")
    reach = np.float32(2**15)
    on = carrier(backend, device_of(image) if device == "auto" else device)
    x, y = (
        on.enter(np.rint(np.nan_to_num(to, nan=-reach).clip(-reach, reach) * ONE).astype(np.int32))
        for to in _targets(field)
    )
    weigh = np.nan_to_num(weigh, nan=-1e30, posinf=1e30, neginf=-1e30)
    colour, landed = (on.leave(a) for a in on.primitives.splat(on.enter(rows), x, y, on.enter(weigh)))
    holes = landed < BARE * ONE * ONE
    colour[holes] = 0
    return View(restore(quantise(colour, int(np.iinfo(rows.dtype).max))), back(holes, image))


def compose_flow(flow_ab: Any, flow_bc: Any, backend: str = "auto", device: str = "auto") -> Any:
    """The flow from a into c through b: `F_ac(x) = F_ab(x) + F_bc(x + F_ab(x))`, [H, W, 2]."""
    ab, bc = _field(flow_ab, "flow_ab"), _field(flow_bc, "flow_bc")
    on = carrier(backend, device_of(flow_ab) if device == "auto" else device)
    return back(ab + on.leave(_sampled(on, bc, ab, "linear")), flow_ab)


def occlusion(flow_ab: Any, flow_ba: Any, backend: str = "auto", device: str = "auto") -> Any:
    """Pixels of a that b does not show, bool [H, W], by the forward-backward check.

    A pixel is occluded where the way there and back does not close,
    `|F(x) + B(x + F)|² > 0.01 (|F|² + |B|²) + 0.5` with B read at x + F, or leaves the picture
    (Sundaram, Brox and Keutzer 2010).
    """
    return mismatch(flow_ab, flow_ba, backend, device) > 1


def mismatch(flow_ab: Any, flow_ba: Any, backend: str = "auto", device: str = "auto") -> Any:
    """How far from closing the way there and back is, float32 [H, W]: 0 closes, above 1 is `occlusion`.

    The two sides of its inequality, divided; infinite where the way leaves the picture.
    """
    forth, back_flow = _field(flow_ab, "flow_ab"), _field(flow_ba, "flow_ba")
    on = carrier(backend, device_of(flow_ab) if device == "auto" else device)
    return back(on.leave(on.primitives.unclosed(on.enter(forth), on.enter(back_flow))), flow_ab)


def _field(flow: Any, name: str) -> np.ndarray:
    field = plain(flow)
    if field.ndim != 3 or field.shape[2] != 2:
        raise OptionError(f"{name}: shape {field.shape} is not [H, W, 2]", name)
    if not field.size:
        raise OptionError(f"{name}: shape {field.shape} holds no pixels", name)
    return field


def _targets(flow: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    height, width = flow.shape[:2]
    x = np.arange(width, dtype=np.float32) + flow[..., 0]
    y = np.arange(height, dtype=np.float32)[:, None] + flow[..., 1]
    return x, y


def _sampled(on: Any, image: np.ndarray, flow: np.ndarray, interpolation: str) -> Any:
    reach = np.float32(2**20)  # keeps NaN and infinities inside what integers hold
    if not (-reach < flow.min() and flow.max() < reach):
        flow = np.nan_to_num(flow, nan=0.0, posinf=reach, neginf=-reach).clip(-reach, reach)
    x, y = _targets(flow)
    return on.primitives.sample(on.enter(image), on.enter(x), on.enter(y), interpolation)
