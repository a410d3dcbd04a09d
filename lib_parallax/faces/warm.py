"""What a first preview would have to wait for, done while nobody waits: kernels compiled, modules imported.

Compiling takes many seconds and holds Python's lock, so a process of its own does it, at the lowest
priority; its results are in the cache of compiled kernels, from where this process then takes them.

`python -m lib_parallax.faces.warm` is that process.
"""

from __future__ import annotations

import contextlib
import logging
import os
import subprocess
import sys
import tempfile
import threading
from collections.abc import Callable
from pathlib import Path

log = logging.getLogger("parallax")

ROOT = Path(__file__).resolve().parents[2]
SIZE = (480, 270)  # more than the cues look at, so that what enlarges them has work as well
FRAMES = 3
# the page's own options; a network would be read, and takes no kernels
OPTIONS = {"layout": "full-sbs", "depth_model": "cues"}

_begun = threading.Lock()  # held from the first call on: once is enough for a process


def start() -> Callable[[], None]:
    """Begins in the background, the first time it is called; what it gives ends it early.

    Nothing that goes wrong in it is an error: a preview does for itself what was not done here.
    PARALLAX_WARM=0 in the environment leaves it all to the first preview.
    """
    if os.environ.get("PARALLAX_WARM") == "0" or not _begun.acquire(blocking=False):
        return _nothing
    worker = _Worker()
    worker.start()
    return worker.stop


class _Worker(threading.Thread):
    def __init__(self) -> None:
        super().__init__(name="parallax-warm", daemon=True)
        self._stopped = threading.Event()
        self._process: subprocess.Popen[bytes] | None = None

    def run(self) -> None:
        try:
            compiled = self._compile()
            if compiled and not self._stopped.is_set():
                preview_of_nothing()
        except Exception:
            log.debug("previews are not prepared", exc_info=True)

    def stop(self) -> None:
        self._stopped.set()
        process = self._process
        if process is not None:
            with contextlib.suppress(OSError):
                process.terminate()

    def _compile(self) -> bool:
        """Whether the other process did it."""
        paths = [str(ROOT), *filter(None, [os.environ.get("PYTHONPATH")])]
        environment = {**os.environ, "PYTHONPATH": os.pathsep.join(paths)}
        self._process = subprocess.Popen(
            [sys.executable, "-m", "lib_parallax.faces.warm"],
            env=environment, stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL,
            creationflags=getattr(subprocess, "IDLE_PRIORITY_CLASS", 0),
        )  # fmt: skip
        if self._stopped.is_set():
            self.stop()
        return self._process.wait() == 0


def preview_of_nothing() -> None:
    """The preview of a few frames of noise: all that another one needs is loaded afterwards."""
    import numpy as np

    from ..media.pictures import encode_picture
    from .preview import preview

    noise = np.random.default_rng(0)
    with tempfile.TemporaryDirectory(prefix="parallax-") as folder:
        for number in range(FRAMES):
            picture = noise.integers(0, 256, (SIZE[1], SIZE[0], 3), np.uint8)
            Path(folder, f"{number}.png").write_bytes(encode_picture(picture, ".png", "draft"))
        preview("stereo", folder, OPTIONS, FRAMES - 1)


def _nothing() -> None:
    pass


if __name__ == "__main__":
    if hasattr(os, "nice"):
        os.nice(19)
    preview_of_nothing()
