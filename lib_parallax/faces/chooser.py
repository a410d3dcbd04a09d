"""Which of a step's pictures is taken, asked at a terminal."""

from __future__ import annotations

import os
import sys
import threading
from pathlib import Path
from queue import Empty, SimpleQueue
from typing import TYPE_CHECKING

from ..errors import Cancelled
from ..types import CancelToken
from .terminal import Terminal

if TYPE_CHECKING:
    from ..loops.choosing import Choose, Question

PATIENCE = 0.2  # seconds between two looks at the token


def chooser(terminal: Terminal, cancel: CancelToken) -> Choose | None:
    """Asks on the terminal; None where nobody sits at one, or wants to be told nothing."""
    if terminal.quiet or not (sys.stdin is not None and sys.stdin.isatty() and sys.stderr.isatty()):
        return None

    def choose(question: Question) -> int | None:
        terminal.close()
        folder = Path(terminal.folder or "") / "kept"
        print(f"picture {question.step} of {question.last}:", file=sys.stderr)
        for number, name in enumerate(question.names):
            print(f"  {number}  {folder / name}.png", file=sys.stderr)
        while True:
            prompt = f"which one, r for others, Enter for {question.best}? "
            print(prompt, end="", file=sys.stderr, flush=True)
            answer = _line(cancel).strip().lower()
            if answer in ("r", "reroll"):
                return None
            if not answer:
                return question.best
            if answer.isdecimal() and int(answer) < len(question.names):
                return int(answer)
            print(f"there are 0 to {len(question.names) - 1}", file=sys.stderr)

    return choose


def _line(cancel: CancelToken) -> str:
    """A line from the terminal. Raises Cancelled when the token is set, or the terminal is gone.

    It is read below Python's own buffer: a thread that holds that one would not let the program end.
    """
    lines: SimpleQueue[bytes] = SimpleQueue()
    fetch = threading.Thread(target=lambda: lines.put(os.read(sys.stdin.fileno(), 4096)), daemon=True)
    fetch.start()
    while not cancel.cancelled:
        try:
            line = lines.get(timeout=PATIENCE)
        except Empty:
            continue
        if not line:
            raise Cancelled("stopped, for nobody answers")
        return line.decode(errors="replace")
    raise Cancelled("stopped")
