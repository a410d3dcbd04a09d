"""Workers that are processes of this machine: one a GPU, or some that share the cores.

A worker is `python -m lib_parallax.jobs.spread.processes ADDRESS`, and ends when this process
does, whatever ends it.
"""

from __future__ import annotations

import contextlib
import os
import secrets
import signal
import subprocess
import sys
import threading
from collections.abc import Sequence
from multiprocessing.connection import Client, Connection, Listener
from pathlib import Path
from typing import Any

from ...errors import UnavailableError
from .crew import CORES, Crew, Died
from .tasks import Input, Message, Task

STARTUP = 120.0  # seconds in which a new process must answer
ROOT = Path(__file__).resolve().parents[3]


class Process:
    """A Hand: a process that is told and tells over a local socket."""

    def __init__(self, number: int, gpu: str | None = None):
        self.name = f"worker {number}" + (f" on GPU {gpu}" if gpu is not None else "")
        key = secrets.token_bytes(32)
        with Listener(authkey=key) as listener:
            self._process = subprocess.Popen(
                [sys.executable, "-m", __name__, str(listener.address)],
                env=_environment(gpu),
                stdin=subprocess.PIPE,
                # a Ctrl-C on the terminal is for us: we stop workers in order
                start_new_session=os.name == "posix",
            )
            assert self._process.stdin is not None
            with contextlib.suppress(OSError):
                self._process.stdin.write(key)
                self._process.stdin.close()
            self._connection = self._accepted(listener)

    @property
    def pid(self) -> int:
        return self._process.pid

    def _accepted(self, listener: Listener) -> Connection:
        made: list[Any] = []

        def accept() -> None:
            with contextlib.suppress(Exception):
                made.append(listener.accept())

        thread = threading.Thread(target=accept, daemon=True)
        thread.start()
        waited = 0.0
        while thread.is_alive() and waited < STARTUP and self._process.poll() is None:
            thread.join(0.1)
            waited += 0.1
        if not made:
            self._process.kill()
            self._process.wait()
            raise UnavailableError(f"{self.name} could not be started; its own words are above")
        connection: Connection = made[0]
        return connection

    def begin(self, task: Task) -> None:
        self._send(("begin", task))

    def hear(self, seconds: float) -> Sequence[Message]:
        heard: list[Message] = []
        try:
            while self._connection.poll(0 if heard else seconds):
                heard.append(self._connection.recv())
        except (EOFError, OSError):
            if not heard:
                raise self._died() from None
        return heard

    def bring(self, wanted: Input) -> None:
        raise UnavailableError(f"{wanted.path}: has changed since the job began")

    def cancel(self) -> None:
        self._send(("cancel",))

    def close(self) -> None:
        with contextlib.suppress(OSError):
            self._connection.send(("close",))
        with contextlib.suppress(OSError):
            self._connection.close()
        try:
            self._process.wait(5)
        except subprocess.TimeoutExpired:
            self._process.kill()
            self._process.wait()

    def _send(self, command: tuple[Any, ...]) -> None:
        try:
            self._connection.send(command)
        except OSError:
            raise self._died() from None

    def _died(self) -> Died:
        self._process.kill()
        status = self._process.wait()
        how = f"signal {signal.Signals(-status).name}" if status < 0 else f"status {status}"
        return Died(f"{self.name} (process {self.pid}) ended with {how}")


def processes(workers: int | None = None) -> Crew:
    """One worker for each GPU that this process may use; without any, one for each two cores.

    workers  how many instead; they share the GPUs in turn
    """
    gpus = visible_gpus()
    count = workers or len(gpus) or max(1, cores() // CORES)

    def hire(number: int) -> Process:
        return Process(number + 1, gpus[number % len(gpus)] if gpus else None)

    return Crew([lambda number=number: hire(number) for number in range(count)])  # type: ignore[misc]


def visible_gpus() -> list[str]:
    """What CUDA_VISIBLE_DEVICES calls the GPUs that this process may use."""
    named = os.environ.get("CUDA_VISIBLE_DEVICES")
    if named is not None:
        return [name.strip() for name in named.split(",") if name.strip() not in ("", "-1")]
    import torch

    return [str(number) for number in range(torch.cuda.device_count())]


def cores() -> int:
    """That this process may use."""
    return len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1


def _environment(gpu: str | None) -> dict[str, str]:
    paths = [str(ROOT), *filter(None, [os.environ.get("PYTHONPATH")])]
    shown = {} if gpu is None else {"CUDA_VISIBLE_DEVICES": gpu}
    return {**os.environ, "PYTHONPATH": os.pathsep.join(paths), **shown}


def serve(address: str) -> None:
    """A worker's process, to its end."""
    from .work import Work

    signal.signal(signal.SIGINT, signal.SIG_IGN)
    connection = Client(address, authkey=sys.stdin.buffer.read())
    sending = threading.Lock()

    def tell(message: Message) -> None:
        with sending:
            connection.send(message)

    work = Work(tell)
    with contextlib.suppress(EOFError, OSError):
        while (command := connection.recv())[0] != "close":
            getattr(work, command[0])(*command[1:])
    work.close()
    os._exit(0)  # a task that is still at work has nobody to tell it to


if __name__ == "__main__":
    serve(sys.argv[1])
