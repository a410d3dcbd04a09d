"""How a model looks at pictures: what its preprocessor_config.json asks for, done with torch alone.

The image processors of transformers 5 stand on torchvision, those of older versions on rounding
to 8 bit; both are left aside.
"""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import dataclass, replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np

from ...errors import SourceError
from ...types import Image, Size
from ..vit.pictures import LONGEST
from .files import read_json

if TYPE_CHECKING:
    from torch import Tensor

UNSIZED = 480  # short side for models that look at a picture as it is: the largest they were trained at
LARGEST = 8192  # pixels a side: no model looks at more, whatever its file says
STEP = 32  # sides are multiples of this where a model does not say

# Pillow's numbers for its filters, as the files have them
_FILTERS = {0: "nearest-exact", 1: "bicubic", 2: "bilinear", 3: "bicubic", 4: "bilinear", 5: "bilinear"}


@dataclass(frozen=True)
class Look:
    """What a model wants to see.

    size         (height, width), or None for the picture as it is, rounded down to `multiple`.
    keep_aspect  keep the picture's shape: one side as `size` says, the one that changes least.
    multiple     both sides are multiples of it.
    pad          mirror the picture's borders outwards first, as ZoeDepth was trained.
    scale        what values 0..255 are multiplied with, before mean and deviation.
    fixed        the network takes this size only.
    """

    size: tuple[int, int] | None = (384, 384)
    keep_aspect: bool = False
    multiple: int = 1
    resample: str = "bicubic"
    antialias: bool = True
    align_corners: bool = False
    pad: bool = False
    scale: float = 1 / 255
    mean: tuple[float, ...] = (0.5, 0.5, 0.5)
    deviation: tuple[float, ...] = (0.5, 0.5, 0.5)
    fixed: bool = False


def look_of(folder: Path, usual: Look) -> Look:
    """`usual` with what the model's own files say. Raises SourceError for what cannot be understood."""
    path = folder / "preprocessor_config.json"
    if not path.is_file():
        return usual
    given = read_json(path)
    try:
        return _configured(given, usual)
    except (TypeError, ValueError, KeyError) as error:
        raise SourceError(f"{path}: cannot be understood ({error!r})") from error


def _configured(given: Mapping[str, Any], usual: Look) -> Look:
    multiple = next(
        (int(given[key]) for key in ("ensure_multiple_of", "size_divisor") if (given.get(key) or 0) >= 1),
        usual.multiple,
    )
    if multiple > LARGEST:
        raise ValueError(f"a multiple of {multiple}")
    normalize = given.get("do_normalize", True)
    resample, antialias = usual.resample, usual.antialias
    if given.get("resample") is not None:
        resample = _FILTERS[int(given["resample"])]
        antialias = antialias and resample != "nearest-exact"
    return replace(
        usual,
        size=_size(given.get("size"), usual.size) if given.get("do_resize", True) else None,
        keep_aspect=bool(given.get("keep_aspect_ratio", usual.keep_aspect)),
        multiple=multiple,
        resample=resample,
        antialias=antialias,
        align_corners=usual.align_corners and resample in ("bilinear", "bicubic"),
        pad=usual.pad and bool(given.get("do_pad", True)),
        scale=float(given.get("rescale_factor") or 1 / 255) if given.get("do_rescale", True) else 1.0,
        mean=_channels(given.get("image_mean"), usual.mean) if normalize else (0.0,) * 3,
        deviation=_channels(given.get("image_std"), usual.deviation) if normalize else (1.0,) * 3,
    )


def _size(given: Any, usual: tuple[int, int] | None) -> tuple[int, int] | None:
    if given is None or usual is None:
        return usual
    if isinstance(given, Mapping):
        side = given.get("shortest_edge")
        sides = (given.get("height", side), given.get("width", side))
    else:
        sides = (given, given)
    height, width = (int(side) for side in sides)
    if min(height, width) < 1 or max(height, width) > LARGEST:
        raise ValueError(f"size {given}")
    return height, width


def _channels(given: Any, usual: tuple[float, ...]) -> tuple[float, ...]:
    if given is None:
        return usual
    each = given if isinstance(given, (list, tuple)) else [given] * 3
    values = tuple(float(value) for value in each)
    if len(values) != 3:
        raise ValueError(f"{given} is not three channels")
    return values


def network_size(look: Look, whole: Size, input_size: int | None = None, scale: float = 1.0) -> Size:
    """The size at which a model looks at a picture of size `whole` (borders included).

    input_size  the shorter side, in place of the model's own; scale a factor on that. A model of
    fixed size has neither. A very long picture keeps to LONGEST times the pixels of `look.size`.
    """
    width, height = whole
    if look.size is None:
        side = (input_size or UNSIZED) * scale
        fit = side / min(whole)
        step = STEP if look.multiple == 1 else look.multiple
        fit = fit if input_size else min(1.0, fit)
        columns, rows = (max(1, int(fit * pixels / step)) for pixels in whole)
        return _bounded(columns, rows, (side / step) ** 2, step)
    if look.fixed:
        return look.size[1], look.size[0]
    share = scale * (input_size / min(look.size) if input_size else 1.0)
    high, wide = (side * share for side in look.size)
    fits = wide / width, high / height
    if look.keep_aspect:
        fits = (min(fits, key=lambda fit: abs(1 - fit)),) * 2
    step = STEP if look.multiple == 1 and share != 1 else look.multiple
    columns, rows = (max(1, round(fit * pixels / step)) for fit, pixels in zip(fits, whole, strict=True))
    return _bounded(columns, rows, max(1.0, high / step) * max(1.0, wide / step), step)


def _bounded(columns: int, rows: int, usual: float, step: int) -> Size:
    """The size of so many steps each way, made smaller where they are more than LONGEST times the usual."""
    limit = int(LONGEST * max(1.0, usual))
    if columns * rows > limit:
        shrink = math.sqrt(limit / (columns * rows))
        columns, rows = (max(1, int(side * shrink)) for side in (columns, rows))
        # a short side of one step could not shrink, so the long one has to
        longest = limit // min(columns, rows)
        columns, rows = min(columns, longest), min(rows, longest)
    return columns * step, rows * step


def border(side: int) -> int:
    """How many pixels of mirrored border ZoeDepth puts at both ends of a side."""
    return int(math.sqrt(side / 2) * 3)


def bordered(image: Image) -> Image:
    """The picture with its borders mirrored outwards."""
    down, across = (border(side) for side in image.shape[:2])
    return np.pad(image, ((down, down), (across, across), (0, 0)), mode="reflect")


def prepare(image: Image, look: Look, size: Size) -> Tensor:
    """A picture (with its borders, where there are some) as float32 `[3, h, w]` of `size`, normalised."""
    import torch
    import torch.nn.functional as F

    full = np.iinfo(image.dtype).max
    pixels = torch.from_numpy(image.astype(np.float32)).permute(2, 0, 1)[None]
    if pixels.shape[2:] != (size[1], size[0]):
        corners = None if look.resample == "nearest-exact" else look.align_corners
        pixels = F.interpolate(
            pixels, size[::-1], mode=look.resample, antialias=look.antialias, align_corners=corners
        ).clamp(0, full)
    mean, deviation = (
        torch.tensor(values, dtype=torch.float32)[:, None, None] for values in (look.mean, look.deviation)
    )
    return ((pixels[0] * (255 / full * look.scale) - mean) / deviation).contiguous()
