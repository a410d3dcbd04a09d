"""The network: backbone and head under the names of the official checkpoints."""

from __future__ import annotations

from torch import Tensor, nn

from ..vit.backbone import Backbone
from ..vit.dpt import DptHead
from ..vit.shapes import PATCH, VitShape


class Network(nn.Module):
    """`max_depth` in metres for a metric network, None for one of relative inverse depth."""

    def __init__(self, shape: VitShape, max_depth: float | None = None):
        super().__init__()
        self.max_depth = max_depth
        self.pretrained = Backbone(shape)
        self.depth_head = DptHead(shape, nn.ReLU() if max_depth is None else nn.Sigmoid())

    def forward(self, pictures: Tensor) -> Tensor:
        """Inverse depth, or metres, `[N, h, w]`, of pictures `[N, 3, h, w]`."""
        grid = pictures.shape[-1] // PATCH, pictures.shape[-2] // PATCH
        depth = self.depth_head(self.pretrained(pictures), grid)
        return depth if self.max_depth is None else depth * self.max_depth
