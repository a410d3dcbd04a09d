"""Threads keep their place among the machine's others, whatever an encoder makes of it.

SVT-AV1 in a process of root, as webuis in containers are, moves the thread that opens it, and with it all
threads begun from there on, into the real-time class at the highest priority, for good: next to nothing
else on the machine runs as long as one of them computes.
"""

from __future__ import annotations

import contextlib
import os
import threading
from collections.abc import Iterator

THREADS = "/proc/self/task"  # of this process, by number; Linux alone has it


@contextlib.contextmanager
def priority_kept() -> Iterator[None]:
    """Undoes what the block changes of this thread's scheduling, also for the threads it leaves behind."""
    if not os.path.isdir(THREADS):
        yield
        return
    policy, parameters = os.sched_getscheduler(0), os.sched_getparam(0)
    before = set(os.listdir(THREADS))
    try:
        yield
    finally:
        changed = os.sched_getscheduler(0)
        if changed != policy:
            for number in {threading.get_native_id(), *map(int, set(os.listdir(THREADS)) - before)}:
                with contextlib.suppress(OSError):  # a thread may have ended, and others' may be meant so
                    if os.sched_getscheduler(number) == changed:
                        os.sched_setscheduler(number, policy, parameters)
