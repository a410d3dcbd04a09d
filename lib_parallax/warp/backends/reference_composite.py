"""Panes with alpha laid over each other at exact places, defined in torch."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import torch
from torch import Tensor

from ..laid import TAPS, Laid


def composite(panes: Sequence[Laid], size: tuple[int, int]) -> Tensor:
    """The frame uint8 [H, W, 3] of `size` (width, height) that shows the panes over black, the first behind.

    Colours are sampled multiplied by their alpha. The weights' negative lobes may take alpha beyond 0..1,
    where it is cut and its colours with it, so that a thing of one colour has no rim of another.
    """
    width, height = size
    device = panes[0].image.device
    frame = torch.zeros((height, width, 3), dtype=torch.float32, device=device)
    for pane in panes:
        (left, right), (top, bottom) = pane.columns, pane.lines
        if left == right or top == bottom:
            continue
        part = _multiplied(_near(pane))
        part = _sampled(_sampled(part, pane.down).transpose(0, 1), pane.across).transpose(0, 1)
        alpha = part[..., 3:].clamp(min=0)
        colour = part[..., :3].clamp(min=0).minimum(255 * alpha) / alpha.clamp(min=1)
        rows = torch.from_numpy(np.ascontiguousarray(pane.rows[top:bottom])).to(device)[:, None, None]
        seen = frame[top:bottom, left:right]
        seen += rows * (colour - alpha.clamp(max=1) * seen)
    return frame.round().to(torch.uint8)


def _near(pane: Laid) -> Tensor:
    """The pixels that what is seen of a pane is made of; beyond its edge the edge."""
    image = pane.image
    for axis, (begin, end), first in ((0, pane.lines, pane.top), (1, pane.columns, pane.left)):
        places = torch.arange(begin, end + TAPS - 1, device=image.device) + first
        image = image.index_select(axis, places.clamp(0, image.shape[axis] - 1))
    return image


def _multiplied(image: Tensor) -> Tensor:
    """Colours 0..255 times alpha, and alpha 0..1."""
    colour, alpha = image.float().split((3, 1), -1)
    return torch.cat([colour * alpha / 255, alpha / 255], -1)


def _sampled(image: Tensor, weights: np.ndarray) -> Tensor:
    """The weighted sums of neighbouring rows, as many less as there are weights but one."""
    count = len(image) - TAPS + 1
    total = torch.zeros((count, *image.shape[1:]), dtype=torch.float32, device=image.device)
    for i, weight in enumerate(weights.tolist()):
        total += weight * image[i : i + count]
    return total
