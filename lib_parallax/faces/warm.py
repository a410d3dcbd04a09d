"""What a first preview would have to wait for, done while nobody waits: kernels compiled, modules imported.

Compiling takes many seconds and holds Python's lock, so a process of its own does it, at the lowest
priority; its results are in the cache of compiled kernels, from where this process then takes them.

`python -m lib_parallax.faces.warm` is that process. It ends with the one that began it, however that ends:
a webui leaves by `os._exit`, which runs no exit handlers, so what is heeded is the pipe between them.
"""

from __future__ import annotations

import _thread
import logging
import os
import signal
import subprocess
import sys
import tempfile
import threading
from pathlib import Path

log = logging.getLogger("parallax")

ROOT = Path(__file__).resolve().parents[2]
SIZE = (480, 270)  # more than the cues look at, so that what enlarges them has work as well
FRAMES = 3
# the page's own options; a network would be read, and takes no kernels
OPTIONS = {"layout": "full-sbs", "depth_model": "cues"}

ALONE = 3  # its exit status where the one that began it has ended

_begun = threading.Lock()  # held from the first call on: once is enough for a process


def start() -> None:
    """Begins in the background, the first time it is called.

    Nothing that goes wrong in it is an error: a preview does for itself what was not done here.
    PARALLAX_WARM=0 in the environment leaves it all to the first preview.
    """
    if os.environ.get("PARALLAX_WARM") != "0" and _begun.acquire(blocking=False):
        threading.Thread(target=_prepare, name="parallax-warm", daemon=True).start()


def _prepare() -> None:
    try:
        if _compiled_elsewhere():
            preview_of_nothing()
    except Exception:
        log.debug("previews are not prepared", exc_info=True)


def _compiled_elsewhere() -> bool:
    """Whether the other process did it."""
    process = subprocess.Popen(
        [sys.executable, "-m", "lib_parallax.faces.warm"],
        cwd=ROOT, stdin=subprocess.PIPE, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL,
        creationflags=getattr(subprocess, "IDLE_PRIORITY_CLASS", 0),
    )  # fmt: skip
    return process.wait() == 0


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


def _end_with_the_other(alone: threading.Event) -> None:
    # Nothing is written there: it ends when the other process does. A buffered read would abort the exit.
    os.read(sys.stdin.fileno(), 1)
    alone.set()
    _thread.interrupt_main()


def _main() -> None:
    if hasattr(os, "nice"):
        os.nice(19)
    signal.signal(signal.SIGINT, signal.default_int_handler)  # may be ignored where a shell began it all
    alone = threading.Event()
    try:
        threading.Thread(target=_end_with_the_other, args=(alone,), daemon=True).start()
        preview_of_nothing()
    except BaseException:
        if alone.is_set():  # whatever a half-finished import has made of the interrupt
            sys.exit(ALONE)
        raise


if __name__ == "__main__":
    _main()
