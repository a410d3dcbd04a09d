"""Results appear whole or not at all: written under a temporary name, renamed when complete."""

from __future__ import annotations

import contextlib
import errno
import os
import shutil
import uuid
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from ..errors import OutputError, ParallaxError


@contextlib.contextmanager
def refusals(path: Path) -> Iterator[None]:
    """Turns what goes wrong while writing `path` into an OutputError of one sentence."""
    import av

    try:
        yield
    except (ParallaxError, BrokenPipeError):
        raise
    except OSError as error:
        raise OutputError(f"{path}: {_cause(error)}") from error
    except av.FFmpegError as error:
        raise OutputError(f"{path}: {_cause(error)}") from error


def temporary(path: Path, folder: Path | None = None) -> Path:
    """A hidden name, in `folder` or beside it, to write `path` under until it is complete.

    Makes the folders. Raises OutputError.
    """
    with refusals(path):
        path.parent.mkdir(parents=True, exist_ok=True)
        place = folder or path.parent
        place.mkdir(parents=True, exist_ok=True)
        name = place / f".{path.stem[:40]}.{uuid.uuid4().hex[:8]}.part{path.suffix}"
        if not os.access(place, os.W_OK) or not os.access(path.parent, os.W_OK):
            raise OutputError(f"{path}: its folder cannot be written to")
        return name


def publish(part: Path, path: Path) -> None:
    """The finished file takes its name, in one step. Raises OutputError."""
    with refusals(path):
        try:
            os.replace(part, path)
        except OSError as error:
            if error.errno != errno.EXDEV:
                raise
            beside = temporary(path)
            try:
                shutil.copyfile(part, beside)
                os.replace(beside, path)
            finally:
                remove(beside)
            remove(part)


def remove(path: Path) -> None:
    with contextlib.suppress(OSError):
        path.unlink()


def _cause(error: Any) -> str:
    number = getattr(error, "errno", None)
    known = {
        errno.ENOSPC: "the disk is full",
        errno.EDQUOT: "the disk quota is used up",
        errno.EFBIG: "the file grew larger than the file system or a limit allows",
        errno.EACCES: "its folder cannot be written to",
        errno.EPERM: "its folder cannot be written to",
        errno.EROFS: "its folder cannot be written to (read-only)",
        errno.ENOENT: "its folder does not exist",
        errno.ENOTDIR: "its folder is a file",
        errno.EEXIST: "its folder is a file",
        errno.EISDIR: "it is a folder",
    }
    return f"cannot be written: {known.get(number or 0) or getattr(error, 'strerror', None) or error}"
