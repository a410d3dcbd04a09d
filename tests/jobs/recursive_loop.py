"""A small loop whose every frame depends on all before it in the shot, for tests of jobs.

Run as a script it is the command line with this loop, slowed down, to be stopped.
"""

from __future__ import annotations

import sys
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import numpy as np

from lib_parallax.loops.plan import Companion, Plan
from lib_parallax.types import Boundary, Event, Frame

SEGMENT = 4
CUTS = (0, 10)
delay = 0.0


def plan(source: Any, options: Any) -> Plan:
    companions = {}
    if options.layout == "separate":
        companions["right"] = Companion(suffix="_R")
    if options.save_depth:
        companions["depth"] = Companion(path=Path(options.save_depth), gray=True)
    return Plan(source.size, name_tag="_TAG", companions=companions)


def frames(
    source: Any, options: Any, *, on_event: Any = None, cancel: Any = None, start: Boundary | None = None
) -> Iterator[Frame]:
    if on_event is not None:
        on_event(Event("note", "depth is made up"))
    first = start.index if start is not None else 0
    state = dict(start.state) if start is not None and not start.cut else {}
    mean, seen = state.get("mean"), state.get("seen", 0)
    last = first
    for index, frame in enumerate(source.frames(first), first):
        if cancel is not None and cancel.cancelled:
            return
        time.sleep(delay)
        boundary = None
        if index in CUTS:
            mean, seen, last = None, 0, index
            boundary = Boundary(index, True)
        elif index == first or index - last == SEGMENT:
            last = index
            boundary = Boundary(index, False, {"mean": mean, "seen": seen})
        image = frame.image.astype(np.float32)
        mean = image if mean is None else 0.8 * mean + 0.2 * image
        seen += 1
        shown = mean.round().astype(np.uint8)
        shown[:2, : 2 * seen] = 255
        extra = {"right": shown[:, ::-1].copy(), "depth": mean[..., 0] / np.float32(255)}
        yield Frame(shown, frame.pts, extra, boundary)
    if on_event is not None:
        on_event(Event("warning", "the sun went down"))
        on_event(Event("report", data={"lines": ["comfort: pleasant"], "share": np.float32(0.5)}))


def main(seconds_a_frame: str, *argv: str) -> int:
    global delay
    from lib_parallax import loops
    from lib_parallax.faces import cli

    delay = float(seconds_a_frame)
    loops.load = lambda name: sys.modules[__name__]
    return cli.main(list(argv))


if __name__ == "__main__":
    sys.exit(main(*sys.argv[1:]))
