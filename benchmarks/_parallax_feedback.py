"""Part of `parallax`: an endless side-scroll painted by the small trained model, and whether it drifts.

The street with its exact depth, and a photograph with depth from cues; each is made twice.
"""

from __future__ import annotations

import os
import tempfile
import time
from pathlib import Path
from typing import Any

import cv2
import numpy as np

from lib_parallax import samples
from lib_parallax.loops.parallax import frames
from lib_parallax.loops.parallax.feedback.steps import kept
from lib_parallax.loops.source import Given
from lib_parallax.loops.store import MemoryStore
from lib_parallax.options import ParallaxOptions, parse

SIZE = (192, 128)
STEPS = 40
LEVELS = 3.0
SHARE = 0.05


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
        photograph = cv2.imread(str(Path(data) / "images" / "demo06.jpg"))[..., ::-1]
        photograph = cv2.resize(photograph, SIZE, interpolation=cv2.INTER_AREA)
        scenes = {
            "street, its depth": (view.image, {"depth": str(exact)}),
            "street, depth from cues": (view.image, {}),
            "photograph, depth from cues": (np.ascontiguousarray(photograph), {}),
        }
        for name, (picture, own) in scenes.items():
            rows.append({"scene": name, **_scrolled(picture, {**own, "checkpoint": str(model)})})
    return rows


def _scrolled(picture: np.ndarray, own: dict[str, Any]) -> dict[str, Any]:
    """The figures of one scroll, made twice."""
    given = {"feedback": "scroll", "count": STEPS, "step_seconds": 0.5, "fps": 2, "generator": "diffusers"}
    given |= {"depth_model": "cues", "steps": 4, "cfg": 1, **own}
    options = parse(ParallaxOptions, given)
    made, stores, seconds = [], [MemoryStore(), MemoryStore()], time.process_time()
    for store in stores:
        made.append([frame.image for frame in frames(Given([picture], "picture"), options, store=store)])
    seconds = (time.process_time() - seconds) / 2
    steps = [kept(stores[0], number, SIZE) for number in range(STEPS + 1)]
    depth = np.array([[step.depth.mean(), step.depth.std()] for step in steps if step])
    colour = np.array([step.picture.reshape(-1, 3).mean(0) for step in steps if step])
    astray = np.abs(colour - colour[0]).max(1)
    return {
        f"mean depth, % off at the end (within {100 * SHARE:g})": 100 * abs(depth[-1, 0] / depth[0, 0] - 1),
        "worst": 100 * float(np.abs(depth[:, 0] / depth[0, 0] - 1).max()),
        "its spread": 100 * abs(depth[-1, 1] / depth[0, 1] - 1),
        "recounted, times": float(np.prod([step.scale for step in steps if step])),
        f"mean colour, levels off, all steps (within {LEVELS:g})": float(
            np.abs(colour.mean(0) - colour[0]).max()
        ),
        "at the end": float(astray[-1]),
        "worst step": float(astray.max()),
        "twice the same": all(np.array_equal(a, b) for a, b in zip(*made, strict=True)),
        "CPU-s": seconds,
    }
