"""A job's turn in the webui's queue: its lock, its progress, its Interrupt button."""

from __future__ import annotations

import time
from collections.abc import Iterator
from contextlib import AbstractContextManager, ExitStack, contextmanager
from typing import TYPE_CHECKING, Any

from ..media.thumbnail import thumbnail
from ..types import Event
from . import memory

if TYPE_CHECKING:
    import numpy as np


class WebuiTurn:
    """Shows a job in the webui's own progress, and hears its Interrupt. One of `jobs.Turn`."""

    def __init__(self, state: Any, preview_seconds: float):
        self._state = state
        self._seconds = preview_seconds
        self._last = 0.0
        state.job_count = 1

    def stops(self) -> bool:
        return bool(self._state.interrupted or getattr(self._state, "stopping_generation", False))

    def hear(self, event: Event) -> None:
        if event.kind != "progress":
            return
        # the webui's bar is job_no of job_count, and within one job its sampling steps
        self._state.sampling_steps = event.data["total"] or 0
        self._state.sampling_step = event.data["done"]
        self._state.textinfo = f"frame {event.data['done']} of {event.data['total'] or '?'}"
        image = event.data.get("image")
        if image is not None and time.monotonic() - self._last >= self._seconds:
            self._last = time.monotonic()
            self._show(thumbnail(image))

    def _show(self, image: np.ndarray) -> None:
        from PIL import Image

        self._state.assign_current_image(Image.fromarray(image))


@contextmanager
def take_turn(preview_seconds: float, makes_room: bool) -> Iterator[WebuiTurn]:
    """Waits for the webui's queue and holds it; with `makes_room` its model is off the device meanwhile."""
    from modules import progress, shared

    task = progress.create_task_id("parallax")
    progress.add_task_to_queue(task)
    with _queue_lock(), ExitStack() as stack:
        shared.state.begin(job=task)
        progress.start_task(task)
        stack.callback(shared.state.end)
        stack.callback(progress.finish_task, task)
        if makes_room:
            stack.callback(memory.tidy)
            stack.enter_context(memory.room())
        yield WebuiTurn(shared.state, preview_seconds)


@contextmanager
def take_brief_turn() -> Iterator[None]:
    """Waits for the webui's queue and holds it for a single picture, without a place in its progress."""
    from modules import shared

    with _queue_lock(), ExitStack() as stack:
        shared.state.begin(job="parallax")
        stack.callback(shared.state.end)
        yield


def quiet() -> AbstractContextManager[Any]:
    """While held, the webui neither generates nor changes its model."""
    return _queue_lock()


def _queue_lock() -> AbstractContextManager[Any]:
    from modules.call_queue import queue_lock

    return queue_lock
