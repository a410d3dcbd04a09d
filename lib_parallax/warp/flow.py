"""Bending pictures along optical flow, chaining flows, and finding what they cannot see."""

from __future__ import annotations

from typing import Any

import numpy as np

from ..errors import OptionError
from .arrays import back, device_of, plain, rows_of
from .backends import carrier

INTERPOLATIONS = ("nearest", "linear", "cubic", "lanczos")


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
    forth, back_flow = _field(flow_ab, "flow_ab"), _field(flow_ba, "flow_ba")
    on = carrier(backend, device_of(flow_ab) if device == "auto" else device)
    returned = on.leave(_sampled(on, back_flow, forth, "linear"))
    gap = ((forth + returned) ** 2).sum(-1)
    allowed = 0.01 * ((forth**2).sum(-1) + (returned**2).sum(-1)) + 0.5
    height, width = back_flow.shape[:2]
    x, y = _targets(forth)
    outside = (x < 0) | (y < 0) | (x > width - 1) | (y > height - 1)
    return back((gap > allowed) | outside | ~np.isfinite(gap), flow_ab)


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
    safe = np.nan_to_num(flow, nan=0.0, posinf=reach, neginf=-reach).clip(-reach, reach)
    x, y = _targets(safe)
    return on.primitives.sample(on.enter(image), on.enter(x), on.enter(y), interpolation)
