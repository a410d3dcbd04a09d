"""The CUDA carrier without a GPU: it compiles, falls back, and its threads may run in any order.

`conftest.py` adds it to all tests over carriers: on a GPU where there is one, else by `cuda_on_cpu`.
"""

from __future__ import annotations

import logging

import cuda_on_cpu
import numpy as np
import pytest
import torch

from lib_parallax.errors import OptionError, UnavailableError
from lib_parallax.warp import Camera
from lib_parallax.warp import backends as package
from lib_parallax.warp.backends import carrier, chosen, cpu, cuda, cuda_compiler, cuda_launch, reference
from lib_parallax.warp.backends.cuda_launch import KernelError
from lib_parallax.warp.backends.cuda_source import PIXELS
from lib_parallax.warp.camera import rays
from lib_parallax.warp.placed import Placed
from lib_parallax.warp.similarity import Similarity

ARCHITECTURES = ("sm_75", "sm_80", "sm_86", "sm_89", "sm_90")
needs_compiler = pytest.mark.skipif(
    cuda_on_cpu.COMPILER is None, reason="no g++ here: kernels.cu is not run on the CPU"
)


@pytest.fixture
def shim(monkeypatch):
    """Kernels on the CPU; what is loaded and has failed is forgotten afterwards."""
    monkeypatch.setitem(cuda_launch.LOADERS, "cpu", cuda_on_cpu.load)
    monkeypatch.setattr(cuda_launch, "_loaded", {})
    monkeypatch.setattr(cuda, "given_up", type(cuda.given_up)())
    return monkeypatch


# of a view, which the CPU makes in one
STEPS = {"background_rows", "fill", "shade", "splat_fringe", "splat_rows", "step_mask", "uncovered", "unmix"}


def test_all_carriers_have_the_same_primitives():
    assert set(reference.__all__) == set(cuda.__all__) == set(cpu.__all__) | STEPS
    assert not STEPS & set(cpu.__all__)


@pytest.mark.parametrize(
    ("architecture", "pixel"),
    [*((a, PIXELS[0]) for a in ARCHITECTURES), *((ARCHITECTURES[0], p) for p in PIXELS[1:])],
)
def test_the_source_compiles_for_gpus(architecture, pixel):
    try:
        from cuda.bindings import nvrtc

        nvrtc.nvrtcVersion()
    except Exception as e:
        pytest.skip(f"no NVRTC here (pip install cuda-core cuda-bindings nvidia-cuda-nvrtc-cu12): {e}")
    binary = cuda_compiler.compiled(architecture, pixel)
    assert binary[:4] == b"\x7fELF"
    for kernel in cuda_on_cpu.kernels():
        assert f".text.{kernel}\0".encode() in binary


def scene(height=60, width=90):
    rng = np.random.default_rng(4)
    image = torch.from_numpy(rng.integers(0, 256, (height, width, 3), np.uint8))
    depth = torch.from_numpy(np.kron(rng.random((height // 6, width // 6)), np.ones((6, 6))))
    return image, depth.float(), rng


def everything():
    """What each primitive gives for a scene where much lands on much."""
    image, depth, rng = scene()
    height, width = depth.shape
    offset = (depth * 9000).int()
    steps = cuda.step_mask(offset)
    layers = cuda.unmix(image, offset, 1, steps, 255)
    position, near = cuda.splat_rows(layers[1], 1)
    shown = cuda.splat_fringe(layers[3], layers[4], near, 1)
    colour, bare = cuda.shade(layers[0], layers[1], layers[2], layers[4], position, shown)
    yield from (steps, *layers, position, near, shown, colour, bare)
    yield cuda.background_rows(near[:, 2::4].contiguous(), bare > 0, 4)
    x, y = (torch.from_numpy(rng.integers(0, 40 * 1024, (height, width), np.int32)) for _ in range(2))
    yield from cuda.splat(image, x, y, torch.from_numpy(rng.random((height, width), np.float32)))
    way = rays(Camera(offset=(0.3, 0.2), zoom=0.8, height=0.4), (70, 50), (width, height))
    u = cuda.first_hit(depth, way, (70, 50))
    yield from (u, *cuda.look_up(image, depth, u, way, 255))
    yield cuda.compose([Placed(image, Similarity(0.7)), Placed(image, Similarity(1 + 0.4j))], (50, 40), 255)


@needs_compiler
def test_the_order_of_threads_does_not_matter(shim):
    backwards = list(everything())
    shim.setattr(cuda_launch, "_loaded", {})
    shim.setitem(cuda_launch.LOADERS, "cpu", lambda *which: cuda_on_cpu.load(*which, backwards=False))
    assert all(torch.equal(a, b) for a, b in zip(everything(), backwards, strict=True))
    assert not cuda.given_up.is_set()


@needs_compiler
@pytest.mark.parametrize("sign", [1, -1])
def test_where_much_lands_on_much(sign, shim):
    """Whatever the order of threads: slopes and steps that cross each other everywhere, some at one depth."""
    rng = np.random.default_rng(1)
    for unit in (1, 128, 512):
        offset = torch.from_numpy(rng.integers(-5000 // unit, 5000 // unit, (20, 400), np.int32) * unit)
        expected = reference.splat_rows(offset, sign)
        assert all(torch.equal(a, b) for a, b in zip(cuda.splat_rows(offset, sign), expected, strict=True))
        alpha = torch.full(offset.shape, 9, dtype=torch.uint8)
        for fringe in (offset, offset // 1024 * 1024, torch.zeros_like(offset)):
            asked = fringe, alpha, expected[1], sign
            assert torch.equal(cuda.splat_fringe(*asked), reference.splat_fringe(*asked))
    assert not cuda.given_up.is_set()


@needs_compiler
@pytest.mark.parametrize("outside", ["mirror", "edge", "blank"])
def test_steps_that_bounds_leave_out_hit_nothing(outside, shim):
    """On a picture of many cells, seen so that all their levels count."""
    _, depth, _ = scene(120, 300)
    for camera in (
        Camera(offset=(0.4, 0.1), height=0.4, outside=outside),
        Camera(offset=(0.2, 0), pan=20, tilt=6, height=0.3, zoom=2.0, outside=outside),
    ):
        way = rays(camera, (36, 20), (300, 120))
        apart = (cuda.first_hit(depth, way, (36, 20)) - reference.first_hit(depth, way, (36, 20))).abs()
        assert (apart * way.speed < 0.05).float().mean() > 0.995
    assert not cuda.given_up.is_set()


def test_a_carrier_that_fails_is_replaced_with_one_warning(shim, caplog):
    tries = []

    def broken(device, pixel):
        tries.append(pixel)
        raise KernelError("no such architecture")

    shim.setitem(cuda_launch.LOADERS, "cpu", broken)
    image, depth, _ = scene(12, 18)
    on = carrier("cuda", "cpu")
    with caplog.at_level(logging.WARNING):
        for _ in range(2):
            assert torch.equal(on.primitives.halve(image), reference.halve(image))
            assert torch.equal(on.primitives.step_mask(depth.int()), reference.step_mask(depth.int()))
    assert tries == ["unsigned char"]
    (record,) = caplog.records
    assert "no such architecture" in record.message and "reference" in record.message


@needs_compiler
def test_arguments_that_do_not_fit_a_kernel_are_refused(shim):
    values = torch.zeros(4, dtype=torch.int32)
    for wrong in ((values, 2), (values, 2, 2.0, values, 1)):
        with pytest.raises(KernelError, match="step_mask"):
            cuda_launch.launch("step_mask", 4, *wrong)


def test_what_was_compiled_is_kept(tmp_path, monkeypatch):
    made = []

    def compiled(architecture, pixel):
        made.append((architecture, pixel))
        return f"{architecture} {pixel}".encode()

    place = tmp_path / "kept"
    monkeypatch.setattr(cuda_compiler, "compiled", compiled)
    monkeypatch.setattr(cuda_compiler, "folders", lambda: [tmp_path / "file" / "below", place])
    (tmp_path / "file").write_text("no folder can be made here")
    for _ in range(2):
        assert cuda_compiler.cached("sm_75", "int", 1) == b"sm_75 int"
    assert len(made) == 1 and len(list(place.iterdir())) == 1
    for other in (("sm_80", "int", 1), ("sm_75", "float", 1), ("sm_75", "int", 2)):
        assert cuda_compiler.cached(*other) == f"{other[0]} {other[1]}".encode()
    assert len(made) == 4
    monkeypatch.setattr(cuda_compiler, "folders", lambda: [tmp_path / "file" / "below"])
    assert cuda_compiler.cached("sm_75", "int", 1) == b"sm_75 int"


class TestChoice:
    @pytest.fixture(autouse=True)
    def plain(self, monkeypatch):
        monkeypatch.delenv("PARALLAX_BACKEND", raising=False)
        monkeypatch.delitem(cuda_launch.LOADERS, "cpu", raising=False)

    @pytest.fixture
    def with_gpu(self, monkeypatch):
        monkeypatch.setattr(package, "available", lambda: ["cpu", "reference", "cuda"])

    def test_auto_takes_it_where_arrays_are_on_cuda(self, with_gpu):
        assert chosen("auto", "cuda:1") == ("cuda", "cuda:1")
        assert chosen("auto", "auto")[0] == chosen("auto", "cpu")[0] == "cpu"
        assert chosen("auto", "mps") == ("reference", "mps")

    def test_auto_does_without(self, monkeypatch):
        monkeypatch.setattr(package, "available", lambda: ["cpu", "reference"])
        assert chosen("auto", "cuda") == ("reference", "cuda")

    def test_it_brings_its_device(self, monkeypatch):
        assert chosen("cuda", "auto") == ("cuda", "cuda")
        monkeypatch.setenv("PARALLAX_BACKEND", "cuda")
        assert chosen() == ("cuda", "cuda")
        assert chosen("reference") == ("reference", "cpu")

    def test_another_device_is_refused(self):
        for device in ("cpu", "mps"):
            with pytest.raises(OptionError, match="reference"):
                chosen("cuda", device)

    def test_a_machine_without_says_so(self):
        if "cuda" in package.available():
            pytest.skip("this machine has it")
        with pytest.raises((OptionError, UnavailableError), match=r"CUDA|cuda-core"):
            carrier("cuda", "auto")
