"""What two flows say of each other, defined in torch."""

from __future__ import annotations

import torch
from torch import Tensor

from .reference_sample import sample


def unclosed(forth: Tensor, back: Tensor) -> Tensor:
    """How far from closing the way there and back is, float32 [H, W]: 0 closes, from 1 on it does not.

    forth  float32 [H, W, 2], into the picture that `back` [H', W', 2] lies on
    `|F(x) + B(x + F)|² / (0.01 (|F|² + |B|²) + 0.5)`; infinite where the way leaves the picture or is no
    number. B is read between its pixels and at the nearest one, and the better counts: between two motions
    lies a third that nothing has, so what is seen beside an edge would be taken for hidden.
    """
    height, width = forth.shape[:2]
    x = torch.arange(width, dtype=torch.float32, device=forth.device) + forth[..., 0]
    y = torch.arange(height, dtype=torch.float32, device=forth.device)[:, None] + forth[..., 1]
    inside = (x >= 0) & (y >= 0) & (x <= back.shape[1] - 1) & (y <= back.shape[0] - 1)
    x, y = (torch.where(inside, to, torch.zeros_like(to)) for to in (x, y))
    ratio = torch.full_like(x, torch.inf)
    for how in ("linear", "nearest"):
        returned = sample(back, x, y, how)
        allowed = 0.01 * ((forth**2).sum(-1) + (returned**2).sum(-1)) + 0.5
        found = ((forth + returned) ** 2).sum(-1) / allowed
        ratio = torch.minimum(ratio, torch.nan_to_num(found, nan=torch.inf, posinf=torch.inf))
    return torch.where(inside, ratio, torch.full_like(x, torch.inf))
