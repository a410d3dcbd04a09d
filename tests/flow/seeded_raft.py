"""Weights of RAFT that anybody can make again, and two pictures to look at.

The official code with these weights made what lies in golden/; see golden/make_raft.py.
"""

from __future__ import annotations

import zlib
from collections.abc import Iterable, Mapping
from pathlib import Path

import numpy as np

from lib_parallax.flow.raft.names import renamed

GOLDEN = Path(__file__).parent / "golden" / "raft.npz"
SIZE = 160, 136  # width, height: multiples of 8, no two levels of likeness of one shape
UPDATES = 12
STEP = 5  # every so many rows and columns of the flow are kept


def seeded(shapes: Mapping[str, Iterable[int]]) -> dict[str, np.ndarray]:
    """Weights by parameter name: normal noise, each parameter's seed the CRC-32 of its name.

    Kernels are divided by the root of their inputs, the last of the flow's head by ten more, so that
    twelve updates stay within the picture; variances are 1 + noise^2, scales of norms 1 + noise / 10,
    all else is noise / 10.
    """
    made = {}
    for name, shape in shapes.items():
        shape = tuple(shape)
        noise = np.random.RandomState(zlib.crc32(name.encode())).standard_normal(shape)
        if name.endswith("running_var"):
            value = 1 + noise**2
        elif len(shape) > 1:
            value = noise / np.sqrt(np.prod(shape[1:])) / (10 if "flow_head.conv2" in name else 1)
        else:
            value = noise / 10 + name.endswith(".weight")
        made[name] = np.asarray(value, np.float32)
    return made


def shapes_of(network) -> dict[str, tuple[int, ...]]:
    return {name: tuple(tensor.shape) for name, tensor in network.state_dict().items()}


def under_their_names(names: Iterable[str], weights: Mapping[str, np.ndarray]) -> dict[str, np.ndarray]:
    """The weights as princeton-vl names them, which has some norms twice."""
    return {name: weights[renamed(name.replace("norm3", "downsample.1"))] for name in names}


def pictures(size: tuple[int, int] = SIZE) -> tuple[np.ndarray, np.ndarray]:
    """Two of uint8 `[H, W, 3]`: waves, the second moved by (3, -2), over the same noise."""
    width, height = size
    noise = np.random.RandomState(7).uniform(0, 40, (height, width, 3))
    waves = np.array([[0.21, 0.11, 0.0], [-0.07, 0.17, 2.0], [0.13, -0.19, 4.0]])

    def one(dx: int, dy: int) -> np.ndarray:
        y, x = np.mgrid[:height, :width]
        phase = (x - dx)[..., None] * waves[:, 0] + (y - dy)[..., None] * waves[:, 1] + waves[:, 2]
        return np.rint(100 + 80 * np.sin(phase) + noise).clip(0, 255).astype(np.uint8)

    return one(0, 0), one(3, -2)
