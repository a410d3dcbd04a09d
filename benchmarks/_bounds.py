"""What the machine is worth at the moment: copies and OpenCV's own warps of one 1080p picture.

Whatever a benchmark measures is told as a multiple of one of these, found in the same run.
"""

from __future__ import annotations

from collections.abc import Callable
from functools import partial
from typing import Any, NamedTuple

import cv2
import numpy as np
from _clock import by_turns, gpu

SIZE = (1920, 1080)
COPIED = 1 << 27  # bytes: more than a core has cache


class Bounds(NamedTuple):
    """remap and warp_affine: CPU-seconds of one bilinear warp of SIZE, uint8 of three channels.

    copy         bytes a second that are read and written by a copy in memory
    device_copy  the same on the GPU, None without one
    opencv       the version that warped: they differ by a quarter
    """

    remap: float
    warp_affine: float
    copy: float
    device_copy: float | None
    opencv: str = cv2.__version__

    def __str__(self) -> str:
        device = "none" if self.device_copy is None else f"{self.device_copy / 1e9:.0f} GB/s"
        return (
            f"cv2.remap {1000 * self.remap:.2f} ms, cv2.warpAffine {1000 * self.warp_affine:.2f} ms "
            f"(bilinear, {SIZE[0]}x{SIZE[1]}, OpenCV {self.opencv}), copy {self.copy / 1e9:.1f} GB/s, "
            f"device copy {device}"
        )


def bounds(runs: int = 5) -> Bounds:
    works: dict[str, Callable[[], object]] = {"remap": remap(), "affine": warp_affine(), "copy": _copy()}
    if gpu():
        works["device"] = _device_copy()
    found = by_turns(works, runs)
    device_ms = found["device"].gpu_ms if "device" in found else None
    return Bounds(
        found["remap"].cpu_s,
        found["affine"].cpu_s,
        2 * COPIED / found["copy"].cpu_s,
        None if device_ms is None else 2 * COPIED / (device_ms / 1000),
    )


def remap(image: np.ndarray | None = None) -> Callable[[], Any]:
    """One bilinear cv2.remap of a picture, which lies a little smaller and aside."""
    image = _picture() if image is None else image
    y, x = np.mgrid[: image.shape[0], : image.shape[1]].astype(np.float32)
    return partial(cv2.remap, image, x * 0.95 + 20.3, y * 0.95 + 11.2, cv2.INTER_LINEAR)


def warp_affine(image: np.ndarray | None = None, matrix: Any = None) -> Callable[[], Any]:
    """One bilinear cv2.warpAffine of a picture to its own size; by default moved between pixels."""
    image = _picture() if image is None else image
    matrix = np.array([[1, 0, 0.3], [0, 1, 0.4]]) if matrix is None else matrix
    flags = cv2.INTER_LINEAR | cv2.WARP_INVERSE_MAP
    return partial(cv2.warpAffine, image, matrix, image.shape[1::-1], flags=flags)


def _picture() -> np.ndarray:
    return np.random.default_rng(0).integers(0, 256, (SIZE[1], SIZE[0], 3), np.uint8)


def _copy() -> Callable[[], Any]:
    here, there = np.zeros(COPIED, np.uint8), np.ones(COPIED, np.uint8)
    return partial(np.copyto, there, here)


def _device_copy() -> Callable[[], Any]:
    import torch

    here, there = (torch.zeros(COPIED, dtype=torch.uint8, device="cuda") for _ in range(2))
    return partial(there.copy_, here)
