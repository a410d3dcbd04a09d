"""Workers in this process's threads, that die, wait or see nothing when a test wants them to."""

from __future__ import annotations

import queue
import threading
from dataclasses import dataclass, field, replace

from lib_parallax.jobs.spread.crew import Crew, Died
from lib_parallax.jobs.spread.inputs import key_of, pieces_of
from lib_parallax.jobs.spread.tasks import Ended, Sealed, Stretch, Survey
from lib_parallax.jobs.spread.work import Work


@dataclass
class Plan:
    """What becomes of the workers.

    dies     (kind of task's work, how many segments it has told): a worker with such a task dies then;
             each happens once
    holds    spans, by the frame they begin with, that are not begun before `let_go`
    sees     whether workers see the paths of the job
    surveys, stretches, brought  what was asked of them
    """

    dies: list[tuple[type, int]] = field(default_factory=list)
    holds: set[int] = field(default_factory=set)
    let_go: threading.Event = field(default_factory=threading.Event)
    sees: bool = True
    surveys: int = 0
    stretches: list[Stretch] = field(default_factory=list)
    brought: list[str] = field(default_factory=list)
    lock: threading.Lock = field(default_factory=threading.Lock)

    def crew(self, size=2):
        return Crew([lambda: Hand(self)] * size)


class Hand:
    def __init__(self, plan):
        self.name = "a worker here"
        self._plan = plan
        self._told = queue.Queue()
        self._work = Work(self._told.put)
        self._task, self._sealed, self._held, self._dead = None, 0, False, False

    def begin(self, task):
        plan = self._plan
        self._task = task = task if plan.sees else replace(task, brief=replace(task.brief, shared=False))
        self._sealed = 0
        with plan.lock:
            if isinstance(task.work, Survey):
                plan.surveys += 1
            else:
                plan.stretches.append(task.work)
        begin = task.work.start.index if task.work.start is not None else 0
        self._held = isinstance(task.work, Stretch) and begin in plan.holds and not plan.let_go.is_set()
        if not self._held:
            self._work.begin(task)

    def hear(self, seconds):
        if self._held:
            if self._plan.let_go.wait(0.05):
                self._held = False
                self._work.begin(self._task)
            return []
        self._die_if_planned()
        try:
            message = self._told.get(timeout=min(seconds, 0.05))
        except queue.Empty:
            return []
        self._sealed += isinstance(message, Sealed)
        return [message]

    def _die_if_planned(self):
        with self._plan.lock:
            fate = (type(self._task.work), self._sealed)
            if fate in self._plan.dies:
                self._plan.dies.remove(fate)
                self._dead = True
                raise Died("a worker here fell over")

    def bring(self, wanted):
        self._plan.brought.append(wanted.path)
        for name, data, mtime_ns in pieces_of(wanted):
            self._work.take(key_of(wanted), name, data, mtime_ns)

    def cancel(self):
        if self._held:
            self._held = False
            self._told.put(Ended())
        self._work.cancel()

    def close(self):
        self._work.cancel()
        if not self._dead:  # a dead one removes nothing
            self._work.close()
