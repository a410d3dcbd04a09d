"""One row a clip of a folder: steadiness of depth, comfort of the 3D, what was filled, and the cost.

python run.py bench corpus FOLDER --seconds 4 --fill temporal
"""

from __future__ import annotations

import argparse
import json
import time
from collections.abc import Iterator
from fractions import Fraction
from itertools import chain, takewhile
from pathlib import Path

import numpy as np
from stereo_quality import show

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
    started = time.process_time()
    count = 0
    with open_video(path) as reader:
        for frame in run("stereo", _beginning(iter(reader), seconds), {"fill": fill}, on_event=keep):
            cut = frame.boundary is not None and frame.boundary.cut
            steady.add(frame.extra["left"], frame.extra["depth"].astype(np.float32) / 65535, cut)
            count += 1
    spent = (time.process_time() - started) / max(1, count)
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
        "cpu_s": spent,
    }


def _beginning(frames: Iterator[Frame], seconds: float) -> Iterator[Frame]:
    if not seconds:
        return frames
    end = Fraction(seconds).limit_denominator(1000)
    first = next(frames)
    return chain([first], takewhile(lambda frame: frame.pts - first.pts < end, frames))


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("folder", type=Path)
    parser.add_argument("--seconds", type=float, default=4, help="of each clip; 0 for all of it")
    parser.add_argument("--fill", choices=("background", "temporal"), default="temporal")
    parser.add_argument("--json", type=Path, help="also write the figures to this file")
    arguments = parser.parse_args()
    clips = sorted(p for p in arguments.folder.rglob("*") if p.suffix.lower() in SUFFIXES)
    rows = []
    for path in clips:
        try:
            rows.append(row_of(path, arguments.seconds, arguments.fill))
        except ParallaxError as error:
            print(f"left out: {error}")
    show(f"{arguments.folder}, {arguments.seconds:g} s of each clip, {arguments.fill} fill", rows)
    if arguments.json:
        arguments.json.write_text(json.dumps(rows, indent=2) + "\n")


if __name__ == "__main__":
    main()
