"""Work on several frames at once, given in order."""

from __future__ import annotations

import os
from collections import deque
from collections.abc import Callable, Generator, Iterable
from concurrent.futures import Future, ThreadPoolExecutor
from typing import TypeVar

T = TypeVar("T")
U = TypeVar("U")

MOST_WORKERS = 8  # beyond, decoding and encoding are what is waited for


def workers_here() -> int:
    """How many threads have something to do on this machine: one for each core that it lets us use."""
    cores = len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count()
    return min(cores or 1, MOST_WORKERS)


def abreast(
    work: Callable[[T], U], items: Iterable[T], frames: int, workers: int | None = None
) -> Generator[U, None, None]:
    """`work(item)` of each item, in order, made by a few threads.

    frames   items in hand at a time, those that wait to be taken included
    workers  threads; left out, one a core

    Work must not depend on the items before. Items are asked for in the consumer's thread. An exception,
    of the items or of the work, is raised in its place in the order; a consumer that stops early closes
    the items once what was begun is done.
    """
    workers = min(frames, workers or workers_here())
    iterator = iter(items)
    waiting: deque[Future[U]] = deque()
    fault: BaseException | None = None
    ended = False
    with ThreadPoolExecutor(max(1, workers), thread_name_prefix="abreast") as pool:
        try:
            while True:
                while not ended and len(waiting) < max(1, frames):
                    try:
                        waiting.append(pool.submit(work, next(iterator)))
                    except StopIteration:
                        ended = True
                    except BaseException as error:
                        fault, ended = error, True
                if not waiting:
                    break
                yield waiting.popleft().result()
            if fault is not None:
                raise fault
        finally:
            del fault  # its traceback holds this frame
            for future in waiting:
                future.cancel()
            close = getattr(iterator, "close", None)
            if close is not None:
                close()
