"""Part of `scroll`: what a whole frame costs, of layers that a run cut and painted."""

from __future__ import annotations

import argparse
import math
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import cv2
import numpy as np
from _scroll_composite import FULL_HD, LAYERS
from _scroll_runs import Run, ran
from stereo_quality import show
from zoom import scene

from lib_parallax.generate import Capabilities, Inpaint
from lib_parallax.generate.around import Around
from lib_parallax.types import CancelToken

DISTANCES = "610, 500, 280, 130, 70"
DIRECTIONS = (180, 37)
FRAMES = 30  # in a row: now and then one needs land that is not at hand yet
ROUNDS = 5


def run(args: argparse.Namespace) -> dict[str, list[dict[str, Any]]]:
    del args
    cv2.setNumThreads(1)
    title = f"CPU-seconds of whole frames, 1080p, five layers, mean of {FRAMES} in a row"
    rows = frames_table()
    show(title, rows)
    return {title: rows}


def frames_table() -> list[dict[str, Any]]:
    picture = np.ascontiguousarray(scene(FULL_HD[0])[: FULL_HD[1]])
    with masks() as folder:
        runs = {
            f"{name}, {direction} degrees": made(picture, direction, **cut)
            for name, cut in (("bands", {}), ("cut layers, soft edges", {"layers": str(folder), "soft": 6}))
            for direction in DIRECTIONS
        }
    matrix = np.array([[1, 0, 0.3], [0, 1, 0.4]])
    flags = cv2.INTER_LINEAR | cv2.WARP_INVERSE_MAP
    unit, spent = math.inf, dict.fromkeys(runs, math.inf)
    for _ in range(ROUNDS):  # by turns, so that a busy moment of the machine meets all of them
        started = time.process_time()
        for _ in range(FRAMES):
            cv2.warpAffine(picture, matrix, FULL_HD, flags=flags)
        unit = min(unit, time.process_time() - started)
        for name, scroll in runs.items():
            drawing = scroll.drawing()
            started = time.process_time()
            for number in range(FRAMES):
                drawing.frame(number)
            spent[name] = min(spent[name], time.process_time() - started)
    rows: list[dict[str, Any]] = [
        {"frames": "cv2.warpAffine, bilinear", "cpu_ms": 1000 * unit / FRAMES, "warpAffines": 1.0}
    ]
    rows += [
        {"frames": name, "cpu_ms": 1000 * total / FRAMES, "warpAffines": total / unit}
        for name, total in spent.items()
    ]
    return rows


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
