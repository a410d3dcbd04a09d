"""Work in a process of its own, so that its memory's peak and its start owe nothing to what ran before.

    from _child import alone
    alone("growth:stereo_frame", width=1920)    # calls growth.stereo_frame(width=1920)

The function gives a mapping of figures; the child adds `peak_bytes`, the most that it held.
"""

from __future__ import annotations

import importlib
import json
import os
import subprocess
import sys
from pathlib import Path
from typing import Any

from _clock import peak_memory

MARK = "figures: "


def alone(function: str, environment: dict[str, str] | None = None, **given: Any) -> dict[str, Any]:
    """What `module:name` gives for arguments that JSON can carry. Raises CalledProcessError if it fails."""
    done = subprocess.run(
        [sys.executable, __file__, function, json.dumps(given, default=str)],
        env={**os.environ, **(environment or {})}, stdout=subprocess.PIPE, text=True, check=True,
    )  # fmt: skip
    line = next(line for line in reversed(done.stdout.splitlines()) if line.startswith(MARK))
    return dict(json.loads(line[len(MARK) :]))


def main() -> None:
    function, given = sys.argv[1:]
    module, _, name = function.partition(":")
    sys.path.insert(0, str(Path(__file__).parent))
    figures = getattr(importlib.import_module(module), name)(**json.loads(given))
    print(MARK + json.dumps({**figures, "peak_bytes": peak_memory()}))


if __name__ == "__main__":
    main()
