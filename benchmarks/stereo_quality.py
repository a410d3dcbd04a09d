"""Second views against the truth: PSNR by region, temporal error of what is filled, CPU-seconds.

The street scene gives the second view exactly; Middlebury's pair (with PARALLAX_TEST_DATA set)
gives a photographed one. "outside" is what lies beyond the source's frame, known to nobody.
"""

from __future__ import annotations

import os
from collections.abc import Callable, Iterator
from fractions import Fraction
from functools import partial
from pathlib import Path

import numpy as np
import torch
from _clock import spent
from _peers import grid_sample
from _psnr import psnr
from _report import Report, arguments
from scipy.ndimage import binary_dilation

from lib_parallax import samples
from lib_parallax.loops.computing import Computing
from lib_parallax.loops.scene import DEPTH_STEPS, Scene
from lib_parallax.loops.stereo import still_views
from lib_parallax.loops.uncover import Uncoverer
from lib_parallax.options import StereoOptions
from lib_parallax.types import Boundary, Frame
from lib_parallax.warp import synthesize_view
from lib_parallax.warp.backends import carrier, reference
from lib_parallax.warp.backends.chain import from_one_side

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
    offset = reference.fixed_offset(torch.from_numpy(disparity), abs(shift))
    source, none = torch.from_numpy(image), torch.zeros(offset.shape, dtype=torch.uint8)
    layers = (source, offset, source, offset, none)
    return from_one_side(reference, layers, 1 if shift >= 0 else -1, 12, 255, False).picture.numpy()


METHODS: dict[str, Method] = {
    "parallax": parallax,
    "no unmixing": without_unmixing,
    "backward gather": grid_sample,
}


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
                once = spent(partial(method, source.image, disparity, shift))
                quality = {r: psnr(once.result, target.image, m) for r, m in parts.items()}
                scores[name].append(quality | {"cpu_s": once.cpu_s})
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
        made = method(left, values, 1.0)
        quality = {"visible": psnr(made, right, seen), "disoccluded": psnr(made, right, hidden)}
        rows.append({"method": name, **quality})
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
                once = spent(partial(_all_filled, sources, "right" if eye else "left", fill))
                made, row[f"{fill}_cpu_s"] = once.result, once.cpu_s / frames
                row[fill] = temporal_error(made, truth, hidden)
                row[f"{fill}_db"] = float(
                    np.mean([psnr(m, t, h) for m, t, h in zip(made, truth, hidden, strict=True)])
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
    options, computing = StereoOptions(eye=eye, fill=fill), Computing(carrier())
    if fill == "temporal":
        pairs = Uncoverer(eye, computing).views(scenes)
    else:
        pairs = ((scene, still_views(scene, options, computing)) for scene in scenes)
    for _, views in pairs:
        yield (views.right if eye == "right" else views.left).astype(np.float32)


def _all_filled(sources: list[samples.View], eye: str, fill: str) -> list[np.ndarray]:
    return list(filled(sources, eye, fill))


def temporal_error(made: list[np.ndarray], truth: list[np.ndarray], hidden: list[np.ndarray]) -> float:
    errors = [
        np.abs((made[t] - made[t - 1]) - (truth[t] - truth[t - 1]))[hidden[t]].mean()
        for t in range(1, len(made))
    ]
    return float(np.mean(errors))


def main() -> None:
    data = os.environ.get("PARALLAX_TEST_DATA")
    with Report(arguments(__doc__)) as report:
        size = f"{SIZE[0]}x{SIZE[1]}"
        report.add(
            f"Street, {size}, exact depth, PSNR in dB, mean of 1.5 and 2.5 %, both eyes", street_table()
        )
        pair = middlebury_table(Path(data) / "stereo") if data else []
        report.add("Middlebury pair, true disparity, PSNR in dB", pair)
        report.add(
            "Temporal error of the disoccluded area in grey levels, PSNR there in dB", temporal_table()
        )


if __name__ == "__main__":
    main()
