"""`job.json`: what a job is and how far it came, readable by people and by the list of jobs."""

from __future__ import annotations

import contextlib
import itertools
import json
import re
import shutil
import time
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from .durable import DRAFT, sync_folder, write_json
from .folders import default_jobs_dir
from .lock import holder

NAME = "job.json"
LOCK = "lock"
LOG = "log.txt"
WORK = "work"
APART = "apart"  # what workers have made and the journal does not have yet
_BIRTH = 60.0  # seconds after which a folder without a record will get none


@dataclass
class JobRecord:
    """A job's folder and what its `job.json` says.

    state   "running", "done", "failed", "cancelled", or "interrupted" for a job that says it
            runs although no process holds it.
    """

    folder: Path
    values: dict[str, Any]

    @property
    def id(self) -> str:
        return self.folder.name

    @property
    def loop(self) -> str:
        return str(self.values["loop"])

    @property
    def state(self) -> str:
        state = str(self.values["state"])
        if state != "running" or holder(self.folder / LOCK) is not None:
            return state
        # between our reading and our looking it may have come to its end
        now_says = load_record(self.folder)
        state = str(now_says.values["state"]) if now_says is not None else state
        return "interrupted" if state == "running" else state

    @property
    def source(self) -> str | None:
        return (self.values.get("source") or {}).get("path")

    @property
    def output(self) -> str:
        return str(self.values["output"])

    @property
    def frames(self) -> int:
        return int(self.values.get("frames", 0))

    @property
    def total(self) -> int | None:
        return self.values.get("total")

    @property
    def finished(self) -> bool:
        return self.values["state"] == "done"

    def update(self, **values: Any) -> None:
        """Sets values and writes the file anew."""
        self.values.update(values)
        self.values["times"]["updated"] = now()
        write_json(self.folder / NAME, plain(self.values))


def now() -> str:
    return time.strftime("%Y-%m-%dT%H:%M:%S%z")


def new_record(jobs_dir: Path, values: dict[str, Any], stem: str) -> JobRecord:
    """Makes a folder named after the time, the loop and the source, and its first `job.json`."""
    safe = re.sub(r"[^\w.-]+", "-", stem).strip("-.")[:40] or "job"
    name = f"{time.strftime('%Y%m%d-%H%M%S')}-{values['loop']}-{safe}"
    folder = _own_folder(jobs_dir, name)
    record = JobRecord(folder, {"id": folder.name, **values, "times": {"created": now()}})
    try:
        record.update()
    except BaseException:
        shutil.rmtree(folder, ignore_errors=True)  # a full disk, say: a folder without a record is nobody's
        raise
    sync_folder(jobs_dir)
    return record


def _own_folder(jobs_dir: Path, name: str) -> Path:
    """A new folder of that name, or with a number behind it: making it is what tells it from another's."""
    jobs_dir.mkdir(parents=True, exist_ok=True)
    for number in itertools.count(1):
        folder = jobs_dir / (name if number == 1 else f"{name}-{number}")
        with contextlib.suppress(FileExistsError):
            folder.mkdir()
            return folder
    raise AssertionError("numbers do not end")


def clear_unborn(jobs_dir: Path) -> None:
    """Removes the folders of jobs whose process was killed before it had written the first record."""
    for folder in jobs_dir.glob("[0-9]*-[0-9]*-*"):
        with contextlib.suppress(OSError):
            mine = {path.name for path in folder.iterdir()} <= {NAME + DRAFT}
            if mine and time.time() - folder.stat().st_mtime > _BIRTH:
                shutil.rmtree(folder)


def load_record(folder: Path) -> JobRecord | None:
    """The record of a job's folder, or None when there is none that can be read and makes sense."""
    try:
        values = json.loads((folder / NAME).read_text(encoding="utf-8"))
    except (OSError, ValueError, RecursionError):
        return None
    return JobRecord(folder, values) if isinstance(values, dict) and _makes_sense(values) else None


# What each value of a record is, where it is there; the first four must be.
_FORMS: dict[str, tuple[type, ...]] = {
    "loop": (str,), "state": (str,), "output": (str,), "times": (dict,),
    "source": (dict, type(None)), "asked_output": (str,), "outputs": (list,), "options": (dict,),
    "warnings": (list,), "notes": (list,), "report": (dict,), "error": (str, type(None)),
    "frames": (int,), "total": (int, type(None)), "seconds": (int, float), "queued": (int,),
    "identity": (str, type(None)), "batch": (dict,), "overwrite": (bool,), "recursive": (bool,),
}  # fmt: skip
_NEEDED = ("loop", "state", "output", "times")
_OF_TEXT = ("outputs", "warnings", "notes")


def _makes_sense(values: dict[str, Any]) -> bool:
    """Whether a record can be one of ours: the list of jobs must not end at one that somebody made up."""
    if not all(name in values for name in _NEEDED):
        return False
    if not all(isinstance(values[name], forms) for name, forms in _FORMS.items() if name in values):
        return False
    lists = [values[name] for name in _OF_TEXT if name in values]
    source = values.get("source") or {}
    texts = [source.get("path", ""), *(text for texts in lists for text in texts)]
    return all(isinstance(text, str) for text in texts)


def list_jobs(jobs_dir: Path | str | None = None) -> list[JobRecord]:
    """Every job under `jobs_dir` (default: the user's), oldest first."""
    folder = Path(jobs_dir) if jobs_dir is not None else default_jobs_dir()
    if not folder.is_dir():
        return []
    records = [load_record(inner) for inner in sorted(folder.iterdir()) if inner.is_dir()]
    return [record for record in records if record is not None]


def clean(jobs_dir: Path | str | None = None, unfinished: bool = False) -> list[str]:
    """Removes the folders of finished jobs, with `unfinished` of all that no process runs; their ids."""
    removed = []
    for record in list_jobs(jobs_dir):
        if (record.finished or unfinished) and holder(record.folder / LOCK) is None:
            shutil.rmtree(record.folder, ignore_errors=True)
            removed.append(record.id)
    return removed


def plain(value: Any) -> Any:
    """The same in types that JSON knows: numpy numbers and arrays, fractions and paths become plain."""
    if value is None or isinstance(value, (bool, int, float, str)):
        return value
    if isinstance(value, Mapping):
        return {str(key): plain(item) for key, item in value.items()}
    if isinstance(value, (list, tuple)):
        return [plain(item) for item in value]
    if hasattr(value, "tolist"):
        return value.tolist()
    return str(value)
