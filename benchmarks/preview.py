"""What a preview of one frame costs: CPU-seconds for the first, a middle and a late frame of a clip.

Each row is of a process of its own, prepared as the page's server is after its start (kernels compiled and
cached, modules imported). `--bare` leaves the preparation out; `--cold` adds a row of the first preview ever,
with the cache of kernels empty.
"""

from __future__ import annotations

import argparse
import json
import os
import subprocess
import sys
import tempfile
from collections.abc import Sequence
from pathlib import Path

OPTIONS = {"layout": "full-sbs"}


def places(count: int) -> dict[str, int]:
    """The frames that are measured, of a clip of so many."""
    return {"first": 0, "middle": count // 2, "late": max(0, count - 2)}


def one(source: Path, index: int, prepared: bool) -> dict[str, float]:
    """CPU-seconds of this process: `new`, a frame not seen before; `again`, the same at another strength;
    `next`, the frame beside it."""
    from lib_parallax.faces.preview import frame_count, preview

    if prepared:
        from lib_parallax.faces.warm import preview_of_nothing

        preview_of_nothing()

    def spent(at: int, **options: float) -> float:
        before = cpu()
        preview("stereo", source, {**OPTIONS, **options}, at)
        return cpu() - before

    last = frame_count(source) - 1
    return {
        "new": spent(index),
        "again": spent(index, strength=4.0),
        "next": spent(index + 1 if index < last else index - 1),
    }


def cpu() -> float:
    times = os.times()
    return times.user + times.system


def measured(source: Path, index: int, bare: bool, kernels: Path | None = None) -> dict[str, float]:
    """`one` in a process of its own; `kernels` is where its compiled kernels are cached."""
    environment = dict(os.environ)
    if kernels is not None:
        environment["NUMBA_CACHE_DIR"] = str(kernels)
    command = [sys.executable, __file__, str(source), "--frame", str(index)]
    command += ["--bare"] if bare else []
    answer = subprocess.run(command, env=environment, stdout=subprocess.PIPE, check=True).stdout
    return dict(json.loads(answer))


def sample(folder: Path) -> Path:
    from fractions import Fraction

    from lib_parallax.samples.clip import write_clip

    return write_clip(folder / "street.mp4", (1280, 720), 8, Fraction(25))


def main(arguments: Sequence[str] | None = None) -> None:
    parser = argparse.ArgumentParser(prog="bench preview", description=__doc__)
    parser.add_argument("source", nargs="?", type=Path, help="a video; left out, a sample clip is made")
    parser.add_argument("--cold", action="store_true", help="also the first preview ever")
    parser.add_argument("--bare", action="store_true", help="in processes that nothing has prepared")
    parser.add_argument("--frame", type=int, help=argparse.SUPPRESS)
    given = parser.parse_args(arguments)
    if given.frame is not None:
        print(json.dumps(one(given.source, given.frame, not given.bare)))
        return
    with tempfile.TemporaryDirectory() as folder:
        source = given.source or sample(Path(folder))
        from lib_parallax.faces.preview import frame_count

        frames = places(frame_count(source))
        print(f"{'frame':>14}  {'new':>6} {'again':>6} {'next':>6}   CPU-seconds")
        for name, index in frames.items():
            measured(source, index, given.bare)  # whatever is not compiled yet
            row = measured(source, index, given.bare)
            print(f"{name:>7} {index:6}  " + " ".join(f"{row[k]:6.2f}" for k in ("new", "again", "next")))
        if given.cold:
            row = measured(source, 0, True, Path(folder) / "kernels")
            print(f"{'ever':>14}  " + " ".join(f"{row[k]:6.2f}" for k in ("new", "again", "next")))


if __name__ == "__main__":
    main()
