"""A job's side of work that is spread: it divides the clip, hands out stretches and takes in segments."""

from __future__ import annotations

import secrets
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from queue import Empty, SimpleQueue

from ...errors import Cancelled, UnavailableError
from ...loops.tally import tally_of
from ...options import describe
from ...types import Boundary, CancelToken, Event
from ..durable import writing
from ..journal import Journal
from ..order import Order
from ..place import remove
from ..progress import Progress
from ..record import APART
from ..rendering import Closed
from ..soundtrack import watches
from ..targets import absolute
from ..told import Told
from .crew import Crew, Ticket
from .gathering import Gathering, Span
from .inputs import input_of
from .shots import Divider, window_of
from .site import TOKEN, alike
from .tasks import END, Brief, Ended, Failed, Found, Lost, Made, Message, Said, Sealed, Stretch, Survey, Task

LOOK = 0.2  # seconds between two looks at the cancel token
LOSSES = 3  # of workers over one stretch, without a segment between: it is the stretch then
ONLY_JOINED = ("sound", "ambience")  # read where segments are joined, not by workers


def spread_segments(
    crew: Crew,
    order: Order,
    folder: Path,
    journal: Journal,
    told: Told,
    progress: Progress,
    cancel: CancelToken,
) -> Iterator[Closed]:
    """The job's segments in order, rendered by the crew; files and journal are those of one machine's job.

    Raises Cancelled, what the loop refuses on a worker, and UnavailableError where workers fail.
    """
    coordinator = _Coordinator(crew, order, folder, journal, told, progress)
    try:
        coordinator.begin()
        gathering = coordinator.gathering
        while not gathering.done:
            for closed, sealed in gathering.ready():
                for text in sealed.hurt:
                    order.source.warn(text)
                for text in sealed.warnings:
                    told.warn(text)
                yield closed
            if not gathering.done:
                coordinator.hear(cancel)
        told.loop_event(Event("report", data=gathering.report))
        remove(folder / APART)
    finally:
        coordinator.stop()


@dataclass
class _Out:
    """A task that a worker has or will have.

    span    None for the survey
    unsure  frames that are made and lie in no segment yet
    """

    ticket: Ticket
    span: Span | None
    unsure: int = 0


class _Coordinator:
    def __init__(
        self, crew: Crew, order: Order, folder: Path, journal: Journal, told: Told, progress: Progress
    ):
        self._crew, self._order, self._folder = crew, order, folder
        self._told, self._progress, self._journal = told, progress, journal
        self._inbox: SimpleQueue[tuple[Ticket, Message]] = SimpleQueue()
        self._out: dict[int, _Out] = {}
        self._rank = crew.job_number()
        self._brief = _brief_of(order, folder)
        self.gathering = Gathering(folder / APART, journal, lambda: tally_of(order.loop, order.options))
        start = journal.start()
        self._open = Span(start.index if start is not None else 0, start, fresh=False)
        self._divider = Divider(window_of(order.source.rate), self._open.begin)
        self._last_cut = start
        self._kept = journal.frames
        self._surveys_lost = 0

    def begin(self) -> None:
        with writing(self._folder):
            (self._folder / APART).mkdir(exist_ok=True)
            (self._folder / APART / TOKEN).write_text(self._brief.token, encoding="utf-8")
        if self._is_worth_dividing():
            self._submit(Survey(self._last_cut), self._open.begin, None)
        else:
            self._end_span(None)

    def _is_worth_dividing(self) -> bool:
        order = self._order
        left = (order.total or 0) - self._open.begin
        return (
            self._crew.size > 1
            and tally_of(order.loop, order.options) is not None
            and left > window_of(order.source.rate)
        )

    def hear(self, cancel: CancelToken) -> None:
        """Waits a little for what workers tell, and acts on it."""
        if cancel.cancelled:
            raise Cancelled("stopped")
        try:
            ticket, message = self._inbox.get(timeout=LOOK)
        except Empty:
            return
        out = self._out[id(ticket)]
        if isinstance(message, END):
            del self._out[id(ticket)]
        if out.span is None:
            self._heard_of_survey(message)
        else:
            self._heard_of_span(out, out.span, message)

    def stop(self) -> None:
        """Takes back what is not done, and waits until no worker is at it."""
        for out in self._out.values():
            self._crew.withdraw(out.ticket)
        while self._out:
            ticket, message = self._inbox.get()
            if isinstance(message, END):
                del self._out[id(ticket)]

    def _heard_of_survey(self, message: Message) -> None:
        match message:
            case Found():
                for cut in message.cuts:
                    self._last_cut = Boundary(cut, True)
                    if self._divider.divides(cut):
                        self._end_span(cut)
            case Ended():
                self._end_span(None)
            case Lost():
                self._surveys_lost = self._counted(self._surveys_lost, message, 0)
                self._submit(Survey(self._last_cut), self._open.begin, None)
            case Failed():
                self._fail(message)

    def _heard_of_span(self, out: _Out, span: Span, message: Message) -> None:
        match message:
            case Said():
                self._told.loop_event(Event(message.kind, message.text))
            case Made():
                out.unsure += message.frames
                self._told.tell(self._progress.step(message.image, message.frames))
            case Sealed():
                assert isinstance(out.ticket.task.work, Stretch)
                with writing(self._folder):
                    self.gathering.arrive(span, message, out.ticket.task.work.name)
                out.unsure = span.losses = 0
            case Lost() if not span.whole:
                span.losses = self._counted(span.losses, message, span.begin + span.frames)
                self._progress.step(None, -out.unsure)
                self._render(span)
            case Failed():
                self._fail(message)
            case Ended() if not span.whole:
                if self._journal.frames or span.frames:
                    raise RuntimeError(f"frames from {span.begin} on came to no end")
                self.gathering.spans.clear()  # not one frame in the source: the job says so

    def _counted(self, losses: int, lost: Lost, frame: int) -> int:
        """One loss more; raises UnavailableError where it was one too many."""
        self._told.log.write(f"{lost.reason}; its work is done again from frame {frame} on")
        if losses + 1 == LOSSES:
            raise UnavailableError(
                f"{LOSSES} workers in turn ended at the frames from {frame} on; the last: {lost.reason}"
            )
        return losses + 1

    def _fail(self, failed: Failed) -> None:
        if failed.trace:
            self._told.log.write(failed.trace.rstrip())
        raise failed.error

    def _end_span(self, end: int | None) -> None:
        """The open span ends here and can be worked on; the next one begins."""
        span = self._open
        span.end = end
        there = self.gathering.add(span)
        if there:
            self._told.tell(self._progress.found(there))
        if not span.whole:
            self._render(span)
        if end is None:
            self.gathering.through = True
        else:
            self._open = Span(end, Boundary(end, True), fresh=True)

    def _render(self, span: Span) -> None:
        """Hands out what is missing of a span."""
        first = (
            span.begin if span.fresh else self._kept
        )  # a divided loop has a frame for each of the source's
        name = f"{span.begin:08d}-{secrets.token_hex(4)}"
        stretch = Stretch(span.next_start(), span.end, first + span.frames, name)
        self._submit(stretch, span.begin, span)

    def _submit(self, work: Survey | Stretch, frame: int, span: Span | None) -> None:
        # a survey comes before its job's other work, which it makes
        rank = (self._rank, span is not None, frame)
        ticket = Ticket(rank, Task(self._brief, work), self._inbox)
        self._out[id(ticket)] = _Out(ticket, span)
        self._crew.submit(ticket)


def _brief_of(order: Order, folder: Path) -> Brief:
    record, options = order.record, dict(order.record["options"])
    read: list[Path] = [] if record["source"] is None else [Path(record["source"]["path"])]
    for o in describe(type(order.options)):
        if o.path in ("read", "files") and o.name not in ONLY_JOINED:
            read += [absolute(path) for path in o.paths(options[o.name])]
            options[o.name] = o.with_paths(options[o.name], lambda path: str(absolute(path)))
    return Brief(
        loop=record["loop"],
        source=None if record["source"] is None else record["source"]["path"],
        options=options,
        targets=tuple(order.targets),
        text=order.text,
        inputs=tuple(map(input_of, read)),
        beside=tuple(map(input_of, order.plan.inputs)),
        alike=alike(order.options, order.plan),
        folder=str(folder),
        token=secrets.token_hex(16),
        watched=watches(order.options),
    )
