"""Ctrl-C on a command that works: once stops it between frames, twice at once."""

from __future__ import annotations

import contextlib
import signal
from collections.abc import Iterator
from types import FrameType
from typing import TYPE_CHECKING

from ..types import CancelToken

if TYPE_CHECKING:
    from ..jobs import Stops


@contextlib.contextmanager
def stopping(token: CancelToken | Stops) -> Iterator[None]:
    """The first Ctrl-C asks the job to stop between frames, a second one stops it at once."""

    def stop(number: int, frame: FrameType | None) -> None:
        if token.cancelled:
            raise KeyboardInterrupt
        token.cancel()

    try:
        before = signal.signal(signal.SIGINT, stop)
    except ValueError:  # not the main thread: whoever called us handles signals
        yield
        return
    try:
        yield
    finally:
        signal.signal(signal.SIGINT, before)
