"""A question that a running job puts to whoever watches it, and the answer from another thread."""

from __future__ import annotations

import threading
from typing import TYPE_CHECKING

from ..errors import Cancelled, OptionError
from ..types import CancelToken

if TYPE_CHECKING:
    from ..loops.choosing import Question

PATIENCE = 0.2  # seconds between two looks at the token


class Asking:
    """Holds the question that waits. Safe to call from any thread."""

    def __init__(self) -> None:
        self._changed = threading.Condition()
        self._question: Question | None = None
        self._answer: int | None = None

    @property
    def question(self) -> Question | None:
        """What is asked now, if anything."""
        return self._question

    def ask(self, question: Question, cancel: CancelToken) -> int | None:
        """Waits for the answer: the number of a picture, or None for others. Raises Cancelled."""
        with self._changed:
            self._question = question
            try:
                while self._question is question:
                    if cancel.cancelled:
                        raise Cancelled("stopped")
                    self._changed.wait(PATIENCE)
                return self._answer
            finally:
                self._question = None

    def answer(self, step: int, choice: int | None) -> None:
        """Takes a picture of a step, or None for others. Raises OptionError where that was not asked."""
        with self._changed:
            asked = self._question
            if asked is None:
                raise OptionError("step: the job does not wait for a choice", "step")
            if step != asked.step:
                raise OptionError(f"step: {step}; what is asked for is picture {asked.step}", "step")
            if choice is not None and not 0 <= choice < len(asked.names):
                raise OptionError(
                    f"choice: {choice}; there are pictures 0 to {len(asked.names) - 1}, or reroll", "choice"
                )
            self._question, self._answer = None, choice
            self._changed.notify_all()
