"""Sampling a picture between its pixels, defined in torch."""

from __future__ import annotations

import math

import torch
from torch import Tensor

TAPS = {"nearest": 1, "linear": 2, "cubic": 4, "lanczos": 6}


def sample(image: Tensor, x: Tensor, y: Tensor, interpolation: str) -> Tensor:
    """The picture at (x, y), beyond its edges the edge repeated.

    image          [H, W, C], any real type
    x, y           float32 [...], pixels; pixel centres lie at whole numbers
    interpolation  "nearest", "linear", "cubic" (Catmull-Rom) or "lanczos" (a = 3)
    Returns float32 [..., C]. At whole positions every kernel gives the pixel itself.
    """
    height, width, channels = image.shape
    values = image.reshape(-1, channels).float()
    x0, wx = _taps(x, interpolation)
    y0, wy = _taps(y, interpolation)
    total = torch.zeros((*x.shape, channels), dtype=torch.float32, device=image.device)
    for j in range(len(wy)):
        row = torch.zeros_like(total)
        v = (y0 + j).clamp(0, height - 1) * width
        for i in range(len(wx)):
            u = (x0 + i).clamp(0, width - 1)
            row += wx[i][..., None] * values[v + u]
        total += wy[j][..., None] * row
    return total


def _taps(at: Tensor, interpolation: str) -> tuple[Tensor, list[Tensor]]:
    """The first pixel under the kernel and each pixel's weight."""
    if interpolation == "nearest":
        return torch.floor(at + 0.5).long(), [torch.ones_like(at)]
    base = torch.floor(at)
    t = at - base
    base = base.long()
    if interpolation == "linear":
        return base, [1 - t, t]
    if interpolation == "cubic":
        return base - 1, [
            0.5 * t * (-1 + t * (2 - t)),
            0.5 * (2 + t * t * (-5 + 3 * t)),
            0.5 * t * (1 + t * (4 - 3 * t)),
            0.5 * t * t * (t - 1),
        ]
    weights = [_lanczos(t + (2 - i)) for i in range(6)]
    total = sum(weights[1:], weights[0])
    return base - 2, [w / total for w in weights]


def _lanczos(d: Tensor) -> Tensor:
    whole = (d - d.round()).abs() < 1e-6  # the sine of a multiple of pi is not quite 0 in floats
    safe = torch.where(whole, 0.5, d)
    value = 3 * torch.sin(math.pi * safe) * torch.sin(math.pi * safe / 3) / (math.pi * safe) ** 2
    return torch.where(whole, (d.abs() < 0.5).float(), torch.where(d.abs() >= 3, 0.0, value))
