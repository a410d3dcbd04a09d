"""Part of `depth`: what is lost and saved with fewer and with smaller estimates."""

from __future__ import annotations

from collections.abc import Iterable, Iterator

import cv2
import numpy as np
from _clock import spent
from _depth_networks import SIZES, estimate_cost
from _depth_scenes import frames_of
from _psnr import psnr

from lib_parallax import depth, samples
from lib_parallax.depth.stream import paired
from lib_parallax.depth.vit.pictures import INPUT_SIZE, network_size
from lib_parallax.types import Depth, Frame
from lib_parallax.warp import synthesize_view

SIZE, COUNT, BEGIN = (960, 540), 17, 0.6
BUDGET = 0.025
EVERY = (1, 2, 4, 8)

Row = dict[str, object]


class Knowing:
    """An estimator that knows the depth of each picture; counts how often it was asked."""

    name, note, flickers = "knowing", "knowing", False

    def __init__(self, depths: dict[int, np.ndarray]) -> None:
        self._depths = depths
        self.asked = 0
        self.warnings: list[str] = []

    def estimate(self, image: np.ndarray) -> Depth:
        self.asked += 1
        return Depth(self._depths[id(image)], range=(0.0, 1.0))

    def stream(self, frames: Iterable[Frame]) -> Iterator[Depth]:
        for frame in frames:
            yield self.estimate(frame.image)

    def restore(self, state: object) -> None:
        pass


def seen_at(exact: np.ndarray, input_size: int) -> np.ndarray:
    """Exact depth at the size at which a network sees it, blurred by 0.7, enlarged again."""
    height, width = exact.shape
    small = cv2.resize(exact, network_size(width, height, input_size), interpolation=cv2.INTER_AREA)
    return cv2.resize(cv2.GaussianBlur(small, (0, 0), 0.7), (width, height), interpolation=cv2.INTER_LINEAR)


def stereo_psnr(frames: list[Frame], found: list[np.ndarray], targets: list[np.ndarray]) -> float:
    """Mean PSNR of the right eye over everything, from sharpened depth."""
    scores = []
    for frame, values, target in zip(frames, found, targets, strict=True):
        sharp = depth.sharpen_edges(values, frame.image)
        made = synthesize_view(frame.image, sharp * np.float32(BUDGET * values.shape[1])).image
        scores.append(psnr(made, target))
    return float(np.mean(scores))


def right_eyes(motion: str, count: int, size: tuple[int, int]) -> list[np.ndarray]:
    moments = (BEGIN + i / 25 for i in range(count))
    return [samples.street(size, motion=motion, time=t, supersample=2).view(1.0).image for t in moments]


def sparing_table() -> list[Row]:
    """Exact depth on every n-th frame, and depth as sharp as an input size leaves it on every frame.

    Estimates are charged with what Depth-Anything-V2-Small costs at that input size.
    """
    clip = frames_of("pan", COUNT, SIZE, BEGIN)
    frames, targets = [f for f, _ in clip], right_eyes("pan", COUNT, SIZE)
    costs = {size: estimate_cost(size) for size in SIZES}

    def tried(name: str, input_size: int | None, every: int, best: float | None) -> Row:
        knowing = Knowing({
            id(f.image): v.depth if input_size is None else seen_at(v.depth, input_size) for f, v in clip
        })  # fmt: skip
        found, cpu_s, *_ = spent(lambda: [d.values for _, d in paired(iter(frames), knowing, every)])
        carrying = cpu_s / COUNT
        score = stereo_psnr(frames, found, targets)
        estimating = costs[input_size or INPUT_SIZE] * knowing.asked / COUNT
        return {
            "depth": name, "PSNR": score, "lost dB": 0.0 if best is None else best - score,
            "estimates cpu_s": estimating, "carrying cpu_s": carrying,
            "saved %": 100 * (1 - (estimating + carrying) / costs[INPUT_SIZE]),
        }  # fmt: skip

    rows: list[Row] = []
    for every in EVERY:
        best = float(str(rows[0]["PSNR"])) if rows else None
        rows.append(tried(f"exact, every {every}" if every > 1 else "exact, every frame", None, every, best))
    full = len(rows)
    for size in sorted(SIZES, reverse=True):
        best = float(str(rows[full]["PSNR"])) if len(rows) > full else None
        rows.append(tried(f"seen at {size} px, every frame", size, 1, best))
    return rows
