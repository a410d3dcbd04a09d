"""A file that one process at a time may fill."""

from __future__ import annotations

import contextlib
import sys
from collections.abc import Iterator
from typing import IO

from ..errors import UnavailableError

# beyond any file, for on Windows a locked byte cannot be read by others
_FAR = 1 << 40


@contextlib.contextmanager
def held(file: IO[bytes], sentence: str) -> Iterator[None]:
    """Holds the open file for this process; UnavailableError with `sentence` where another one does.

    The system lets go of it when the process ends, however it ends.
    """
    try:
        _lock(file)
    except OSError as error:
        raise UnavailableError(sentence) from error
    try:
        yield
    finally:
        with contextlib.suppress(OSError, ValueError):
            _unlock(file)


if sys.platform == "win32":
    import msvcrt

    def _lock(file: IO[bytes]) -> None:
        place = file.tell()
        file.seek(_FAR)
        try:
            msvcrt.locking(file.fileno(), msvcrt.LK_NBLCK, 1)
        finally:
            file.seek(place)

    def _unlock(file: IO[bytes]) -> None:
        file.seek(_FAR)
        msvcrt.locking(file.fileno(), msvcrt.LK_UNLCK, 1)

else:
    import fcntl

    def _lock(file: IO[bytes]) -> None:
        fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)

    def _unlock(file: IO[bytes]) -> None:
        fcntl.flock(file, fcntl.LOCK_UN)
