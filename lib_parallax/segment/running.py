"""Running the networks of segmenters: what they see, how they fail, and back to the picture's size."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING, Any

from ..depth.pretrained import PretrainedRunner
from ..errors import ParallaxError
from ..types import Size
from ..weights.runner import TooLargeError

if TYPE_CHECKING:
    from torch import Tensor

IMAGENET: dict[str, Any] = {"mean": (0.485, 0.456, 0.406), "deviation": (0.229, 0.224, 0.225)}


def run(runner: PretrainedRunner, job: Callable[[Any], Tensor]) -> Tensor:
    """What `job` makes with the network.

    Raises ParallaxError where memory runs out, or what comes out are no numbers.
    """
    try:
        return runner.run(job)
    except TooLargeError:
        pass  # outside the handler, whose error holds the tensors
    raise ParallaxError(
        f"{runner.name} runs out of memory on {runner.device}; choose a smaller model or another device"
    )


def enlarged(maps: Tensor, size: Size) -> Tensor:
    """Maps `[N, h, w]` at (width, height), bilinear."""
    import torch.nn.functional as F

    return F.interpolate(maps[:, None].float(), size[::-1], mode="bilinear", align_corners=False)[:, 0]
