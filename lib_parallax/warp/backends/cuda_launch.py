"""Running a kernel of `kernels.cu` over torch tensors, where they are, on torch's current stream."""

from __future__ import annotations

from collections.abc import Callable
from threading import Lock

import numpy as np
import torch
from torch import Tensor

BLOCK = 256  # threads that a GPU keeps together
MOST = 2**31 - 1  # numbers in an array: kernels count in 32 bits

Run = Callable[[str, int, int, list[np.generic]], None]  # kernel, blocks, threads of each, arguments

_PIXELS = {torch.uint8: "unsigned char", torch.int32: "int", torch.float32: "float"}


class KernelError(RuntimeError):
    """Kernels that cannot be compiled, loaded or started here."""


def _on_cuda(device: torch.device, pixel: str) -> Run:
    from .cuda_compiler import load

    return load(device, pixel)


LOADERS: dict[str, Callable[[torch.device, str], Run]] = {"cuda": _on_cuda}  # by type of device
_loaded: dict[tuple[torch.device, str], Run] = {}
_loading = Lock()


def launch(kernel: str, threads: int, *arguments: Tensor | int | float, like: Tensor | None = None) -> None:
    """Starts a kernel with at least as many threads; it returns before they are done.

    arguments  tensors without gaps, on one device; ints and floats are 32 bits wide
    like       a picture, whose type of pixel the kernel is for
    Raises KernelError.
    """
    if not threads:
        return
    device = next(a.device for a in arguments if isinstance(a, Tensor))
    run = ready(device, torch.uint8 if like is None else like.dtype)
    run(kernel, -(-threads // BLOCK), BLOCK, [_plain(a) for a in arguments])


def ready(device: torch.device, pixel: torch.dtype = torch.uint8) -> Run:
    """The kernels for a device and a type of pixel, compiled if they are not yet. Raises KernelError."""
    if device.type == "cuda" and device.index is None:
        device = torch.device("cuda", torch.cuda.current_device())
    key = device, _PIXELS[pixel]
    with _loading:
        if key not in _loaded:
            _loaded[key] = LOADERS[device.type](*key)
        return _loaded[key]


def pixels(image: Tensor) -> Tensor:
    """A picture of a type that there are kernels for, without gaps."""
    return (image if image.dtype in _PIXELS else image.float()).contiguous()


def _plain(argument: Tensor | int | float) -> np.generic:
    if isinstance(argument, Tensor):
        assert argument.is_contiguous()
        if argument.numel() > MOST:
            raise KernelError(f"an array of {argument.numel()} numbers; kernels count to {MOST}")
        return np.uint64(argument.data_ptr())
    return np.int32(argument) if isinstance(argument, int) else np.float32(argument)
