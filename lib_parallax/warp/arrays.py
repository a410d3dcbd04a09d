"""Taking numpy arrays and torch tensors alike, and giving back what came in."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np

from ..errors import OptionError

Restore = Callable[[np.ndarray], Any]


def is_tensor(array: Any) -> bool:
    return type(array).__module__.partition(".")[0] == "torch"


def device_of(array: Any) -> str:
    """Where a tensor lives, as a carrier is asked for; numpy is taken by any."""
    return str(array.device) if is_tensor(array) else "auto"


def copied(array: Any) -> Any:
    """Another array of the same kind and content."""
    return array.clone() if is_tensor(array) else array.copy()


def rows_of(
    image: Any, like: tuple[int, int] | None = None, keep_floats: bool = False
) -> tuple[np.ndarray, Restore]:
    """A picture as numpy [H, W, C] uint8 or uint16, and the way back to its own form.

    Pictures are [H, W, C], or torch's [C, H, W]; which one is seen from `like` (height,
    width), or else from where the one to four channels are. Floats are 0..1 and are computed
    at 16 bit, or with `keep_floats` as float32. Raises OptionError for other shapes and types.
    """
    array = _numpy(image)
    channels_first = first_are_channels(image, like)
    if channels_first:
        array = np.moveaxis(array, 0, -1)
    kind = array.dtype
    if kind.kind == "f" and keep_floats:
        array = array.astype(np.float32, copy=False)
    elif kind.kind == "f":
        unit = np.clip(np.nan_to_num(array.astype(np.float32, copy=False)), 0, 1)
        array = np.rint(unit * 65535).astype(np.uint16)
    elif kind == np.int32 and is_tensor(image):
        array = array.astype(np.uint16)
    elif kind not in (np.uint8, np.uint16):
        raise OptionError(f"image: {kind} is not uint8, uint16 or float", "image")

    def restore(result: np.ndarray) -> Any:
        if kind.kind == "f" and keep_floats:
            result = result.astype(kind)
        elif kind.kind == "f":
            result = (result.astype(np.float64) / 65535).astype(kind)
        elif kind == np.int32:
            result = result.astype(np.int32)
        result = back(np.moveaxis(result, -1, 0) if channels_first else result, image)
        return result.to(image.dtype) if is_tensor(image) else result  # type: ignore[attr-defined]

    return np.ascontiguousarray(array), restore


def first_are_channels(image: Any, like: tuple[int, int] | None = None) -> bool:
    """Whether a picture is [C, H, W], see `rows_of`. Raises OptionError for what is none or does not fit."""
    shape = tuple(np.shape(image))
    if len(shape) != 3:
        raise OptionError(f"image: shape {shape} is not [H, W, C]", "image")
    if 0 in shape:
        raise OptionError(f"image: shape {shape} holds no pixels", "image")
    if like is None:
        return is_tensor(image) and shape[0] <= 4 < shape[2]
    found = shape[:2] != like and shape[1:] == like
    if not found and shape[:2] != like:
        raise OptionError(f"image: shape {shape} does not fit {like[1]}x{like[0]}", "image")
    return found


def rows_there(image: Any, like: tuple[int, int]) -> tuple[Any, Restore] | None:
    """`rows_of` for a tensor that stays where it is: [H, W, C] uint8, or int32 for 16 bit, and the way back.

    None for numpy and for types that torch hardly computes with.
    """
    if not is_tensor(image):
        return None
    import torch

    kind = image.dtype
    if kind not in (torch.uint8, torch.int32) and not kind.is_floating_point:
        return None
    channels_first = first_are_channels(image, like)
    rows = image.detach().permute(1, 2, 0) if channels_first else image.detach()
    if kind.is_floating_point:
        rows = (rows.float().nan_to_num().clamp(0, 1) * 65535).round().int()

    def restore(result: Any) -> Any:
        made = (result.float() / 65535).to(kind) if kind.is_floating_point else result
        return made.permute(2, 0, 1).contiguous() if channels_first else made

    return rows.contiguous(), restore


def plain(array: Any, dtype: Any = np.float32) -> np.ndarray:
    """A map such as depth or flow as numpy."""
    return np.ascontiguousarray(_numpy(array), dtype)


def _numpy(array: Any) -> np.ndarray:
    if not is_tensor(array):
        return np.asarray(array)
    array = array.detach().cpu()
    # numpy has no bfloat16
    return (array.float() if str(array.dtype) == "torch.bfloat16" else array).numpy()


def back(result: np.ndarray, like: Any) -> Any:
    """A numpy result as a tensor on the device of `like` when that was a tensor."""
    if not is_tensor(like):
        return result
    import torch

    return torch.from_numpy(np.ascontiguousarray(result)).to(like.device)
