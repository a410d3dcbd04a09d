"""Workers and what is to be done: each worker has a thread here that hands it task after task.

A worker that dies is replaced, and whoever gave the task is told that it is lost. The crew
knows nothing of what a task is about but where a segment's files go that a worker sends.
"""

from __future__ import annotations

import heapq
import itertools
import threading
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from queue import SimpleQueue
from types import TracebackType
from typing import Protocol

from ...errors import UnavailableError
from ..durable import seal, sync
from ..place import remove
from ..record import APART
from .tasks import END, Failed, Input, Lacks, Lost, Message, Piece, Sealed, Stretch, Task

CORES = 2  # that a worker without a GPU keeps busy
PATIENCE = 1.0  # seconds in which a worker that has nothing to tell is asked again
GRACE = 15.0  # seconds that a worker is given to end in order; one may be waiting for its node
FAILURES = 3  # in a row to start a worker: then nobody tries before another task comes


class Died(Exception):
    """The worker is gone; the text says what is known of it."""


class Hand(Protocol):
    """One worker. Each method raises Died when it is gone."""

    name: str

    def begin(self, task: Task) -> None:
        """Gives it a task; the one before has ended."""

    def hear(self, seconds: float) -> Sequence[Message]:
        """What it has told since, waiting up to `seconds` for the first."""

    def bring(self, wanted: Input) -> None:
        """Sends it a file or folder."""

    def cancel(self) -> None:
        """Asks it to end its task after the frame at hand."""

    def close(self) -> None:
        """Ends it, at once. Raises nothing."""


Hire = Callable[[], Hand]


@dataclass(order=True)
class Ticket:
    """A task that waits for a worker or has one; the smallest `rank` comes first.

    inbox  gets (ticket, message) for each message; the last is one of tasks.END
    """

    rank: tuple[int, ...]
    task: Task = field(compare=False)
    inbox: SimpleQueue[tuple[Ticket, Message]] = field(compare=False)
    withdrawn: bool = field(default=False, compare=False)

    def tell(self, message: Message) -> None:
        self.inbox.put((self, message))


class Crew:
    """Workers, hired when the first task comes.

    hires  one for each worker; called in that worker's thread, again after each death. May take
           long, and raises UnavailableError or Died.
    """

    def __init__(self, hires: Sequence[Hire], close: Callable[[], None] = lambda: None):
        self.size = len(hires)
        self._hires = hires
        self._close = close
        self._changed = threading.Condition()
        self._waiting: list[Ticket] = []
        self._numbers = itertools.count()
        self._threads: list[threading.Thread] = []
        self._living = 0
        self._reason = "no worker could be started"
        self._closed = False

    def job_number(self) -> int:
        """The first part of the rank of a job's tasks: jobs that come first are done first."""
        return next(self._numbers)

    def submit(self, ticket: Ticket) -> None:
        with self._changed:
            if self._living == 0 and not self._closed:
                self._start()
            heapq.heappush(self._waiting, ticket)
            self._refuse_if_deserted()
            self._changed.notify()

    def withdraw(self, ticket: Ticket) -> None:
        """Takes a task back, or has its worker stop it; either way its end is told."""
        with self._changed:
            ticket.withdrawn = True
            kept = [waiting for waiting in self._waiting if waiting is not ticket]
            if len(kept) < len(self._waiting):
                self._waiting = kept
                heapq.heapify(self._waiting)
                ticket.tell(Lost("", "withdrawn"))

    def close(self) -> None:
        """Ends all workers."""
        with self._changed:
            self._closed = True
            self._changed.notify_all()
        for thread in self._threads:
            thread.join(GRACE)
        self._close()

    def __enter__(self) -> Crew:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()

    def _start(self) -> None:
        self._living = self.size
        self._threads = []
        for number, hire in enumerate(self._hires):
            thread = threading.Thread(
                target=self._work, args=(hire,), name=f"parallax-hand-{number}", daemon=True
            )
            self._threads.append(thread)
            thread.start()

    def _work(self, hire: Hire) -> None:
        failures = 0
        while not self._closed and failures < FAILURES:
            hand: Hand | None = None
            ticket: Ticket | None = None
            try:
                hand = hire()
                failures = 0
                while (ticket := self._next()) is not None:
                    self._serve(hand, ticket)
            except Exception as death:  # whatever it was, nobody may wait for this worker
                failures += hand is None
                self._reason = str(death) or type(death).__name__
                if ticket is not None:
                    ticket.tell(Lost(hand.name if hand is not None else "", self._reason))
            finally:
                if hand is not None:
                    hand.close()
        with self._changed:
            self._living -= 1
            self._refuse_if_deserted()

    def _next(self) -> Ticket | None:
        with self._changed:
            self._changed.wait_for(lambda: self._closed or bool(self._waiting))
            return None if self._closed else heapq.heappop(self._waiting)

    def _serve(self, hand: Hand, ticket: Ticket) -> None:
        """One task from its beginning to its end."""
        hand.begin(ticket.task)
        stopped = False
        while True:
            for message in hand.hear(PATIENCE):
                if isinstance(message, Lacks):
                    for wanted in message.inputs:
                        hand.bring(wanted)
                    hand.begin(ticket.task)
                elif isinstance(message, Piece):
                    _put(_folder(ticket.task) / message.path, message.data)
                else:
                    _check_arrived(ticket.task, message)
                    ticket.tell(message)
                if isinstance(message, END):
                    return
            if (ticket.withdrawn or self._closed) and not stopped:
                hand.cancel()
                stopped = True

    def _refuse_if_deserted(self) -> None:
        """With nobody left, nothing may wait for ever."""
        if self._living > 0:
            return
        for ticket in self._waiting:
            ticket.tell(Failed(UnavailableError(f"there is no worker left: {self._reason}")))
        self._waiting.clear()


def _folder(task: Task) -> Path:
    assert isinstance(task.work, Stretch)
    return Path(task.brief.folder) / APART / task.work.name


def _put(path: Path, data: bytes) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    with open(path, "ab") as file:
        file.write(data)


def _check_arrived(task: Task, message: Message) -> None:
    """Makes a shipped segment durable. Raises Died where it is not what was sent."""
    if not isinstance(message, Sealed) or not message.shipped:
        return
    folder = _folder(task)
    for file in message.files.values():
        path = folder / file["path"]
        if not path.exists() or seal(path) != file["sha256"]:
            remove(path)
            raise Died(f"{path.name} did not arrive as it was sent")
    if message.state is not None:
        sync(folder / message.state)
