"""A depth network kept from one preview to the next, because reading and building it takes seconds.

One at a time, and only where somebody says so: a job has its own from its beginning to its end.
"""

from __future__ import annotations

import sys
import threading
from collections.abc import Hashable, Iterator
from contextlib import contextmanager
from contextvars import ContextVar

from ..depth import Estimator

SECONDS = 120.0  # that it stays after its last use
_keeper: ContextVar[Kept | None] = ContextVar("keeper", default=None)


class Kept:
    """Room for one estimator. Safe to call from any thread; to be lent to one at a time."""

    def __init__(self, seconds: float = SECONDS):
        self._seconds = seconds
        self._lock = threading.Lock()
        self._key: Hashable = None
        self._estimator: Estimator | None = None
        self._lent = False
        self._unwanted = False
        self._timer: threading.Timer | None = None

    @contextmanager
    def lent(self) -> Iterator[None]:
        """While it lasts, loops of this thread take the estimator kept here where it is the one they need."""
        with self._lock:
            self._lent, self._unwanted = True, False
            self._stop_timer()
        before = _keeper.set(self)
        try:
            yield
        finally:
            _keeper.reset(before)
            self._given_back()

    def let_go(self) -> None:
        """Frees what is kept, at once or, where it is at work, when that is done."""
        with self._lock:
            self._unwanted = True
            if self._lent:
                return
            self._stop_timer()
            self._drop()

    def instead_of(self, made: Estimator, key: Hashable) -> Estimator:
        """The one kept, as good as new, if its key is the same; else the new one, kept from now on."""
        with self._lock:
            if self._estimator is None or self._key != key:
                self._drop()
                self._key, self._estimator = key, made
            self._estimator.restore({})
            return self._estimator

    def _given_back(self) -> None:
        with self._lock:
            self._lent = False
            if self._unwanted:
                self._drop()
            elif self._estimator is not None:
                self._timer = threading.Timer(self._seconds, self.let_go)
                self._timer.daemon = True
                self._timer.start()

    def _drop(self) -> None:
        if self._estimator is None:
            return
        self._key = self._estimator = None
        torch = sys.modules.get("torch")
        if torch is not None and torch.cuda.is_initialized():
            torch.cuda.empty_cache()

    def _stop_timer(self) -> None:
        if self._timer is not None:
            self._timer.cancel()
            self._timer = None


def kept_or(made: Estimator, key: Hashable) -> Estimator:
    """`made`, or the estimator of that key that whoever runs this keeps."""
    keeper = _keeper.get()
    return made if keeper is None else keeper.instead_of(made, key)
