"""Sampling between pixels, splats and the closing of flows on CUDA.

What each function means is said in `reference_sample`, `reference_splat` and `reference_flow`.
"""

from __future__ import annotations

import torch
from torch import Tensor

from .cuda_launch import launch, pixels

INTERPOLATIONS = ("nearest", "linear", "cubic", "lanczos")  # as the kernel numbers them
LOWEST = -(2**31)


def sample(image: Tensor, x: Tensor, y: Tensor, interpolation: str) -> Tensor:
    image, x, y = pixels(image), x.float().contiguous(), y.float().contiguous()
    out = torch.empty((*x.shape, image.shape[2]), dtype=torch.float32, device=image.device)
    how = INTERPOLATIONS.index(interpolation)
    launch("sample", x.numel(), image, x, y, x.numel(), *image.shape, how, out, like=image)
    return out


def splat(image: Tensor, x: Tensor, y: Tensor, importance: Tensor) -> tuple[Tensor, Tensor]:
    image, x, y, importance = (a.contiguous() for a in (image, x, y, importance))
    height, width, channels = image.shape
    device = image.device
    highest = torch.full((height, width), LOWEST, dtype=torch.int32, device=device)
    launch("splat_highest", x.numel(), x, y, importance, height, width, highest)
    landed = torch.zeros((height, width), dtype=torch.int32, device=device)
    shares = torch.zeros((height, width), dtype=torch.int64, device=device)
    colours = torch.zeros(image.shape, dtype=torch.int64, device=device)
    launch(
        "splat", x.numel(), image, x, y, importance, highest, height, width, channels, landed, shares,
        colours, like=image,
    )  # fmt: skip
    return colours.float() / shares.clamp(min=1)[..., None].float(), landed


def unclosed(forth: Tensor, back: Tensor) -> Tensor:
    forth, back = forth.contiguous(), back.contiguous()
    ratio = torch.empty(forth.shape[:2], dtype=torch.float32, device=forth.device)
    launch("unclosed", ratio.numel(), forth, back, *ratio.shape, *back.shape[:2], ratio)
    return ratio
