"""The first hit of rays on a relief, and what they see there, on CUDA; see `reference_parallax`.

As in the `cpu` carrier, rays that are seen through one tile of the frame share bounds of the depth they pass
over, and begin where those first allow a hit. From there on they take the reference's steps.
"""

from __future__ import annotations

import torch
from torch import Tensor
from torch.nn.functional import max_pool2d

from ..camera import OUTSIDES, Rays
from .cuda_launch import launch
from .cuda_source import CELL_SIDE, LEVELS, TILE


def first_hit(depth: Tensor, rays: Rays, size: tuple[int, int]) -> Tensor:
    depth, numbers = depth.contiguous(), _numbers(rays, depth.device)
    width, height = size
    outside = OUTSIDES.index(rays.outside)
    across, down = -(-width // TILE), -(-height // TILE)
    begin = torch.empty((down, across), dtype=torch.int32, device=depth.device)
    rest = (*depth.shape, float(rays.height), rays.steps, outside, height, width)
    least, most = -_greatest(-depth), _greatest(depth)
    launch("first_steps", begin.numel(), least, most, numbers, *rest, begin)
    u = torch.empty((height, width), dtype=torch.float32, device=depth.device)
    launch("first_hit", u.numel(), depth, numbers, begin, *rest, u)
    return u


def look_up(image: Tensor, depth: Tensor, u: Tensor, rays: Rays, full: int) -> tuple[Tensor, Tensor]:
    image, depth, u = image.contiguous(), depth.contiguous(), u.contiguous()
    colour = torch.empty((*u.shape, 3), dtype=image.dtype, device=image.device)
    holes = torch.empty(u.shape, dtype=torch.bool, device=image.device)
    launch(
        "look_up", u.numel(), image, depth, u, _numbers(rays, depth.device), *depth.shape, float(rays.height),
        OUTSIDES.index(rays.outside), full, *u.shape, colour, holes, like=image,
    )  # fmt: skip
    return colour, holes


def _numbers(rays: Rays, device: torch.device) -> Tensor:
    """Rays as the kernels take them."""
    numbers = [*rays.turn.ravel().tolist(), *rays.across, *rays.down]
    return torch.tensor(numbers, dtype=torch.float32, device=device)


def _greatest(depth: Tensor) -> Tensor:
    """The greatest depth in each cell, all levels one after another."""
    levels = [max_pool2d(depth[None], CELL_SIDE, ceil_mode=True)]
    while len(levels) < LEVELS:
        levels.append(max_pool2d(levels[-1], 2, ceil_mode=True))
    return torch.cat([level.ravel() for level in levels])
