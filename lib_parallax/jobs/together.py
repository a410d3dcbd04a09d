"""Several files of a batch at hand at once, told as one."""

from __future__ import annotations

import threading
from typing import Any

from ..types import Event, OnEvent


class Together:
    """Passes on what several jobs tell, one at a time, with their progress added up."""

    def __init__(self, on_event: OnEvent):
        self._on_event = on_event
        self._lock = threading.Lock()
        self._progress: dict[int, dict[str, Any]] = {}

    def of(self, number: int) -> OnEvent:
        """Where the job of that number tells its events."""
        return lambda event: self._hear(number, event)

    def _hear(self, number: int, event: Event) -> None:
        with self._lock:
            if event.kind == "progress":
                self._progress[number] = dict(event.data)
                event = Event("progress", data={**self._sum(), "image": event.data["image"]})
            self._on_event(event)

    def _sum(self) -> dict[str, Any]:
        """Of all files that have begun: what is done stays, so that the sum never falls."""
        jobs = self._progress.values()
        totals = [job["total"] for job in jobs]
        total = None if None in totals else sum(totals)
        done = sum(job["done"] for job in jobs)
        fps = sum(job["fps"] for job in jobs if job["total"] is None or job["done"] < job["total"])
        left = None if total is None or not fps else (total - done) / fps
        return {"done": done, "total": total, "fps": fps, "seconds_left": left}
