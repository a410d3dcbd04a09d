"""The network, under the names of torchvision's checkpoints."""

from __future__ import annotations

import torch
from torch import Tensor, nn
from torch.nn import functional as F

from .encoder import Encoder, convolution
from .likeness import Likeness
from .shapes import STRIDE, RaftShape
from .update import UpdateBlock

MASK_WIDTH = 256
MASK_SHARE = 0.25  # of the logits; it kept their gradients small in training


class Network(nn.Module):
    """Convolutions may be of half precision; likeness, places and flow are float32 all the same."""

    def __init__(self, shape: RaftShape):
        super().__init__()
        self.shape = shape
        self.feature_encoder = Encoder(shape, shape.features, "instance")
        self.context_encoder = Encoder(shape, shape.hidden + shape.context, shape.context_norm)
        self.update_block = UpdateBlock(shape)
        if shape.mask:
            self.mask_predictor = MaskPredictor(shape.hidden)

    def forward(self, a: Tensor, b: Tensor, updates: int) -> Tensor:
        """Flow float32 `[1, 2, h, w]` from a into b, in pixels, after so many updates.

        a, b  `[1, 3, h, w]` RGB -1..1; h and w are multiples of STRIDE and no less than LEAST
        """
        kind = self.feature_encoder.conv.weight.dtype
        features = self.feature_encoder(torch.cat((a, b)).to(kind))
        likeness = Likeness(features[:1], features[1:], self.shape.radius)
        own = self.context_encoder(a.to(kind))
        hidden, context = own.split((self.shape.hidden, self.shape.context), 1)
        hidden, context = hidden.tanh(), context.relu()
        still = places(hidden.shape[-2], hidden.shape[-1], a.device)
        flow = torch.zeros_like(still)
        for _ in range(updates):
            around = likeness.at(still + flow)
            hidden, change = self.update_block(hidden, context, around.to(kind), flow.to(kind))
            flow = flow + change.float()
        if self.shape.mask:
            return enlarged(flow, self.mask_predictor(hidden).float())
        size = [STRIDE * side for side in flow.shape[-2:]]
        return STRIDE * F.interpolate(flow, size, mode="bilinear", align_corners=True)


class MaskPredictor(nn.Module):
    """For each pixel of a point the logits of nine weights, `[1, 9 STRIDE^2, h, w]`."""

    def __init__(self, hidden: int):
        super().__init__()
        self.convrelu = convolution(hidden, MASK_WIDTH, 3)
        self.conv = nn.Conv2d(MASK_WIDTH, 9 * STRIDE**2, 1)

    def forward(self, hidden: Tensor) -> Tensor:
        return MASK_SHARE * self.conv(self.convrelu(hidden))


def enlarged(flow: Tensor, mask: Tensor) -> Tensor:
    """Flow of pixels from that of points: of 3 x 3 points the mean, weighted by the softmax of `mask`."""
    height, width = flow.shape[-2:]
    weights = mask.reshape(1, 9, STRIDE**2, height, width).softmax(1)
    near = F.unfold(STRIDE * flow, 3, padding=1).reshape(2, 9, 1, height, width)
    return F.pixel_shuffle((weights * near).sum(1).reshape(1, -1, height, width), STRIDE)


def places(height: int, width: int, device: torch.device) -> Tensor:
    """Each point's own place (x, y), float32 `[1, 2, height, width]`."""
    x, y = (torch.arange(side, device=device, dtype=torch.float32) for side in (width, height))
    return torch.stack(torch.meshgrid(x, y, indexing="xy"))[None]
