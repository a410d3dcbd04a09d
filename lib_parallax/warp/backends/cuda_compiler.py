"""Compiling `kernels.cu` by NVRTC, once for each GPU type and driver, and running what came out.

Needs the extra `cuda`: cuda-core, which finds the NVRTC that comes with torch's CUDA builds too.
"""

from __future__ import annotations

import hashlib
import logging
import os
import tempfile
from pathlib import Path
from typing import Any

import numpy as np
import torch

from .cuda_launch import KernelError, Run
from .cuda_source import FILE, macros

# Products and sums are rounded apart, as the other carriers and the run on a CPU do.
FUSED = False
STANDARD = "c++17"

log = logging.getLogger(__name__)


def load(device: torch.device, pixel: str) -> Run:
    """The kernels for pictures of a type, ready on a CUDA device. Raises KernelError."""
    try:
        from cuda import core
        from cuda.bindings import driver, nvrtc

        chip = core.Device(device.index)
        chip.set_current()
        versions = [driver.cuDriverGetVersion(), nvrtc.nvrtcVersion()]
        code = core.ObjectCode.from_cubin(cached(f"sm_{chip.arch}", pixel, versions))
    except KernelError:
        raise
    except Exception as e:  # each layer has errors of its own, and a machine may lack any of them
        raise KernelError(f"{type(e).__name__}: {e}") from e
    kernels: dict[str, Any] = {}

    def run(kernel: str, blocks: int, threads: int, arguments: list[np.generic]) -> None:
        try:
            if kernel not in kernels:
                kernels[kernel] = code.get_kernel(kernel)
            with torch.cuda.device(device):
                chip.set_current()  # a thread that only took cached memory so far has no context yet
                stream = chip.create_stream(_Stream(torch.cuda.current_stream().cuda_stream))
                config = core.LaunchConfig(grid=blocks, block=threads)
                core.launch(stream, config, kernels[kernel], *arguments)
        except Exception as e:
            raise KernelError(f"{kernel}: {type(e).__name__}: {e}") from e

    return run


class _Stream:
    """torch's stream as cuda-core takes those of others."""

    def __init__(self, handle: int):
        self._handle = handle

    def __cuda_stream__(self) -> tuple[int, int]:
        return 0, self._handle


def compiled(architecture: str, pixel: str) -> bytes:
    """The kernels as binary code for an architecture such as sm_90; needs no GPU. Raises KernelError."""
    from cuda import core

    options = core.ProgramOptions(
        arch=architecture, std=STANDARD, fma=FUSED, define_macro=list(macros(pixel).items())
    )
    try:
        return bytes(core.Program(FILE.read_text("utf-8"), "c++", options).compile("cubin").code)
    except Exception as e:
        raise KernelError(f"kernels.cu does not compile for {architecture}: {e}") from e


def cached(architecture: str, pixel: str, versions: object) -> bytes:
    """`compiled`, kept on disk; a folder that cannot be written is no fault.

    `versions` are those of whatever may change the binary.
    """
    key = hashlib.sha256(repr((architecture, macros(pixel), versions, STANDARD, FUSED)).encode())
    key.update(FILE.read_bytes())
    for folder in folders():
        file = folder / f"kernels-{key.hexdigest()[:32]}.cubin"
        if file.is_file():
            return file.read_bytes()
    binary = compiled(architecture, pixel)
    for folder in folders():
        try:
            _write(folder / f"kernels-{key.hexdigest()[:32]}.cubin", binary)
            break
        except OSError as e:
            log.debug("no place for compiled kernels in %s: %s", folder, e)
    return binary


def folders() -> list[Path]:
    """Where compiled kernels lie: as numba's, beside the source, or where that is read only at the user's."""
    return [FILE.parent / "__pycache__", Path.home() / ".cache" / "parallax" / "kernels"]


def _write(file: Path, binary: bytes) -> None:
    """Whole or not at all: other processes may look for it meanwhile."""
    file.parent.mkdir(parents=True, exist_ok=True)
    handle, draft = tempfile.mkstemp(dir=file.parent, prefix=file.stem)
    try:
        with os.fdopen(handle, "wb") as out:
            out.write(binary)
        os.replace(draft, file)
    except BaseException:
        os.unlink(draft)
        raise
