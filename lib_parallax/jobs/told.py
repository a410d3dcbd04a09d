"""What a loop tells while a job runs: remembered for the job's record, and passed on."""

from __future__ import annotations

import threading
from dataclasses import dataclass, field
from typing import Any

from ..types import Event, OnEvent
from .joblog import JobLog
from .record import plain


@dataclass
class Told:
    """What the loop has told so far; it tells from its own thread."""

    on_event: OnEvent | None
    log: JobLog
    warnings: list[str]
    notes: list[str] = field(default_factory=list)
    report: dict[str, Any] = field(default_factory=dict)
    _lock: threading.RLock = field(default_factory=threading.RLock)

    def loop_event(self, event: Event) -> None:
        with self._lock:
            if event.kind == "warning":
                self.warn(event.text)
                return
            if event.kind in ("progress", "tally"):
                return  # a job counts the frames that are written, and has its tallies from boundaries
            if event.kind == "note":
                self.note(event.text)
                return
            if event.kind == "stage":
                self.log.write(event.text)
            if event.kind == "report":
                self.report = plain(event.data)
            self.tell(event)

    def warn(self, text: str) -> None:
        """Once each: a resumed loop may meet the same thing again."""
        with self._lock:
            if text not in self.warnings:
                self.warnings.append(text)
                self.log.write(f"warning: {text}")
                self.tell(Event("warning", text))

    def note(self, text: str) -> None:
        """What a loop says of itself, such as where depth comes from."""
        with self._lock:
            if text and text not in self.notes:
                self.notes.append(text)
                self.log.write(text)
                self.tell(Event("note", text))

    def tell(self, event: Event) -> None:
        with self._lock:
            if self.on_event is not None:
                self.on_event(event)
