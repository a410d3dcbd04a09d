"""The networks at work: a picture enlarged as much as a network enlarges, in tiles that fit the device."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np

from ...depth.pretrained import PretrainedRunner
from ...errors import OptionError, ParallaxError
from ...types import CancelToken, Image
from ...weights.network import Checkpoint, built, check_there
from ...weights.runner import TooLargeError
from ..protocol import check
from ..sizes import Padding, padding
from .tiles import OVERLAP, tiled

if TYPE_CHECKING:
    import torch
    from torch import nn

SIDE, SIDE_ON_CPU = 512, 256  # pixels of a tile
LEAST_SIDE = OVERLAP + 32


@dataclass(frozen=True)
class Network:
    """make      builds it.
    scale     how many times it enlarges.
    multiple  the sides that it takes are multiples of this.
    """

    make: Callable[[], nn.Module]
    scale: int = 4
    multiple: int = 1


def _rrdb(scale: int, blocks: int) -> Network:
    def make() -> nn.Module:
        from .rrdb import RrdbNet

        return RrdbNet(scale, blocks)

    return Network(make, scale, 4 // scale)


def _compact(layers: int) -> Network:
    def make() -> nn.Module:
        from .compact import CompactNet

        return CompactNet(4, layers)

    return Network(make)


# By the names of their weights.
NETWORKS = {
    "realesrgan-x4plus": _rrdb(4, 23),
    "realesrgan-x2plus": _rrdb(2, 23),
    "realesr-general-x4v3": _compact(32),
    "realesrgan-x4plus-anime-6b": _rrdb(4, 6),
    "realesr-animevideov3": _compact(16),
}


class Upscaler:
    """Enlarges pictures by the network of that name in NETWORKS, or by a Network.

    weights  an official checkpoint: a .pth or .safetensors file, or tensors by name; read at
             first use
    device   where it computes; left out, the fastest there is
    dtype    as for the depth networks; "auto" is float16 on CUDA, else float32
    side     pixels of a tile, even and 96 or more; left out, what suits the device

    `warnings` tells what went otherwise than asked.
    Raises OptionError for an unknown name, ParallaxError for weights that are missing; such as do
    not fit are found at first use.
    """

    def __init__(
        self,
        network: str | Network,
        weights: Checkpoint,
        device: str | None = None,
        dtype: Any = "auto",
        side: int | None = None,
    ):
        if isinstance(network, str):
            if network not in NETWORKS:
                known = ", ".join(NETWORKS)
                raise OptionError(f"unknown upscaler {network!r}; known are {known}", "upscaler")
            self.name, network = network, NETWORKS[network]
        else:
            self.name = "an upscaler"
        self.scale, self._multiple = network.scale, network.multiple
        check_there(weights, self.name)
        make = network.make

        def build(dtype: torch.dtype, device: torch.device) -> nn.Module:
            import torch

            network = built(make, weights, self.name).to(device, dtype)
            # with the channels innermost a CPU takes a quarter less time
            return network.to(memory_format=torch.channels_last)  # type: ignore[call-overload]

        self._runner = PretrainedRunner(build, self.name, device, dtype)
        self._side = side or (SIDE_ON_CPU if self._runner.device.type == "cpu" else SIDE)
        self.warnings = self._runner.warnings

    def upscale(self, image: Image, cancel: CancelToken | None = None) -> Image:
        """uint8 `[scale H, scale W, 3]` of `image` uint8 `[H, W, 3]`.

        Raises Cancelled between two tiles, ParallaxError where memory does not do for a small tile,
        for weights that do not fit, or where no numbers come out.
        """
        height, width = image.shape[:2]
        pad = padding((width, height), self._multiple, 1)
        picture = pad.pad(image)
        while True:
            try:
                bands = tiled(picture, self.scale, self._side, lambda tile: self._look(tile, cancel))
                whole = np.concatenate([_quantised(band) for band in bands])
                break
            except TooLargeError:
                self._make_room()
        of = Padding(_times(pad.size, self.scale), _times(pad.padded, self.scale))
        return of.crop(whole)

    def _look(self, tile: np.ndarray, cancel: CancelToken | None) -> np.ndarray:
        import torch

        if cancel is not None:
            check(cancel)
        pixels = torch.from_numpy(np.ascontiguousarray(tile)).to(self._runner.device)
        pictures = pixels.permute(2, 0, 1)[None].float() / 255

        def job(network: nn.Module) -> torch.Tensor:
            return network(pictures.to(next(network.parameters()).dtype)).float()

        return self._runner.run(job)[0].permute(1, 2, 0).cpu().numpy()

    def _make_room(self) -> None:
        smaller = self._side // 4 * 2
        if smaller < LEAST_SIDE:
            raise ParallaxError(
                f"{self.name} runs out of memory on {self._runner.device} even for tiles of {self._side} "
                "pixels; choose a smaller upscaler or another device"
            )
        self._side = smaller
        self._runner.warn(f"{self.name}: memory ran out; tiles are {smaller} pixels from here on")


def _quantised(band: np.ndarray) -> np.ndarray:
    return np.rint(band.clip(0, 1) * np.float32(255)).astype(np.uint8)


def _times(size: tuple[int, int], scale: int) -> tuple[int, int]:
    return size[0] * scale, size[1] * scale
