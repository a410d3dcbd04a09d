"""Depth-Anything-V2 as an Estimator."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np

from ...errors import OptionError
from ...types import Image
from ...warp.backends.crossing import to_host
from ...weights.network import Checkpoint, from_file
from ...weights.runner import Runner
from ..singly import Singly
from ..vit.pictures import INPUT_SIZE, enlarge, inverse_metres, network_size, picture_size, prepared, scaled
from ..vit.shapes import SHAPES, VitShape, shape_of

if TYPE_CHECKING:
    from torch import nn

# Farthest that the metric networks can tell, in metres: trained on Hypersim and on Virtual KITTI.
METRIC = {"indoor": 20.0, "outdoor": 80.0}

FAMILY = "depth-anything-v2"
NAMES = tuple(
    f"{FAMILY}-{kind}{size}" for kind in ("", *(f"metric-{where}-" for where in METRIC)) for size in SHAPES
)


class DepthAnythingV2(Singly):
    """An Estimator; see `depth.Estimator`. Each picture is looked at by itself.

    size        "small", "base" or "large", or a VitShape.
    weights     an official checkpoint: a .pth or .safetensors file, or tensors by name.
    device      where it computes; left out, the fastest there is.
    dtype       float32 (also when left out), float16 or bfloat16, as a name or a torch.dtype; "auto" is
                float16 on CUDA, else float32.
    metric      None for relative depth, "indoor" or "outdoor" for the checkpoints in metres.
    input_size  short side of what the network sees; larger is finer and slower.
    batch       frames of a stream looked at together; left out, 1 on the CPU and 4 elsewhere.
    compiled    hand the backbone to torch.compile.

    `warnings` tells what went otherwise than asked.
    Raises ParallaxError for weights that are missing; such as do not fit are found at first use.
    """

    def __init__(
        self,
        size: str | VitShape = "small",
        weights: Checkpoint | None = None,
        device: str | None = None,
        dtype: Any = None,
        *,
        metric: str | None = None,
        input_size: int = INPUT_SIZE,
        batch: int | None = None,
        compiled: bool = False,
    ):
        if metric is not None and metric not in METRIC:
            raise OptionError(f"metric: {metric!r} is not one of {', '.join(METRIC)}", "metric")
        shape, called = shape_of(size)
        kind = f"metric-{metric}-" if metric else ""
        self.name = f"{FAMILY}-{kind}{called}"
        self.kind = "metric" if metric else "relative"
        self.note = f"depth comes from {self.name}{from_file(weights)}"
        self.input_size = input_size
        max_depth = METRIC[metric] if metric else None

        def make() -> nn.Module:
            from .network import Network

            return Network(shape, max_depth)

        self._runner = Runner(make, weights, self.name, device, dtype, compiled)
        if batch:
            self._runner.at_once = batch
        self.batch = batch or min(4, self._runner.at_once)

    def _infer(self, images: list[Image]) -> np.ndarray:
        whole = picture_size(images[0])
        size = network_size(*whole, scaled(self.input_size, self._runner.scale))
        device = self._runner.device
        values = to_host(
            self._runner.run(lambda network: enlarge(network(prepared(images, size, device)), whole))
        )
        return inverse_metres(values) if self.kind == "metric" else values


def checkpoint_of(name: str) -> str:
    """The name of the weights that the estimator of that name takes: each has its own."""
    return name


def load(
    name: str,
    device: str | None,
    weights: str | Path,
    input_size: int | None = None,
    precision: str = "auto",
    compiled: bool = False,
) -> DepthAnythingV2:
    """The estimator of a name in NAMES, with its checkpoint. Raises OptionError for another name."""
    if name not in NAMES:
        raise OptionError(f"unknown depth model {name!r}; known are {', '.join(NAMES)}", "depth_model")
    *kinds, size = name.removeprefix(f"{FAMILY}-").split("-")
    metric = kinds[1] if kinds else None
    return DepthAnythingV2(
        size,
        weights,
        device,
        precision,
        metric=metric,
        input_size=input_size or INPUT_SIZE,
        compiled=compiled,
    )
