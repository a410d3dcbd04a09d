"""The names under which the estimators are known."""

from __future__ import annotations

from pathlib import Path

from ...errors import OptionError
from ..vit.pictures import INPUT_SIZE
from ..vit.shapes import SHAPES
from .estimator import VideoDepthAnything
from .sight import FAMILY
from .streaming import StreamingVideoDepthAnything

STREAMING, METRIC = "streaming-", "metric-"
KINDS = ("", METRIC, STREAMING, STREAMING + METRIC)
NAMES = tuple(f"{kind}{FAMILY}-{size}" for kind in KINDS for size in SHAPES)


def checkpoint_of(name: str) -> str:
    """The name of the weights that an estimator takes: the streaming ones have none of their own."""
    return name.removeprefix(STREAMING)


def load(
    name: str,
    device: str | None,
    weights: str | Path,
    input_size: int | None = None,
    precision: str = "auto",
    compiled: bool = False,
) -> VideoDepthAnything | StreamingVideoDepthAnything:
    """The estimator of a name in NAMES, with its checkpoint. Raises OptionError for another name."""
    if name not in NAMES:
        raise OptionError(f"unknown depth model {name!r}; known are {', '.join(NAMES)}", "depth_model")
    made = StreamingVideoDepthAnything if name.startswith(STREAMING) else VideoDepthAnything
    size, metric = name.rpartition("-")[2], METRIC in name
    return made(
        size,
        weights,
        device,
        precision,
        metric=metric,
        input_size=input_size or INPUT_SIZE,
        compiled=compiled,
    )
