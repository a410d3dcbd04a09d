"""Memory that runs out while views are made: tried again, then the CPU, one warning, the same pictures."""

from __future__ import annotations

import threading
from fractions import Fraction
from types import SimpleNamespace
from unittest import mock

import cv2
import numpy as np
import pytest
import torch

from lib_parallax import loops, samples
from lib_parallax.loops.computing import Computing
from lib_parallax.types import Frame
from lib_parallax.warp.backends import Carrier, carrier, reference
from lib_parallax.weights import runner


def full(*arguments):
    raise torch.cuda.OutOfMemoryError("CUDA out of memory. Tried to allocate 2.00 GiB")


@pytest.fixture
def freed(monkeypatch):
    """How often caches were freed."""
    devices = []
    monkeypatch.setattr("lib_parallax.loops.computing.release", devices.append)
    return devices


def counted(fails):
    """Work that fails so often on a carrier that is not the CPU's."""
    seen = []

    def work(on):
        seen.append(on.name)
        if on.name != "cpu" and len(seen) <= fails:
            full()
        return on.name

    return work, seen


def test_what_fits_is_done_once(freed):
    work, seen = counted(0)
    assert Computing(carrier("reference", "cpu"))(work) == "reference"
    assert seen == ["reference"] and not freed


def test_once_more_where_caches_were_full(freed):
    told = []
    work, seen = counted(1)
    computing = Computing(carrier("reference", "cpu"), told.append)
    assert computing(work) == computing(work) == "reference"
    assert seen == ["reference"] * 3 and len(freed) == 1 and not told


def test_then_the_cpu_for_good_with_one_warning(freed):
    told = []
    work, seen = counted(99)
    computing = Computing(carrier("reference", "cpu"), told.append)
    assert computing(work) == computing(work) == "cpu"
    assert seen == ["reference", "reference", "cpu", "cpu"] and len(freed) == 2
    (event,) = told
    assert event.kind == "warning" and "memory ran out" in event.text and "CPU" in event.text


def test_other_faults_are_raised(freed):
    def broken(on):
        raise RuntimeError("shape mismatch")

    def full(on):
        raise MemoryError

    with pytest.raises(RuntimeError, match="shape"):
        Computing(carrier("reference", "cpu"))(broken)
    with pytest.raises(MemoryError):
        Computing(carrier("cpu"))(full)  # there is nowhere left to go
    assert not freed


def test_threads_move_once(freed):
    told = []
    computing = Computing(carrier("reference", "cpu"), told.append)
    together = threading.Barrier(4)

    def work(on):
        if on.name != "cpu":
            together.wait(5)
            full()
        return 1

    threads = [threading.Thread(target=computing, args=(work,)) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(20)
    assert len(told) == 1 and computing.on.name == "cpu"


def test_memory_is_freed_without_a_gpu():
    runner.release(torch.device("cpu"))


@pytest.fixture
def small_device(monkeypatch):
    """A carrier in torch whose memory does not do for a view, once so many frames are done."""
    frames = [0]

    def see(*arguments):
        frames[0] += 1
        if frames[0] > 3:
            full()
        return reference.see(*arguments)

    small = Carrier("reference", primitives_but("see", see), "cpu")
    monkeypatch.setattr("lib_parallax.loops.stereo.carrier", lambda *asked: small)
    return small


@pytest.mark.parametrize("fill", ["background", "temporal"])
def test_a_stereo_clip_is_not_lost(small_device, fill):
    pictures = [
        Frame(
            samples.street((96, 54), motion="pan", time=0.5 + n / 10, supersample=2).view().image,
            Fraction(n, 10),
        )
        for n in range(6)
    ]
    told = []
    options = {"fill": fill, "depth_model": "cues"}
    found = list(loops.run("stereo", pictures, {**options, "backend": "reference"}, on_event=told.append))
    warnings = [event.text for event in told if event.kind == "warning"]
    assert len([text for text in warnings if "memory ran out" in text]) == 1
    assert len(found) == 6
    with mock.patch("lib_parallax.loops.stereo.carrier", lambda *asked: carrier("cpu")):
        wanted = list(loops.run("stereo", pictures, options))
    for one, other in zip(found, wanted, strict=True):
        assert np.abs(one.image.astype(int) - other.image).max() <= 2


def primitives_but(name, instead=full):
    return SimpleNamespace(**{n: getattr(reference, n) for n in reference.__all__} | {name: instead})


@pytest.mark.parametrize(("loop", "primitive"), [("parallax", "first_hit"), ("zoom", "compose")])
def test_other_loops_are_not_lost_either(loop, primitive, tmp_path, monkeypatch):
    image = samples.street((64, 36), supersample=2).view().image
    for n in range(3):
        assert cv2.imwrite(str(tmp_path / f"{n}.png"), image[:, ::-1] if n % 2 else image)
    asked = {
        "parallax": {"duration": 0.2, "fps": 10, "behind": "stretch", "depth_model": "cues"},
        "zoom": {"keyframes": str(tmp_path), "fps": 3, "size": (64, 36)},
    }[loop]
    source = image if loop == "parallax" else None
    wanted = list(loops.run(loop, source, {**asked, "backend": "cpu"}))
    small = Carrier("reference", primitives_but(primitive), "cpu")
    monkeypatch.setattr(
        f"lib_parallax.warp.{loop}.carrier",
        lambda name, *place: small if name == "reference" else carrier(name, *place),
    )
    told = []
    found = list(loops.run(loop, source, {**asked, "backend": "reference"}, on_event=told.append))
    assert len([event for event in told if event.kind == "warning" and "memory ran out" in event.text]) == 1
    assert len(found) == len(wanted) > 1
    assert all(np.array_equal(a.image, b.image) for a, b in zip(found, wanted, strict=True))
