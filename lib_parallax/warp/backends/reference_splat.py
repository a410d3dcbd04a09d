"""Pushing pixels to where their flow leads, defined in torch (softmax splatting, Niklaus and Liu 2020).

All sums are of integers, so that they come out the same in any order of adding.
"""

from __future__ import annotations

import torch
from torch import Tensor

from .fixed import BITS, CERTAIN, ONE


def splat(image: Tensor, x: Tensor, y: Tensor, importance: Tensor) -> tuple[Tensor, Tensor]:
    """Every pixel lands on the four around its target; those that meet are averaged by importance.

    image       [H, W, C] integers
    x, y        int32 [H, W], where each pixel's centre lands, fixed point
    importance  float32 [H, W]; one more counts e times as much
    Returns the mean colours float32 [H, W, C], 0 where nothing lands, and how much lands, int32
    [H, W], `ONE` squared for a pixel's worth.
    """
    height, width, channels = image.shape
    count, device = height * width, image.device
    values, level = image.reshape(-1, channels).long(), importance.reshape(-1)
    taps = _taps(x.reshape(-1).long(), y.reshape(-1).long(), width, height)

    # The most important that lands on a pixel is the unit there. One unit for the whole picture
    # would make nothing of what is merely far less important than something elsewhere.
    highest = torch.full((count,), -torch.inf, dtype=torch.float32, device=device)
    for target, weight in taps:
        here = torch.where(weight > 0, level, -torch.inf)
        highest.scatter_reduce_(0, target, here, "amax")

    landed = torch.zeros(count, dtype=torch.int64, device=device)
    shares = torch.zeros(count, dtype=torch.int64, device=device)
    colours = torch.zeros((count, channels), dtype=torch.int64, device=device)
    for target, weight in taps:
        less = torch.where(weight > 0, level - highest[target], -torch.inf)
        share = (torch.exp(less) * CERTAIN).round().long() * weight
        landed.index_add_(0, target, weight)
        shares.index_add_(0, target, share)
        colours.index_add_(0, target, share[:, None] * values)
    mean = colours.float() / shares.clamp(min=1)[:, None].float()
    return mean.reshape(height, width, channels), landed.int().reshape(height, width)


def _taps(x: Tensor, y: Tensor, width: int, height: int) -> list[tuple[Tensor, Tensor]]:
    """The four pixels that each lands on, as places in the picture, and its weight there."""
    left, top = x >> BITS, y >> BITS
    across, down = x & (ONE - 1), y & (ONE - 1)
    taps = []
    for dy in (0, 1):
        for dx in (0, 1):
            u, v = left + dx, top + dy
            weight = (across if dx else ONE - across) * (down if dy else ONE - down)
            inside = (u >= 0) & (u < width) & (v >= 0) & (v < height)
            target = v.clamp(0, height - 1) * width + u.clamp(0, width - 1)
            taps.append((target, torch.where(inside, weight, 0)))
    return taps
