"""One set of warp primitives, several carriers; which one computes is decided here.

The modules `reference_*` say what each primitive means. Integers (which pixel, which column) agree
bit for bit between carriers, colours within one level; the conformance suite holds them to it.
"""

from __future__ import annotations

import importlib
import importlib.util
import os
from dataclasses import dataclass
from functools import cache, lru_cache
from types import ModuleType
from typing import Any

import numpy as np

from ...errors import OptionError, UnavailableError, unusable_device
from .crossing import to_device, to_host

CARRIERS = ("cpu", "reference", "cuda")


@dataclass(frozen=True)
class Carrier:
    """Primitives and the way their arrays are brought to where they compute, and back."""

    name: str
    primitives: ModuleType
    device: str

    def enter(self, array: Any) -> Any:
        """A numpy array or tensor as this carrier takes it (16-bit pictures as int32 in torch)."""
        if isinstance(array, np.ndarray):
            return np.ascontiguousarray(array) if self.name == "cpu" else to_device(array, self.device)
        return np.ascontiguousarray(to_host(array)) if self.name == "cpu" else array.to(self.device)

    def leave(self, array: Any, kind: Any = None) -> np.ndarray:
        """An array of this carrier as numpy; a 16-bit picture as what it was, where `kind` is np.uint16."""
        return array if isinstance(array, np.ndarray) else to_host(array, kind)


def available() -> list[str]:
    """The carriers that work on this machine, the fastest for CPU arrays first."""
    return [name for name in CARRIERS if _is_here(name)]


_NEEDS = {"cpu": "numba", "reference": "torch", "cuda": "cuda.core"}


@cache
def _is_here(name: str) -> bool:
    try:
        if importlib.util.find_spec(_NEEDS[name]) is None:
            return False
    except ModuleNotFoundError:  # of a package in a package
        return False
    if name != "cuda":
        return True
    import torch

    return torch.version.cuda is not None and torch.cuda.is_available()  # AMD's GPUs are available, too


def carrier(backend: str = "auto", device: str = "auto") -> Carrier:
    """The carrier to compute with; see `chosen`.

    Raises OptionError for an unknown name, UnavailableError for one that this machine lacks.
    """
    return _load(*chosen(backend, device))


def chosen(backend: str = "auto", device: str = "auto") -> tuple[str, str]:
    """The name of the carrier that `carrier` gives, and its device; nothing is loaded.

    `backend` "auto" obeys PARALLAX_BACKEND, else takes cpu for the CPU, cuda for CUDA devices where it
    is here, and reference for any other device. `device` "auto" is the one that the backend is for.
    Raises OptionError for an unknown name, UnavailableError for a machine without any.
    """
    if backend == "auto":
        backend = os.environ.get("PARALLAX_BACKEND", "auto")
    own = "cuda" if backend == "cuda" else "cpu"
    place = own if device == "auto" else device
    if backend == "auto":
        here = available()
        if not here:
            raise UnavailableError("neither numba nor torch is installed; `doctor` says how to get them")
        with_kernels = place.startswith("cuda") and "cuda" in here
        backend = here[0] if place == "cpu" else "cuda" if with_kernels else "reference"
    if (backend == "cpu" and place != "cpu") or (backend == "cuda" and not _has_kernels(place)):
        raise OptionError(f"device: {device!r} needs backend reference, not {backend}", "device")
    if backend not in CARRIERS:
        raise OptionError(f"backend: {backend!r} is not one of auto, {', '.join(CARRIERS)}", "backend")
    return backend, "cpu" if backend == "cpu" else place


def _has_kernels(place: str) -> bool:
    if place.startswith("cuda"):
        return True
    from .cuda_launch import LOADERS

    return place in LOADERS


@lru_cache(maxsize=16)
def _load(backend: str, device: str) -> Carrier:
    if backend == "cuda" and device.startswith("cuda") and not _is_here("cuda"):
        _check_device(device)
        raise UnavailableError("backend cuda needs cuda-core: python -m pip install cuda-core cuda-bindings")
    try:
        primitives = importlib.import_module(f"{__name__}.{backend}")
    except ImportError as e:
        raise UnavailableError(f"backend {backend} needs a package that is missing: {e.name}") from e
    if backend != "cpu":
        _check_device(device)
    return Carrier(backend, primitives, device)


def _check_device(device: str) -> None:
    import torch

    try:
        torch.empty(1, device=device)
    except (RuntimeError, AssertionError) as e:
        raise unusable_device(device, e) from e
