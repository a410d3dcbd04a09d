"""Part of `depth`: the street as a clip, from memory or as a file has it, and flicker laid over its depth."""

from __future__ import annotations

from dataclasses import replace
from fractions import Fraction
from pathlib import Path

import numpy as np

from lib_parallax import media, samples
from lib_parallax.types import Boundary, Frame

RATE = Fraction(25)


def frames_of(
    motion: str, count: int, size: tuple[int, int], begin: float = 0.6
) -> list[tuple[Frame, samples.View]]:
    """Frames of a moving street beside the exact view; the first begins a shot."""
    made = []
    for i in range(count):
        view = samples.street(size, motion=motion, time=begin + i / 25, supersample=2).view(0.0)
        boundary = Boundary(0, True) if i == 0 else None
        made.append((Frame(view.image, i / RATE, boundary=boundary), view))
    return made


def through_a_file(frames: list[Frame], path: Path) -> list[Frame]:
    """The frames as an H.264 file gives them back, with its motion vectors."""
    height, width = frames[0].image.shape[:2]
    with media.open_writer(path, (width, height), rate=RATE, codec="h264", quality="balanced") as writer:
        for frame in frames:
            writer.write(frame.image, frame.pts)
    back = list(media.open_video(path).frames_with_vectors())
    return [replace(got, boundary=frame.boundary) for got, frame in zip(back, frames, strict=True)]


def flickering(truth: list[np.ndarray]) -> list[np.ndarray]:
    """Exact depth with scale +-10 %, shift +-5 % and pixel noise of 3 % in every frame."""
    rng = np.random.default_rng(0)
    noisy = []
    for exact in truth:
        wobbly = exact * (1 + rng.uniform(-0.1, 0.1)) + rng.uniform(-0.05, 0.05)
        noisy.append(np.clip(wobbly + rng.normal(0, 0.03, exact.shape), 0, 1).astype(np.float32))
    return noisy


def temporal_error(made: list[np.ndarray], truth: list[np.ndarray]) -> float:
    gaps = [np.abs((made[t] - made[t - 1]) - (truth[t] - truth[t - 1])).mean() for t in range(1, len(made))]
    return float(np.mean(gaps))
