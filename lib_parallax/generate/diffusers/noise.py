"""The noise a picture starts from: drawn on the CPU, so that it is the same on every device."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np

from ..cells import CELL
from ..requests import Sampling

if TYPE_CHECKING:
    import torch


def seeded(shape: tuple[int, ...], sampling: Sampling) -> tuple[torch.Tensor, torch.Generator]:
    """Normal noise float32 of `shape`, and the generator for what a sampler draws after it.

    Were that one to begin with the seed again, its first draw would be this noise.
    """
    import torch

    generator = torch.Generator("cpu").manual_seed(sampling.seed)
    noise = torch.randn(shape, generator=generator)
    if sampling.subseed is not None and sampling.subseed_strength > 0:
        other = torch.randn(shape, generator=torch.Generator("cpu").manual_seed(sampling.subseed))
        noise = slerp(noise, other, sampling.subseed_strength)
    return noise, generator


def slerp(a: torch.Tensor, b: torch.Tensor, share: float) -> torch.Tensor:
    """From `a` (0) to `b` (1) along the arc, on which noise keeps its strength (Shoemake 1985)."""
    import torch

    one, other = a.double(), b.double()
    angle = torch.acos((torch.sum(one * other) / (one.norm() * other.norm())).clamp(-1, 1))
    sine = torch.sin(angle)
    if sine.abs() < 1e-6:
        return a + (b - a) * share
    arc = (torch.sin((1 - share) * angle) * one + torch.sin(share * angle) * other) / sine
    return arc.to(a.dtype)


def start_from(
    scheduler: Any, noise: torch.Tensor, content: str = "", mask: np.ndarray | None = None
) -> None:
    """Lets a pipeline that noises a picture with this scheduler use `noise` for it.

    content, mask   under the mask, float `[H, W]` in whole cells, the content "noise" replaces the
                    picture's latents by noise and "nothing" by zeros; others leave them
    """
    import torch

    plain = scheduler.add_noise
    replaced = {"noise": noise, "nothing": torch.zeros_like(noise)}.get(content)
    hole = None if mask is None or replaced is None else torch.from_numpy(mask[::CELL, ::CELL] > 0)

    def add_noise(original: torch.Tensor, _: torch.Tensor, timesteps: Any) -> torch.Tensor:
        if hole is not None and replaced is not None:
            original = torch.where(hole.to(original.device), replaced.to(original), original)
        return plain(original, noise.to(original), timesteps)

    scheduler.add_noise = add_noise
