"""What all tests share: carriers to run on, the street scene rendered once, and where real data lies."""

from __future__ import annotations

import os
import shutil
import sys
from pathlib import Path

import numpy as np
import pytest
from hypothesis import settings

# tiny clips are made by tests/media/clips.py, for the tests of every storey
sys.path.insert(0, str(Path(__file__).parent / "media"))
# and the CUDA carrier's kernels for the CPU by tests/conformance/cuda_on_cpu.py
sys.path.insert(0, str(Path(__file__).parent / "conformance"))

# no server of a test prepares previews that nobody asks for
os.environ.setdefault("PARALLAX_WARM", "0")

settings.register_profile("parallax", max_examples=25, deadline=None, derandomize=True, database=None)
settings.load_profile("parallax")


def pytest_addoption(parser):
    group = parser.getgroup("parallax")
    group.addoption("--backend", help="only this carrier of the warp primitives (default: all there are)")
    group.addoption(
        "--device",
        default=os.environ.get("PARALLAX_TEST_DEVICE"),
        help="only this device, such as cpu or cuda (default: PARALLAX_TEST_DEVICE, or all there are)",
    )


KERNELS_ON_CPU = ("cuda", "cpu")


def carriers_here(config) -> list[tuple[str, str]]:
    """(backend, device) pairs that this machine has, narrowed by --backend and --device."""
    from lib_parallax.warp.backends import available

    pairs = []
    for backend in available():
        devices = ["cuda"] if backend == "cuda" else ["cpu"]
        if backend == "reference":
            import torch

            if torch.cuda.is_available():
                devices.append("cuda")
            if torch.backends.mps.is_available():
                devices.append("mps")
        pairs += [(backend, device) for device in devices]
    if shutil.which("g++"):
        pairs.append(KERNELS_ON_CPU)
    backend, device = config.getoption("--backend"), config.getoption("--device")
    return [(b, d) for b, d in pairs if backend in (None, b) and device in (None, d)]


def pytest_generate_tests(metafunc):
    """`on` is each carrier in turn; `other` each but the one that all are compared with."""
    pairs = carriers_here(metafunc.config)
    if "other" in metafunc.fixturenames:
        pairs = [pair for pair in pairs if pair != ("reference", "cpu")]
    for name in {"on", "other"} & set(metafunc.fixturenames):
        metafunc.parametrize(name, pairs, ids=["-".join(pair) for pair in pairs], indirect=True)


@pytest.fixture(scope="session")
def on(request):
    return _carrier(request.param)


@pytest.fixture(scope="session")
def other(request):
    return _carrier(request.param)


def _carrier(pair):
    from lib_parallax.warp.backends import carrier

    if pair == KERNELS_ON_CPU:
        import cuda_on_cpu

        from lib_parallax.warp.backends.cuda_launch import LOADERS

        LOADERS["cpu"] = cuda_on_cpu.load
    return carrier(*pair)


@pytest.fixture(scope="session")
def data() -> Path:
    """The folder of real pictures and clips."""
    folder = os.environ.get("PARALLAX_TEST_DATA")
    if not folder:
        pytest.skip("PARALLAX_TEST_DATA is not set: it names the folder of real pictures and clips")
    return Path(folder)


class StreetPair:
    """The street at 640x360 with both eyes' exact pictures."""

    def __init__(self):
        from lib_parallax import samples

        self.scene = samples.street((640, 360), supersample=3)
        self.left, self.right = self.scene.view(0.0), self.scene.view(1.0)
        self.disparity = self.scene.disparity(self.left.depth)
        self.visible, self.outside = self.scene.visible(1.0, 0.0)
        self.disoccluded = ~self.visible & ~self.outside
        for value in (self.disparity, self.left.image, self.right.image):
            value.setflags(write=False)


@pytest.fixture(scope="session")
def street():
    return StreetPair()


@pytest.fixture(scope="session")
def psnr():
    def measure(a, b, where=None):
        """Peak signal to noise of two 8-bit pictures in dB, over a mask."""
        gap = (np.asarray(a, np.float64) - np.asarray(b, np.float64)) ** 2
        return 10 * np.log10(255**2 / max(float((gap if where is None else gap[where]).mean()), 1e-12))

    return measure
