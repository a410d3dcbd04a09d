"""Parts of `parallax`: an endless side-scroll painted by the small trained model, and whether it drifts; and
how ragged the borders of things become in photographs whose depth is from cues.

The street with its exact depth and with depth from cues, and a photograph; each is made twice.
"""

from __future__ import annotations

import os
import tempfile
from collections.abc import Iterator
from functools import partial
from pathlib import Path
from typing import Any

import cv2
import numpy as np
from _clock import spent

from lib_parallax import samples
from lib_parallax.loops.parallax import frames
from lib_parallax.loops.parallax.feedback.carrying import unlevel
from lib_parallax.loops.parallax.feedback.steps import Step, kept
from lib_parallax.loops.source import Given
from lib_parallax.loops.store import MemoryStore
from lib_parallax.options import ParallaxOptions, parse
from lib_parallax.warp.parallax_layers import STEP

SIZE = (192, 128)
STEPS = 40
LEVELS = 3.0
SHARE = 0.05
WIDE = 480
RAGGED_STEPS = 8
BAND = 3  # pixels around a border


def feedback_table() -> list[dict[str, Any]]:
    """How far depth and colours have gone astray after STEPS steps; [] without test data."""
    data = os.environ.get("PARALLAX_TEST_DATA")
    if not data:
        return []
    model = Path(data) / "diffusers-models" / "tiny-sd15"
    rows = []
    with tempfile.TemporaryDirectory() as folder:
        exact = Path(folder) / "depth.npy"
        view = samples.street(SIZE).view(0.0)
        np.save(exact, view.depth)
        photograph = _photograph(data, "demo06", SIZE)
        scenes = {
            "street, its depth": (view.image, {"depth": str(exact)}),
            "street, depth from cues": (view.image, {}),
            "photograph, depth from cues": (photograph, {}),
        }
        for name, (picture, own) in scenes.items():
            rows.append({"scene": name, **_scrolled(picture, {**own, "checkpoint": str(model)})})
    return rows


def _scrolled(picture: np.ndarray, own: dict[str, Any]) -> dict[str, Any]:
    """The figures of one scroll, made twice."""
    given = {"feedback": "scroll", "count": STEPS, "step_seconds": 0.5, "fps": 2, "generator": "diffusers"}
    given |= {"depth_model": "cues", "steps": 4, "cfg": 1, **own}
    options = parse(ParallaxOptions, given)
    stores = [MemoryStore(), MemoryStore()]

    def scrolled(store: MemoryStore) -> list[np.ndarray]:
        return [frame.image for frame in frames(Given([picture], "picture"), options, store=store)]

    made, seconds = zip(*(spent(partial(scrolled, store))[:2] for store in stores), strict=True)
    steps = [kept(stores[0], number, SIZE) for number in range(STEPS + 1)]
    depth = np.array([[step.depth.mean(), step.depth.std()] for step in steps if step])
    colour = np.array([step.picture.reshape(-1, 3).mean(0) for step in steps if step])
    astray = np.abs(colour - colour[0]).max(1)
    mean, spread = map(float, depth[-1] / depth[0])
    return {
        f"mean depth, % off at the end (within {100 * SHARE:g})": 100 * abs(mean - 1),
        "worst": 100 * float(np.abs(depth[:, 0] / depth[0, 0] - 1).max()),
        "its spread, %": 100 * (spread - 1),
        "recounted, times": float(np.prod([step.scale for step in steps if step])),
        f"mean colour, levels off, all steps (within {LEVELS:g})": float(
            np.abs(colour.mean(0) - colour[0]).max()
        ),
        "at the end": float(astray[-1]),
        "worst step": float(astray.max()),
        "twice the same": all(np.array_equal(a, b) for a, b in zip(*made, strict=True)),
        "cpu_s": float(np.mean(seconds)),
    }


def ragged_table() -> list[dict[str, Any]]:
    """Borders of things before and after RAGGED_STEPS steps, painted classically; [] without test data.

    A tooth is a pixel that is nearer, or farther, than both the row above and the row below by a step of
    depth; of so many pixels at borders. The ratio is that of the squared differences from row to row to
    those along rows, near borders.
    """
    data = os.environ.get("PARALLAX_TEST_DATA")
    return [row for name in ("demo13", "demo06") for row in _ragged(data, name)] if data else []


def _ragged(data: str, name: str) -> Iterator[dict[str, Any]]:
    picture = _photograph(data, name, WIDE)
    size = picture.shape[1], picture.shape[0]
    for mode in ("scroll", "forward"):
        given = {"feedback": mode, "count": RAGGED_STEPS, "fps": 1, "generator": "classical"}
        options, store = parse(ParallaxOptions, {**given, "depth_model": "cues"}), MemoryStore()
        for _ in frames(Given([picture], "picture"), options, store=store):
            pass
        row: dict[str, Any] = {"scene": name, "mode": mode}
        for number in (0, RAGGED_STEPS):
            step = kept(store, number, size)
            assert step is not None
            row[f"teeth, step {number}"], row[f"of, step {number}"] = teeth(step.depth)
            row[f"across to along rows, step {number}"] = across_to_along(step)
        yield row


def teeth(depth: np.ndarray) -> tuple[int, int]:
    """How many pixels stick out of both rows beside, and how many are at a border."""
    row, above, below = depth[1:-1], depth[:-2], depth[2:]
    out = (row - np.maximum(above, below) > STEP) | (np.minimum(above, below) - row > STEP)
    border = np.abs(np.diff(depth, axis=1)) > STEP
    return int(out.sum()), int(border.sum())


def across_to_along(step: Step) -> float:
    """Mean squared differences from row to row near borders, by those from column to column."""
    border = cv2.dilate(unlevel(step.depth).astype(np.uint8), np.ones((2 * BAND + 1,) * 2, np.uint8)) > 0
    grey = cv2.cvtColor(step.picture, cv2.COLOR_RGB2GRAY).astype(np.float32)
    across, along = (np.square(np.diff(grey, axis=axis, append=np.take(grey, [-1], axis))) for axis in (0, 1))
    return float(across[border].mean() / along[border].mean()) if border.any() else float("nan")


def _photograph(data: str, name: str, size: int | tuple[int, int]) -> np.ndarray:
    """A picture of the test data, at (width, height) or at a width."""
    image = cv2.imread(str(Path(data) / "images" / f"{name}.jpg"))[..., ::-1]
    if isinstance(size, int):
        size = (size, round(image.shape[0] * size / image.shape[1]) // 2 * 2)
    return np.ascontiguousarray(cv2.resize(image, size, interpolation=cv2.INTER_AREA))
