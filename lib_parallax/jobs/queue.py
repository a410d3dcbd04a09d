"""The queue: jobs one after the other in the order they came, in a thread of their own.

What waits is on disk as a job in the state "queued", so a queue costs nothing but its files
and outlives the process: the next Queue on the same folder goes on with it. Of several
processes that share a folder only the first takes over what others left; each runs what was
given to it.
"""

from __future__ import annotations

import contextlib
import threading
import time
from collections.abc import Callable
from contextlib import AbstractContextManager, nullcontext
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Any, Protocol

from ..errors import Cancelled, OptionError, OutputError, ParallaxError, SourceError
from ..types import CancelToken, Event, Image, OnEvent
from .asking import Asking
from .batch import Batch, BatchResult, Stops, check, run_batch
from .durable import writing
from .folders import default_jobs_dir
from .job import go_on, submit
from .joblog import JobLog
from .lock import FileLock
from .place import check_writable, remove
from .record import LOCK, JobRecord, list_jobs, load_record, new_record
from .repaint import repaint
from .status import Status, status_of

if TYPE_CHECKING:
    from ..loops.choosing import Choose
    from .spread import Crew

OWNER = "queue-lock"
WAITING, RUNNING = "queued", "running"


class Turn(Protocol):
    """A job's turn on a machine that a host shares with others."""

    def stops(self) -> bool:
        """Whether the host asks to stop; asked between frames."""

    def hear(self, event: Event) -> None:
        """Is told all that the job tells."""


class Alone:
    """The Turn of a machine that is shared with no host."""

    def stops(self) -> bool:
        return False

    def hear(self, event: Event) -> None:
        pass


# held around every job, with its record
TakeTurn = Callable[[JobRecord], AbstractContextManager[Turn]]


@dataclass
class _Live:
    """What this process knows of the job it runs."""

    id: str
    stops: Stops = field(default_factory=Stops)
    progress: dict[str, Any] | None = None
    image: Image | None = None
    asking: Asking = field(default_factory=Asking)
    hosts: OnEvent = Alone().hear

    def hear(self, event: Event) -> None:
        self.hosts(event)
        if event.kind == "file":
            self.progress, self.image = None, None
        if event.kind == "stage":
            self.progress = {**(self.progress or {}), "stage": event.text}
            self.image = event.data.get("image", self.image)
        if event.kind == "progress":
            data = dict(event.data)
            image = data.pop("image", None)
            self.image = image if image is not None else self.image
            self.progress = data


class Queue:
    """Takes jobs, runs them in turn and tells how they stand. Safe to call from any thread.

    turn  held around every job
    crew  does their work; None leaves it to this process
    """

    def __init__(
        self, jobs_dir: Path | str | None = None, turn: TakeTurn | None = None, crew: Crew | None = None
    ):
        self.jobs_dir = Path(jobs_dir) if jobs_dir is not None else default_jobs_dir()
        self._turn = turn or (lambda record: nullcontext(Alone()))
        self._crew = crew
        self._changed = threading.Condition()
        self._live: _Live | None = None
        self._closed = False
        self._unwritten: dict[str, dict[str, Any]] = {}
        with writing(self.jobs_dir, any_reason=True):
            check_writable(self.jobs_dir)
            self.jobs_dir.mkdir(parents=True, exist_ok=True)
            self._owner = FileLock(self.jobs_dir / OWNER)
            owns = self._owner.acquire()
        self._order = self._left_over() if owns else []
        self._thread = threading.Thread(target=self._work, name="parallax-queue", daemon=True)
        self._thread.start()

    # what callers do

    def submit(
        self,
        loop: str,
        source: Path | str | None,
        options: Any,
        output: Path | str | None = None,
        *,
        folder: Path | None = None,
        overwrite: bool = False,
    ) -> Status:
        """Checks source, options and output, and queues the job.

        folder  where a result goes that `output` does not name; it gets a name that is free.

        Raises a ParallaxError for whatever the user can put right.
        """
        record = submit(
            loop, source, options, output, folder=folder, jobs_dir=self.jobs_dir, overwrite=overwrite
        )
        return self._queue(record)

    def submit_batch(self, batch: Batch) -> Status:
        """Checks folder and options, and queues the batch as one job."""
        items = len(check(batch))
        check_writable(batch.output)
        values: dict[str, Any] = {
            "identity": None,
            "loop": batch.loop,
            "state": WAITING,
            "source": {"path": str(batch.folder)},
            "output": str(batch.output),
            "outputs": [],
            "options": batch.options,
            "overwrite": batch.overwrite,
            "recursive": batch.recursive,
            "batch": {"items": items, "done": 0, "skipped": 0, "errors": []},
            "warnings": [],
            "notes": [],
        }
        with writing(self.jobs_dir):
            record = new_record(self.jobs_dir, values, f"batch-{batch.folder.name}")
        return self._queue(record)

    def resume(self, id: str) -> Status:
        """Queues a job again that failed, was cancelled or lost its process."""
        record = self._record(id)
        if record.state not in ("failed", "cancelled", "interrupted"):
            raise OutputError(f"{id}: is {record.state}, there is nothing to resume")
        return self._queue(record)

    def cancel(self, id: str) -> Status:
        """Takes a job out of the queue, or stops it after the frame at hand; it can be resumed."""
        with self._changed:
            if self._live is not None and self._live.id == id:
                self._live.stops.cancel()
            elif id in self._order:
                self._order.remove(id)
                self._settle(id, "cancelled", "cancelled before it began")
                self._changed.notify_all()
            elif self._record(id).state in (WAITING, RUNNING):
                raise OutputError(f"{id}: belongs to another process, which alone can stop it")
        return self.status(id)

    def skip(self, id: str) -> None:
        """Of a batch that runs: leaves the file at hand for the next one."""
        self._live_of(id).stops.skip()

    def stop_after(self, id: str) -> None:
        """Of a batch that runs: ends it after the file at hand."""
        self._live_of(id).stops.after_this = True

    def answer(self, id: str, step: int, choice: int | None) -> None:
        """Of a job that asks which picture of a step is taken: the number, or None for others."""
        self._live_of(id).asking.answer(step, choice)

    def repaint(self, id: str, step: int, seed: int | None = None, output: Path | None = None) -> Status:
        """Queues a job like this one, but for one of the pictures that it painted; see `repaint`."""
        return self._queue(repaint(self._record(id), step, seed, output))

    def delete(self, id: str) -> None:
        """Removes a job's folder, stopping the job first; its results stay."""
        self.cancel(id)
        status = self.wait(id, timeout=60)
        if status.state == RUNNING:
            raise OutputError(f"{id}: is still running, so it is not removed")
        remove(self._record(id).folder)

    def status(self, id: str) -> Status:
        """How a job stands. Raises SourceError for an id that is not known."""
        return self._status(self._record(id))

    @property
    def waiting(self) -> int:
        """How many jobs wait, without the one that runs."""
        with self._changed:
            return len(self._order)

    def statuses(self) -> list[Status]:
        """Every job in this folder, the newest first; those of the command line are there as well."""
        return [self._status(self._as_ended(record)) for record in reversed(list_jobs(self.jobs_dir))]

    def wait(self, id: str, timeout: float | None = None) -> Status:
        """How the job stands when it neither waits nor runs here any more, or after `timeout` seconds."""
        with self._changed:
            self._changed.wait_for(
                lambda: id not in self._order and (self._live is None or self._live.id != id), timeout
            )
        return self.status(id)

    def close(self) -> None:
        """Stops the job at hand after its frame. It and what waits are gone on with by the next queue."""
        with self._changed:
            self._closed = True
            at_hand = self._live
            if at_hand is not None:
                at_hand.stops.cancel()
            self._changed.notify_all()
        self._thread.join()
        record = load_record(self.jobs_dir / at_hand.id) if at_hand is not None else None
        if record is not None and record.state == "cancelled":
            record.update(state=WAITING, error=None)
        self._owner.release()

    # how it works

    def _queue(self, record: JobRecord) -> Status:
        with self._changed:
            if self._closed:
                raise OutputError("the queue is closed; start Parallax again")
            if record.id not in self._order:
                try:
                    with writing(record.folder):
                        record.update(state=WAITING, error=None, queued=time.time_ns())
                except OutputError as error:
                    self._settle(record.id, "cancelled", str(error))
                    raise
                self._unwritten.pop(record.id, None)
                self._order.append(record.id)
            self._changed.notify_all()
        return self.status(record.id)

    def _left_over(self) -> list[str]:
        """What an earlier process did not come to, and first what it was at."""
        found = [
            record
            for record in list_jobs(self.jobs_dir)
            if record.state == WAITING or ("queued" in record.values and record.state == "interrupted")
        ]
        found.sort(key=lambda record: (record.state == WAITING, record.values.get("queued", 0)))
        with contextlib.suppress(OSError):  # on a full disk they are gone on with all the same
            for record in found:
                record.update(state=WAITING)
        return [record.id for record in found]

    def _work(self) -> None:
        while True:
            with self._changed:
                self._changed.wait_for(lambda: self._closed or bool(self._order))
                if self._closed:
                    return
                self._live = _Live(self._order.pop(0))
            try:
                self._run(self._live)
            finally:
                with self._changed:
                    self._live = None
                    self._changed.notify_all()

    def _run(self, live: _Live) -> None:
        record = load_record(self.jobs_dir / live.id)
        if record is None:
            return  # its folder was removed while it waited
        try:
            with self._turn(record) as turn:
                live.stops.host_stops = turn.stops
                live.hosts = turn.hear
                if "batch" in record.values:
                    _run_batch(record, live, self._crew)
                else:
                    token = live.stops.next_file()
                    go_on(record, live.hear, token, _chooser(record, live, token), self._crew)
        except (Cancelled, ParallaxError) as stop:
            self._settle(live.id, "cancelled" if isinstance(stop, Cancelled) else "failed", str(stop))
        except BaseException as fault:
            JobLog(record.folder).fault(fault)
            self._settle(live.id, "failed", f"{type(fault).__name__}: {fault}")

    def _settle(self, id: str, state: str, error: str) -> None:
        """Writes how a job ended, where it did not come far enough to do so itself."""
        record = load_record(self.jobs_dir / id)
        if record is not None and record.values["state"] in (WAITING, RUNNING):
            try:
                record.update(state=state, error=error)
            except OSError:  # the disk is full: that must not end the queue's thread
                self._unwritten[id] = {"state": state, "error": error}

    def _record(self, id: str) -> JobRecord:
        plain = bool(id) and id == Path(id).name and id not in (".", "..")
        record = load_record(self.jobs_dir / id) if plain else None
        if record is None:
            raise SourceError(f"there is no job {id!r}")
        return self._as_ended(record)

    def _as_ended(self, record: JobRecord) -> JobRecord:
        """The record with how the job ended here, where the disk would not take that."""
        record.values.update(self._unwritten.get(record.id, {}))
        return record

    def _status(self, record: JobRecord) -> Status:
        with self._changed:
            live = self._live if self._live is not None and self._live.id == record.id else None
            position = self._order.index(record.id) if record.id in self._order else None
        if live is None:
            return status_of(record, position=position)
        question = live.asking.question
        return status_of(record, live.progress, live.image, question=question)

    def _live_of(self, id: str) -> _Live:
        with self._changed:
            if self._live is None or self._live.id != id:
                raise OptionError(f"{id}: does not run here", "id")
            return self._live


def _chooser(record: JobRecord, live: _Live, token: CancelToken) -> Choose | None:
    """Asks through `answer`, in jobs that say so; others may have nobody who looks at them."""
    if record.values["options"].get("pick") != "ask":
        return None
    return lambda question: live.asking.ask(question, token)


def _run_batch(record: JobRecord, live: _Live, crew: Crew | None) -> None:
    values = record.values
    batch = Batch(
        record.loop,
        Path(record.source or ""),
        values["options"],
        Path(record.output),
        values["recursive"],
        values["overwrite"],
    )
    items, earlier = values["batch"]["items"], values["outputs"]

    def told(result: BatchResult) -> None:
        made = [str(path) for paths in result.done.values() for path in paths]
        errors = [{"source": str(path), "error": text} for path, text in result.errors.items()]
        counts = {"items": items, "done": len(result.done), "skipped": len(result.skipped), "errors": errors}
        record.update(outputs=list(dict.fromkeys([*earlier, *made])), batch=counts)

    lock = FileLock(record.folder / LOCK)
    if not lock.acquire(patience=1):
        raise OutputError(f"{record.folder}: another process has taken this batch")
    with lock, writing(record.folder):
        record.update(state=RUNNING, error=None)
        jobs_dir = record.folder / "jobs"
        result = run_batch(
            batch, jobs_dir=jobs_dir, on_event=live.hear, stops=live.stops, on_result=told, crew=crew
        )
        if result.stopped:
            tried = len(result.done) + len(result.skipped) + len(result.errors)
            raise Cancelled(f"stopped after {tried} of {items} files; resuming goes on with the next")
        if result.errors and not result.done and not result.skipped:
            raise SourceError(
                f"not one of the {items} files could be done; the first: {next(iter(result.errors.values()))}"
            )
        record.update(state="done")
