"""Camera moves against brute force and exact views: PSNR, and CPU-seconds a frame in bilinear remaps.

Six cameras stress one term of the formula each, over the depth of a street full of thin things and
over a photograph's. The truth is a scan of 400 steps in float64 with halvings. Planes have a view
that is known without any picture being bent. `--section` runs one part.
"""

from __future__ import annotations

import argparse
import json
import os
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import cv2
import numpy as np
from _parallax_feedback import feedback_table, ragged_table
from _parallax_layers import layers_table
from _parallax_loops import loops_table
from _parallax_truth import dense_view, planes_known, planes_view

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


def psnr(made: np.ndarray, true: np.ndarray, where: np.ndarray | None = None) -> float:
    gap = np.square(made.astype(np.float64) - true)
    return float(10 * np.log10(255**2 / max(float((gap if where is None else gap[where]).mean()), 1e-9)))


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
    y, x = np.mgrid[0 : FULL[1], 0 : FULL[0]].astype(np.float32)
    x, y = x * 0.95 + 20.3, y * 0.95 + 11.2
    methods: dict[str, Callable[[], Any]] = {
        "cv2.remap, bilinear": lambda: cv2.remap(view.image, x, y, cv2.INTER_LINEAR)
    }
    for name, camera in MOVES.items():
        methods[name] = lambda c=camera: render_parallax(view.image, view.depth, c)
        methods[f"{name}; soft depth"] = lambda c=camera: render_parallax(view.image, smooth, c)
    least = dict.fromkeys(methods, np.inf)
    for _ in range(7):  # by turns, so that a busy moment of the machine meets all of them
        for name, method in methods.items():
            started = time.process_time()
            method()
            least[name] = min(least[name], time.process_time() - started)
    unit = least["cv2.remap, bilinear"]
    return [{"method": name, "cpu_s": t, "remaps": t / unit} for name, t in least.items()]


SECTIONS: dict[str, tuple[str, Callable[[], list[dict[str, Any]]]]] = {
    "quality": ("PSNR against 400 steps in float64", quality_table),
    "planes": ("PSNR against exact views of planes", planes_table),
    "layers": ("Orbit over a street with what is behind things painted", layers_table),
    "loops": ("From the last frame of a loop to its first, in levels", loops_table),
    "feedback": ("Endless side-scroll of 40 steps by the small model, 192x128", feedback_table),
    "ragged": ("Borders after 8 steps, depth from cues, painted classically, 480 px wide", ragged_table),
    "speed": ("1080p", speed_table),
}


def show(title: str, rows: list[dict[str, Any]]) -> None:
    """A Markdown table."""
    if not rows:
        print(f"\n{title}: PARALLAX_TEST_DATA is not set")
        return
    print(f"\n{title}\n\n| {' | '.join(rows[0])} |\n|{' --- |' * len(rows[0])}")
    for row in rows:
        cells = (
            f"{v:.4f}" if k == "cpu_s" else f"{v:.2f}" if isinstance(v, float) else v for k, v in row.items()
        )
        print(f"| {' | '.join(map(str, cells))} |", flush=True)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--section", choices=list(SECTIONS), action="append", help="only this part")
    parser.add_argument("--json", type=Path, help="also write the figures to this file")
    arguments = parser.parse_args()
    cv2.setNumThreads(1)
    figures: dict[str, Any] = {}
    for name, (title, table) in SECTIONS.items():
        if arguments.section is None or name in arguments.section:
            figures[name] = table()
            show(title, figures[name])
    if arguments.json:
        arguments.json.write_text(json.dumps(figures, indent=2) + "\n")


if __name__ == "__main__":
    main()
