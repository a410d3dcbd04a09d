"""Part of `scroll`: what a whole frame costs, of layers that a run cut and painted."""

from __future__ import annotations

import tempfile
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from functools import partial
from pathlib import Path
from typing import Any

import cv2
import numpy as np
from _bounds import warp_affine
from _clock import by_turns
from _report import Report
from _scroll_composite import FULL_HD, LAYERS
from _scroll_runs import Run, ran
from zoom import scene

from lib_parallax.generate import Capabilities, Inpaint
from lib_parallax.generate.around import Around
from lib_parallax.types import CancelToken

DISTANCES = "610, 500, 280, 130, 70"
DIRECTIONS = (180, 37)
FRAMES = 30  # in a row: now and then one needs land that is not at hand yet
ROUNDS = 5


def run(report: Report) -> None:
    report.add(f"Whole frames, 1080p, five layers, mean of {FRAMES} in a row", frames_table())


def frames_table() -> list[dict[str, Any]]:
    picture = np.ascontiguousarray(scene(FULL_HD[0])[: FULL_HD[1]])
    with masks() as folder:
        runs = {
            f"{name}, {direction} degrees": made(picture, direction, **cut)
            for name, cut in (("bands", {}), ("cut layers, soft edges", {"layers": str(folder), "soft": 6}))
            for direction in DIRECTIONS
        }
    bound, affine = "cv2.warpAffine, bilinear", warp_affine(picture)
    works: dict[str, Callable[[], object]] = {bound: lambda: [affine() for _ in range(FRAMES)]}
    for name, scroll in runs.items():
        works[name] = partial(_drawn, scroll)
    costs = by_turns(works, ROUNDS)
    return [
        {"frames": name, "cpu_s": cost.cpu_s / FRAMES, "warpAffines": cost.cpu_s / costs[bound].cpu_s}
        for name, cost in costs.items()
    ]


def _drawn(scroll: Run) -> None:
    drawing = scroll.drawing()
    for number in range(FRAMES):
        drawing.frame(number)


def made(picture: np.ndarray, direction: float, **cut: Any) -> Run:
    """A run of one step, of which no more than a frame is drawn."""
    values = {
        "distances": DISTANCES, "direction": direction, "fps": 30, "duration": FRAMES / 30, "count": 1,
        "behind": "paint", "smoothness": 8, "step_seconds": 2,
    }  # fmt: skip
    return ran(picture, {**values, **cut}, Around(Stretched()))


class Stretched:
    """A backend that leaves the start as it is: what is painted costs frames nothing."""

    name = "stretched"
    note = "nothing is painted"

    def capabilities(self) -> Capabilities:
        return Capabilities()

    def inpaint(self, request: Inpaint, cancel: CancelToken) -> np.ndarray:
        del cancel
        return request.image

    def __getattr__(self, task: str) -> Any:
        raise AttributeError(f"{task}: nothing is painted")


@contextmanager
def masks() -> Iterator[Path]:
    """A folder of masks of four layers before a fifth, each whole below a wavy border of its own."""
    width, height = FULL_HD
    with tempfile.TemporaryDirectory() as folder:
        for number in range(1, LAYERS):
            border = height * number / LAYERS + 30 * np.sin(np.arange(width) / 90 + number)
            mask = 255 * (np.arange(height)[:, None] > border).astype(np.uint8)
            cv2.imwrite(str(Path(folder) / f"{number}.png"), mask)
        yield Path(folder)
