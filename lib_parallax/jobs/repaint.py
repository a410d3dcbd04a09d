"""A job like another, but for one of the pictures that it painted; what that one does not change is kept."""

from __future__ import annotations

import itertools
import shutil
from pathlib import Path
from typing import Any

from ..errors import OptionError
from ..options import LOOP_OPTIONS, parse
from .durable import writing
from .job import submit, taken
from .kept import NAME as KEPT
from .order import numbered
from .record import JobRecord


def repaint(
    record: JobRecord, step: int, seed: int | None = None, output: Path | str | None = None
) -> JobRecord:
    """Leaves a new job that waits, beside the old one, which stays as it is; `go_on` runs it.

    seed    of the step's picture; None draws another than it had
    output  None puts the result beside the old one, with a number

    Raises a ParallaxError for what `submit` refuses, and a step that there is not.
    """
    from .. import loops

    loop: Any = loops.load(record.loop)
    if not hasattr(loop, "repainted"):
        raise OptionError(f"{record.id}: {record.loop} does not paint in steps")
    options = loop.repainted(parse(LOOP_OPTIONS[record.loop], record.values["options"]), step, seed)
    if output is None:
        output = _beside(Path(record.values.get("asked_output", record.output)), record.folder.parent)
    new = submit(record.loop, record.source, options, output, jobs_dir=record.folder.parent)
    kept = record.folder / KEPT
    with writing(new.folder / KEPT):
        (new.folder / KEPT).mkdir(exist_ok=True)
        for file in kept.iterdir() if kept.is_dir() else ():
            if loop.stays(options, step, file.stem):
                shutil.copyfile(file, new.folder / KEPT / file.name)
    return new


def _beside(path: Path, jobs_dir: Path) -> Path:
    there = taken(jobs_dir)
    return next(free for number in itertools.count(2) if not there(free := numbered(path, number)))
