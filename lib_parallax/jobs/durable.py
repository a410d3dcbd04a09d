"""Files that are whole or absent, and stay so when the power goes."""

from __future__ import annotations

import contextlib
import errno
import hashlib
import json
import os
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from ..errors import OutputError, ParallaxError, SourceError

DRAFT = ".part"  # behind the name of a file that is being written
_REASONS = {
    errno.ENOSPC: "the disk is full",
    errno.EFBIG: "the file would be larger than is allowed here",
    errno.EACCES: "no permission to write there",
    errno.EPERM: "no permission to write there",
    errno.EROFS: "the disk is read-only",
    errno.ENOTDIR: "a part of the path is a file, not a folder",
    errno.EISDIR: "a folder is in its place",
    errno.ENAMETOOLONG: "the name is too long",
    errno.EIO: "the disk reports an error",
}
if hasattr(errno, "EDQUOT"):
    _REASONS[errno.EDQUOT] = "the disk quota is used up"


@contextlib.contextmanager
def writing(path: Path, any_reason: bool = False) -> Iterator[None]:
    """Turns what the system says about writing to `path` into an OutputError of one sentence.

    Only the reasons a user can do something about, unless `any_reason`: an encoder raises
    OSErrors of its own, and those are faults, not full disks.
    """
    try:
        yield
    except ParallaxError:
        raise
    except OSError as error:
        reason = _REASONS.get(error.errno or 0)
        if reason is None and not any_reason:
            raise
        reason = reason or error.strerror or str(error)
        raise OutputError(f"{path}: cannot be written, {reason}") from error


@contextlib.contextmanager
def named(target: Path, *inner: Path) -> Iterator[None]:
    """Errors that speak of `inner`, files of the job, speak of the `target` that they are made for.

    Where it is the job's disk that refuses, its place is told too.
    """
    try:
        yield
    except (OutputError, SourceError) as error:
        text = str(error)
        for path in inner:
            text = text.replace(str(path), str(target))
        if text == str(error):
            raise
        if getattr(error.__cause__, "errno", None) in _REASONS:
            text = f"{text} (it is made in {inner[0].parent})"
        raise type(error)(text) from error


def sync_file(path: Path) -> None:
    with open(path, "r+b") as file:
        os.fsync(file.fileno())


def sync_folder(path: Path) -> None:
    """Makes the names in a folder durable, where the system has such a thing."""
    if os.name != "posix":
        return
    handle = os.open(path, os.O_RDONLY)
    try:
        os.fsync(handle)
    except OSError:  # some network file systems do not know it
        pass
    finally:
        os.close(handle)


def write_json(path: Path, value: Any) -> None:
    """Replaces the file at once: a reader sees the old text or the new one."""
    temporary = path.with_name(path.name + DRAFT)
    # a name that is no UTF-8 holds lone surrogates: so written, they are JSON's own escapes
    with open(temporary, "w", encoding="utf-8", errors="backslashreplace") as file:
        json.dump(value, file, indent=2, ensure_ascii=False)
        file.write("\n")
        file.flush()
        os.fsync(file.fileno())
    os.replace(temporary, path)
    sync_folder(path.parent)


def digest(path: Path) -> str:
    """sha256 of a file, or of the names and contents of a folder's files."""
    total = hashlib.sha256()
    if path.is_dir():
        for file in sorted(path.iterdir()):
            total.update(f"{file.name}\0{digest(file)}\n".encode("utf-8", "surrogateescape"))
        return total.hexdigest()
    with open(path, "rb") as stream:
        while block := stream.read(1 << 20):
            total.update(block)
    return total.hexdigest()


def sync(path: Path) -> None:
    """Makes a file, or a folder and its files, durable."""
    if path.is_dir():
        for file in path.iterdir():
            sync_file(file)
        sync_folder(path)
    else:
        sync_file(path)
    sync_folder(path.parent)


def seal(path: Path) -> str:
    """Makes a file, or a folder's files, durable; its digest."""
    sync(path)
    return digest(path)
