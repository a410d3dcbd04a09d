"""Second views against the truth: PSNR by region, temporal error of what is filled, CPU-seconds.

The street scene gives the second view exactly; Middlebury's pair (with PARALLAX_TEST_DATA set)
gives a photographed one. "outside" is what lies beyond the source's frame, known to nobody.
"""

from __future__ import annotations

import argparse
import json
import os
import time
from collections.abc import Callable, Iterator
from fractions import Fraction
from pathlib import Path

import numpy as np
from scipy.ndimage import binary_dilation

from lib_parallax import samples
from lib_parallax.loops.scene import DEPTH_STEPS, Scene
from lib_parallax.loops.stereo import still_views
from lib_parallax.loops.uncover import Uncoverer
from lib_parallax.options import StereoOptions
from lib_parallax.types import Boundary, Frame
from lib_parallax.warp import synthesize_view, warp_flow
from lib_parallax.warp.backends import carrier
from lib_parallax.warp.stereo import fill_background, fixed_offset, quantise, rendered

SIZE = (1920, 1080)
BUDGETS = (0.015, 0.025)
EYES = (1.0, 0.0)  # the right eye from the left, and the left from the right
REGIONS = ("visible", "disoccluded", "thin", "thick", "outside")
AROUND = 4  # pixels on either side that belong to a contour

Method = Callable[[np.ndarray, np.ndarray, float], np.ndarray]


def parallax(image: np.ndarray, disparity: np.ndarray, shift: float) -> np.ndarray:
    return synthesize_view(image, disparity, shift).image


def without_unmixing(image: np.ndarray, disparity: np.ndarray, shift: float) -> np.ndarray:
    """The same z-buffer with edge pixels moved whole."""
    offset = fixed_offset(disparity, shift)
    none = np.zeros(offset.shape, np.uint8)
    layers = (image, offset, image, offset, none)
    view = rendered(layers, 1 if shift >= 0 else -1, abs(shift), 255, carrier("cpu"))
    return quantise(fill_background(view), 255)


def backward(image: np.ndarray, disparity: np.ndarray, shift: float) -> np.ndarray:
    """One gather by the source's own disparity: the rubber sheet of grid sampling."""
    flow = np.zeros((*disparity.shape, 2), np.float32)
    flow[..., 0] = shift * disparity
    return warp_flow(image, flow)


METHODS: dict[str, Method] = {
    "parallax": parallax,
    "no unmixing": without_unmixing,
    "backward gather": backward,
}


def psnr(error: np.ndarray) -> float:
    return (
        float(10 * np.log10(255**2 / np.mean(np.square(error, dtype=np.float64)))) if error.size else np.nan
    )


def regions(surface: np.ndarray, seen: np.ndarray, outside: np.ndarray) -> dict[str, np.ndarray]:
    """Which pixels of a street view belong to which region; contours are visible pixels alone."""
    around = np.ones((2 * AROUND + 1, 2 * AROUND + 1), bool)
    thin = binary_dilation(np.isin(surface, samples.THIN), around)
    edge = np.zeros(surface.shape, bool)
    edge[:, 1:] |= surface[:, 1:] != surface[:, :-1]
    edge[1:] |= surface[1:] != surface[:-1]
    thick = binary_dilation(edge, around) & ~thin
    hidden = ~seen & ~outside
    return dict(zip(REGIONS, (seen, hidden, thin & seen, thick & seen, outside), strict=True))


def street_table() -> list[dict[str, object]]:
    """One row a method: the mean over both budgets and both directions."""
    scores: dict[str, list[dict[str, float]]] = {name: [] for name in METHODS}
    for budget in BUDGETS:
        for eye in EYES:
            scene = samples.street(SIZE, budget=budget)
            source, target = scene.view(1 - eye), scene.view(eye)
            parts = regions(target.surface, *scene.visible(eye, 1 - eye))
            disparity, shift = scene.disparity(source.depth), 2 * eye - 1
            for name, method in METHODS.items():
                method(source.image, disparity, shift)  # compiled and warm
                started = time.process_time()
                made = method(source.image, disparity, shift)
                spent = time.process_time() - started
                error = made.astype(np.float32) - target.image
                scores[name].append({r: psnr(error[m]) for r, m in parts.items()} | {"cpu_s": spent})
    return [
        {"method": name, **{key: float(np.mean([s[key] for s in rows])) for key in rows[0]}}
        for name, rows in scores.items()
    ]


def middlebury_table(folder: Path) -> list[dict[str, object]]:
    """The photographed pair: the left picture and its true disparity against the right picture."""
    import cv2

    left, right = (cv2.imread(str(folder / f"im{n}.png"))[..., ::-1].copy() for n in (2, 6))
    ours, theirs = (cv2.imread(str(folder / f"disp{n}.png"), 0).astype(np.float32) / 4 for n in (2, 6))
    known = theirs > 0
    x = np.arange(left.shape[1]) + np.rint(theirs).astype(int)
    inside = x < left.shape[1]
    there = np.take_along_axis(ours, np.minimum(x, left.shape[1] - 1), 1)
    seen = known & inside & (np.abs(there - theirs) <= 1) & (there > 0)
    hidden = known & inside & (there > theirs + 1)
    disparity = np.where(ours > 0, ours, np.nan)
    rows = []
    for name, method in METHODS.items():
        values = (
            disparity if name == "parallax" else np.nan_to_num(disparity, nan=float(ours[ours > 0].min()))
        )
        error = method(left, values, 1.0).astype(np.float32) - right
        rows.append({"method": name, "visible": psnr(error[seen]), "disoccluded": psnr(error[hidden])})
    return rows


def temporal_table(frames: int = 24, size: tuple[int, int] = (960, 540)) -> list[dict[str, object]]:
    """Mean |(out_t - out_t-1) - (truth_t - truth_t-1)| over the disoccluded pixels, in grey levels."""
    rows = []
    for motion, begin in (("pan", 0.0), ("object", 0.6)):
        for eye in EYES:
            moments = [
                samples.street(size, motion=motion, time=begin + i / 25, supersample=3) for i in range(frames)
            ]
            sources = [m.view(1 - eye) for m in moments]
            truth = [m.view(eye).image.astype(np.float32) for m in moments]
            hidden = [~seen & ~outside for seen, outside in (m.visible(eye, 1 - eye) for m in moments)]
            row: dict[str, object] = {"scene": motion, "eye": "right" if eye else "left"}
            for fill in ("background", "temporal"):
                started = time.process_time()
                made = list(filled(sources, "right" if eye else "left", fill))
                row[f"{fill}_cpu_s"] = (time.process_time() - started) / frames
                row[fill] = temporal_error(made, truth, hidden)
                row[f"{fill}_db"] = float(
                    np.mean([psnr((m - t)[h]) for m, t, h in zip(made, truth, hidden, strict=True)])
                )
            row["ratio"] = row["temporal"] / row["background"]  # type: ignore[operator]
            rows.append(row)
    return rows


def filled(sources: list[samples.View], eye: str, fill: str) -> Iterator[np.ndarray]:
    """The synthesised view of every frame, as the stereo loop makes it from exact depth."""
    scenes = (
        Scene(
            Frame(view.image, Fraction(i, 25), boundary=Boundary(0, True) if i == 0 else None),
            np.rint(view.depth * DEPTH_STEPS).astype(np.uint16),
            gain=2.5,
            bias=0.0,
        )
        for i, view in enumerate(sources)
    )
    options, on = StereoOptions(eye=eye, fill=fill), carrier()
    if fill == "temporal":
        pairs = Uncoverer(eye, on).views(scenes)
    else:
        pairs = ((scene, still_views(scene, options, on)) for scene in scenes)
    for _, views in pairs:
        yield (views.right if eye == "right" else views.left).astype(np.float32)


def temporal_error(made: list[np.ndarray], truth: list[np.ndarray], hidden: list[np.ndarray]) -> float:
    errors = [
        np.abs((made[t] - made[t - 1]) - (truth[t] - truth[t - 1]))[hidden[t]].mean()
        for t in range(1, len(made))
    ]
    return float(np.mean(errors))


def show(title: str, rows: list[dict[str, object]]) -> None:
    """A Markdown table."""
    if not rows:
        return
    print(f"\n{title}\n\n| {' | '.join(rows[0])} |\n|{' --- |' * len(rows[0])}")
    for row in rows:
        cells = (f"{v:.3f}" if k.endswith("cpu_s") or k == "ratio" else _cell(v) for k, v in row.items())
        print(f"| {' | '.join(cells)} |")


def _cell(value: object) -> str:
    return f"{value:.2f}" if isinstance(value, float) else str(value)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--json", type=Path, help="also write the figures to this file")
    arguments = parser.parse_args()
    figures = {"street": street_table()}
    show(
        f"Street, {SIZE[0]}x{SIZE[1]}, exact depth, PSNR in dB, mean of 1.5 and 2.5 %, both eyes",
        figures["street"],
    )
    data = os.environ.get("PARALLAX_TEST_DATA")
    if data:
        figures["middlebury"] = middlebury_table(Path(data) / "stereo")
        show("Middlebury pair, true disparity, PSNR in dB", figures["middlebury"])
    else:
        print("\nMiddlebury pair: not measured, PARALLAX_TEST_DATA is not set")
    figures["temporal"] = temporal_table()
    show("Temporal error of the disoccluded area, grey levels, and PSNR there in dB", figures["temporal"])
    if arguments.json:
        arguments.json.write_text(json.dumps(figures, indent=2) + "\n")


if __name__ == "__main__":
    main()
