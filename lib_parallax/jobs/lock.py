"""A lock that one process holds on a job, let go by the system when that process dies.

It is the operating system's lock on an open file (flock, or a locked byte on Windows), so a
killed process leaves nothing stale behind. The file's text, who holds it, is only for people.
"""

from __future__ import annotations

import contextlib
import errno
import os
import sys
import time
from pathlib import Path
from typing import IO

if sys.platform == "win32":
    import msvcrt

    # far behind the text: Windows forbids others to read a byte that is locked
    _BYTE = 1 << 30

    def _try_lock(file: IO[str]) -> bool:
        try:
            os.lseek(file.fileno(), _BYTE, os.SEEK_SET)
            msvcrt.locking(file.fileno(), msvcrt.LK_NBLCK, 1)
        except OSError:
            return False
        finally:
            os.lseek(file.fileno(), 0, os.SEEK_SET)
        return True

else:
    import fcntl

    def _try_lock(file: IO[str]) -> bool:
        try:
            fcntl.flock(file.fileno(), fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            return False
        except OSError as error:
            # a network folder without locks: better unguarded than unusable
            return error.errno in (errno.ENOLCK, errno.ENOTSUP, errno.ENOSYS)
        return True


class FileLock:
    """Held from `acquire` to `release`, or to the end of the process."""

    def __init__(self, path: Path):
        self.path = path
        self._file: IO[str] | None = None

    def acquire(self, patience: float = 0.0) -> bool:
        """True when the lock is ours; False when another holds it for `patience` seconds more."""
        deadline = time.monotonic() + patience
        while not self._attempt():
            if time.monotonic() >= deadline:
                return False
            time.sleep(0.05)
        return True

    def _attempt(self) -> bool:
        file = open(self.path, "a+", encoding="utf-8")  # noqa: SIM115 it stays open while the lock is held
        if not _try_lock(file):
            file.close()
            return False
        if not _is_still(self.path, file):
            # its last holder removed the file between our opening and locking it
            file.close()
            return False
        self._file = file
        # the text is for people: a full disk must not keep the lock from us
        with contextlib.suppress(OSError):
            os.ftruncate(file.fileno(), 0)
            os.write(file.fileno(), f"{os.getpid()}\n".encode())
        return True

    def release(self) -> None:
        """Lets go and removes the file. Nothing happens when the lock is not held."""
        if self._file is None:
            return
        if sys.platform != "win32":
            self.path.unlink(missing_ok=True)
        self._file.close()
        self._file = None
        if sys.platform == "win32":
            with contextlib.suppress(OSError):
                self.path.unlink()

    def __enter__(self) -> FileLock:
        return self

    def __exit__(self, *_: object) -> None:
        self.release()


def _is_still(path: Path, file: IO[str]) -> bool:
    try:
        return os.path.samestat(os.stat(path), os.fstat(file.fileno()))
    except FileNotFoundError:
        return False


def holder(path: Path) -> int | None:
    """The process that holds the lock at `path`, 0 when it cannot be told, None when nobody does."""
    try:
        with open(path, "r+", encoding="utf-8") as file:
            if _try_lock(file):
                return None
            text = file.read().strip()
    except FileNotFoundError:
        return None
    except OSError:
        return 0
    return int(text) if text.isdigit() else 0
