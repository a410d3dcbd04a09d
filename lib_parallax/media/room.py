"""How many frames may be on their way at once: by the memory they take, not by number alone."""

from __future__ import annotations

import os
import sys
from contextlib import suppress
from pathlib import Path

SHARE = 8  # frames in flight take at most this part of the memory that is free
MOST = 3 << 29  # bytes, and never more than this
_GROUP = Path("/sys/fs/cgroup")


def in_flight(frame_bytes: int, most: int, stages: int = 1) -> int:
    """Frames that each of `stages` may hold, 1 to `most`; `frame_bytes` is what one takes on its way.

    Two frames are in flight even where they take more than their share: one that a stage makes while the
    next one uses the other. The result of a loop never depends on this number.
    """
    free = free_memory()
    room = MOST if free is None else min(free // SHARE, MOST)
    return max(1, min(most, room // max(1, frame_bytes * stages)))


def free_memory() -> int | None:
    """Bytes that this process could still take without the system swapping; None where nobody tells."""
    told = [size for size in (_of_system(), _of_group()) if size is not None]
    return min(told, default=None)


def _of_system() -> int | None:
    with suppress(OSError, ValueError, IndexError):
        for line in Path("/proc/meminfo").read_text("ascii").splitlines():
            if line.startswith("MemAvailable:"):
                return int(line.split()[1]) << 10
    with suppress(OSError, ValueError, AttributeError):
        return os.sysconf("SC_AVPHYS_PAGES") * os.sysconf("SC_PAGE_SIZE")
    return _of_windows() if sys.platform == "win32" else None


def _of_group() -> int | None:
    """What is left of a container's limit."""
    with suppress(OSError, ValueError):
        limit = int((_GROUP / "memory.max").read_text("ascii"))  # "max" is no number
        return max(0, limit - int((_GROUP / "memory.current").read_text("ascii")))
    return None


def _of_windows() -> int | None:
    import ctypes

    class Status(ctypes.Structure):
        """MEMORYSTATUSEX of the Windows API."""

        _fields_ = (
            ("length", ctypes.c_ulong),
            ("load", ctypes.c_ulong),
            *((name, ctypes.c_ulonglong) for name in ("total", "free", "a", "b", "c", "d", "e")),
        )

    status = Status(length=ctypes.sizeof(Status))
    kernel = ctypes.windll.kernel32  # type: ignore[attr-defined, unused-ignore]
    return int(status.free) if kernel.GlobalMemoryStatusEx(ctypes.byref(status)) else None
