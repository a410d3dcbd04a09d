"""Part of `animate`: endpoint errors, long gaps, what a frame's key does not show, and exact warps."""

from __future__ import annotations

import os
from collections.abc import Iterator
from functools import lru_cache
from itertools import pairwise
from pathlib import Path

import cv2
import numpy as np
from _animate_scenes import TEXTURES, Layer, Motion, Scene, layers, zooming
from _clock import cpu_seconds
from _report import Report

from lib_parallax import flow
from lib_parallax.flow.dis import to_grey
from lib_parallax.flow.files import read_flow
from lib_parallax.flow.reach import Reach, Step, reaches
from lib_parallax.loops.animate.between import SEEN, SURE
from lib_parallax.warp import compose_flow, occlusion, warp_flow

Row = dict[str, object]
PAIRS = ("RubberWhale", "Venus", "Grove2", "Urban2")
FAST = 9.7  # frames of the layers between which the fastest comes 33 px
GAPS = (4, 6, 8)


def run(report: Report) -> None:
    data = os.environ.get("PARALLAX_TEST_DATA")
    report.add("Endpoint error in px, of what both pictures show", endpoint_table(data))
    report.add("Long gaps, endpoint error in px of what the key shows", gaps_table())
    report.add("What the key does not show: precision and recall", occlusion_table())
    report.add("Warps by exact flow, mean error in levels", exact_table())


def endpoint_table(data: str | None) -> list[Row]:
    """Every estimator on layers (consecutive and 33 px apart) and on Middlebury; cost beside `dis`'s."""
    rows, costs = [], {}
    for name in flow.PRESETS:
        estimate = flow.load(name)
        row: Row = {"flow": name}
        cost = 0.0
        for texture in TEXTURES:
            scene = layers(texture)
            for label, to in (("", 1.0), (", 33 px", FAST)):
                a, b = grey(texture, 0), grey(texture, to)
                before = cpu_seconds()
                found = estimate(a, b)
                cost += cpu_seconds() - before
                row[texture + label] = epe(found, scene.flow(0, to), ~scene.hidden(0, to))
        for pair in PAIRS if data else ():
            folder = Path(str(data)) / "flow" / pair
            truth = read_flow(folder / "flow10.flo")
            first, second = (cv2.imread(str(folder / f"frame1{i}.png"), 0) for i in (0, 1))
            row[pair] = epe(estimate(first, second), truth.flow, truth.confidence > 0)
        costs[name] = cost
        rows.append(row)
    for row in rows:
        row["CPU, times dis"] = costs[str(row["flow"])] / costs["dis"]
    rows.extend({**dict.fromkeys(rows[0], "-"), "flow": f"{name} (random weights: not measured)"}
                for name in flow.NETWORKS)  # fmt: skip
    return rows


def gaps_table() -> list[Row]:
    """Direct estimates from the frame into the key, composed ones, and composed ones estimated anew."""
    rows: list[Row] = []
    for name in flow.PRESETS:
        if name not in ("dis", "dis-fine"):
            continue
        estimate = flow.load(name)
        for label, scene in (("layers", layers), ("zoom and turn", zooming)):
            for texture in TEXTURES:
                truth = scene(texture)
                greys, steps = walk(label, texture, name)
                ways = zip(reaches(steps), reaches(steps, greys), strict=True)
                for gap, (plain, anew) in enumerate(ways, 1):
                    if gap not in (4, 8, 16):
                        continue
                    exact, seen = truth.flow(gap, 0), ~truth.hidden(gap, 0)
                    rows.append({
                        "flow": name, "scene": f"{label}, {texture}", "gap": gap,
                        "direct": epe(estimate(greys[gap], greys[0]), exact, seen),
                        "composed": epe(plain.flow, exact, seen),
                        "estimated anew": epe(anew.flow, exact, seen),
                    })  # fmt: skip
    return rows


def occlusion_table() -> list[Row]:
    """Means over gaps of 4 to 8 frames and both textures."""
    found: dict[str, list[tuple[float, float]]] = {}
    for texture in TEXTURES:
        scene = layers(texture)
        for gap in GAPS:
            hidden = scene.hidden(gap, 0)
            exact = occlusion(scene.flow(gap, 0), scene.flow(0, gap))
            found.setdefault("exact flow, forward-backward", []).append(hits(exact, hidden))
        for name in (n for n in flow.PRESETS if n in ("dis", "dis-fine")):
            greys, steps = walk("layers", texture, name)
            for gap, (way, back, reach) in enumerate(both_ways(steps[: max(GAPS)], greys), 1):
                if gap not in GAPS:
                    continue
                hidden = scene.hidden(gap, 0)
                for label, lost in (
                    ("backward flow not warped", unwarped(way, back)),
                    ("forward-backward", occlusion(way, back)),
                    ("not shown, by trust", reach.trust < SEEN * SURE),
                ):
                    found.setdefault(f"{name}, {label}", []).append(hits(lost, hidden))
    means = ((name, np.mean(scores, 0)) for name, scores in found.items())
    return [{"flow": name, "precision": float(p), "recall": float(r)} for name, (p, r) in means]


def exact_table() -> list[Row]:
    """Whole-pixel flow, and affine flow beside the error of the one resampling that it takes."""
    rows: list[Row] = []
    for texture in TEXTURES:
        for label, motion, gap in (
            ("translation by (3, -2)", Motion(3 - 2j), 1),
            ("translation by (24, -16) in 8 steps", Motion(3 - 2j), 8),
            ("zoom and turn, 8 steps", Motion(0.4 + 0.3j, 0.006, 1.0075), 8),
        ):
            scene = Scene((Layer(motion, 0),), texture)
            key, frame = scene.image(0), scene.image(gap)
            steps = [Step(scene.flow(t, t + 1), scene.flow(t + 1, t)) for t in range(gap)]
            *_, reach = reaches(steps)
            inner = cv2.erode((reach.trust > 0).astype(np.uint8), np.ones((7, 7)), borderValue=0) > 0
            rows.append({
                "texture": texture, "motion": label,
                "composed": off(warp_flow(key, reach.flow), frame, inner),
                "one resample": off(warp_flow(key, scene.flow(gap, 0)), frame, inner),
                "largest": float(np.abs(warp_flow(key, reach.flow).astype(int) - frame)[inner].max()),
            })  # fmt: skip
    return rows


def both_ways(steps: list[Step], greys: list[np.ndarray]) -> Iterator[tuple[np.ndarray, np.ndarray, Reach]]:
    """Composed flow from frame to key and from key to frame, and the frame's reach."""
    home = None
    for step, reach, plain in zip(steps, reaches(steps, greys), reaches(steps), strict=True):
        home = step.forth if home is None else compose_flow(home, step.forth)
        yield plain.flow, home, reach


def unwarped(forth: np.ndarray, back: np.ndarray) -> np.ndarray:
    """The check with the backward flow added where it lies, as some have it."""
    gap = ((forth + back) ** 2).sum(-1)
    return gap > 0.01 * ((forth**2).sum(-1) + (back**2).sum(-1)) + 0.5


def hits(found: np.ndarray, true: np.ndarray) -> tuple[float, float]:
    """Precision and recall."""
    both = float((found & true).sum())
    return both / max(1, int(found.sum())), both / max(1, int(true.sum()))


def epe(found: np.ndarray, truth: np.ndarray, where: np.ndarray) -> float:
    return float(np.linalg.norm(found - truth, axis=-1)[where].mean())


def off(made: np.ndarray, truth: np.ndarray, where: np.ndarray) -> float:
    return float(np.abs(made.astype(np.float64) - truth)[where].mean())


@lru_cache(maxsize=64)
def grey(texture: str, time: float, scene: str = "layers") -> np.ndarray:
    """uint8 luma [H, W] of a frame."""
    return to_grey((layers if scene == "layers" else zooming)(texture).image(time))


@lru_cache(maxsize=16)
def walk(scene: str, texture: str, name: str) -> tuple[list[np.ndarray], list[Step]]:
    """Frames 0 to 16 and the estimated motion between them."""
    estimate = flow.load(name)
    greys = [grey(texture, t, scene) for t in range(17)]
    return greys, [Step(estimate(a, b), estimate(b, a)) for a, b in pairwise(greys)]
