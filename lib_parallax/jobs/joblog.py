"""`log.txt`: what happened to a job and when, in lines for people."""

from __future__ import annotations

import contextlib
import traceback
from pathlib import Path

from .record import LOG, now


class JobLog:
    """Appends to the log of one job. A log that cannot be written never stops the job."""

    def __init__(self, folder: Path):
        self.path = folder / LOG

    def write(self, text: str) -> None:
        with contextlib.suppress(OSError), open(self.path, "a", encoding="utf-8") as file:
            file.write(f"{now()}  {text}\n")

    def fault(self, error: BaseException) -> None:
        """The whole traceback."""
        self.write("".join(traceback.format_exception(type(error), error, error.__traceback__)).rstrip())
