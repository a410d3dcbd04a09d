"""Inputs of a job on a worker: where they lie if the same is seen there, else where they were brought."""

from __future__ import annotations

import contextlib
import os
import shutil
import tempfile
from collections.abc import Iterator
from pathlib import Path

from ...errors import ParallaxError
from ..identity import fingerprint
from .tasks import Input

PREFIX = "parallax-worker-"
PIECE = 8 << 20  # bytes that are sent at once
KEPT = 6  # inputs that are kept for tasks to come, the newest


class Missing(Exception):
    """These inputs must be brought before a task can begin."""

    def __init__(self, inputs: tuple[Input, ...]):
        super().__init__(f"{len(inputs)} inputs are missing")
        self.inputs = inputs


class Inputs:
    """What was brought, in a folder of this process that others of its kind remove once it is dead."""

    def __init__(self) -> None:
        _remove_left_behind()
        self.folder = Path(tempfile.mkdtemp(prefix=f"{PREFIX}{os.getpid()}-"))
        self._brought: list[str] = []

    def take(self, key: str, path: str, data: bytes, mtime_ns: int | None) -> None:
        """Adds to a file of the input of that key; `mtime_ns` with its last part."""
        file = self.folder / key / path
        file.parent.mkdir(parents=True, exist_ok=True)
        with open(file, "ab") as stream:
            stream.write(data)
        if mtime_ns is not None:
            os.utime(file, ns=(mtime_ns, mtime_ns))
        if key not in self._brought:
            self._brought.append(key)

    def places(self, inputs: tuple[Input, ...], shared: bool) -> dict[str, Path]:
        """Where each input is, by the path that the job knows it by. Raises Missing."""
        found: dict[str, Path] = {}
        missing = []
        for wanted in inputs:
            brought = self.folder / key_of(wanted) / Path(wanted.path).name
            if brought.exists():
                found[wanted.path] = brought
            elif shared and here(wanted):
                found[wanted.path] = Path(wanted.path)
            else:
                missing.append(wanted)
        if missing:
            raise Missing(tuple(missing))
        self._forget_but(set(map(key_of, inputs)))
        return found

    def _forget_but(self, needed: set[str]) -> None:
        """Removes the oldest of what was brought, but nothing of a task that may need more than are kept."""
        for key in self._brought[:-KEPT]:
            if key not in needed:
                shutil.rmtree(self.folder / key, ignore_errors=True)
                self._brought.remove(key)

    def close(self) -> None:
        shutil.rmtree(self.folder, ignore_errors=True)


def key_of(wanted: Input) -> str:
    """A folder's name for an input that is brought."""
    return wanted.quick_hash[:32]


def here(wanted: Input) -> bool:
    """Whether the same lies at the same path on this machine."""
    try:
        about = fingerprint(Path(wanted.path))
    except ParallaxError:
        return False
    return bool(about["size"] == wanted.size and about["quick_hash"] == wanted.quick_hash)


def input_of(path: Path) -> Input:
    """What tells the file or folder at `path` from others. Raises SourceError."""
    about = fingerprint(path)
    return Input(about["path"], about["size"], about["mtime_ns"], about["quick_hash"])


def pieces_of(wanted: Input) -> Iterator[tuple[str, bytes, int | None]]:
    """A file, or a folder's files, in pieces: path in the input's own folder, bytes, time with the last."""
    top = Path(wanted.path)
    for file in sorted(path for path in top.rglob("*") if path.is_file()) if top.is_dir() else [top]:
        name = file.relative_to(top.parent).as_posix()
        with open(file, "rb") as stream:
            block = stream.read(PIECE)
            while following := stream.read(PIECE):
                yield name, block, None
                block = following
            yield name, block, file.stat().st_mtime_ns


def _remove_left_behind() -> None:
    """Folders of workers that were killed."""
    for folder in Path(tempfile.gettempdir()).glob(f"{PREFIX}*"):
        pid = folder.name.removeprefix(PREFIX).partition("-")[0]
        if os.name == "posix" and pid.isdigit():
            try:
                os.kill(int(pid), 0)
            except ProcessLookupError:
                with contextlib.suppress(OSError):
                    shutil.rmtree(folder)
            except OSError:
                continue
