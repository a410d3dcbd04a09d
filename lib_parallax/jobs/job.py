"""Running a job: the loop's frames go to encoders segment by segment, and each segment into the journal.

The loop works in a thread of its own, a few frames ahead of the encoders. Whatever ends the
run early, what the journal holds stays, and the same command goes on from there.
"""

from __future__ import annotations

import contextlib
import os
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

from ..errors import Cancelled, ParallaxError, SourceError
from ..types import CancelToken, Event, Frame, OnEvent
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
from .record import APART, WORK, JobRecord, list_jobs, now
from .rendering import Bench, Closed, closed_segments
from .segments import closing
from .soundtrack import watches
from .targets import Target, absolute
from .told import Told

if TYPE_CHECKING:
    from ..loops.choosing import Choose
    from .spread import Crew


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
    crew: Crew | None = None,
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
    crew      does the work in this process's place, but for loops that have somebody choose.

    Raises a ParallaxError for whatever the user can put right. Nothing is left at `output`
    unless all of it is.
    """
    with ordered(loop_name, source_path, options, output, folder, stem) as order:
        job = _opened(order, jobs_dir, overwrite, resume)
        with job.lock:
            return _Session(job, order, on_event, cancel, choose, crew).run(overwrite)


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
        with job.lock, writing(job.record.folder):
            job.record.update(state="queued", error=None, overwrite=overwrite)
        return job.record


def go_on(
    record: JobRecord,
    on_event: OnEvent | None = None,
    cancel: CancelToken | None = None,
    choose: Choose | None = None,
    crew: Crew | None = None,
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
            return _Session(job, order, on_event, cancel, choose, crew).run(overwrite)


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
        crew: Crew | None,
    ):
        self.record, self.journal = job.record, job.journal
        self.order, self.source, self.targets = order, order.source, order.targets
        self.cancel = cancel or CancelToken()
        self.choose = {"choose": choose} if hasattr(order.options, "pick") else {}
        self.crew = None if getattr(order.options, "pick", None) == "ask" else crew
        self.log = JobLog(self.record.folder)
        self.told = Told(on_event, self.log, self.journal.warnings, list(job.record.values["notes"]))
        self.progress = Progress(self.journal.frames, order.total)
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
        with closing(self._here() if self.crew is None else self._spread(self.crew)) as segments:
            for closed in segments:
                self._keep(closed)
        for text in self.source.warnings:
            self.told.warn(text)
        if self.journal.frames == 0:
            raise SourceError(f"{self.source.path}: holds no frames that can be read")
        with writing(self.journal.folder):
            self.journal.close({"report": self.told.report})

    def _here(self) -> Iterator[Closed]:
        """The segments, made in this process."""
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
        from .encoders import MediaEncoders

        encoders = MediaEncoders(self.source, self.order.options, self.order.plan, self.order.text)
        bench = Bench(self.journal.folder, self.targets, encoders, watches(self.order.options))

        def written(frame: Frame) -> None:
            self.told.tell(self.progress.step(frame.image))

        segments, frames = len(self.journal.segments), self.journal.frames
        return closed_segments(made, bench, segments, frames, self.cancel, written)

    def _spread(self, crew: Crew) -> Iterator[Closed]:
        """The segments, made by workers."""
        from .spread.coordinating import spread_segments

        return spread_segments(
            crew, self.order, self.record.folder, self.journal, self.told, self.progress, self.cancel
        )

    def _keep(self, closed: Closed) -> None:
        """The files are there; then the state and the journal's line, which speaks only of what is there."""
        for text in self.source.warnings:
            self.told.warn(text)
        with writing(self.journal.folder):
            self.journal.close_segment(
                closed.frames, closed.files, closed.after, list(self.told.warnings), closed.motion
            )
            self.record.update(frames=self.journal.frames, warnings=self.told.warnings, notes=self.told.notes)
        after = closed.after
        at = "the end" if after is None else "a cut" if after.cut else f"frame {after.index} inside a shot"
        self.log.write(f"segment {len(self.journal.segments) - 1}: {closed.frames} frames, up to {at}")

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
            remove(self.record.folder / APART)

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
