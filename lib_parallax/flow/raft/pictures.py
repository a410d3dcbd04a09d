"""Pictures as the network takes them, and its flow brought back to their size."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np

from ...errors import ParallaxError
from ...types import Size
from .shapes import LEAST, STRIDE

if TYPE_CHECKING:
    from torch import Tensor

INPUT_SIZE = 520  # longest short side that is looked at; the networks were trained at about 400
LONGEST = 3  # sides of a square; a longer picture is looked at smaller


def to_rgb(image: Any) -> np.ndarray:
    """A picture as float32 `[H, W, 3]` 0..1, whatever it came as. Raises ParallaxError."""
    picture = np.asarray(image.detach().cpu() if hasattr(image, "detach") else image)
    if picture.ndim not in (2, 3) or (picture.ndim == 3 and picture.shape[2] != 3) or not picture.size:
        raise ParallaxError(f"flow needs pictures of shape [H, W, 3] or [H, W], got {list(picture.shape)}")
    if picture.dtype in (np.uint8, np.uint16):
        unit = picture.astype(np.float32) / np.float32(np.iinfo(picture.dtype).max)
    elif np.issubdtype(picture.dtype, np.floating):
        unit = np.clip(np.nan_to_num(picture.astype(np.float32)), 0, 1)
    else:
        raise ParallaxError(f"flow needs uint8, uint16 or float pictures, got {picture.dtype}")
    return unit if unit.ndim == 3 else np.repeat(unit[..., None], 3, 2)


def seen_size(width: int, height: int, input_size: int = INPUT_SIZE) -> Size:
    """The size at which a picture is looked at: its own, or smaller in the same shape.

    The shorter side is at most `input_size`, and there are no more pixels, padding included, than
    in LONGEST squares of that side.
    """
    short, long = sorted((width, height))
    room = LONGEST * max(input_size, LEAST) ** 2
    scale = min(1.0, input_size / short, (room / (width * height)) ** 0.5)
    if scale * short < LEAST:
        scale = min(scale, room / LEAST / long)
    return max(1, round(scale * width)), max(1, round(scale * height))


def padding(width: int, height: int) -> tuple[int, int, int, int]:
    """Pixels to add left, right, above and below so that the network can look at it."""
    across, down = (max(LEAST, -(-side // STRIDE) * STRIDE) - side for side in (width, height))
    return across // 2, across - across // 2, down // 2, down - down // 2


def prepare(picture: np.ndarray, size: Size) -> Tensor:
    """A picture 0..1 at `size` as float32 `[1, 3, h, w]` -1..1, its edges repeated into the padding."""
    import cv2
    import torch

    if picture.shape[1::-1] != size:
        picture = cv2.resize(picture, size, interpolation=cv2.INTER_AREA)
    left, right, above, below = padding(*size)
    padded = np.pad(picture, ((above, below), (left, right), (0, 0)), mode="edge")
    return torch.from_numpy(np.ascontiguousarray(padded.transpose(2, 0, 1)))[None] * 2 - 1


def fitted(flow: Tensor, seen: Size, size: Size) -> Tensor:
    """Flow `[1, 2, h, w]` of a prepared picture, as `[H, W, 2]` in pixels of the picture at `size`."""
    import torch.nn.functional as F

    left, right, above, below = padding(*seen)
    flow = flow[..., above : flow.shape[-2] - below, left : flow.shape[-1] - right]
    if seen != size:
        ratio = flow.new_tensor([whole / part for whole, part in zip(size, seen, strict=True)])
        flow = F.interpolate(flow, size[::-1], mode="bilinear", align_corners=False)
        flow = flow * ratio[:, None, None]
    return flow[0].permute(1, 2, 0).contiguous()
