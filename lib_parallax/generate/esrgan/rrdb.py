"""RRDBNet: residual dense blocks within residual blocks, under the names of the official checkpoints.

"ESRGAN: Enhanced Super-Resolution Generative Adversarial Networks", Wang et al., 2018.
"""

from __future__ import annotations

import torch
from torch import Tensor, nn
from torch.nn import functional as F

SLOPE = 0.2  # of the leaky rectifier
SHARE = 0.2  # of what a block adds to what it was given


class DenseBlock(nn.Module):
    """Five convolutions, each of which sees all that the ones before it have made."""

    def __init__(self, width: int, growth: int):
        super().__init__()
        for number in range(1, 5):
            self.add_module(f"conv{number}", _conv(width + (number - 1) * growth, growth))
        self.conv5 = _conv(width + 4 * growth, width)

    def forward(self, features: Tensor) -> Tensor:
        seen = features
        for number in range(1, 5):
            seen = torch.cat((seen, _bent(self.get_submodule(f"conv{number}")(seen))), 1)
        return features + SHARE * self.conv5(seen)


class ResidualDense(nn.Module):
    """Three dense blocks in a row."""

    def __init__(self, width: int, growth: int):
        super().__init__()
        self.rdb1 = DenseBlock(width, growth)
        self.rdb2 = DenseBlock(width, growth)
        self.rdb3 = DenseBlock(width, growth)

    def forward(self, features: Tensor) -> Tensor:
        return features + SHARE * self.rdb3(self.rdb2(self.rdb1(features)))


class RrdbNet(nn.Module):
    """Enlarges four times; where `scale` is 2, a picture that was folded to half its size before.

    blocks  ResidualDense ones in the trunk
    width   channels of the trunk
    growth  channels that each convolution in a dense block adds
    """

    def __init__(self, scale: int, blocks: int, width: int = 64, growth: int = 32):
        super().__init__()
        self.fold = 4 // scale
        self.conv_first = _conv(3 * self.fold**2, width)
        self.body = nn.Sequential(*(ResidualDense(width, growth) for _ in range(blocks)))
        self.conv_body = _conv(width, width)
        self.conv_up1 = _conv(width, width)
        self.conv_up2 = _conv(width, width)
        self.conv_hr = _conv(width, width)
        self.conv_last = _conv(width, 3)

    def forward(self, pictures: Tensor) -> Tensor:
        """`[N, 3, scale h, scale w]` of pictures `[N, 3, h, w]` 0..1; h and w are multiples of `fold`."""
        features = self.conv_first(F.pixel_unshuffle(pictures, self.fold))
        features = features + self.conv_body(self.body(features))
        for conv in (self.conv_up1, self.conv_up2):
            features = _bent(conv(F.interpolate(features, scale_factor=2.0, mode="nearest")))
        out: Tensor = self.conv_last(_bent(self.conv_hr(features)))
        return out


def _conv(given: int, made: int) -> nn.Conv2d:
    return nn.Conv2d(given, made, 3, padding=1)


def _bent(features: Tensor) -> Tensor:
    return F.leaky_relu(features, SLOPE)
