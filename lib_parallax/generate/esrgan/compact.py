"""SRVGGNetCompact: a plain row of convolutions that adds detail to the picture, pixels repeated.

All of it works at the picture's own size, so that it is many times faster than RRDBNet.
"""

from __future__ import annotations

from torch import Tensor, nn
from torch.nn import functional as F


class CompactNet(nn.Module):
    """Enlarges `scale` times. `layers` convolutions of `width` channels lie between first and last."""

    def __init__(self, scale: int, layers: int, width: int = 64):
        super().__init__()
        self.scale = scale
        row: list[nn.Module] = []
        for given in (3, *[width] * layers):
            row += [nn.Conv2d(given, width, 3, padding=1), nn.PReLU(width)]
        row.append(nn.Conv2d(width, 3 * scale**2, 3, padding=1))
        self.body = nn.Sequential(*row)

    def forward(self, pictures: Tensor) -> Tensor:
        """`[N, 3, scale h, scale w]` of pictures `[N, 3, h, w]` 0..1."""
        detail = F.pixel_shuffle(self.body(pictures), self.scale)
        return detail + F.interpolate(pictures, scale_factor=float(self.scale), mode="nearest")
