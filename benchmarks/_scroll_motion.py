"""Part of `scroll`: how evenly the layers of whole runs move in every direction, how fast, and how a loop
closes, read off the frames."""

from __future__ import annotations

import itertools
import math
from typing import Any

import numpy as np
from _report import Report
from _scroll_composite import DIRECTIONS, PERIOD, SPEEDS, bands, read_places, striped_panes
from _scroll_runs import displacement, ran
from zoom import scene

from lib_parallax.generate import Capabilities, Inpaint
from lib_parallax.generate.around import Around
from lib_parallax.loops.scroll.motion import extent, toward
from lib_parallax.types import CancelToken

STRIPED = (960, 900)
FPS, STEP_SECONDS, SECONDS = 16, 0.5, 3.0
AGAIN = round(10 * PERIOD)  # pixels after which stripes are the same to the bit
BORDER = 4  # rows at the ends of a band that may show something of another
DISTANCES = (560, 280, 140, 70)
COUNTS = (4, 5, 10, 50)
SMALL = (960, 540)
MEASURED = 120  # rows of each band whose speed is looked at


def run(report: Report) -> None:
    report.add("Whole runs: displacement from frame to frame, off by 1/1000 px at most", evenness_table())
    report.add("Pixels a second of layers at these distances, among more and more layers", speed_table())
    report.add("A perfect loop of three layers", loop_table())


def evenness_table() -> list[dict[str, Any]]:
    """Stripes in five bands; what comes into view was painted in six steps, as the stripes go on."""
    picture = np.ascontiguousarray(striped_panes()[0].image[: STRIPED[1], : STRIPED[0], :3])
    rows = []
    for direction in DIRECTIONS:
        way = toward(direction)
        made = ran(
            picture,
            {
                "direction": direction, "fps": FPS, "duration": SECONDS, "step_seconds": STEP_SECONDS,
                "distances": ",".join(f"{1 / speed:.17g}" for speed in SPEEDS), "overlap": 0,
                "smoothness": extent(STRIPED, way) / (max(SPEEDS) * FPS * STEP_SECONDS),
                "keyframe_size": "x".join(map(str, STRIPED)),
            },
            Around(Stripes(way[1] < 0)),
        )  # fmt: skip
        places = np.array([read_places(frame) for frame in made.frames])
        steps = (np.diff(places, axis=0) + PERIOD / 2) % PERIOD - PERIOD / 2
        off = np.abs(steps - np.outer(SPEEDS, way)).max((0, 2))
        rows.append(
            {
                "degrees": direction,
                **{f"{speed} px": 1000 * float(o) for speed, o in zip(SPEEDS, off, strict=True)},
                "worst from the mean": 1000 * float(np.abs(steps - steps.mean(0)).max()),
            }
        )
    return rows


class Stripes:
    """A backend that continues what repeats itself after AGAIN pixels, in each band by itself.

    above  whether a canvas that is larger than the picture is so at its top
    """

    name = "stripes"
    note = "stripes that go on"

    def __init__(self, above: bool) -> None:
        self._above = above

    def capabilities(self) -> Capabilities:
        return Capabilities()

    def inpaint(self, request: Inpaint, cancel: CancelToken) -> np.ndarray:
        del cancel
        painted, hole = request.image.copy(), request.mask > 0
        height, width = hole.shape
        over = height - STRIPED[1] if self._above else 0
        edges = bands(STRIPED[1])
        inner = np.array([end for _, end in edges[:-1]])
        row = np.arange(height) - over
        band = np.searchsorted(inner, row, side="right")
        clear = np.abs(row[:, None] + 0.5 - inner).min(1) > BORDER
        y, x = np.nonzero(hole)
        for dy, dx in itertools.product((0, AGAIN, -AGAIN), repeat=2):
            v, u = y + dy, x + dx
            there = (v >= 0) & (v < height) & (u >= 0) & (u < width)
            v, u = v.clip(0, height - 1), u.clip(0, width - 1)
            there &= ~hole[v, u] & (band[v] == band[y]) & clear[v]
            painted[y[there], x[there]] = painted[v[there], u[there]]
            y, x = y[~there], x[~there]
        return painted

    def __getattr__(self, task: str) -> Any:
        raise AttributeError(f"{task}: stripes only go on")


def speed_table() -> list[dict[str, Any]]:
    picture = np.ascontiguousarray(scene(SMALL[0])[: SMALL[1]])
    rows = []
    for count in COUNTS:
        more = count - len(DISTANCES)
        heights = [MEASURED] * 3 + [(SMALL[1] - 4 * MEASURED) / max(more, 1)] * more
        made = ran(
            picture,
            {
                "distances": ",".join(map(str, [*DISTANCES[:3], *[100] * more, DISTANCES[3]])),
                "heights": ",".join(f"{height:.6g}" for height in heights), "fps": 1, "duration": 2,
                "smoothness": 4, "step_seconds": 5, "generator": "classical",
            },
        )  # fmt: skip
        one, two = made.frames
        tops = [0, MEASURED, 2 * MEASURED, SMALL[1] - MEASURED]
        found: dict[str, Any] = {"layers": count}
        for distance, top in zip(DISTANCES, tops, strict=True):
            part = slice(top + 2 * BORDER, top + MEASURED - 2 * BORDER)
            guess = SMALL[0] / (4 * 5) * min(DISTANCES) / distance
            found[f"at {distance}"] = -float(displacement(one[part], two[part], (-guess, 0))[0])
        rows.append(found)
    return rows


def loop_table(seconds: float = 12.0, fps: int = 10) -> list[dict[str, Any]]:
    """The frame that would follow the last is the first; and it comes as evenly as all others.

    change  of brightness from the last frame to the first, in the largest of all others
    """
    picture = np.ascontiguousarray(scene(480)[:270])
    made = ran(
        picture,
        {
            "endless": True, "duration": seconds, "fps": fps, "generator": "classical", "smoothness": 3,
            "step_seconds": 2, "distances": "150, 100, 70",
        },
    )  # fmt: skip
    motion = made.world.motion
    after = made.drawing().frame(len(made.frames))
    first, last = made.frames[0], made.frames[-1]
    rows = []
    for layer, (top, bottom) in enumerate(made.world.own):
        part = slice(top + 2 * BORDER, bottom - 2 * BORDER)
        speed = motion.speeds[layer] / fps
        round_trip = [*made.frames, first]
        changes = [
            float(np.abs(a[part].astype(float) - b[part]).mean()) for a, b in itertools.pairwise(round_trip)
        ]
        rows.append(
            {
                "layer": layer,
                "rounds": motion.laps[layer],
                "strip": math.hypot(*(motion.period(layer) or (0, 0))),
                "px a frame": speed,
                "last to first": -float(displacement(last[part], first[part], (-speed, 0))[0]),
                "change": changes[-1] / max(changes[:-1]),
                "pixels unlike": int((after[top:bottom] != first[top:bottom]).any(axis=2).sum()),
            }
        )
    return rows
