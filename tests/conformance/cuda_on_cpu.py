"""The CUDA carrier's kernels, compiled for the CPU, so that the very source can be tried without a GPU."""

from __future__ import annotations

import ctypes
import re
import shutil
import subprocess
import tempfile
from pathlib import Path

import numpy as np
import torch

from lib_parallax.warp.backends.cuda_launch import KernelError
from lib_parallax.warp.backends.cuda_source import FILE, macros

COMPILER = shutil.which("g++")
SHIM = Path(__file__).with_name("cuda_shim.h")
# as on a GPU, where the carrier has it so too: no product and sum become one operation
FLAGS = ["-std=c++17", "-O2", "-shared", "-fPIC", "-ffp-contract=off", "-Wall", "-Werror"]

_built: dict[str, ctypes.CDLL] = {}
_folder = None


def kernels() -> dict[str, int]:
    """The kernels of the file by name, and how many arguments each takes."""
    found = re.findall(r"^KERNEL (\w+)\((.*?)\)", FILE.read_text("utf-8"), re.S | re.M)
    return {name: len(arguments.split(",")) for name, arguments in found}


def built(pixel: str) -> ctypes.CDLL:
    """The library for pictures of a type. Raises CalledProcessError with what the compiler said."""
    global _folder
    if pixel not in _built:
        _folder = _folder or tempfile.TemporaryDirectory(prefix="parallax-kernels-")
        place = Path(_folder.name, pixel.replace(" ", "-"))
        calls = "".join(
            f'    if (!strcmp(kernel, "{name}")) '
            f"return in_turn({name}, blocks, threads, backwards, count, sizes, arguments);\n"
            for name in kernels()
        )
        source = place.with_suffix(".cpp")
        source.write_text(
            f'#include "{SHIM}"\n#include "{FILE}"\n'
            'extern "C" bool run(const char* kernel, unsigned blocks, unsigned threads, bool backwards, '
            f"unsigned count, const unsigned* sizes, void** arguments) {{\n{calls}    return false;\n}}\n"
        )
        library = place.with_suffix(".so")
        defines = [f"-D{name}={value}" for name, value in macros(pixel).items()]
        subprocess.run([COMPILER, *FLAGS, *defines, source, "-o", library], check=True, capture_output=True)
        _built[pixel] = ctypes.CDLL(str(library))
        _built[pixel].run.restype = ctypes.c_bool
    return _built[pixel]


def load(device: torch.device, pixel: str, backwards: bool = True):
    """What `cuda_launch` starts kernels by; their threads run from the last to the first."""
    library = built(pixel)

    def run(kernel: str, blocks: int, threads: int, arguments: list[np.generic]) -> None:
        values = [np.array(argument) for argument in arguments]
        sizes = (ctypes.c_uint * len(values))(*[value.itemsize for value in values])
        pointers = (ctypes.c_void_p * len(values))(*[value.ctypes.data for value in values])
        if not library.run(kernel.encode(), blocks, threads, backwards, len(values), sizes, pointers):
            raise KernelError(f"{kernel} does not take these {len(values)} arguments")

    return run
