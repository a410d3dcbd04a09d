"""The network: Depth-Anything-V2's with motion modules in the head.

It works in two steps, so that a frame that lies in two windows is looked at once.
"""

from __future__ import annotations

from collections.abc import Sequence

import torch
from torch import Tensor, nn

from ...types import Size
from ..vit.backbone import Backbone
from ..vit.dpt import DptHead, size_of
from ..vit.shapes import PATCH, VitShape
from .motion import MotionModule

# Four maps of a picture, [channels, rows, columns]: what the backbone saw, as the head takes it.
Look = list[Tensor]


class Network(nn.Module):
    def __init__(self, shape: VitShape):
        super().__init__()
        self.pretrained = Backbone(shape)
        self.head = TemporalHead(shape)

    def look(self, pictures: Tensor) -> list[Look]:
        """One Look for each of `[N, 3, h, w]`."""
        grid = pictures.shape[-1] // PATCH, pictures.shape[-2] // PATCH
        maps = self.head.project(self.pretrained(pictures), grid)
        # Copies: a Look may be kept longer than those it was made with.
        return [[m[i].clone() for m in maps] for i in range(len(pictures))]

    def depth(
        self,
        looks: Sequence[Look],
        wanted: Sequence[int],
        at_once: int,
        past: Sequence[Tensor] | None = None,
        left: list[Tensor] | None = None,
    ) -> Tensor:
        """Depth `[len(wanted), h, w]` of some frames of a window.

        looks    of all frames of the window, in order.
        wanted   positions in the window.
        at_once  frames whose finest maps are in memory at a time.
        past     for a window of one frame: what earlier frames left behind, joined along time.
        left     takes what the window's frames leave behind, eight tensors `[places, T, C]`.
        """
        return self.head.over_time(looks, wanted, at_once, past, left)


class TemporalHead(DptHead):
    def __init__(self, shape: VitShape):
        super().__init__(shape, nn.ReLU())
        widths = (shape.channels[2], shape.channels[3], shape.features, shape.features)
        self.motion_modules = nn.ModuleList(MotionModule(width) for width in widths)

    def over_time(
        self,
        looks: Sequence[Look],
        wanted: Sequence[int],
        at_once: int,
        past: Sequence[Tensor] | None,
        left: list[Tensor] | None,
    ) -> Tensor:
        def moved(stage: int, maps: Tensor) -> Tensor:
            return self.motion_modules[stage](maps, past and past[2 * stage : 2 * stage + 2], left)

        rows, columns = size_of(looks[0][2])
        three = moved(0, torch.stack([look[2] for look in looks]))
        four = moved(1, self.resize_layers[3](torch.stack([look[3] for look in looks])))
        path = self.scratch.refinenet4(self.scratch.layer4_rn(four), None, size_of(three))
        path = moved(2, path)
        path = self.scratch.refinenet3(path, self.scratch.layer3_rn(three), (2 * rows, 2 * columns))
        path = moved(3, path)
        depths = [
            self._finest(path[part], [looks[i] for i in part], (columns, rows))
            for part in (list(wanted[i : i + at_once]) for i in range(0, len(wanted), at_once))
        ]
        return torch.cat(depths)

    def _finest(self, path: Tensor, looks: Sequence[Look], grid: Size) -> Tensor:
        one, two = (self.resize_layers[i](torch.stack([look[i] for look in looks])) for i in (0, 1))
        return self.finish(path, self.scratch.layer1_rn(one), self.scratch.layer2_rn(two), grid)
