"""The DPT head: tokens of four blocks become maps of four scales, fused from coarse to fine."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import torch.nn.functional as F
from torch import Tensor, nn

from ...types import Size
from .shapes import PATCH, VitShape

LAST = 32  # channels just before depth


class DptHead(nn.Module):
    """`last` turns the one channel that is left into depth."""

    def __init__(self, shape: VitShape, last: nn.Module):
        super().__init__()
        fine, finer, _, coarse = shape.channels
        self.projects: Any = nn.ModuleList(nn.Conv2d(shape.embed, c, 1) for c in shape.channels)
        self.resize_layers = nn.Sequential(
            nn.ConvTranspose2d(fine, fine, 4, 4),
            nn.ConvTranspose2d(finer, finer, 2, 2),
            nn.Identity(),
            nn.Conv2d(coarse, coarse, 3, 2, 1),
        )
        self.scratch = Scratch(shape, last)

    def project(self, tokens: Sequence[Tensor], grid: Size) -> list[Tensor]:
        """The four taps as maps `[N, channels, rows, columns]`, each picture for itself."""
        columns, rows = grid
        maps = []
        for tapped, conv in zip(tokens, self.projects, strict=True):
            laid = tapped.transpose(1, 2).unflatten(2, (rows, columns))
            maps.append(conv(laid.to(conv.weight.dtype)))
        return maps

    def forward(self, tokens: Sequence[Tensor], grid: Size) -> Tensor:
        """Depth `[N, rows * 14, columns * 14]`."""
        maps = self.project(tokens, grid)
        one, two, three, four = (
            narrow(resize(m))
            for narrow, resize, m in zip(self.scratch.narrowing(), self.resize_layers, maps, strict=True)
        )
        path = self.scratch.refinenet4(four, None, size_of(three))
        path = self.scratch.refinenet3(path, three, size_of(two))
        return self.finish(path, one, two, grid)

    def finish(self, path: Tensor, one: Tensor, two: Tensor, grid: Size) -> Tensor:
        """The two finest scales and what is left to depth."""
        columns, rows = grid
        path = self.scratch.refinenet2(path, two, size_of(one))
        path = self.scratch.refinenet1(path, one, [2 * side for side in size_of(one)])
        path = self.scratch.output_conv1(path)
        path = F.interpolate(path, (rows * PATCH, columns * PATCH), mode="bilinear", align_corners=True)
        # The last steps are float32 in every precision: they cost little, and depth shows bands else.
        return self.scratch.output_conv2(path.float())[:, 0]


class Scratch(nn.Module):
    """The parts of the head under the name that the checkpoints give them."""

    def __init__(self, shape: VitShape, last: nn.Module):
        super().__init__()
        width = shape.features
        self.layer1_rn, self.layer2_rn, self.layer3_rn, self.layer4_rn = (
            nn.Conv2d(channels, width, 3, padding=1, bias=False) for channels in shape.channels
        )
        self.refinenet1, self.refinenet2, self.refinenet3, self.refinenet4 = (
            Fusion(width) for _ in shape.channels
        )
        self.output_conv1 = nn.Conv2d(width, width // 2, 3, padding=1)
        self.output_conv2 = nn.Sequential(
            nn.Conv2d(width // 2, LAST, 3, padding=1), nn.ReLU(), nn.Conv2d(LAST, 1, 1), last
        )

    def narrowing(self) -> list[nn.Conv2d]:
        """What brings each scale to the channels that the head works in."""
        return [self.layer1_rn, self.layer2_rn, self.layer3_rn, self.layer4_rn]


class Fusion(nn.Module):
    """Adds a finer map to what comes from the coarser ones and brings the sum to a size."""

    def __init__(self, width: int):
        super().__init__()
        self.resConfUnit1 = Residual(width)
        self.resConfUnit2 = Residual(width)
        self.out_conv = nn.Conv2d(width, width, 1)

    def forward(self, path: Tensor, finer: Tensor | None, size: Sequence[int]) -> Tensor:
        if finer is not None:
            path = path + self.resConfUnit1(finer)
        path = self.resConfUnit2(path)
        path = F.interpolate(path, tuple(size), mode="bilinear", align_corners=True)
        return self.out_conv(path)


class Residual(nn.Module):
    def __init__(self, width: int):
        super().__init__()
        self.conv1 = nn.Conv2d(width, width, 3, padding=1)
        self.conv2 = nn.Conv2d(width, width, 3, padding=1)

    def forward(self, path: Tensor) -> Tensor:
        return path + self.conv2(F.relu(self.conv1(F.relu(path))))


def size_of(maps: Tensor) -> list[int]:
    """Rows and columns of `[N, C, rows, columns]`."""
    return list(maps.shape[-2:])
