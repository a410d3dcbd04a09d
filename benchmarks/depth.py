"""Depth: edges, steadiness over time, cues against the truth, cost of networks.

Everything but the networks' cost is measured on rendered scenes whose depth is exact. Networks
run with random weights of the right shape: their cost does not depend on the numbers.
"""

from __future__ import annotations

import os
from collections.abc import Iterable
from dataclasses import replace
from fractions import Fraction
from pathlib import Path

import cv2
import numpy as np
from _clock import spent
from _depth_flow import flow_table, following_table
from _depth_networks import networks_table
from _depth_scenes import flickering, frames_of, temporal_error
from _depth_sparing import sparing_table
from _psnr import psnr
from _report import arguments, run_parts, table
from scipy.stats import spearmanr
from stereo_quality import regions

from lib_parallax import depth, samples
from lib_parallax.depth.scale import steady_range
from lib_parallax.depth.stream import paired
from lib_parallax.depth.temporal import steady_pixels
from lib_parallax.depth.vit.shapes import SHAPES
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


def swollen(exact: np.ndarray) -> np.ndarray:
    """The same where near things were drawn 3 px too wide all round, as networks like to."""
    return soft(cv2.dilate(exact, np.ones((7, 7), np.uint8)))


def beside_thin(source: samples.View, target: samples.View) -> np.ndarray:
    """Pixels that a thin thing with wrong depth may land on or leave: within its own disparity of it."""
    thin = np.isin(source.surface, samples.THIN) | np.isin(target.surface, samples.THIN)
    reach = round(BUDGET * WIDE * float(source.depth[np.isin(source.surface, samples.THIN)].max()))
    return cv2.dilate(thin.astype(np.uint8), np.ones((13, 2 * reach + 1), np.uint8)) > 0


def edges_table() -> list[Row]:
    """Stereo PSNR from soft depth, before and after `sharpen_edges`; mean of both directions."""
    scores: dict[str, list[dict[str, float]]] = {}
    for eye in (1.0, 0.0):
        scene = samples.street((WIDE, 1080), budget=BUDGET)
        source, target = scene.view(1 - eye), scene.view(eye)
        parts = regions(target.surface, *scene.visible(eye, 1 - eye))
        parts["thick, clear of thin"] = parts["thick"] & ~beside_thin(source, target)
        given, drawn = soft(source.depth), swollen(source.depth)
        depth.sharpen_edges(given, source.image)
        sharp, cpu_s, *_ = spent(lambda g=given, s=source: depth.sharpen_edges(g, s.image))
        for name, values in (
            ("soft", given),
            ("sharpened", sharp),
            ("sharpened, thin things left", depth.sharpen_edges(given, source.image, thin=False)),
            ("swollen", drawn),
            ("swollen, sharpened", depth.sharpen_edges(drawn, source.image)),
            ("exact", source.depth),
            ("exact, sharpened", depth.sharpen_edges(source.depth, source.image)),
        ):
            made = synthesize_view(source.image, scene.disparity(values), 2 * eye - 1).image
            row = {"all": psnr(made, target.image, ~parts["outside"])}
            row |= {r: psnr(made, target.image, m) for r, m in parts.items()}
            row["cpu_s"] = cpu_s if name == "sharpened" else 0.0
            scores.setdefault(name, []).append(row)
    return [_mean(name, rows) for name, rows in scores.items()]


def _mean(name: str, rows: list[dict[str, float]]) -> Row:
    return {"depth": name, **{key: float(np.mean([r[key] for r in rows])) for key in rows[0]}}


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
        noisy = flickering(truth)
        before = 0.0
        for strength in ("off", "light", "strong"):
            pairs = ((f, Depth(n, range=(0.0, 1.0))) for (f, _), n in zip(clip, noisy, strict=True))
            steady, cpu_s, *_ = spent(lambda p=pairs, s=strength: [d.values for _, d in steady_pixels(p, s)])
            error = temporal_error(steady, truth)
            before = before or error
            rows.append({
                "scene": motion, "steadiness": strength, "temporal error %": 100 * error,
                "times less": before / error, "error %": 100 * _gap(steady, truth),
                "cpu_s": cpu_s / len(clip),
            })  # fmt: skip
    return rows


def _gap(made: list[np.ndarray], truth: list[np.ndarray]) -> float:
    return float(np.mean([np.abs(m - t).mean() for m, t in zip(made, truth, strict=True)]))


def cut_table() -> list[Row]:
    """Depth of the frames behind a cut beside that of the same frames alone, to the bit."""
    first = [frame for frame, _ in frames_of("pan", 9, (480, 270))]
    second = [frame for frame, _ in frames_of("object", 9, (480, 270))]
    second = [replace(f, image=np.ascontiguousarray(f.image[:, ::-1])) for f in second]
    rows: list[Row] = []
    for every in (1, 4):

        def made(frames: list[Frame], every: int = every) -> list[np.ndarray]:
            pairs = steady_range(paired(iter(frames), depth.load("cues"), every))
            return [found.values for _, found in steady_pixels(pairs, "strong")]

        together, alone = made([*first, *second]), made(second)
        pairs = list(zip(together[len(first) :], alone, strict=True))
        rows.append({
            "depth": f"cues, every {every}, strong",
            "first frame equal": str(np.array_equal(*pairs[0])),
            "frames equal": f"{sum(np.array_equal(a, b) for a, b in pairs)} of {len(pairs)}",
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
    data = os.environ.get("PARALLAX_TEST_DATA")
    parser = arguments(__doc__)
    parser.add_argument(
        "--models", nargs="+", choices=list(SHAPES), default=["small"],
        help="sizes of networks; large takes minutes",
    )  # fmt: skip
    run_parts(parser, {
        "edges": table("Soft depth at 1080p, 2.5 %, PSNR in dB", edges_table),
        "range": table("The shot's range, pixels at 1920 and 2.5 %", range_table),
        "flicker": table("Flicker on exact depth, % of the range", flicker_table),
        "cut": table("What a cut leaves of the shot before", cut_table),
        "flow": table("Flow into the frame before", flow_table),
        "following": table("Depth that follows either flow, 640x360", following_table),
        "sparing": table("Fewer and smaller estimates on the pan, 960x540", sparing_table),
        "networks": lambda report: report.add(
            "Networks, CPU-seconds a frame", networks_table(report.arguments.models)
        ),
        "cues": table("Cues against the truth", lambda: cues_table(data)),
    })  # fmt: skip


if __name__ == "__main__":
    main()
