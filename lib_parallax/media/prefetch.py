"""Work done a little ahead of whoever wants it: a generator run in a thread, with a bounded queue."""

from __future__ import annotations

import queue
import threading
from collections.abc import Generator, Iterable
from typing import Any, TypeVar

T = TypeVar("T")


def ahead(iterable: Iterable[T], frames: int = 1) -> Generator[T, None, None]:
    """The items of `iterable`, in order, made by a thread that runs up to `frames` items ahead.

    An exception of the iterable is raised here, in its place in the order. When the consumer stops early
    (closes the generator, or lets go of it) the thread ends after the item in hand and closes the iterable
    in its own thread. Nothing runs before the first item is asked for.
    """
    if frames < 1:
        yield from iterable
        return
    items: queue.Queue[tuple[str, Any]] = queue.Queue(maxsize=frames)
    stopped = threading.Event()
    thread = threading.Thread(target=_work, args=(iterable, items, stopped), daemon=True, name="ahead")
    thread.start()
    try:
        while True:
            kind, value = items.get()
            if kind == "end":
                return
            if kind == "error":
                try:
                    raise value
                finally:
                    del value  # its traceback holds this frame: together they would outlive their use
            yield value
            del value  # a frame must not outlive the consumer's use of it
    finally:
        stopped.set()
        while thread.is_alive():
            _drain(items)
            thread.join(0.02)
        _drain(items)


def _work(iterable: Iterable[Any], items: queue.Queue[tuple[str, Any]], stopped: threading.Event) -> None:
    try:
        _make(iterable, items, stopped)
    except BaseException as error:
        _put(items, ("error", error), stopped)
    else:
        _put(items, ("end", None), stopped)


def _make(iterable: Iterable[Any], items: queue.Queue[tuple[str, Any]], stopped: threading.Event) -> None:
    iterator = iter(iterable)
    try:
        for item in iterator:
            if not _put(items, ("item", item), stopped):
                break
            del item
    finally:
        close = getattr(iterator, "close", None)
        if close is not None:
            close()


def _put(items: queue.Queue[tuple[str, Any]], entry: tuple[str, Any], stopped: threading.Event) -> bool:
    while not stopped.is_set():
        try:
            items.put(entry, timeout=0.1)
            return True
        except queue.Full:
            continue
    return False


def _drain(items: queue.Queue[tuple[str, Any]]) -> None:
    while True:
        try:
            items.get_nowait()
        except queue.Empty:
            return
