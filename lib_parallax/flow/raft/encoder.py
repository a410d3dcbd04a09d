"""From a picture to features of its points, an eighth of its size, by residual blocks."""

from __future__ import annotations

from torch import Tensor, nn

from .shapes import RaftShape


class Encoder(nn.Module):
    """`[N, channels, h / 8, w / 8]` of pictures `[N, 3, h, w]` -1..1. `norm` as in `convolution`."""

    def __init__(self, shape: RaftShape, channels: int, norm: str | None):
        super().__init__()
        given, *stages = shape.stages
        self.convnormrelu = convolution(3, given, 7, stride=2, norm=norm)
        for number, (made, stride) in enumerate(zip(stages, (1, 2, 2), strict=True), 1):
            first = Block(shape.bottleneck, given, made, stride, norm)
            second = Block(shape.bottleneck, made, made, 1, norm)
            self.add_module(f"layer{number}", nn.Sequential(first, second))
            given = made
        self.conv = nn.Conv2d(given, channels, 1)

    def forward(self, pictures: Tensor) -> Tensor:
        features = pictures
        for part in self.children():
            features = part(features)
        return features


class Block(nn.Module):
    """Convolutions, and what came in added to them: by a convolution of its own where sizes differ."""

    def __init__(self, bottleneck: bool, given: int, made: int, stride: int, norm: str | None):
        super().__init__()
        narrow = made // 4
        plan = (
            [(given, narrow, 1, 1), (narrow, narrow, 3, stride), (narrow, made, 1, 1)]
            if bottleneck
            else [(given, made, 3, stride), (made, made, 3, 1)]
        )
        self.steps = [f"convnormrelu{number}" for number in range(1, len(plan) + 1)]
        for name, (into, out, kernel, step) in zip(self.steps, plan, strict=True):
            self.add_module(name, convolution(into, out, kernel, stride=step, norm=norm))
        same = stride == 1
        self.downsample = (
            nn.Identity() if same else convolution(given, made, 1, stride=stride, norm=norm, bend=False)
        )

    def forward(self, features: Tensor) -> Tensor:
        made = features
        for name in self.steps:
            made = self.get_submodule(name)(made)
        total: Tensor = self.downsample(features) + made
        return total.relu()


def convolution(
    given: int, made: int, kernel: int, *, stride: int = 1, norm: str | None = None, bend: bool = True
) -> nn.Sequential:
    """A convolution that keeps the size but for `stride`, a norm where one is named, a rectifier.

    norm  "instance", "batch" or None
    bend  whether there is a rectifier
    """
    parts: list[nn.Module] = [nn.Conv2d(given, made, kernel, stride, kernel // 2)]
    if norm is not None:
        parts.append({"instance": InstanceNorm, "batch": BatchNorm}[norm](made))
    if bend:
        parts.append(nn.ReLU())
    return nn.Sequential(*parts)


class InstanceNorm(nn.InstanceNorm2d):
    """Computed in float32: sums over a whole picture are beyond half precision."""

    def forward(self, features: Tensor) -> Tensor:
        return super().forward(features.float()).to(features.dtype)


class BatchNorm(nn.BatchNorm2d):
    """Computed in float32, as its statistics are kept."""

    def forward(self, features: Tensor) -> Tensor:
        return super().forward(features.float()).to(features.dtype)
