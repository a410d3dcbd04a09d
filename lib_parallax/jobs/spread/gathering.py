"""Segments come from workers in any order, and go into the journal in that of their frames.

What comes too early waits in the job's folder, beside a note of what it is, so that another
session of the job finds it. Tallies begin anew in every stretch: those of the frames before
are added here.
"""

from __future__ import annotations

import dataclasses
import json
import os
from collections import deque
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from ...loops.tally import Tally
from ...types import Boundary
from ..durable import digest, sync_folder, write_json
from ..journal import Journal
from ..place import remove
from ..record import plain
from ..rendering import Closed
from ..state import load_state
from .tasks import Sealed

NOTE = "segment.json"


@dataclass(frozen=True)
class Arrived:
    """A segment that waits for its turn, and the folder its files are in."""

    sealed: Sealed
    folder: Path

    def state(self) -> dict[str, Any]:
        return load_state(self.folder / self.sealed.state) if self.sealed.state else {}


@dataclass
class Span:
    """What is rendered as one: the frames from `begin` up to the cut at `end`, or to the last.

    start   with what the first of its stretches begins
    fresh   its tallies begin anew with it
    last    the segment that came last
    frames  that have come
    losses  of workers since then
    """

    begin: int
    start: Boundary | None
    fresh: bool
    end: int | None = None
    waiting: deque[Arrived] = field(default_factory=deque)
    last: Arrived | None = None
    frames: int = 0
    losses: int = 0

    @property
    def whole(self) -> bool:
        """Whether its last segment has come."""
        return self.last is not None and self.last.sealed.report is not None

    def next_start(self) -> Boundary | None:
        """Where a worker begins that is to render what is missing."""
        if self.last is None or self.last.sealed.after is None:
            return self.start
        index, cut = self.last.sealed.after
        return Boundary(index, cut, self.last.state())


class Gathering:
    """The spans of one session in order, and what of them has come.

    folder  where stretches have folders of their own
    tally   makes an empty tally, or None for a loop that is not divided
    """

    def __init__(self, folder: Path, journal: Journal, tally: Callable[[], Tally | None]):
        self.spans: deque[Span] = deque()
        self.through = False  # no further span will come
        self.report: dict[str, Any] = {}
        self._folder = folder
        self._journal = journal
        self._tally = tally
        self._before: dict[str, Any] | None = None
        self._found = _left_waiting(folder)

    def add(self, span: Span) -> int:
        """Another span; how many of its frames lie here from an earlier session."""
        self.spans.append(span)
        while not span.whole:
            at = span.last.sealed.after[0] if span.last and span.last.sealed.after else span.begin
            arrived = self._found.pop((span.begin, at), None)
            if arrived is None or not _fits(arrived.sealed, span.end) or not _stands(arrived):
                break
            self._take(span, arrived)
        return span.frames

    def arrive(self, span: Span, sealed: Sealed, stretch: str) -> None:
        """A worker has closed the next segment of a span; the note of it is durable on return."""
        at = span.last.sealed.after[0] if span.last and span.last.sealed.after else span.begin
        folder = self._folder / stretch
        if span.fresh:
            number = sum(1 for _ in folder.glob(f"*-{NOTE}"))
            note = {"span": span.begin, "at": at, "sealed": plain(dataclasses.asdict(sealed))}
            write_json(folder / f"{number:05d}-{NOTE}", note)
        self._take(span, Arrived(sealed, folder))

    def _take(self, span: Span, arrived: Arrived) -> None:
        span.waiting.append(arrived)
        span.last = arrived
        span.frames += arrived.sealed.frames

    @property
    def done(self) -> bool:
        return self.through and not self.spans

    def ready(self) -> Iterator[tuple[Closed, Sealed]]:
        """What can go into the journal now, its files in their places there."""
        while self.spans:
            span = self.spans[0]
            while span.waiting:
                arrived = span.waiting.popleft()
                yield self._closed(span, arrived), arrived.sealed
            if not span.whole:
                return
            self.spans.popleft()
            assert span.last is not None
            remove(span.last.folder)

    def _closed(self, span: Span, arrived: Arrived) -> Closed:
        sealed = arrived.sealed
        state = arrived.state()
        tally = self._tally()
        if tally is not None and tally.name in state:
            if span.fresh and self._before is not None:
                tally.restore(self._before)
                tally.follow(state[tally.name])
            else:
                tally.restore(state[tally.name])
            state[tally.name] = tally.state()
        if sealed.report is not None:
            self._before = state.get(tally.name) if tally is not None else None
            self.report = {**sealed.report, **(tally.report() if tally is not None else {})}
        after = None if sealed.after is None else Boundary(*sealed.after, state)
        return Closed(sealed.frames, self._placed(arrived), after, sealed.motion)

    def _placed(self, arrived: Arrived) -> dict[str, dict[str, str]]:
        """Moves a segment's files to where the journal has them."""
        number, files = len(self._journal.segments), {}
        for name, file in arrived.sealed.files.items():
            path = Path(file["path"])
            place = self._journal.folder / name / f"{number:05d}{path.suffix}"
            place.parent.mkdir(parents=True, exist_ok=True)
            remove(place)
            os.replace(arrived.folder / path, place)
            sync_folder(place.parent)
            files[name] = {**file, "path": place.relative_to(self._journal.folder).as_posix()}
        return files


def _left_waiting(folder: Path) -> dict[tuple[int, int], Arrived]:
    """What an earlier session did not come to, by its span's first frame and its own; all else is removed."""
    found = {}
    for stretch in folder.glob("*/"):
        if not any(stretch.glob(f"*-{NOTE}")):
            remove(stretch)
    for path in sorted(folder.glob(f"*/*-{NOTE}")):
        try:
            note = json.loads(path.read_text(encoding="utf-8"))
            after = note["sealed"]["after"]
            sealed = Sealed(**{**note["sealed"], "after": None if after is None else tuple(after)})
            found[note["span"], note["at"]] = Arrived(sealed, path.parent)
        except (OSError, ValueError, KeyError, TypeError):
            continue
    return found


def _fits(sealed: Sealed, end: int | None) -> bool:
    """Whether a span up to `end` may hold the segment."""
    after = sealed.after[0] if sealed.after is not None else None
    if sealed.report is not None:
        return after == end
    return after is not None and (end is None or after < end)


def _stands(arrived: Arrived) -> bool:
    """Whether the files are what they were."""
    sealed = arrived.sealed
    files = [(arrived.folder / file["path"], file["sha256"]) for file in sealed.files.values()]
    whole = all(path.exists() and digest(path) == sha256 for path, sha256 in files)
    return whole and (sealed.state is None or (arrived.folder / sealed.state).exists())
