"""How long what was sent to us is kept: while a job may still read it, and a day beyond its last use."""

from __future__ import annotations

import os
import re
import shutil
import time
from collections.abc import Iterable, Mapping
from contextlib import suppress
from pathlib import Path
from typing import Any

from ..jobs import JobRecord
from ..jobs.kept import NAME as KEPT

GRACE = 24 * 3600  # seconds: a page may be about to use once more what it has sent


def named_in(uploads: Path, value: Any) -> set[Path]:
    """The folders of uploads that a value names, in whatever text: paths, options, prompts."""
    if isinstance(value, str):
        inside = re.findall(re.escape(str(uploads)) + r"[\\/](\d+)", value)
        return {uploads / number for number in inside}
    if isinstance(value, Mapping):
        value = list(value.values())
    if not isinstance(value, (list, tuple)):
        return set()
    return {folder for item in value for folder in named_in(uploads, item)}


def named_by(uploads: Path, records: Iterable[JobRecord]) -> set[Path]:
    """The folders of uploads that jobs read."""
    values = [[record.source, record.values.get("options", {})] for record in records]
    return named_in(uploads, values)


def use(folders: Iterable[Path]) -> None:
    """Begins the time of grace anew."""
    for folder in folders:
        with suppress(OSError):
            os.utime(folder)


def forget(folders: Iterable[Path]) -> None:
    for folder in folders:
        shutil.rmtree(folder, ignore_errors=True)


def sweep(uploads: Path, records: Iterable[JobRecord]) -> None:
    """Removes what no job will read any more and nobody has used for a day."""
    needed = named_by(uploads, (record for record in records if _may_go_on(record)))
    long_ago = time.time() - GRACE
    with suppress(OSError):
        forget(
            folder
            for folder in uploads.iterdir()
            if folder.name.isdigit() and folder not in needed and folder.stat().st_mtime < long_ago
        )


def _may_go_on(record: JobRecord) -> bool:
    """Whether a job may read its source again: to be finished, or to paint something anew."""
    return not record.finished or (record.folder / KEPT).is_dir()
