"""A view's holes, defined in torch: filled from the surface behind, or listed for whoever knows better."""

from __future__ import annotations

import torch
from torch import Tensor

from .fixed import NOWHERE
from .seen import Uncovered


def fill(colour: Tensor, bare: Tensor, column: Tensor, full: int) -> Tensor:
    """A view as a picture, [H, W, 3] uint8 or (for 16 bit) int32.

    colour  float32 [H, W, 3], premultiplied by what is covered
    bare    float32 [H, W], the share of each pixel that nothing covers
    column  int32 [H, W], where in its row a pixel's uncovered share is taken from; -1 leaves it black
    """
    index = column.clamp(min=0).long()[..., None].expand(-1, -1, 3)
    behind = bare[..., None] * colour.gather(1, index)
    whole = torch.where(column[..., None] >= 0, colour + behind, colour)
    return whole.round().clamp(0, full).to(torch.uint8 if full == 255 else torch.int32)


def uncovered(colour: Tensor, bare: Tensor, near: Tensor, column: Tensor) -> Uncovered:
    """What is to be known of the pixels that have a `column`; `near` int32 [H, W] is what each shows."""
    width = column.shape[1]
    ys, xs = torch.nonzero(column >= 0, as_tuple=True)
    border = column[ys, xs]
    covered = torch.where(column < 0, torch.arange(width, device=column.device), -1)
    left = covered.cummax(1).values[ys, xs]
    mirrored = torch.where(covered >= 0, width - 1 - covered, -1)
    right = width - 1 - mirrored.flip(1).cummax(1).values.flip(1)[ys, xs]
    on_left = torch.where(left >= 0, near[ys, left.clamp(min=0)], NOWHERE)
    on_right = torch.where(right < width, near[ys, right.clamp(max=width - 1)], NOWHERE)
    return Uncovered(
        (ys * width + xs).int(),
        border,
        near[ys, border.long()],
        torch.maximum(on_left, on_right).int(),
        bare[ys, xs],
        colour[ys, xs],
        colour[ys, border.long()],
    )
