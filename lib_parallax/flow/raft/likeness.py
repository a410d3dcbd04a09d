"""How alike each point of the first picture is to points of the second: products of their features.

All pairs of a large picture are more than memory holds: 1080p has 32400 points, so 1e9 pairs. Where
they do not fit, those of as many points as do are made at a time, anew at each update: that takes
time and changes nothing else.
"""

from __future__ import annotations

import torch
from torch import Tensor
from torch.nn import functional as F

from .shapes import LEVELS

ROOM = 1 << 30  # bytes that likeness may take up


class Likeness:
    """Of two pictures' features, `[1, C, h, w]` each, h and w at least 16; computed in float32.

    On level n a point of b is the average over 2^n x 2^n of them. Likeness is linear in b's
    features, so these are what is averaged.
    """

    def __init__(self, a: Tensor, b: Tensor, radius: int):
        self._points = a.float()[0].flatten(1).T / a.shape[1] ** 0.5  # [h w, C]
        self._levels = [b.float()]
        for _ in range(LEVELS - 1):
            self._levels.append(F.avg_pool2d(self._levels[-1], 2))
        steps = torch.arange(-radius, radius + 1, device=a.device, dtype=torch.float32)
        # x varies slowest among the neighbours: so the official networks have learnt it
        self._around = torch.stack(torch.meshgrid(steps, steps, indexing="ij"), -1)
        each = 4 * sum(level[0, 0].numel() for level in self._levels)
        count = len(self._points)
        self._at_once = max(1, min(count, ROOM // each))
        self._whole = self._pairs(slice(0, count)) if self._at_once == count else None

    def at(self, places: Tensor) -> Tensor:
        """Likeness of each point of a to b around a place: float32 `[1, levels (2 radius + 1)^2, h, w]`.

        places  float32 `[1, 2, h, w]`, (x, y) in points of b; beyond its edge likeness is 0
        """
        height, width = places.shape[-2:]
        centres = places[0].flatten(1).T[:, None, None]  # [h w, 1, 1, 2]
        parts = []
        for begin in range(0, height * width, self._at_once):
            these = slice(begin, begin + self._at_once)
            pairs = self._pairs(these) if self._whole is None else self._whole
            near = [_sampled(maps, centres[these] / 2**n + self._around) for n, maps in enumerate(pairs)]
            parts.append(torch.cat(near, 1))
        return torch.cat(parts).T.reshape(1, -1, height, width)

    def _pairs(self, these: slice) -> list[Tensor]:
        """Likeness of some points of a to all of b, `[points, 1, h, w]` a level."""
        points = self._points[these]
        return [(points @ level[0].flatten(1)).reshape(-1, 1, *level.shape[-2:]) for level in self._levels]


def _sampled(maps: Tensor, places: Tensor) -> Tensor:
    """`[N, k k]` of maps `[N, 1, h, w]`, each bilinearly at its own places `[N, k, k, 2]`."""
    height, width = maps.shape[-2:]
    last = torch.tensor([width - 1, height - 1], device=maps.device, dtype=torch.float32)
    return F.grid_sample(maps, 2 * places / last - 1, align_corners=True).flatten(1)
