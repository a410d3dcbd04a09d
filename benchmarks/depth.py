"""Depth: edges, steadiness over time, cues against the truth, cost of networks.

Everything but the networks' cost is measured on rendered scenes whose depth is exact. Networks
run with random weights of the right shape: their cost does not depend on the numbers.
"""

from __future__ import annotations

import argparse
import json
import os
import time
from collections.abc import Iterable, Iterator
from fractions import Fraction
from pathlib import Path

import cv2
import numpy as np
from scipy.stats import spearmanr
from stereo_quality import psnr, regions, show

from lib_parallax import depth, samples
from lib_parallax.depth.scale import steady_range
from lib_parallax.depth.stream import paired
from lib_parallax.depth.temporal import steady_pixels
from lib_parallax.types import Boundary, Depth, Frame
from lib_parallax.warp import synthesize_view

BUDGET = 0.025
WIDE = 1920

Row = dict[str, object]


def soft(exact: np.ndarray) -> np.ndarray:
    """What a network hands over: 392 px wide, blurred by 0.7, enlarged bilinearly."""
    height, width = exact.shape
    small = cv2.resize(exact, (392, round(392 * height / width)), interpolation=cv2.INTER_AREA)
    return cv2.resize(cv2.GaussianBlur(small, (0, 0), 0.7), (width, height), interpolation=cv2.INTER_LINEAR)


def edges_table() -> list[Row]:
    """Stereo PSNR from soft depth, before and after `sharpen_edges`; mean of both directions."""
    scores: dict[str, list[dict[str, float]]] = {}
    for eye in (1.0, 0.0):
        scene = samples.street((WIDE, 1080), budget=BUDGET)
        source, target = scene.view(1 - eye), scene.view(eye)
        parts = regions(target.surface, *scene.visible(eye, 1 - eye))
        given = soft(source.depth)
        depth.sharpen_edges(given, source.image)
        started = time.process_time()
        sharp = depth.sharpen_edges(given, source.image)
        spent = time.process_time() - started
        for name, values in (("soft", given), ("sharpened", sharp), ("exact", source.depth)):
            made = synthesize_view(source.image, scene.disparity(values), 2 * eye - 1).image
            error = made.astype(np.float32) - target.image
            row = {"all": psnr(error[~parts["outside"]]), **{r: psnr(error[m]) for r, m in parts.items()}}
            row["cpu_s"] = spent if name == "sharpened" else 0.0
            scores.setdefault(name, []).append(row)
    return [_mean(name, rows) for name, rows in scores.items()]


def _mean(name: str, rows: list[dict[str, float]]) -> Row:
    return {"depth": name, **{key: float(np.mean([r[key] for r in rows])) for key in rows[0]}}


def frames_of(
    motion: str, count: int, size: tuple[int, int], begin: float = 0.6
) -> list[tuple[Frame, samples.View]]:
    made = []
    for i in range(count):
        view = samples.street(size, motion=motion, time=begin + i / 25, supersample=2).view(0.0)
        made.append(
            (Frame(view.image, Fraction(i, 25), boundary=Boundary(0, True) if i == 0 else None), view)
        )
    return made


def range_table() -> list[Row]:
    """How far the background moves, in pixels at 1920 and 2.5 %, when something near comes or goes."""
    size = (480, 270)
    pixels = BUDGET * WIDE
    y = np.linspace(0.1, 0.6, size[1], dtype=np.float32)[:, None]
    background = np.repeat(y, size[0], 1)
    image = np.zeros((size[1], size[0], 3), np.uint8)

    def outcome(name: str, present: Iterable[float]) -> Row:
        """`present` is the near thing's share of the width in each frame."""
        raw = []
        for share in present:
            values = background.copy()
            values[60:220, : round(share * size[0])] = 1.6
            raw.append(values)
        pairs = (
            (Frame(image, Fraction(i, 25), boundary=Boundary(0, True) if i == 0 else None), Depth(values))
            for i, values in enumerate(raw)
        )
        at = np.array([found.values[130, -20] for _, found in steady_range(pairs)]) * pixels
        return {
            "scene": name,
            "largest step px": float(np.abs(np.diff(at)).max()),
            "drift px": float(abs(at[-1] - at[0])),
            "jitter px RMS": float(
                np.sqrt(np.mean((at - np.convolve(at, np.ones(9) / 9, "same"))[8:-8] ** 2))
            ),
        }

    enters = np.clip((np.arange(250) - 80) / 20, 0, 1) * 0.3
    leaves = enters[::-1]
    rng = np.random.default_rng(0)
    particle = np.where(rng.random(250) < 0.3, 0.02, 0.0)
    both = np.concatenate([enters[:160], leaves[-160:]])
    return [
        outcome("near object enters", enters),
        outcome("near object leaves", leaves),
        outcome("enters and leaves", both),
        outcome("near particle flickers", particle),
    ]


def flicker_table() -> list[Row]:
    """Synthetic flicker on exact depth (scale +-10 %, shift +-5 %, pixel noise 3 %), and what is left."""
    rows = []
    for motion in ("pan", "object"):
        clip = frames_of(motion, 24, (640, 360))
        truth = [view.depth for _, view in clip]
        rng = np.random.default_rng(0)
        noisy = []
        for exact in truth:
            wobbly = exact * (1 + rng.uniform(-0.1, 0.1)) + rng.uniform(-0.05, 0.05)
            noisy.append(np.clip(wobbly + rng.normal(0, 0.03, exact.shape), 0, 1).astype(np.float32))
        before = 0.0
        for strength in ("off", "light", "strong"):
            pairs = ((f, Depth(n, range=(0.0, 1.0))) for (f, _), n in zip(clip, noisy, strict=True))
            started = time.process_time()
            steady = [found.values for _, found in steady_pixels(pairs, strength)]
            spent = (time.process_time() - started) / len(clip)
            error = temporal_error(steady, truth)
            before = before or error
            rows.append({
                "scene": motion, "steadiness": strength, "temporal error %": 100 * error,
                "times less": before / error, "error %": 100 * _gap(steady, truth), "cpu_s": spent,
            })  # fmt: skip
    return rows


def temporal_error(made: list[np.ndarray], truth: list[np.ndarray]) -> float:
    gaps = [np.abs((made[t] - made[t - 1]) - (truth[t] - truth[t - 1])).mean() for t in range(1, len(made))]
    return float(np.mean(gaps))


def _gap(made: list[np.ndarray], truth: list[np.ndarray]) -> float:
    return float(np.mean([np.abs(m - t).mean() for m, t in zip(made, truth, strict=True)]))


class Exact:
    """An estimator that knows; counts how often it was asked."""

    name, note, flickers = "exact", "exact", False

    def __init__(self, depths: dict[int, np.ndarray]) -> None:
        self._depths = depths
        self.asked = 0

    def estimate(self, image: np.ndarray) -> Depth:
        self.asked += 1
        return Depth(self._depths[id(image)], range=(0.0, 1.0))

    def stream(self, frames: Iterable[Frame]) -> Iterator[Depth]:
        for frame in frames:
            yield self.estimate(frame.image)

    def restore(self, state: object) -> None:
        pass


def every_table() -> list[Row]:
    """Stereo PSNR on the pan when depth is estimated on every n-th frame alone."""
    size, count = (960, 540), 17
    clip = frames_of("pan", count, size)
    targets = [
        samples.street(size, motion="pan", time=0.6 + i / 25, supersample=2).view(1.0).image
        for i in range(count)
    ]
    rows: list[Row] = []
    for every in (1, 2, 4, 8):
        exact = Exact({id(f.image): v.depth for f, v in clip})
        started = time.process_time()
        found = [d.values for _, d in paired((f for f, _ in clip), exact, every)]
        spent = (time.process_time() - started) / count
        scores = []
        for (frame, _), values, target in zip(clip, found, targets, strict=True):
            sharp = depth.sharpen_edges(values, frame.image)
            made = synthesize_view(frame.image, sharp * np.float32(BUDGET * size[0])).image
            scores.append(psnr(made.astype(np.float32) - target))
        rows.append({
            "every": str(every), "PSNR": float(np.mean(scores)),
            "estimates saved %": 100 * (1 - exact.asked / count),
            "carrying cpu_s": spent,
        })  # fmt: skip
    return rows


def cues_table(data: str | None) -> list[Row]:
    """Rank correlation with the truth, and the share of random pixel pairs put in the right order."""
    rows: list[Row] = []
    for motion in ("pan", "object"):
        clip = frames_of(motion, 24, (640, 360))
        found = [d.values for d in depth.load("cues").stream(f for f, _ in clip)]
        for name, at in (("first frame", 0), ("last frame", -1)):
            rows.append({"picture": f"street, {motion}, {name}", **ranks(found[at], clip[at][1].depth)})
    if data:
        folder = Path(data) / "stereo"
        picture = cv2.imread(str(folder / "im2.png"))[..., ::-1].copy()
        truth = cv2.imread(str(folder / "disp2.png"), 0).astype(np.float32)
        values = depth.load("cues").estimate(picture).values
        rows.append({"picture": "Middlebury, still", **ranks(values[truth > 0], truth[truth > 0])})
        height = np.repeat(np.arange(truth.shape[0], dtype=np.float32)[:, None], truth.shape[1], 1)
        rows.append({"picture": "... by height alone", **ranks(height[truth > 0], truth[truth > 0])})
    return rows


def ranks(values: np.ndarray, truth: np.ndarray) -> Row:
    rng = np.random.default_rng(0)
    a, b = rng.integers(0, truth.size, (2, 100_000))
    v, t = values.ravel(), truth.ravel()
    apart = np.abs(t[a] - t[b]) > 0.02 * (t.max() - t.min())
    right = np.sign(v[a] - v[b]) == np.sign(t[a] - t[b])
    return {
        "rank correlation": float(spearmanr(v, t).statistic),
        "pairs right %": 100 * float(right[apart].mean()),
    }


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--json", type=Path, help="also write the figures to this file")
    arguments = parser.parse_args()
    data = os.environ.get("PARALLAX_TEST_DATA")
    tables: dict[str, tuple[str, list[Row]]] = {
        "edges": ("Soft depth at 1080p, 2.5 %, PSNR in dB", edges_table()),
        "range": ("The shot's range, pixels at 1920 and 2.5 %", range_table()),
        "flicker": ("Flicker on exact depth, % of the range", flicker_table()),
        "every": ("Depth on every n-th frame of the pan, 960x540", every_table()),
        "cues": ("Cues against the truth", cues_table(data)),
    }
    for title, rows in tables.values():
        show(title, rows)
    if arguments.json:
        arguments.json.write_text(json.dumps({k: rows for k, (_, rows) in tables.items()}, indent=2) + "\n")


if __name__ == "__main__":
    main()
