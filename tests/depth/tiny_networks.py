"""Tiny networks with weights that anybody can make again, and a film for them to look at.

The official repositories with these weights made what lies in golden/; see golden/make.py.
"""

from __future__ import annotations

import zlib
from collections.abc import Iterable, Mapping
from fractions import Fraction
from pathlib import Path

import numpy as np

from lib_parallax.depth.vit.shapes import VitShape
from lib_parallax.types import Boundary, Frame

GOLDEN = Path(__file__).parent / "golden"
TINY = VitShape(embed=32, depth=4, heads=2, taps=(0, 1, 2, 3), features=32, channels=(16, 16, 32, 32))
STILLS = {  # name: ((width, height), input size, metric)
    "wide": ((77, 45), 28, None),
    "tall": ((45, 77), 42, None),
    "square": ((64, 64), 56, None),
    "indoor": ((77, 45), 28, "indoor"),
    "outdoor": ((45, 77), 28, "outdoor"),
}
FILM, FILM_SIZE, FILM_INPUT = 60, (30, 20), 56
KEPT = {"windows": 2, "metric": 6, "streaming": 4}  # every n-th frame's depth is kept


def seeded(shapes: Mapping[str, Iterable[int]]) -> dict[str, np.ndarray]:
    """Weights by parameter name: normal noise, each parameter's seed the CRC-32 of its name.

    Matrices and kernels are divided by the root of their inputs, the scales of norms and blocks are
    1 + noise / 10, all else is noise / 10; the last bias is 2, which keeps depth above 0; frame
    positions are the usual sines and cosines.
    """
    made = {}
    for name, shape in shapes.items():
        shape = tuple(shape)
        noise = np.random.RandomState(zlib.crc32(name.encode())).standard_normal(shape)
        if name.endswith(".pe"):
            value = positions(*shape[1:])[None]
        elif name.endswith("output_conv2.2.bias"):
            value = np.full(shape, 2.0)
        elif len(shape) > 1 and not name.endswith(("_token", "pos_embed")):
            value = noise / np.sqrt(np.prod(shape[1:]))
        else:
            value = noise / 10 + name.endswith((".weight", ".gamma"))
        made[name] = np.asarray(value, np.float32)
    return made


def positions(frames: int, width: int) -> np.ndarray:
    angle = np.arange(frames)[:, None] * np.exp(np.arange(0, width, 2) * (-np.log(10000.0) / width))
    return np.stack([np.sin(angle), np.cos(angle)], -1).reshape(frames, width)


def shapes_of(network) -> dict[str, tuple[int, ...]]:
    return {name: tuple(tensor.shape) for name, tensor in network.state_dict().items()}


def weights(make) -> dict[str, object]:
    """Seeded weights of the network that `make` builds, as tensors."""
    import torch

    with torch.device("meta"):
        network = make()
    return {name: torch.from_numpy(value) for name, value in seeded(shapes_of(network)).items()}


def picture(size: tuple[int, int], time: float = 0.0) -> np.ndarray:
    """Waves of three colours that wander, uint8 `[height, width, 3]`."""
    width, height = size
    y, x = np.mgrid[0:height, 0:width]
    channels = [
        127.5
        + 70 * np.sin((x * (1.3 + 0.4 * c) + 2 * time) / width * 9 + c)
        + 50 * np.cos((y * (1.1 + 0.3 * c) - time) / height * 11 + 2 * c)
        + 7 * np.sin(x * y / 37 + c)
        for c in range(3)
    ]
    return np.clip(np.stack(channels, -1), 0, 255).astype(np.uint8)


def film(
    count: int, size: tuple[int, int] = FILM_SIZE, marks: Mapping[int, bool] | None = None, first: int = 0
):
    """Frames from `first` on, with a boundary at each index in `marks`: True for a cut."""
    marks = marks or {}
    return [
        Frame(picture(size, i), Fraction(i, 24), boundary=Boundary(i, marks[i]) if i in marks else None)
        for i in range(first, count)
    ]


def values(depths) -> list[np.ndarray]:
    return [depth.values for depth in depths]


def gap(found, wanted) -> float:
    """The largest difference as a share of the range of what is wanted."""
    found, wanted = np.asarray(found, np.float64), np.asarray(wanted, np.float64)
    assert found.shape == wanted.shape
    return float(np.abs(found - wanted).max() / np.ptp(wanted))
