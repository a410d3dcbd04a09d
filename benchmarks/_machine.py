"""Which machine and which versions a benchmark ran on."""

from __future__ import annotations

import os
import platform
import subprocess
from importlib import metadata
from pathlib import Path
from typing import Any

from _clock import gpu

CHECKOUT = Path(__file__).resolve().parents[1]
PACKAGES = {"torch": "torch", "numpy": "numpy", "opencv": "opencv-python", "numba": "numba", "av": "av"}


def machine() -> dict[str, Any]:
    """CPU model, cores that may be used, GiB of memory, the GPU, and the load before all this."""
    affinity = getattr(os, "sched_getaffinity", None)
    load = getattr(os, "getloadavg", None)
    return {
        "cpu": _cpu(),
        "cores": len(affinity(0)) if affinity else os.cpu_count(),
        "memory_gib": _memory_gib(),
        "gpu": gpu(),
        "system": f"{platform.system()} {platform.machine()}",
        "load": round(load()[0], 1) if load else None,
    }


def versions() -> dict[str, str | None]:
    """Of Python, what computes, and Parallax; `revision` is the checkout's, with + where it was changed."""
    from lib_parallax import __version__

    found = {name: _version(package) for name, package in PACKAGES.items()}
    return {"python": platform.python_version(), **found, "parallax": __version__, "revision": _revision()}


def _cpu() -> str:
    try:
        lines = Path("/proc/cpuinfo").read_text(encoding="utf-8").splitlines()
    except OSError:
        lines = []
    names = (line.partition(":")[2].strip() for line in lines if line.startswith("model name"))
    return next(names, "") or platform.processor() or platform.machine()


def _memory_gib() -> float | None:
    try:
        return round(os.sysconf("SC_PHYS_PAGES") * os.sysconf("SC_PAGE_SIZE") / 2**30, 1)
    except (AttributeError, OSError, ValueError):
        return None


def _version(package: str) -> str | None:
    try:
        return metadata.version(package)
    except metadata.PackageNotFoundError:
        return None


def _revision() -> str | None:
    """The checkout's commit; None outside one, or without git."""
    try:
        found = subprocess.run(
            ["git", "-C", str(CHECKOUT), "describe", "--always", "--dirty=+", "--exclude=*"],
            capture_output=True, text=True, check=True,
        )  # fmt: skip
    except (OSError, subprocess.CalledProcessError):
        return None
    return found.stdout.strip() or None
