"""Upscaling networks with weights that anybody can make again, and a picture for them.

The official definitions with these weights made golden/esrgan.npz; see golden/make_esrgan.py.
"""

from __future__ import annotations

import zlib
from collections.abc import Iterable, Mapping
from pathlib import Path

import numpy as np

GOLDEN = Path(__file__).parent / "golden" / "esrgan.npz"
# Arguments of the official classes; what is left out is theirs: 64 channels that grow by 32.
RRDB = {
    "tiny-x4": {"scale": 4, "num_block": 2, "num_feat": 8, "num_grow_ch": 4},
    "tiny-x2": {"scale": 2, "num_block": 2, "num_feat": 8, "num_grow_ch": 4},
    "realesrgan-x4plus": {"scale": 4, "num_block": 23},
    "realesrgan-x2plus": {"scale": 2, "num_block": 23},
    "realesrgan-x4plus-anime-6b": {"scale": 4, "num_block": 6},
}
COMPACT = {
    "tiny-compact": {"upscale": 4, "num_conv": 3, "num_feat": 8},
    "realesr-general-x4v3": {"upscale": 4, "num_conv": 32},
    "realesr-animevideov3": {"upscale": 4, "num_conv": 16},
}
SIZE = (8, 6)


def seeded(shapes: Mapping[str, Iterable[int]]) -> dict[str, np.ndarray]:
    """Weights by parameter name: normal noise, each parameter's seed the CRC-32 of its name.

    Kernels are divided by the root of their inputs; all else is noise / 10.
    """
    made = {}
    for name, shape in shapes.items():
        shape = tuple(shape)
        noise = np.random.RandomState(zlib.crc32(name.encode())).standard_normal(shape)
        made[name] = np.float32(noise / np.sqrt(np.prod(shape[1:])) if len(shape) > 1 else noise / 10)
    return made


def shapes_of(network) -> dict[str, tuple[int, ...]]:
    return {name: tuple(tensor.shape) for name, tensor in network.state_dict().items()}


def picture(size: tuple[int, int]) -> np.ndarray:
    """Waves and a checked corner, uint8 `[height, width, 3]`."""
    width, height = size
    y, x = np.mgrid[0:height, 0:width]
    waves = [127 + 90 * np.sin(x / (2 + c) + c) * np.cos(y / (3 - c / 2)) for c in range(3)]
    made = np.stack(waves, -1).clip(0, 255).astype(np.uint8)
    made[: height // 3, : width // 3][((x + y) % 2 == 1)[: height // 3, : width // 3]] = 255
    return made
