"""Camera moves against brute force and exact views: PSNR, and CPU-seconds a frame in bilinear remaps.

Six cameras stress one term of the formula each, over the depth of a street full of thin things and
over a photograph's. The truth is a scan of 400 steps in float64 with halvings. Planes have a view
that is known without any picture being bent.
"""

from __future__ import annotations

import os
from collections.abc import Callable
from pathlib import Path
from typing import Any

import cv2
import numpy as np
from _bounds import remap
from _clock import by_turns
from _parallax_feedback import feedback_table, ragged_table
from _parallax_layers import layers_table
from _parallax_loops import loops_table
from _parallax_truth import dense_view, planes_known, planes_view
from _psnr import psnr
from _report import arguments, run_parts, table

from lib_parallax import samples
from lib_parallax.warp import Camera, render_parallax

CAMERAS = {
    "offset": Camera(offset=(0.35, 0.1), height=0.5),
    "dolly": Camera(dolly=1.5, height=0.4, isometric=0.0),
    "focus": Camera(focus=0.8, dolly=0.6, height=0.5, isometric=0.0),
    "zoom": Camera(zoom=0.7, height=0.3),
    "origin": Camera(origin=(0.5, -0.3), height=0.5),
    "center": Camera(center=(-0.3, 0.2), height=0.35),
}
STEEP = ("focus", "origin", "offset")
SMALL = (480, 270)
FULL = (1920, 1080)
MOVES = {
    "general: offset, zoom, isometric": Camera(offset=(0.3, 0.1), zoom=0.9, isometric=0.5),
    "offset alone, rays as by default": Camera(offset=(0.3, 0.0)),
    "translation across": Camera(offset=(0.3, 0.0), isometric=1.0),
    "translation down": Camera(offset=(0.0, 0.3), isometric=1.0),
    "translation aslant": Camera(offset=(0.3, 0.2), isometric=1.0),
    "turned": Camera(offset=(0.3, 0.1), roll=5.0, pan=4.0, tilt=2.0),
}


def scenes() -> dict[str, tuple[np.ndarray, np.ndarray]]:
    """Picture and depth 0..1: the street, and where there are test data, a photograph with its true depth."""
    view = samples.street(SMALL).view(0.0)
    found = {"street": (view.image, view.depth)}
    data = os.environ.get("PARALLAX_TEST_DATA")
    if data and (Path(data) / "stereo" / "disp2.png").is_file():
        folder = Path(data) / "stereo"
        image = np.ascontiguousarray(cv2.imread(str(folder / "im2.png"))[..., ::-1])
        disparity = cv2.imread(str(folder / "disp2.png"), cv2.IMREAD_GRAYSCALE)
        found["photograph"] = (image, (disparity / disparity.max()).astype(np.float32))
    return found


def quality_table(cameras: dict[str, Camera] = CAMERAS) -> list[dict[str, Any]]:
    """PSNR of each carrier against brute force, by camera, with and without the truth's halvings."""
    rows = []
    for scene, (image, depth) in scenes().items():
        for name, camera in cameras.items():
            true, bare = dense_view(image, depth, camera)
            row: dict[str, Any] = {"scene": scene, "term": name, "target": 36.0 if name in STEEP else 42.0}
            for backend in ("cpu", "reference"):
                made = render_parallax(image, depth, camera, backend=backend).image
                row[backend] = psnr(made, true)
                row[f"{backend}, 400 bare steps"] = psnr(made, bare)
            rows.append(row)
    return rows


def planes_table(size: tuple[int, int] = SMALL) -> list[dict[str, Any]]:
    """PSNR on planes, where the view is known exactly: pixels that the picture shows, off the edges."""
    image, depth, *_ = planes_view(None, size)
    rows = []
    for name, camera in CAMERAS.items():
        true = planes_view(camera, size)[0]
        known = planes_known(camera, size)
        made = render_parallax(image, depth, camera).image
        rows.append({"term": name, "target": 38.0, "PSNR": psnr(made, true, known), "share": known.mean()})
    return rows


def speed_table() -> list[dict[str, Any]]:
    """CPU-seconds a frame of 1080p, and in bilinear remaps of the same frame in the same run."""
    view = samples.street(FULL, supersample=1).view(0.0)
    smooth = cv2.GaussianBlur(view.depth, (0, 0), 3)
    methods: dict[str, Callable[[], Any]] = {"cv2.remap, bilinear": remap(view.image)}
    for name, camera in MOVES.items():
        methods[name] = lambda c=camera: render_parallax(view.image, view.depth, c)
        methods[f"{name}; soft depth"] = lambda c=camera: render_parallax(view.image, smooth, c)
    costs = by_turns(methods)
    unit = costs["cv2.remap, bilinear"].cpu_s
    return [{"method": name, "cpu_s": c.cpu_s, "remaps": c.cpu_s / unit} for name, c in costs.items()]


PARTS = {
    "quality": table("PSNR against 400 steps in float64", quality_table),
    "planes": table("PSNR against exact views of planes", planes_table),
    "layers": table("Orbit over a street with what is behind things painted", layers_table),
    "loops": table("From the last frame of a loop to its first, in levels", loops_table),
    "feedback": table("Endless side-scroll of 40 steps by the small model, 192x128", feedback_table),
    "ragged": table("Borders after 8 steps, depth from cues, painted classically, 480 px wide", ragged_table),
    "speed": table("1080p", speed_table),
}


if __name__ == "__main__":
    run_parts(arguments(__doc__), PARTS)
