"""A film archive on many workers, as a discrete-event simulation: shots are drawn, segment times measured.

A film's survey (finding its cuts) is one item and makes the others as it goes; a stretch of whole
shots is one; workers take them in the order of `jobs.spread`: films in order, the survey first.
The coordinator is one server: each segment costs it time, and what it joins at a film's end.
Files go through one link when they are shipped.
"""

from __future__ import annotations

import heapq
from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np

RATE = 24
# Shot lengths of films since 2000 are close to log-normal; mean 4 s, some of a minute.
MEDIAN_SHOT, SPREAD = 2.9, 0.8  # s
WINDOW = 2.0  # s within which jobs.spread divides once
SEGMENT = 10.0  # s


@dataclass(frozen=True)
class Costs:
    """Measured seconds, and what a machine's links carry.

    frame      of a worker, a frame of the loop
    survey     of a worker, a frame looked at for cuts
    item       of a worker, opening a stretch
    segment    of the coordinator, taking in a segment
    joined     of the coordinator, a frame of the joined result
    frame_in, frame_out  bytes of the source and of the result, a frame
    link       bytes a second through the coordinator, or the shared storage
    """

    frame: float
    survey: float
    item: float
    segment: float
    joined: float
    frame_in: float
    frame_out: float
    link: float


@dataclass(frozen=True)
class Outcome:
    """What a simulated archive took. Shares are of the whole time."""

    workers: int
    hours: float
    speedup: float
    efficiency: float
    coordinator_busy: float
    link_busy: float


@dataclass
class Server:
    """Takes one thing after the other."""

    free: float = 0.0
    busy: float = 0.0

    def done_at(self, time: float, seconds: float) -> float:
        self.free = max(self.free, time) + seconds
        self.busy += seconds
        return self.free


def stretches_of(frames: int, random: np.random.Generator) -> list[int]:
    """Frames of the stretches that a film of drawn shots is divided into."""
    cuts, at = [0], 0
    while at < frames:
        at += max(6, round(RATE * MEDIAN_SHOT * float(np.exp(SPREAD * random.standard_normal()))))
        cuts.append(min(at, frames))
    window, starts = WINDOW * RATE, [0]
    for cut in cuts[1:-1]:
        if cut // window != starts[-1] // window:
            starts.append(cut)
    return [b - a for a, b in zip(starts, [*starts[1:], frames], strict=True)]


def films(count: int, seed: int = 0) -> Iterator[list[int]]:
    """Films of an archive: one to two and a half hours, each as its stretches' frames."""
    random = np.random.default_rng(seed)
    for _ in range(count):
        yield stretches_of(round(RATE * 3600 * random.uniform(1.0, 2.5)), random)


class Archive:
    """One run. Items are (film, stretch, frames); the stretch of a survey is -1, so that it comes first."""

    def __init__(self, films: list[list[int]], workers: int, costs: Costs, shipped: bool):
        self.films, self.workers, self.costs, self.shipped = films, workers, costs, shipped
        self.coordinator, self.link = Server(), Server()
        self.now = self.finished = 0.0
        self._idle = workers
        self._begun = self._open = 0
        self._left = [len(stretches) for stretches in films]
        self._sent = [0] * len(films)  # workers that have the film's source
        self._ready: list[tuple[int, int, int]] = []
        self._coming: list[tuple[float, int, int, int]] = []  # found by a survey at that time
        self._done: list[tuple[float, int, int, int]] = []  # a worker is through with it at that time

    def run(self) -> None:
        self._hand_out()
        while self._done or self._coming:
            self.now = min(heap[0][0] for heap in (self._done, self._coming) if heap)
            while self._coming and self._coming[0][0] <= self.now:
                heapq.heappush(self._ready, heapq.heappop(self._coming)[1:])
            while self._done and self._done[0][0] <= self.now:
                self._take_in(*heapq.heappop(self._done)[1:])
            self._hand_out()
        self.finished = max(self.finished, self.now, self.link.free)

    def _hand_out(self) -> None:
        # as jobs.batch does: one film more at hand than there are workers
        while self._begun < len(self.films) and self._open <= self.workers:
            heapq.heappush(self._ready, (self._begun, -1, sum(self.films[self._begun])))
            self._begun, self._open = self._begun + 1, self._open + 1
        while self._idle and self._ready:
            film, stretch, frames = heapq.heappop(self._ready)
            self._idle -= 1
            costs, start = self.costs, self.now
            if self.shipped and self._sent[film] < self.workers:
                self._sent[film] += 1
                source = sum(self.films[film]) * costs.frame_in
                start = self.link.done_at(start, source / costs.link)
            start += costs.item
            if stretch < 0:
                self._survey(film, start)
                heapq.heappush(self._done, (start + frames * costs.survey, film, stretch, frames))
            else:
                heapq.heappush(self._done, (start + frames * costs.frame, film, stretch, frames))

    def _survey(self, film: int, start: float) -> None:
        """Stretches can be worked on as their ends are found."""
        at = 0
        for number, frames in enumerate(self.films[film]):
            at += frames
            heapq.heappush(self._coming, (start + at * self.costs.survey, film, number, frames))

    def _take_in(self, film: int, stretch: int, frames: int) -> None:
        self._idle += 1
        if stretch < 0:
            return
        costs, arrived = self.costs, self.now
        if self.shipped:
            arrived = self.link.done_at(arrived, frames * costs.frame_out / costs.link)
        segments = 1 + frames / RATE // SEGMENT
        self.finished = max(self.finished, self.coordinator.done_at(arrived, segments * costs.segment))
        self._left[film] -= 1
        if not self._left[film]:
            self._open -= 1
            seconds = sum(self.films[film]) * costs.joined
            self.finished = max(self.finished, self.coordinator.done_at(arrived, seconds))


def simulate(films: list[list[int]], workers: int, costs: Costs, shipped: bool = False) -> Outcome:
    """The archive on so many workers.

    shipped  sources and segments go through the coordinator's link, a source once to each worker that has
             a part in it; else all lie on a storage that is quick enough
    """
    archive = Archive(films, workers, costs, shipped)
    archive.run()
    frames = sum(map(sum, films))
    alone = frames * (costs.frame + costs.joined + costs.segment / RATE / SEGMENT)
    took = archive.finished
    return Outcome(
        workers,
        took / 3600,
        alone / took,
        alone / took / workers,
        archive.coordinator.busy / took,
        archive.link.busy / took,
    )
