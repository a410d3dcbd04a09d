"""Warps on the carrier that a job asked for, and on the CPU once its device has no memory left."""

from __future__ import annotations

import logging
from collections.abc import Callable
from threading import Lock
from typing import TypeVar

from ..errors import UnavailableError
from ..types import Event, OnEvent
from ..warp.backends import Carrier, carrier
from ..weights.runner import ran_out_of_memory, release

T = TypeVar("T")

log = logging.getLogger(__name__)


class Computing:
    """Does work on a carrier; safe to call from several threads.

        computing = Computing(carrier("auto", "cuda"), on_event)
        view = computing(lambda on: render(image, disparity, [1.0], on))

    Work that runs out of memory is done again once what lay unused on the device is freed, and then on the
    CPU, as is all that follows; one warning says so. Work must take numpy arrays from outside, or tensors
    that `on.enter` can take along.
    """

    def __init__(self, on: Carrier, tell: OnEvent | None = None) -> None:
        self.on = on
        self._tell = tell
        self._lock = Lock()

    def __call__(self, work: Callable[[Carrier], T]) -> T:
        tried: Carrier | None = None
        while True:
            on = self.on
            try:
                return work(on)
            except Exception as error:
                # a carrier without torch does not run out on a device
                if on.name == "cpu" or not ran_out_of_memory(error):
                    raise
                if tried is on and not self._move(on):
                    raise
            # Outside the handler, whose error holds the tensors through its traceback.
            tried = on
            _free(on)

    def _move(self, full: Carrier) -> bool:
        """To the CPU, for good; whether there was another way to compute."""
        with self._lock:
            if self.on is not full:
                return True  # another thread has been here
            try:
                there = carrier("cpu", "cpu")
            except UnavailableError:
                there = carrier("reference", "cpu")
            if there == full:
                return False
            self.on = there
        text = f"memory ran out on {full.device} while views were made; the CPU makes them from here on"
        if self._tell is not None:
            self._tell(Event("warning", text))
        else:
            log.warning(text)
        return True


def _free(on: Carrier) -> None:
    import torch

    release(torch.device(on.device))
