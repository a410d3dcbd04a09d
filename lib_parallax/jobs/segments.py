"""One segment of a job: every target's frames between two boundaries, each by an encoder of its own."""

from __future__ import annotations

import contextlib
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any, Protocol

import numpy as np

from ..timeline.pace import Watcher
from ..types import Frame, Image
from .durable import named, seal
from .place import remove
from .targets import MAIN, Target


class Encoder(Protocol):
    """Where the frames of one target's segment go."""

    def write(self, image: Image, frame: Frame, number: int) -> None:
        """The next picture; `frame` is what it belongs to, the result's `number`-th."""

    def close(self) -> None:
        """All frames are in: complete the file or folder."""

    def abort(self) -> None:
        """Leave nothing."""


class OpenEncoder(Protocol):
    """Makes the encoder of one segment; `path` is given without a suffix, `path_of` tells which it gets."""

    def path_of(self, target: Target, path: Path) -> Path: ...

    def open(self, target: Target, path: Path, image: Image) -> Encoder: ...


class Segment:
    """The segment that is open. `write` frames, then `close` or `abort`.

    watcher  looks at every frame, where somebody wants to know how they move
    """

    def __init__(
        self,
        folder: Path,
        number: int,
        targets: Sequence[Target],
        encoders: OpenEncoder,
        watcher: Watcher | None = None,
    ):
        self.frames = 0
        self.watcher = watcher
        self._folder = folder
        self._paths = {t.name: encoders.path_of(t, folder / t.name / f"{number:05d}") for t in targets}
        self._targets = targets
        self._factory = encoders
        self._encoders: dict[str, Encoder] = {}

    def write(self, frame: Frame, number: int) -> None:
        for target in self._targets:
            image = picture_of(frame, target)
            path = self._paths[target.name]
            with named(target.path, path):
                if target.name not in self._encoders:
                    path.parent.mkdir(parents=True, exist_ok=True)
                    self._encoders[target.name] = self._factory.open(target, path, image)
                self._encoders[target.name].write(image, frame, number)
        if self.watcher is not None:
            self.watcher.look(frame.image, frame.pts)
        self.frames += 1

    def close(self) -> dict[str, dict[str, str]]:
        """Completes the files; their paths in the job and digests, by target. They are durable on return."""
        files = {}
        places = {target.name: target.path for target in self._targets}
        for name, encoder in self._encoders.items():
            path = self._paths[name]
            with named(places[name], path):
                encoder.close()
            files[name] = {"path": path.relative_to(self._folder).as_posix(), "sha256": seal(path)}
        self._encoders = {}  # from here on the files are the journal's: an abort must not take them
        return files

    def abort(self) -> None:
        for name, encoder in self._encoders.items():
            # whatever stays behind has no line in the journal, and is swept when the job is resumed
            with contextlib.suppress(Exception):
                encoder.abort()
                remove(self._paths[name])


def picture_of(frame: Frame, target: Target) -> Image:
    """A target's picture: uint8 or uint16 [H, W, 3], or for depth [H, W], full scale; or what its form is."""
    if target.form is not None:
        return frame.extra[target.form]
    image = frame.image if target.name == MAIN else np.asarray(frame.extra[target.name])
    if target.gray and image.dtype.kind == "f":
        return np.rint(np.clip(image, 0, 1) * np.float32(65535)).astype(np.uint16)
    return image


@contextlib.contextmanager
def closing(iterator: Iterator[Any]) -> Iterator[Iterator[Any]]:
    """Closes an iterator that can be closed, so that a loop's thread ends with its consumer."""
    try:
        yield iterator
    finally:
        close = getattr(iterator, "close", None)
        if close is not None:
            close()
