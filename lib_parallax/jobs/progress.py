"""How far a job is, as events a face can draw."""

from __future__ import annotations

import time

from ..types import Event


class Progress:
    """Counts frames from the ones a resumed job has already.

    Each `step` is an Event of kind "progress" whose data are: done, total (None when unknown),
    fps of this session, and seconds_left (None when it cannot be told).
    """

    def __init__(self, done: int, total: int | None):
        self.resumed_at = done
        self.done = done
        self.total = total
        self._started = time.monotonic()

    @property
    def seconds(self) -> float:
        """How long this session has worked."""
        return time.monotonic() - self._started

    def step(self) -> Event:
        """One frame more."""
        self.done += 1
        return self.event()

    def event(self) -> Event:
        made = self.done - self.resumed_at
        seconds = self.seconds
        fps = made / seconds if made and seconds > 0 else 0.0
        left = max(0, self.total - self.done) / fps if self.total is not None and fps else None
        data = {"done": self.done, "total": self.total, "fps": fps, "seconds_left": left}
        return Event("progress", data=data)
