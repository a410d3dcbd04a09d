"""RAFT as a FlowEstimator."""

from __future__ import annotations

import threading
from functools import partial
from typing import TYPE_CHECKING, Any

from ...errors import OptionError, ParallaxError
from ...types import Size
from ...weights.network import Checkpoint
from ...weights.runner import Runner, TooLargeError
from .names import torchvision_names
from .pictures import INPUT_SIZE, fitted, prepare, seen_size, to_rgb
from .shapes import SHAPES

if TYPE_CHECKING:
    import numpy as np
    import torch
    from torch import nn

UPDATES = 12


class Raft:
    """A FlowEstimator; see `flow.FlowEstimator`.

    size        "small" or "large".
    weights     an official checkpoint: a .pth or .safetensors file, or tensors by name.
    device      where it computes; left out, the fastest there is.
    dtype       float32 (also when left out), float16 or bfloat16, as a name or a torch.dtype; "auto"
                is float16 on CUDA, else float32.
    updates     how often flow is improved; more is slower and, up to 32, a little more exact.
    input_size  longest short side that is looked at; larger pictures are made smaller and their flow
                larger again. All pairs of a picture's points are compared, so twice the side is
                sixteen times the work; memory stays bounded (see `likeness`).

    `warnings` tells what went otherwise than asked.
    Raises ParallaxError for weights that are missing, and for pictures that differ in size or are
    none; weights that do not fit are found at first use.

    A pair of 768 x 512 takes 1.9 s (small) or 5.7 s (large) of one CPU core.
    """

    def __init__(
        self,
        size: str = "large",
        weights: Checkpoint | None = None,
        device: str | None = None,
        dtype: Any = None,
        *,
        updates: int = UPDATES,
        input_size: int = INPUT_SIZE,
    ):
        if size not in SHAPES:
            raise OptionError(f"size: {size!r} is not one of {', '.join(SHAPES)}", "flow")
        self.name = f"raft-{size}"
        self.updates = updates
        self.input_size = input_size

        def make() -> nn.Module:
            from .network import Network

            return Network(SHAPES[size])

        self._runner = Runner(make, weights, self.name, device, dtype, renamed=torchvision_names)
        self._runner.at_once = 1
        # Callers from several threads take turns: together they would only run out of memory.
        self._turn = threading.Lock()

    @property
    def warnings(self) -> list[str]:
        return self._runner.warnings

    def __call__(self, a: Any, b: Any) -> Any:
        """Flow float32 `[H, W, 2]` on a into b; see FlowEstimator."""
        import torch

        pair = to_rgb(a), to_rgb(b)
        sizes = [(picture.shape[1], picture.shape[0]) for picture in pair]
        if sizes[0] != sizes[1]:
            named = " and ".join(f"{width}x{height}" for width, height in sizes)
            raise ParallaxError(f"flow needs two pictures of one size, got {named}")
        with self._turn:
            flow = self._between(pair, sizes[0])
        return flow.to(a.device) if isinstance(a, torch.Tensor) else flow.cpu().numpy()

    def _between(self, pair: tuple[np.ndarray, np.ndarray], size: Size) -> torch.Tensor:
        """Flow `[H, W, 2]` on the device; looked at smaller where memory runs out."""
        while True:
            seen = seen_size(*size, round(self.input_size * self._runner.scale))
            try:
                return self._runner.run(partial(self._look, pair, seen, size))
            except TooLargeError:
                self._runner.make_room()

    def _look(
        self, pair: tuple[np.ndarray, np.ndarray], seen: Size, size: Size, network: Any
    ) -> torch.Tensor:
        first, second = (prepare(picture, seen).to(self._runner.device) for picture in pair)
        return fitted(network(first, second, self.updates), seen, size)
