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
        line = f"{now()}  {text}\n".encode("utf-8", "backslashreplace")  # file names may be no UTF-8
        with contextlib.suppress(OSError), open(self.path, "ab") as file:
            file.write(line)

    def fault(self, error: BaseException) -> None:
        """The whole traceback."""
        self.write("".join(traceback.format_exception(type(error), error, error.__traceback__)).rstrip())
