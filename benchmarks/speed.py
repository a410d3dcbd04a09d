"""The targets in one run: what a frame costs in OpenCV's own warps, and other programs' methods beside ours.

Every ratio is to a bound that was run by turns with the work, so that a busy machine slows both. CPU work is
held against one bilinear `cv2.remap` or `cv2.warpAffine` of the same 1080p frame, GPU work against the clock.
"""

from __future__ import annotations

from collections.abc import Callable
from fractions import Fraction
from functools import partial
from typing import Any

import numpy as np
from _animate_propagation import GAP, SPEED, steps_between
from _animate_scenes import layers
from _animate_styles import painted, source
from _bounds import SIZE, remap, warp_affine
from _clock import by_turns, gpu, median, spent
from _peers import grid_sample, naive_splat, polylines, shift_fill
from _psnr import psnr
from _report import Report, arguments, run_parts
from _targets import Outcome
from parallax import MOVES
from stereo_quality import regions
from zoom import FACTOR, keyframes, quality_table, scene
from zoom import speed_table as zoom_speeds

from lib_parallax import samples
from lib_parallax.loops.animate.between import carry
from lib_parallax.loops.computing import Computing
from lib_parallax.loops.scene import DEPTH_STEPS, Scene
from lib_parallax.loops.stereo import still_views
from lib_parallax.options import AnimateOptions, StereoOptions
from lib_parallax.types import Frame
from lib_parallax.warp import Camera, ZoomStack, render_parallax, synthesize_view
from lib_parallax.warp.backends import carrier

BUDGET = 0.025
ASIDE = {
    "offset, zoom and perspective": MOVES["general: offset, zoom, isometric"],
    "offset alone, rays as by default": MOVES["offset alone, rays as by default"],
    "turned": MOVES["turned"],
}
PLACES = (0.01, 0.25, 0.5, 0.75, 0.99)  # of a step of the zoom
MOST_REMAPS_STEREO, MOST_REMAPS_PARALLAX, MOST_AFFINES_ZOOM = 6.5, 12.0, 3.0
MOST_SECONDS_FLOW = 0.25
MOST_MS_STEREO_GPU, LEAST_FPS_4K, LEAST_FPS_8K = 0.08, 500.0, 120.0
Method = Callable[[np.ndarray, np.ndarray, float], np.ndarray]


def targets(report: Report) -> None:
    found = [*warps(), *propagation(), *on_gpu(report)]
    report.add(f"Targets, 1080p, OpenCV {report.bounds.opencv}", [one.row() for one in found])


def warps(runs: int = 7) -> list[Outcome]:
    """Stereo, parallax and zoom by turns with the bounds."""
    view = samples.street(SIZE, supersample=1).view(0.5)
    key = scene(2048)[:1152]
    zoom = ZoomStack([key.copy() for _ in range(3)])
    works: dict[str, Callable[[], Any]] = {
        "remap": remap(view.image),
        "warpAffine": warp_affine(view.image),
        "stereo": partial(
            still_views, street_scene(view), StereoOptions(eye="both"), Computing(carrier("cpu"))
        ),
    }
    for name, camera in ASIDE.items():
        works[name] = partial(render_parallax, view.image, view.depth, camera, backend="cpu")
    for at in PLACES:
        works[f"zoom {at}"] = partial(zoom.frame, at, SIZE)
    costs = by_turns(works, runs)
    unit, affine = costs["remap"].cpu_s, costs["warpAffine"].cpu_s

    def held(work: str, name: str, most: float) -> Outcome:
        return Outcome(work, "remaps", most, costs[name].cpu_s / unit, costs[name])

    zooms = [costs[f"zoom {at}"] for at in PLACES]
    middle = zooms[len(zooms) // 2]._replace(cpu_s=float(np.mean([z.cpu_s for z in zooms])))
    return [
        held(
            "stereo pair with fill, both eyes synthesised, as the loop makes it", "stereo", MOST_REMAPS_STEREO
        ),
        *(held(f"first-hit parallax: {name}", name, MOST_REMAPS_PARALLAX) for name in ASIDE),
        Outcome("zoom, mean of five places", "warpAffines", MOST_AFFINES_ZOOM, middle.cpu_s / affine, middle),
    ]


def street_scene(view: samples.View, budget: float = BUDGET) -> Scene:
    steps = np.rint(view.depth * DEPTH_STEPS).astype(np.uint16)
    return Scene(Frame(view.image, Fraction(0)), steps, gain=100 * budget, bias=0.0)


def propagation(runs: int = 3) -> list[Outcome]:
    """Flow both ways and the frames between two keys, a frame, by the flow that the loop takes unasked."""
    flow = AnimateOptions().flow
    street = layers("cloth", SPEED)
    keys = painted(street, 0, 0), painted(street, GAP, 1)
    sources = [source(street, t) for t in range(GAP + 1)]

    def between() -> int:
        return len(list(carry(sources, steps_between(sources, flow), *keys)))

    cost = median([spent(between) for _ in range(runs + 1)][1:])
    a_frame = cost._replace(cpu_s=cost.cpu_s / GAP)
    work = f"flow propagation 768x512, both keys, all in ({flow})"
    return [Outcome(work, "CPU-s", MOST_SECONDS_FLOW, a_frame.cpu_s, a_frame)]


def on_gpu(report: Report, runs: int = 15) -> list[Outcome]:
    """The targets of an H200-class GPU; not measured without one. End to end: see `bench end-to-end`."""
    pair, four, eight = "stereo pair, GPU", "parallax 3840x2160, GPU", "parallax 7680x4320, GPU"
    if not gpu():
        return [
            Outcome(pair, "ms", MOST_MS_STEREO_GPU, None),
            Outcome(four, "frames a second", LEAST_FPS_4K, None, at_least=True),
            Outcome(eight, "frames a second", LEAST_FPS_8K, None, at_least=True),
        ]
    view = samples.street(SIZE, supersample=1).view(0.5)
    camera = ASIDE["offset, zoom and perspective"]
    works: dict[str, Callable[[], Any]] = {
        pair: partial(still_views, street_scene(view), StereoOptions(eye="both"), Computing(carrier("cuda"))),
        four: partial(_enlarged_view, view, 2, camera),
        eight: partial(_enlarged_view, view, 4, camera),
    }
    costs = by_turns(works, runs)
    ms = {name: cost.gpu_ms or 1000 * cost.wall_s for name, cost in costs.items()}
    moved = 27e6  # bytes that a 1080p pair reads and writes at the least
    if report.bounds.device_copy:
        share = moved / report.bounds.device_copy / (ms[pair] / 1000)
        report.note(f"stereo pair on the GPU: {100 * share:.1f} % of the speed of a device copy")
    return [
        Outcome(pair, "ms", MOST_MS_STEREO_GPU, ms[pair], costs[pair]),
        Outcome(four, "frames a second", LEAST_FPS_4K, 1000 / ms[four], costs[four], at_least=True),
        Outcome(eight, "frames a second", LEAST_FPS_8K, 1000 / ms[eight], costs[eight], at_least=True),
    ]


def _enlarged_view(view: samples.View, times: int, camera: Camera) -> object:
    """A view of a picture `times` as wide; it is enlarged once and kept on the GPU."""
    image, depth = _on_gpu(view, times)
    return render_parallax(image, depth, camera)


_KEPT: dict[int, tuple[Any, Any]] = {}


def _on_gpu(view: samples.View, times: int) -> tuple[Any, Any]:
    if times not in _KEPT:
        import torch

        image, depth = (np.repeat(np.repeat(a, times, 0), times, 1) for a in (view.image, view.depth))
        _KEPT[times] = torch.from_numpy(image).cuda(), torch.from_numpy(depth).cuda()
    return _KEPT[times]


def second_views(report: Report) -> None:
    """One eye from the other, both directions: quality against the truth, and what it costs."""

    def ours(image: np.ndarray, disparity: np.ndarray, shift: float) -> np.ndarray:
        return np.asarray(synthesize_view(image, disparity, shift).image)

    methods: dict[str, Method] = {
        "parallax": ours,
        "naive splat, painter's order": naive_splat,
        "polylines": polylines,
        "shift and fill": shift_fill,
        "grid sampling at the target's depth": grid_sample,
    }
    street = samples.street(SIZE, budget=BUDGET)
    scores: dict[str, list[dict[str, float]]] = {name: [] for name in methods}
    for eye in (1.0, 0.0):
        seen, target = street.view(1 - eye), street.view(eye)
        disparity, parts = (
            street.disparity(seen.depth),
            regions(target.surface, *street.visible(eye, 1 - eye)),
        )
        works: dict[str, Callable[[], Any]] = {
            name: partial(method, seen.image, disparity, 2 * eye - 1) for name, method in methods.items()
        }
        costs = by_turns({"remap": remap(seen.image), **works}, 5)
        for name, work in works.items():
            made = work()
            quality = {
                part: psnr(made, target.image, mask) for part, mask in parts.items() if part != "outside"
            }
            cpu = costs[name].cpu_s
            scores[name].append({**quality, "cpu_s": cpu, "remaps": cpu / costs["remap"].cpu_s})
    rows = [
        {"method": name, **{key: float(np.mean([one[key] for one in of])) for key in of[0]}}
        for name, of in scores.items()
    ]
    report.add("A second view of the street, 1080p, 2.5 %, exact depth, PSNR in dB", rows)


def zooms(report: Report) -> None:
    """A zoom frame by the peers' ways: each from its outer keyframe alone."""
    picture, size, key, steps = scene(1024), 128, 256, 2
    assert keyframes(picture, key, steps)[0].shape[0] == FACTOR * size
    report.add(
        "A zoom's frame, 128 px from 256 px keyframes, PSNR in dB", quality_table(picture, size, key, steps)
    )
    report.add("A zoom's frame, 1080p from 2048 px keyframes", zoom_speeds())


PARTS = {"targets": targets, "views": second_views, "zoom": zooms}

if __name__ == "__main__":
    run_parts(arguments(__doc__), PARTS)
