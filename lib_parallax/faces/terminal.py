"""A job's events on a terminal: a bar where there is one, else a line now and then."""

from __future__ import annotations

import os
import sys
import time
from typing import TYPE_CHECKING, Any, TextIO

from ..types import Event

if TYPE_CHECKING:
    from ..jobs import JobResult

SECONDS_BETWEEN_LINES = 5.0


class Terminal:
    """Draws progress on `stream` (stderr) and the end of the job on stdout; `quiet` draws nothing."""

    def __init__(self, quiet: bool = False, stream: TextIO | None = None):
        self.quiet = quiet
        self.folder: str | None = None
        self._stream = stream or sys.stderr
        self._bar: Any = None
        self._last_line = time.monotonic()

    def event(self, event: Event) -> None:
        if event.kind == "job":
            self.folder = event.data["folder"]
            if event.data["resumed"] is not None:
                self._say(f"going on with the job {self.folder}: {event.data['resumed']} frames are done")
        elif event.kind == "file":
            self.close()
            self._say(f"file {event.data['number']} of {event.data['total']}: {event.data['source']}")
        elif event.kind == "failed":
            self.close()
            self._say(f"failed: {event.text}")
        elif event.kind == "warning":
            self._say(f"warning: {event.text}")
        elif event.kind in ("note", "stage"):
            self._say(event.text)
        elif event.kind == "progress" and not self.quiet:
            if self._stream.isatty():
                self._draw(event.data)
            else:
                self._line(event.data)

    def _say(self, text: str) -> None:
        if self.quiet:
            return
        if self._bar is not None:
            self._bar.clear()
        print(in_callers_words(text), file=self._stream, flush=True)
        if self._bar is not None:
            self._bar.refresh()

    def _draw(self, data: Any) -> None:
        if self._bar is None:
            from tqdm import tqdm

            self._bar = tqdm(
                total=data["total"],
                initial=data["done"],
                unit="frame",
                file=self._stream,
                dynamic_ncols=True,
                smoothing=0.1,
            )
        self._bar.update(data["done"] - self._bar.n)

    def _line(self, data: Any) -> None:
        if time.monotonic() - self._last_line < SECONDS_BETWEEN_LINES:
            return
        self._last_line = time.monotonic()
        of = f" of {data['total']}" if data["total"] is not None else ""
        left = f", {_duration(data['seconds_left'])} left" if data["seconds_left"] is not None else ""
        pace = f", {_fps(data['fps'])}" if data["fps"] else ""
        print(f"frame {data['done']}{of}{pace}{left}", file=self._stream, flush=True)

    def close(self) -> None:
        """Ends the bar where it stands."""
        if self._bar is not None:
            self._bar.close()
            self._bar = None

    def finished(self, result: JobResult) -> None:
        """The results, the figures of the run, the loop's report and its warnings."""
        self.close()
        if self.quiet:
            return
        for path in result.outputs:
            print(path)
        rate = result.made / result.seconds if result.seconds > 0 else 0.0
        plural = "frame" if result.frames == 1 else "frames"
        earlier = f", {result.frames - result.made} of them earlier" if result.made < result.frames else ""
        print(f"{result.frames} {plural}{earlier}; {_fps(rate)}; job {result.folder}")
        for line in result.report.get("lines", []):
            print(line)
        for text in result.warnings:
            print(f"warning: {text}")


def _fps(rate: float) -> str:
    return f"{rate:.1f} fps" if rate >= 1 or rate == 0 else f"{1 / rate:.1f} s a frame"


def _duration(seconds: float) -> str:
    whole = round(seconds)
    if whole < 60:
        return f"{whole} s"
    if whole < 3600:
        return f"{whole // 60} min {whole % 60:02d} s"
    return f"{whole // 3600} h {whole % 3600 // 60:02d} min"


def in_callers_words(text: str) -> str:
    """Commands in a message, as the caller writes them: `run.py` says in PARALLAX_COMMAND how."""
    return text.replace("`parallax ", f"`{os.environ.get('PARALLAX_COMMAND', 'parallax')} ")
