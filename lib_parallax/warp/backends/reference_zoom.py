"""Pictures laid over each other at any scale and angle, defined in torch.

`Placed` says where each comes to lie; the lowest comes first. Every pixel of the frame is the area
mean of what it covers (`area_taps`); of a turned picture, of a square of the same area along the
picture's own axes.
"""

from __future__ import annotations

from collections.abc import Sequence

import torch
from torch import Tensor

from ..area import Taps, area_taps
from ..placed import Placed


def halve(image: Tensor) -> Tensor:
    """Means of two by two pixels, rounded half up; of an odd side the last pixel counts twice.

    image  [H, W, C] integers; [ceil(H / 2), ceil(W / 2), C] of the same type comes back.
    """
    height, width, channels = image.shape
    rows = torch.arange(height + height % 2, device=image.device).clamp(max=height - 1)
    columns = torch.arange(width + width % 2, device=image.device).clamp(max=width - 1)
    even = image[rows][:, columns].int()
    sums = even.reshape((height + 1) // 2, 2, (width + 1) // 2, 2, channels).sum((1, 3))
    return ((sums + 2) >> 2).to(image.dtype)


def compose(layers: Sequence[Placed], size: tuple[int, int], full: int) -> Tensor:
    """The frame [H, W, 3] of `size` (width, height), in the pictures' type; `full` is their white."""
    width, height = size
    device = layers[0].image.device
    frame = torch.zeros((height, width, 3), dtype=torch.float32, device=device)
    for layer in layers:
        colour = _straight(layer, size) if layer.straight else _turned(layer, size)
        share = torch.from_numpy(layer.share(size)).to(device)[..., None]
        frame += share * (colour - frame)
    return frame.round().clamp(0, full).to(layers[0].image.dtype)


def _straight(layer: Placed, size: tuple[int, int]) -> Tensor:
    image = layer.image.float()
    rows, columns = layer.rows(size[1]), layer.columns(size[0])
    half = _combined(image, rows)
    return _combined(half.transpose(0, 1), columns).transpose(0, 1)


def _combined(image: Tensor, taps: Taps) -> Tensor:
    """The weighted sums of rows."""
    first = torch.from_numpy(taps.first).to(image.device).long()
    weights = torch.from_numpy(taps.weights).to(image.device)
    total = torch.zeros((len(first), *image.shape[1:]), dtype=torch.float32, device=image.device)
    for i in range(weights.shape[1]):
        total += weights[:, i, None, None] * image[(first + i).clamp(0, len(image) - 1)]
    return total


def _turned(layer: Placed, size: tuple[int, int]) -> Tensor:
    x, y = layer.centres(size)
    scale, (height, width) = layer.place.scale, layer.image.shape[:2]
    image = layer.image.reshape(-1, 3).float()
    u, across = _tensors(area_taps(x.ravel() - scale / 2, scale), image.device)
    v, down = _tensors(area_taps(y.ravel() - scale / 2, scale), image.device)
    total = torch.zeros((len(u), 3), dtype=torch.float32, device=image.device)
    for j in range(down.shape[1]):
        row = torch.zeros_like(total)
        start = (v + j).clamp(0, height - 1) * width
        for i in range(across.shape[1]):
            row += across[:, i, None] * image[start + (u + i).clamp(0, width - 1)]
        total += down[:, j, None] * row
    return total.reshape(size[1], size[0], 3)


def _tensors(taps: Taps, device: torch.device) -> tuple[Tensor, Tensor]:
    return torch.from_numpy(taps.first).to(device).long(), torch.from_numpy(taps.weights).to(device)
