"""What work costs: CPU-seconds, milliseconds of a GPU where there is one, and the memory's peak.

CPU-seconds are those of all threads together. Of several ways to do a thing, and of the bound that they
are held against, each is run in turn, so that a busy moment of the machine meets all of them; what counts
is the median.
"""

from __future__ import annotations

import os
import statistics
import sys
import time
from collections.abc import Callable, Hashable, Mapping
from pathlib import Path
from typing import Any, Generic, NamedTuple, TypeVar

T = TypeVar("T")
K = TypeVar("K", bound=Hashable)


class Spent(NamedTuple, Generic[T]):
    """What comes of work done once, and its cost; `gpu_ms` is None where no GPU is."""

    result: T
    cpu_s: float
    wall_s: float
    gpu_ms: float | None


class Cost(NamedTuple):
    """The medians over `runs` runs; `low` and `high` are the least and the most CPU-seconds."""

    cpu_s: float
    wall_s: float
    gpu_ms: float | None
    low: float
    high: float
    runs: int


def cpu_seconds(children: bool = False) -> float:
    """Of this process so far, with all its threads; with `children` also of those that have ended."""
    if not children:
        return time.process_time()
    ended = os.times()
    return time.process_time() + ended.children_user + ended.children_system


def spent(work: Callable[[], T], children: bool = False) -> Spent[T]:
    """Work done once."""
    events = _gpu_events()
    before, started = cpu_seconds(children), time.perf_counter()
    if events:
        events[0].record()
    result = work()
    gpu_ms = None
    if events:
        events[1].record()
        events[1].synchronize()
        gpu_ms = float(events[0].elapsed_time(events[1]))
    return Spent(result, cpu_seconds(children) - before, time.perf_counter() - started, gpu_ms)


def by_turns(works: Mapping[K, Callable[[], object]], runs: int = 7, warm: int = 1) -> dict[K, Cost]:
    """What each of several works costs; `warm` runs before are not counted."""
    found: dict[K, list[Spent[object]]] = {name: [] for name in works}
    for number in range(warm + runs):
        for name, work in works.items():
            once = spent(work)
            if number >= warm:
                found[name].append(once._replace(result=None))
    return {name: median(of) for name, of in found.items()}


def median(of: list[Spent[Any]]) -> Cost:
    cpu = [one.cpu_s for one in of]
    gpu = [one.gpu_ms for one in of if one.gpu_ms is not None]
    return Cost(
        statistics.median(cpu),
        statistics.median(one.wall_s for one in of),
        statistics.median(gpu) if gpu else None,
        min(cpu),
        max(cpu),
        len(of),
    )


def peak_memory() -> int | None:
    """The most bytes that this process has held in memory so far; None where the system does not tell."""
    try:
        # Linux's `getrusage` goes on counting from what the parent held
        status = Path("/proc/self/status").read_text(encoding="utf-8")
        return int(status.partition("VmHWM:")[2].split()[0]) * 1024
    except (OSError, IndexError):
        pass
    try:
        import resource
    except ImportError:
        return None
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss * (1 if sys.platform == "darwin" else 1024)


def gpu() -> str | None:
    """The GPU's name, where torch can compute on one."""
    try:
        import torch
    except ImportError:
        return None
    return torch.cuda.get_device_name() if torch.cuda.is_available() else None


def _gpu_events() -> tuple[Any, Any] | None:
    torch = sys.modules.get("torch")  # what has not loaded it uses no GPU
    if torch is None or not torch.cuda.is_available():
        return None
    return torch.cuda.Event(enable_timing=True), torch.cuda.Event(enable_timing=True)
