"""What workers are asked to do, and what they tell of it. All of it can be pickled."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from ...types import Boundary, Image
from ..targets import Target


@dataclass(frozen=True)
class Input:
    """A file or folder that is read, as `identity.fingerprint` knows it."""

    path: str
    size: int
    mtime_ns: int
    quick_hash: str


@dataclass(frozen=True)
class Brief:
    """A job, as far as a worker must know it.

    source   one of `inputs`, by its path; None for a loop without
    inputs   what the loop reads: used where it lies, if a worker sees the same there, else shipped
    beside   what can be used only where it lies
    alike    what must be the same wherever the job's frames are made: packages, networks, carrier
    folder   of the job, where segments are put by workers that see it
    token    what a file in it says, by which a worker knows that it sees this very folder
    shared   whether paths are tried at all before files are shipped
    watched  how frames move is to be kept
    """

    loop: str
    source: str | None
    options: dict[str, Any]
    targets: tuple[Target, ...]
    text: str
    inputs: tuple[Input, ...]
    beside: tuple[Input, ...]
    alike: dict[str, str]
    folder: str
    token: str
    watched: bool
    shared: bool = True


@dataclass(frozen=True)
class Survey:
    """Find where shots begin, from `start` on."""

    start: Boundary | None


@dataclass(frozen=True)
class Stretch:
    """Render the loop's frames from `start` up to the cut at `end`, or to the last.

    number  of its first frame in the result
    name    of its folder in the job's, of no other stretch
    """

    start: Boundary | None
    end: int | None
    number: int
    name: str


@dataclass(frozen=True)
class Task:
    brief: Brief
    work: Survey | Stretch


# what a worker tells


@dataclass(frozen=True)
class Found:
    """Shots begin at these frames."""

    cuts: tuple[int, ...]


@dataclass(frozen=True)
class Said:
    """A "note" or "stage" of the loop."""

    kind: str
    text: str


@dataclass(frozen=True)
class Made:
    """So many frames more are written; `image` is a small picture of the last, now and then."""

    frames: int
    image: Image | None = None


@dataclass(frozen=True)
class Piece:
    """A part of a file of the stretch's folder, from a worker that does not see the job's."""

    path: str
    data: bytes


@dataclass(frozen=True)
class Sealed:
    """A segment is closed, its files durable.

    files     by target: path in the stretch's folder, and sha256
    after     frame that the next segment begins with, and whether a shot does; None behind the last frame
    state     file in the stretch's folder: what the loop left for the next segment, tallies included
    warnings  of the loop, and `hurt` of the source without its name, since the segment before
    report    the loop's, with the last of its segments
    shipped   the files came as Pieces
    """

    frames: int
    files: dict[str, dict[str, str]]
    after: tuple[int, bool] | None
    state: str | None
    motion: tuple[Any, ...] = ()
    warnings: tuple[str, ...] = ()
    hurt: tuple[str, ...] = ()
    report: dict[str, Any] | None = None
    shipped: bool = False


@dataclass(frozen=True)
class Lacks:
    """The task cannot begin before these inputs are brought; it has to be given again then."""

    inputs: tuple[Input, ...]


@dataclass(frozen=True)
class Ended:
    """The task is done, or was cancelled."""


@dataclass(frozen=True)
class Failed:
    """The task cannot be done, by any worker. `trace` is of a fault of ours, "" for a refusal."""

    error: Exception
    trace: str = ""


@dataclass(frozen=True)
class Lost:
    """The worker died over it. Told by the crew in the worker's place."""

    worker: str
    reason: str


Message = Found | Said | Made | Piece | Sealed | Lacks | Ended | Failed | Lost
END = (Ended, Failed, Lost)
