"""How far a job is, as events a face can draw."""

from __future__ import annotations

import time

from ..types import Event, Image

SETTLED = 10  # frames after which the pace says how long the rest will take


class Progress:
    """Counts frames from the ones a resumed job has already.

    Each `step` is an Event of kind "progress" whose data are: done, total (None when unknown),
    fps of this session, seconds_left (None when it cannot be told), and the image just made.
    The pace is taken from the first frame on: what comes before it, compiling and looking
    ahead, is paid once.
    """

    def __init__(self, done: int, total: int | None):
        self.resumed_at = done
        self.done = done
        self.total = total
        self._started = time.monotonic()
        self._first: float | None = None

    @property
    def seconds(self) -> float:
        """How long this session has worked."""
        return time.monotonic() - self._started

    def step(self, image: Image | None, frames: int = 1) -> Event:
        """So many frames more, `image` the last of them; fewer where some were lost again."""
        self.done += frames
        if self._first is None:
            self._first = time.monotonic()
        return self.event(image)

    def found(self, frames: int) -> Event:
        """So many frames more that an earlier session has made."""
        self.resumed_at += frames
        return self.step(None, frames)

    def event(self, image: Image | None = None) -> Event:
        made = self.done - self.resumed_at - 1
        seconds = time.monotonic() - self._first if self._first is not None else 0.0
        fps = made / seconds if made > 0 and seconds > 0 else 0.0
        settled = self.total is not None and fps > 0 and made >= SETTLED
        left = max(0, (self.total or 0) - self.done) / fps if settled else None
        data = {"done": self.done, "total": self.total, "fps": fps, "seconds_left": left, "image": image}
        return Event("progress", data=data)
