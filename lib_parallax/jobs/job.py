"""Running a job: the loop's frames go to encoders segment by segment, and each segment into the journal.

The loop works in a thread of its own, a few frames ahead of the encoders. Whatever ends the
run early, what the journal holds stays, and the same command goes on from there.
"""

from __future__ import annotations

import contextlib
import os
import threading
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Any

from ..errors import Cancelled, ParallaxError, SourceError
from ..timeline.pace import Watcher
from ..types import Boundary, CancelToken, Event, OnEvent
from .assemble import assemble, put_in_place
from .durable import writing
from .folders import default_jobs_dir
from .joblog import JobLog
from .kept import NAME as KEPT
from .kept import FolderStore
from .opening import OpenJob, open_job
from .order import Order, ordered
from .place import remove
from .progress import Progress
from .record import WORK, JobRecord, list_jobs, now, plain
from .segments import OpenEncoder, Segment, closing
from .targets import Target, absolute

if TYPE_CHECKING:
    from ..loops.choosing import Choose

AHEAD = 2


@dataclass(frozen=True)
class JobResult:
    """What a finished job made.

    outputs  the results at their places, the main one first.
    frames   frames in the main result; `made` of them in this session, in `seconds`.
    """

    outputs: tuple[Path, ...]
    warnings: tuple[str, ...]
    report: dict[str, Any]
    folder: Path
    frames: int
    made: int
    seconds: float


@dataclass
class _Told:
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
            if event.kind == "progress":
                return  # a job counts the frames that are written
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
        if text and text not in self.notes:
            self.notes.append(text)
            self.log.write(text)
            self.tell(Event("note", text))

    def tell(self, event: Event) -> None:
        with self._lock:
            if self.on_event is not None:
                self.on_event(event)


def run(
    loop_name: str,
    source_path: Path | str | None,
    options: Any,
    output: Path | str | None,
    *,
    folder: Path | None = None,
    stem: str | None = None,
    jobs_dir: Path | str | None = None,
    overwrite: bool = False,
    resume: bool = True,
    on_event: OnEvent | None = None,
    cancel: CancelToken | None = None,
    choose: Choose | None = None,
) -> JobResult:
    """Runs a loop on a source and puts the result at `output`, resuming an earlier run that did not finish.

    options   the loop's dataclass, or a mapping of names to values.
    output    a video or a still by its suffix, else a folder of PNG frames; None names it
              after the source, or after `stem`, in `folder` (default: the current one).
    on_event  is told, from this thread or the loop's but one at a time: "job" (data: folder,
              outputs, resumed frames) when it starts, "progress" (see Progress), "note" (where
              depth comes from), "warning", and what else the loop tells.
    cancel    when set, Cancelled is raised after the frame at hand; the job can be resumed.
    choose    is asked, from the loop's thread, where a loop's options have somebody choose.

    Raises a ParallaxError for whatever the user can put right. Nothing is left at `output`
    unless all of it is.
    """
    with ordered(loop_name, source_path, options, output, folder, stem) as order:
        job = _opened(order, jobs_dir, overwrite, resume)
        with job.lock:
            return _Session(job, order, on_event, cancel, choose).run(overwrite)


def submit(
    loop_name: str,
    source_path: Path | str | None,
    options: Any,
    output: Path | str | None,
    *,
    folder: Path | None = None,
    jobs_dir: Path | str | None = None,
    overwrite: bool = False,
) -> JobRecord:
    """Checks all that `run` checks and leaves a job that waits, in the state "queued"; `go_on` runs it.

    folder  where a result goes that nobody named (`output` None); it gets a name that is free.
    """
    with ordered(loop_name, source_path, options, output, folder, taken=taken(jobs_dir)) as order:
        job = _opened(order, jobs_dir, overwrite, resume=True)
        with job.lock:
            job.record.update(state="queued", error=None, overwrite=overwrite)
        return job.record


def go_on(
    record: JobRecord,
    on_event: OnEvent | None = None,
    cancel: CancelToken | None = None,
    choose: Choose | None = None,
) -> JobResult:
    """Runs a job that waits or was stopped, from where it is.

    Raises SourceError when its source, its options' meaning or this machine's packages are no
    longer what they were: the result would not be the one that was begun.
    """
    values = record.values
    output = values.get("asked_output", record.output)
    with ordered(record.loop, record.source, values["options"], output) as order:
        if order.key != values.get("identity"):
            raise SourceError(
                f"{record.source or record.loop}: this file, the depth model or a package has changed since "
                "the job began; start it anew"
            )
        overwrite = bool(values.get("overwrite"))
        job = _opened(order, record.folder.parent, overwrite, resume=True)
        with job.lock:
            return _Session(job, order, on_event, cancel, choose).run(overwrite)


def taken(jobs_dir: Path | str | None) -> Callable[[Path], bool]:
    """Tells of a path whether something is there, or a job that waits or runs will put something there."""
    waiting = (record for record in list_jobs(jobs_dir) if record.state in ("queued", "running"))
    promised = {path for record in waiting for path in record.values.get("outputs", [])}
    return lambda path: os.path.lexists(path) or str(path) in promised


def _opened(order: Order, jobs_dir: Path | str | None, overwrite: bool, resume: bool) -> OpenJob:
    return open_job(
        absolute(jobs_dir) if jobs_dir is not None else default_jobs_dir(),
        order.key,
        order.targets,
        order.record,
        order.source.path.stem,
        overwrite=overwrite,
        resume=resume,
    )


class _Session:
    """One run of an open job."""

    def __init__(
        self,
        job: OpenJob,
        order: Order,
        on_event: OnEvent | None,
        cancel: CancelToken | None,
        choose: Choose | None,
    ):
        from .encoders import MediaEncoders

        self.record, self.journal = job.record, job.journal
        self.order, self.source, self.targets = order, order.source, order.targets
        self.cancel = cancel or CancelToken()
        self.choose = {"choose": choose} if hasattr(order.options, "pick") else {}
        self.log = JobLog(self.record.folder)
        self.told = _Told(on_event, self.log, self.journal.warnings, list(job.record.values["notes"]))
        self.progress = Progress(self.journal.frames, order.total)
        self.encoders: OpenEncoder = MediaEncoders(order.source, order.options, order.plan, order.text)
        self.resumed = job.resumed

    def run(self, overwrite: bool) -> JobResult:
        """The job to its end; its record says how it ended, however it did."""
        try:
            self._begin()
            if self.journal.end is None:
                self._render()
            assert self.journal.end is not None
            self.told.report = self.journal.end["report"]
            self._finish(overwrite)
        except (Cancelled, KeyboardInterrupt) as stop:
            kept = self.journal.frames
            self._stopped("cancelled", f"cancelled; {kept} frames are kept")
            where = f"goes on from frame {kept}" if kept else "starts anew, for no segment was finished"
            raise Cancelled(f"stopped; the same command {where}") from stop
        except ParallaxError as error:
            self._stopped("failed", str(error))
            raise
        except BaseException as error:
            self.log.fault(error)
            self._stopped("failed", f"{type(error).__name__}: {error}")
            raise
        return JobResult(
            tuple(target.path for target in self.targets),
            tuple(self.told.warnings),
            self.told.report,
            self.record.folder,
            self.journal.frames,
            self.progress.done - self.progress.resumed_at,
            self.progress.seconds,
        )

    def _begin(self) -> None:
        done = self.journal.frames
        with writing(self.record.folder):
            self.record.update(state="running", error=None, frames=done)
        if self.resumed:
            self.log.write(f"resumed with {done} finished frames in {len(self.journal.segments)} segments")
        else:
            of = f" of {self.record.source}" if self.record.source else ""
            self.log.write(f"{self.record.loop}{of} to {self.record.output}")
        data = {
            "folder": str(self.record.folder),
            "outputs": [str(target.path) for target in self.targets],
            "resumed": done if self.resumed else None,
        }
        self.told.tell(Event("job", data=data))
        for text in self.order.warnings:
            self.told.warn(text)
        for text in self.order.notes:
            self.told.note(text)
        self.told.tell(self.progress.event())

    def _render(self) -> None:
        from .. import media

        kept = {"store": FolderStore(self.record.folder / KEPT)} if self.order.plan.painter else {}
        made = self.order.loop.frames(
            self.source,
            self.order.options,
            on_event=self.told.loop_event,
            cancel=self.cancel,
            start=self.journal.start(),
            **kept,
            **self.choose,
        )
        segment: Segment | None = None
        try:
            with closing(media.ahead(made, AHEAD)) as frames:
                for frame in frames:
                    if self.cancel.cancelled:
                        break
                    if segment is not None and frame.boundary is not None:
                        self._close(segment, frame.boundary)
                        segment = None
                    with writing(self.journal.folder):
                        if segment is None:
                            number = len(self.journal.segments)
                            watcher = Watcher() if self.order.options.music != "none" else None
                            segment = Segment(
                                self.journal.folder, number, self.targets, self.encoders, watcher
                            )
                        segment.write(frame, self.progress.done)
                    self.told.tell(self.progress.step(frame.image))
            if self.cancel.cancelled:
                raise Cancelled("stopped")
            for text in self.source.warnings:
                self.told.warn(text)
            if segment is not None:
                self._close(segment, None)
                segment = None
        finally:
            if segment is not None:
                segment.abort()
        if self.journal.frames == 0:
            raise SourceError(f"{self.source.path}: holds no frames that can be read")
        with writing(self.journal.folder):
            self.journal.close({"report": self.told.report})

    def _close(self, segment: Segment, after: Boundary | None) -> None:
        """Files first, then state, then the journal's line: a line speaks only of what is there."""
        for text in self.source.warnings:
            self.told.warn(text)
        with writing(self.journal.folder):
            files = segment.close()
            motion = segment.watcher.rows if segment.watcher is not None else ()
            self.journal.close_segment(segment.frames, files, after, list(self.told.warnings), motion)
            self.record.update(frames=self.journal.frames, warnings=self.told.warnings, notes=self.told.notes)
        at = "the end" if after is None else "a cut" if after.cut else f"frame {after.index} inside a shot"
        self.log.write(f"segment {len(self.journal.segments) - 1}: {segment.frames} frames, up to {at}")

    def _finish(self, overwrite: bool) -> None:
        from .encoders import join_segments

        def join(target: Target, segments: list[Path], output: Path) -> list[str]:
            order, motion = self.order, self.journal.motion
            return join_segments(
                target, segments, output, order.source, order.plan, order.options, order.text, motion
            )

        results, warnings = assemble(self.journal, self.targets, join)
        for text in warnings:
            self.told.warn(text)
        put_in_place(self.journal, self.targets, results, overwrite)
        self.log.write(f"finished: {self.journal.frames} frames")
        with contextlib.suppress(OSError):
            # the result is in place: nothing from here on may call the job failed
            self.record.update(
                state="done",
                frames=self.journal.frames,
                warnings=self.told.warnings,
                report=self.told.report,
                depth=self.told.report.get("depth"),
                seconds=round(self.record.values.get("seconds", 0) + self.progress.seconds, 3),
                times={**self.record.values["times"], "finished": now()},
            )
            remove(self.record.folder / WORK)

    def _stopped(self, state: str, text: str) -> None:
        self.log.write(text)
        with contextlib.suppress(OSError):
            seconds = round(self.record.values.get("seconds", 0) + self.progress.seconds, 3)
            self.record.update(
                state=state,
                error=text,
                frames=self.journal.frames,
                warnings=self.told.warnings,
                seconds=seconds,
            )
