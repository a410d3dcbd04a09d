"""Which folder a job works in: the one it was interrupted in, or a new one; held by one process only."""

from __future__ import annotations

import shutil
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from ..errors import OutputError
from .durable import sync_folder, writing
from .journal import Journal, open_journal
from .kept import clear_drafts
from .lock import FileLock, holder
from .place import check_place, check_writable, make_folders, settle
from .record import LOCK, WORK, JobRecord, clear_unborn, list_jobs, new_record
from .targets import Target


@dataclass
class OpenJob:
    """A job's folder with its lock held. `resumed` tells whether an earlier run left it unfinished."""

    record: JobRecord
    journal: Journal
    lock: FileLock
    resumed: bool


def open_job(
    jobs_dir: Path,
    identity: str,
    targets: Sequence[Target],
    describe: dict[str, Any],
    stem: str,
    *,
    overwrite: bool,
    resume: bool,
) -> OpenJob:
    """Finds the unfinished job of this `identity` or makes one, after checking every target's place.

    `describe` is what the `job.json` of a new one begins with.

    Raises OutputError for a result that exists, a place that cannot be written, and a job or
    a result that another process is working on.
    """
    check_writable(jobs_dir)
    with writing(jobs_dir, any_reason=True):
        make_folders(jobs_dir)
        # held for the moment of choosing: two processes must not both make the same job
        choosing = FileLock(jobs_dir / LOCK)
        if not choosing.acquire(patience=30):
            raise OutputError(f"{jobs_dir}: another process has held the list of jobs for 30 seconds")
        with choosing:
            return _choose(jobs_dir, identity, targets, describe, stem, overwrite, resume)


def _choose(
    jobs_dir: Path,
    identity: str,
    targets: Sequence[Target],
    describe: dict[str, Any],
    stem: str,
    overwrite: bool,
    resume: bool,
) -> OpenJob:
    records = list_jobs(jobs_dir)
    unfinished = [record for record in records if not record.finished]
    _refuse_running(unfinished, targets)
    _clear_up(jobs_dir, records, targets)
    old = next((r for r in reversed(unfinished) if r.values.get("identity") == identity), None)
    journal = _journal(old) if old is not None and resume else None
    # a job that was stopped while it put its results in place finds its own there
    replace = overwrite or (journal is not None and journal.placing)
    for target in targets:
        check_place(target.path, target.kind == "folder", replace)
    if old is not None and journal is not None:
        return OpenJob(old, journal, _hold(old), True)
    for record in unfinished:
        if record.values.get("identity") == identity:
            shutil.rmtree(record.folder, ignore_errors=True)
    new = new_record(jobs_dir, describe, stem)
    return OpenJob(new, _journal(new), _hold(new), False)


def _clear_up(jobs_dir: Path, records: Sequence[JobRecord], targets: Sequence[Target]) -> None:
    """Removes what processes left that were killed: at the places of results, and behind results in place."""
    for target in targets:
        settle(target.path)
    for record in records:
        if record.finished and (record.folder / WORK).exists() and holder(record.folder / LOCK) is None:
            shutil.rmtree(record.folder / WORK, ignore_errors=True)
            (record.folder / LOCK).unlink(missing_ok=True)
    clear_unborn(jobs_dir)


def _journal(record: JobRecord) -> Journal:
    clear_drafts(record.folder)
    folder = record.folder / WORK
    if not folder.is_dir():
        folder.mkdir()
        sync_folder(record.folder)
    return open_journal(folder)


def _hold(record: JobRecord) -> FileLock:
    lock = FileLock(record.folder / LOCK)
    if not lock.acquire(patience=1):
        raise OutputError(f"{record.folder}: another process has just taken this job")
    return lock


def _refuse_running(unfinished: Sequence[JobRecord], targets: Sequence[Target]) -> None:
    paths = {str(target.path) for target in targets}
    for record in unfinished:
        shared = paths & set(record.values.get("outputs", []))
        pid = holder(record.folder / LOCK) if shared else None
        if pid is not None:
            who = f"process {pid}" if pid else "another process"
            raise OutputError(f"{min(shared)}: {who} is writing it in the job {record.id}")
