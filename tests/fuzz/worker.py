"""A process of its own for files that may crash it, started anew when one did."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path
from threading import Timer
from typing import Any

import trials

ROOT = Path(__file__).parents[2]
HANGS = 300.0  # seconds of the clock after which a case that computes nothing is given up
MOST_BYTES = 2 << 30


class Worker:
    """Asks trials.py; as a context it ends with its process."""

    def __init__(self) -> None:
        self._process: subprocess.Popen[str] | None = None

    def trial(self, name: str, path: Path) -> str | None:
        """The sentence of a refusal, None for a success. Raises AssertionError for anything else."""
        process = self._running()
        assert process.stdin is not None and process.stdout is not None
        process.stdin.write(json.dumps({"trial": name, "path": str(path)}) + "\n")
        process.stdin.flush()
        timer = Timer(HANGS, process.kill)
        timer.start()
        try:
            line = process.stdout.readline()
        finally:
            timer.cancel()
        if not line:
            raise AssertionError(f"{name} of {path}: the process died with {process.wait()}")
        told: dict[str, Any] = json.loads(line)
        if told["peak"] > MOST_BYTES:
            self.close()  # the next case begins with little
            raise AssertionError(f"{name} of {path}: took {told['peak'] >> 20} MiB")
        if told["fault"] is not None:
            raise AssertionError(f"{name} of {path}: {told['fault']}")
        said: str | None = told["said"]
        assert said is None or (said.strip() and "\n" not in said), f"not one sentence: {said!r}"
        return said

    def _running(self) -> subprocess.Popen[str]:
        if self._process is None or self._process.poll() is not None:
            self.close()
            environment = {**os.environ, "PYTHONPATH": str(ROOT), "OMP_NUM_THREADS": "1"}
            self._process = subprocess.Popen(
                [sys.executable, trials.__file__], stdin=subprocess.PIPE, stdout=subprocess.PIPE,
                stderr=subprocess.DEVNULL, text=True, env=environment,
            )  # fmt: skip
        return self._process

    def close(self) -> None:
        process, self._process = self._process, None
        if process is not None:
            process.kill()
            process.wait()
            for pipe in (process.stdin, process.stdout):
                assert pipe is not None
                pipe.close()

    def __enter__(self) -> Worker:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()
