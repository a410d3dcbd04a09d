"""How a job stands, as a page or a program asks for it."""

from __future__ import annotations

import mimetypes
from dataclasses import dataclass, field, fields
from pathlib import Path
from typing import TYPE_CHECKING, Any

from ..types import Image
from .kept import NAME as KEPT
from .record import JobRecord

if TYPE_CHECKING:
    from ..loops.choosing import Question

# what the system's own tables do not name everywhere
_TYPES = {
    ".mkv": "video/x-matroska", ".webp": "image/webp", ".exr": "image/x-exr", ".npy": "application/x-npy",
    ".glb": "model/gltf-binary", ".ply": "application/x-ply", ".m4v": "video/mp4",
}  # fmt: skip


@dataclass(frozen=True)
class ResultFile:
    """One file of a result; `name` is unique in its job, `type` a MIME type, `size` in bytes."""

    name: str
    path: Path
    size: int
    type: str

    def plain(self) -> dict[str, Any]:
        """As others are told of it: without its path."""
        return {"name": self.name, "size": self.size, "type": self.type}


@dataclass(frozen=True)
class Asked:
    """Which of some pictures is to be taken for a step of a job that waits for it.

    pictures  by number, from 0
    best      the number of the one that a machine would take
    """

    step: int
    last: int
    pictures: tuple[ResultFile, ...]
    best: int

    def plain(self) -> dict[str, Any]:
        """The same as JSON holds it."""
        return {**vars(self), "pictures": [file.plain() for file in self.pictures]}


@dataclass(frozen=True)
class Status:
    """A job at this moment.

    state     queued, running, done, failed, cancelled, or interrupted (its process is gone)
    progress  done, total (None while unknown), fps, seconds_left (None while unknown) and stage
    files     the results, the main one first; of a batch as many as there are yet
    position  in the queue, 0 is next; None for a job that does not wait
    batch     of a batch: items, done, skipped and errors (source and sentence each); else None
    image     the frame made last, uint8 [H, W, 3], while the job runs in this process
    asks      what it waits to be told; None while it does not
    """

    id: str
    loop: str
    state: str
    source: str
    output: str
    options: dict[str, Any]
    progress: dict[str, Any]
    files: tuple[ResultFile, ...] = ()
    warnings: tuple[str, ...] = ()
    notes: tuple[str, ...] = ()
    error: str | None = None
    report: dict[str, Any] = field(default_factory=dict)
    times: dict[str, str] = field(default_factory=dict)
    position: int | None = None
    batch: dict[str, Any] | None = None
    image: Image | None = None
    asks: Asked | None = None

    def plain(self) -> dict[str, Any]:
        """All that JSON can hold of it: files without their paths, and no image."""
        values = {f.name: getattr(self, f.name) for f in fields(self) if f.name != "image"}
        values["files"] = [file.plain() for file in self.files]
        values["asks"] = self.asks.plain() if self.asks is not None else None
        return values


def status_of(
    record: JobRecord,
    progress: dict[str, Any] | None = None,
    image: Image | None = None,
    position: int | None = None,
    question: Question | None = None,
) -> Status:
    """What a record says, with what only the process that runs it knows."""
    values = record.values
    state = record.state
    progress = progress or {"done": record.frames, "total": record.total, "fps": 0.0, "seconds_left": None}
    waits = {"stage": "waiting for a choice"} if question is not None else {}
    return Status(
        id=record.id,
        loop=record.loop,
        state=state,
        source=record.source or "",
        output=record.output,
        options=values.get("options", {}),
        progress={"stage": state, **progress, **waits},
        files=result_files(record) if state == "done" or "batch" in values else (),
        warnings=tuple(values.get("warnings", ())),
        notes=tuple(values.get("notes", ())),
        error=values.get("error"),
        report=values.get("report", {}),
        times=values.get("times", {}),
        position=position,
        batch=values.get("batch"),
        image=image,
        asks=_asked(record, question) if question is not None else None,
    )


def _asked(record: JobRecord, question: Question) -> Asked:
    paths = [record.folder / KEPT / f"{name}.png" for name in question.names]
    return Asked(question.step, question.last, tuple(_file(path, path.name) for path in paths), question.best)


def result_files(record: JobRecord) -> tuple[ResultFile, ...]:
    """The files of a record's results that are there, in the order of the results.

    A file of a batch is named by its place in the batch's folder, one in a folder of frames by
    its own name; what would be named twice gets its folder's name in front.
    """
    root = Path(record.output)
    listed: dict[str, ResultFile] = {}
    for result in map(Path, record.values.get("outputs", [])):
        for path in sorted(p for p in result.iterdir() if p.is_file()) if result.is_dir() else [result]:
            inside = root in path.parents and "batch" in record.values
            name = path.relative_to(root).as_posix() if inside else path.name
            if name in listed:
                name = f"{path.parent.name}/{name}"
            if path.is_file():
                listed[name] = _file(path, name)
    return tuple(listed.values())


def _file(path: Path, name: str) -> ResultFile:
    return ResultFile(name, path, path.stat().st_size, type_of(path))


def type_of(path: Path) -> str:
    """The MIME type that a path's suffix stands for."""
    return _TYPES.get(path.suffix.lower()) or mimetypes.guess_type(path.name)[0] or "application/octet-stream"
