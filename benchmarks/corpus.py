"""One row a clip of a folder: steadiness of depth, comfort of the 3D, what was filled, and the cost.

python run.py bench corpus FOLDER --seconds 4 --fill temporal
"""

from __future__ import annotations

from collections.abc import Iterator
from fractions import Fraction
from itertools import chain, takewhile
from pathlib import Path

import numpy as np
from _clock import cpu_seconds
from _report import Report, arguments

from lib_parallax.errors import ParallaxError
from lib_parallax.loops import run
from lib_parallax.loops.steadiness import Steadiness
from lib_parallax.media import open_video
from lib_parallax.types import Event, Frame

SUFFIXES = {".mp4", ".m4v", ".mov", ".mkv", ".webm", ".avi", ".ts"}


def row_of(path: Path, seconds: float, fill: str) -> dict[str, object]:
    """A clip's figures; its first `seconds` are converted, all of it for 0."""
    report: dict[str, object] = {}

    def keep(event: Event) -> None:
        if event.kind == "report":
            report.update(event.data)

    steady = Steadiness()
    before = cpu_seconds()
    count = 0
    with open_video(path) as reader:
        for frame in run("stereo", _beginning(iter(reader), seconds), {"fill": fill}, on_event=keep):
            cut = frame.boundary is not None and frame.boundary.cut
            steady.add(frame.extra["left"], frame.extra["depth"].astype(np.float32) / 65535, cut)
            count += 1
    cpu_s = (cpu_seconds() - before) / max(1, count)
    shots = report["shots"]
    assert isinstance(shots, list)
    frames = sum(s["frames"] for s in shots)
    changes = [s["change"] for s in steady.report()["shots"] if s["change"] is not None]
    return {
        "clip": path.name,
        "frames": str(count),
        "shots": str(len(shots)),
        "depth change %": 100 * float(np.mean(changes)) if changes else 0.0,
        "range % of width": max(s["range"] for s in shots),
        "window cut %": 100 * sum(s["window_violations"] * s["frames"] for s in shots) / frames,
        "filled %": 100 * sum(s["fill_share"] * s["frames"] for s in shots) / frames,
        "cpu_s": cpu_s,
    }


def _beginning(frames: Iterator[Frame], seconds: float) -> Iterator[Frame]:
    if not seconds:
        return frames
    end = Fraction(seconds).limit_denominator(1000)
    first = next(frames)
    return chain([first], takewhile(lambda frame: frame.pts - first.pts < end, frames))


def main() -> None:
    parser = arguments(__doc__)
    parser.add_argument("folder", type=Path)
    parser.add_argument("--seconds", type=float, default=4, help="of each clip; 0 for all of it")
    parser.add_argument("--fill", choices=("background", "temporal"), default="temporal")
    with Report(parser) as report:
        folder, seconds, fill = (getattr(report.arguments, name) for name in ("folder", "seconds", "fill"))
        rows = []
        for path in sorted(p for p in folder.rglob("*") if p.suffix.lower() in SUFFIXES):
            try:
                rows.append(row_of(path, seconds, fill))
            except ParallaxError as error:
                report.note(f"left out: {error}")
        report.add(f"{folder}, {seconds:g} s of each clip, {fill} fill", rows)


if __name__ == "__main__":
    main()
