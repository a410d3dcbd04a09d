"""What both estimators of this family share: the network, how large it sees, what depth means."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np

from ...types import Size
from ...weights.network import Checkpoint, from_file
from ...weights.runner import Runner
from ..vit.pictures import network_size, scaled
from ..vit.shapes import PATCH, VitShape, shape_of

if TYPE_CHECKING:
    from torch import Tensor, nn

    from .network import Look

FAMILY = "video-depth-anything"
WIDEST = 1.78  # long side over short; beyond, pictures are looked at smaller
WIDE = 1.777


@dataclass
class Seen:
    """A frame as the network takes it, `[3, h, w]`, and what a network saw in it, if one looked yet."""

    picture: np.ndarray
    look: Look | None = None
    by: nn.Module | None = None

    def forget(self) -> None:
        self.look = self.by = None


class Sight:
    def __init__(
        self,
        size: str | VitShape,
        weights: Checkpoint | None,
        device: str | None,
        dtype: Any,
        metric: bool,
        input_size: int,
        compiled: bool,
        kind: str = "",
    ):
        shape, called = shape_of(size)

        def make() -> nn.Module:
            from .network import Network

            return Network(shape)

        self.name = f"{kind}{'metric-' if metric else ''}{FAMILY}-{called}"
        self.note = f"depth comes from {self.name}{from_file(weights)}"
        self.metric = metric
        self.input_size = input_size
        self.runner = Runner(make, weights, self.name, device, dtype, compiled)

    def size(self, picture_size: Size) -> Size:
        """The size at which the network looks at frames of (width, height)."""
        width, height = picture_size
        return network_size(width, height, scaled(widened(self.input_size, width, height), self.runner.scale))

    def tensor(self, pictures: list[np.ndarray]) -> Tensor:
        """Frames as the network takes them, on its device."""
        import torch

        return torch.from_numpy(np.stack(pictures)).to(self.runner.device)


def widened(input_size: int, width: int, height: int) -> int:
    """The input size for frames of this shape: less where they are longer than 16:9, to bound memory."""
    ratio = max(width, height) / min(width, height)
    if ratio <= WIDEST:
        return input_size
    return max(PATCH, round(int(input_size * WIDE / ratio) / PATCH) * PATCH)
