"""Views from disparity on CUDA. What each function means is said in `reference_stereo`."""

from __future__ import annotations

import torch
from torch import Tensor

from .cuda_launch import launch
from .fixed import NOTHING, NOWHERE, SUB


def step_mask(near: Tensor) -> Tensor:
    near = near.contiguous()
    mask = torch.empty(near.shape, dtype=torch.bool, device=near.device)
    launch("step_mask", near.numel(), near, *near.shape, mask)
    return mask


def unmix(
    image: Tensor, offset: Tensor, sign: int, steps: Tensor, full: int
) -> tuple[Tensor, Tensor, Tensor, Tensor, Tensor]:
    image, offset, steps = image.contiguous(), offset.contiguous(), steps.contiguous()
    base, base_offset = image.clone(), offset.clone()
    fringe, fringe_offset = torch.zeros_like(image), torch.zeros_like(offset)
    alpha = torch.zeros(offset.shape, dtype=torch.uint8, device=offset.device)
    launch(
        "unmix", offset.numel(), image, offset, steps, sign, full, *offset.shape, base, base_offset, fringe,
        fringe_offset, alpha, like=image,
    )  # fmt: skip
    return base, base_offset, fringe, fringe_offset, alpha


def splat_rows(offset: Tensor, sign: int) -> tuple[Tensor, Tensor]:
    offset = offset.contiguous()
    height, width = offset.shape
    near = torch.full((height, width * SUB), NOWHERE, dtype=torch.int32, device=offset.device)
    position = torch.full_like(near, NOTHING)
    for claim in (0, 1):
        launch("splat_rows", height * (width + 1), offset, sign, height, width, claim, near, position)
    return position, near


def splat_fringe(fringe_offset: Tensor, alpha: Tensor, near: Tensor, sign: int) -> Tensor:
    fringe_offset, alpha, near = fringe_offset.contiguous(), alpha.contiguous(), near.contiguous()
    top, shown = near.clone(), torch.full_like(near, -1)
    for claim in (0, 1):
        launch(
            "splat_fringe", alpha.numel(), fringe_offset, alpha, near, sign, *alpha.shape, claim, top, shown
        )
    return shown


def shade(
    base: Tensor, base_offset: Tensor, fringe: Tensor, alpha: Tensor, position: Tensor, shown: Tensor
) -> tuple[Tensor, Tensor]:
    arrays = [a.contiguous() for a in (base, base_offset, fringe, alpha, position, shown)]
    colour = torch.empty(base.shape, dtype=torch.float32, device=base.device)
    bare = torch.empty(alpha.shape, dtype=torch.float32, device=base.device)
    launch("shade", alpha.numel(), *arrays, *alpha.shape, colour, bare, like=base)
    return colour, bare


def background_rows(near: Tensor, bare: Tensor, shortest: int) -> Tensor:
    near, bare = near.contiguous(), bare.contiguous()
    column = torch.full_like(near, -1)
    launch("background_rows", bare.numel(), near, bare, *bare.shape, shortest, column)
    return column
