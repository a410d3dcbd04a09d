"""Pictures as the networks take them, and depth brought back to the picture's size."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

import numpy as np

from ...errors import ParallaxError
from ...types import Image, Size
from ...warp.backends.crossing import to_device
from .shapes import PATCH

if TYPE_CHECKING:
    import torch
    from torch import Tensor

INPUT_SIZE = 518  # what the networks were trained at: the short side of the picture they see
LONGEST = 12  # sides of a square; a longer picture is looked at smaller
MEAN = np.array([0.485, 0.456, 0.406], np.float32)
DEVIATION = np.array([0.229, 0.224, 0.225], np.float32)
NEAREST = 0.01  # metres; nothing nearer is believed, so that 1/m stays bounded


def network_size(width: int, height: int, input_size: int = INPUT_SIZE) -> Size:
    """The size at which a network looks at a picture.

    The picture's shape with a short side of at least `input_size`, both sides the nearest
    multiples of 14. Pictures longer than LONGEST keep to as many pixels as one of that shape.
    """
    scale = max(input_size / width, input_size / height)
    columns, rows = (_patches(scale * side, input_size) for side in (width, height))
    limit = LONGEST * _patches(input_size, input_size) ** 2
    if columns * rows > limit:
        shrink = (limit / (columns * rows)) ** 0.5
        columns, rows = (max(1, int(side * shrink)) for side in (columns, rows))
        # A short side of one patch could not shrink, so the long one has to.
        longest = limit // min(columns, rows)
        columns, rows = min(columns, longest), min(rows, longest)
    return columns * PATCH, rows * PATCH


def _patches(side: float, least: int) -> int:
    nearest = round(side / PATCH)
    return max(1, nearest if nearest * PATCH >= least else -int(-side // PATCH))


def scaled(input_size: int, scale: float) -> int:
    """An input size that has been given up a part of."""
    return input_size if scale == 1 else max(PATCH, int(input_size * scale) // PATCH * PATCH)


def picture_size(image: Image) -> Size:
    """(width, height). Raises ParallaxError for anything but uint8 or uint16 `[H, W, 3]`."""
    if image.ndim != 3 or image.shape[2] != 3 or image.dtype not in (np.uint8, np.uint16) or not image.size:
        raise ParallaxError(
            f"depth needs a picture [H, W, 3] of uint8 or uint16, not {list(image.shape)} of {image.dtype}"
        )
    return image.shape[1], image.shape[0]


def prepare(image: Image, size: Size) -> np.ndarray:
    """A picture as float32 `[3, h, w]` of `size`, normalised as the networks were trained."""
    import cv2

    full = np.float32(np.iinfo(image.dtype).max)
    small = cv2.resize(image.astype(np.float32), size, interpolation=cv2.INTER_CUBIC)
    small = (small / full - MEAN) / DEVIATION
    return np.ascontiguousarray(small.transpose(2, 0, 1))


def prepared(images: Sequence[Image], size: Size, device: torch.device) -> Tensor:
    """Pictures of one size as float32 `[N, 3, h, w]` on the device, as `prepare` makes each.

    Off the CPU they are made smaller there: the bytes of a picture cross, and no processor resizes it.
    """
    import torch

    if device.type == "cpu":
        return torch.from_numpy(np.stack([prepare(image, size) for image in images]))
    return shrunk(to_device(np.stack(images), str(device)), size, np.iinfo(images[0].dtype).max)


def shrunk(pictures: Tensor, size: Size, full: float) -> Tensor:
    """`[N, H, W, 3]`, white at `full`, as the networks take them; within .001 of what `prepare` gives."""
    import torch
    import torch.nn.functional as F

    mean, deviation = (torch.from_numpy(v).to(pictures.device)[:, None, None] for v in (MEAN, DEVIATION))
    whole = pictures.permute(0, 3, 1, 2).float()
    small = F.interpolate(whole, size[::-1], mode="bicubic", align_corners=False)
    return (small / full - mean) / deviation


def enlarge(depth: Tensor, size: Size) -> Tensor:
    """Depth `[N, h, w]` at (width, height), float32 `[N, H, W]`."""
    import torch.nn.functional as F

    width, height = size
    return F.interpolate(depth[:, None].float(), (height, width), mode="bilinear", align_corners=True)[:, 0]


def inverse_metres(metres: np.ndarray) -> np.ndarray:
    """Metres as 1/m, float32."""
    return (1 / np.maximum(metres, np.float32(NEAREST))).astype(np.float32, copy=False)
