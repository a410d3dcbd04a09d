"""A view's holes on CUDA. What each function means is said in `reference_fill`."""

from __future__ import annotations

import torch
from torch import Tensor

from .cuda_launch import launch


def fill(colour: Tensor, bare: Tensor, column: Tensor, full: int) -> Tensor:
    colour, bare, column = colour.contiguous(), bare.contiguous(), column.contiguous()
    kind = torch.uint8 if full == 255 else torch.int32
    picture = torch.empty(colour.shape, dtype=kind, device=colour.device)
    launch("fill", bare.numel(), colour, bare, column, *bare.shape, full, picture, like=picture)
    return picture
