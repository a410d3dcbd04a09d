"""Part of `depth`: estimated flow beside the file's own motion vectors."""

from __future__ import annotations

import tempfile
from dataclasses import replace
from pathlib import Path

import cv2
import numpy as np
from _clock import cpu_seconds, spent
from _depth_scenes import flickering, frames_of, temporal_error, through_a_file
from _depth_sparing import BEGIN, Knowing, right_eyes, stereo_psnr

from lib_parallax import samples
from lib_parallax.depth.stream import paired
from lib_parallax.depth.temporal import small_grey, steady_pixels
from lib_parallax.flow.follow import Follower
from lib_parallax.types import Depth, Frame

SIZE, COUNT = (640, 360), 24
LARGE, FEW = (1920, 1080), 8

Row = dict[str, object]


def flow_table() -> list[Row]:
    """Endpoint error in the frame's pixels of flow into the frame before, and its cost in both directions.

    All flows are found on pictures 448 wide, as depth's steadying finds them.
    """
    rows: list[Row] = []
    for motion, size, count in (("pan", SIZE, COUNT), ("object", SIZE, COUNT), ("pan", LARGE, FEW)):
        frames = decoded(motion, size, count)
        greys = [small_grey(frame.image) for frame in frames]
        truth = [moment(motion, size, i).flow(BEGIN + (i - 1) / 25) for i in range(1, count)]
        for name, follower, vectors in (
            ("DIS, fast", Follower(), False),
            ("DIS", Follower("dis"), False),
            ("motion vectors", Follower(), True),
        ):
            errors, cpu_s = [], 0.0
            follower.both(greys[1], greys[0], frames[1].extra["vectors"] if vectors else None)
            for i in range(1, count):
                given = frames[i].extra.get("vectors") if vectors else None
                before = cpu_seconds()
                back, _ = follower.both(greys[i], greys[i - 1], given)
                cpu_s += cpu_seconds() - before
                scale = np.array([size[0] / back.lost.shape[1], size[1] / back.lost.shape[0]], np.float32)
                full = cv2.resize(back.flow, size, interpolation=cv2.INTER_LINEAR) * scale
                errors.append(np.linalg.norm(full - truth[i - 1], axis=-1))
            rows.append({
                "scene": f"{motion}, {size[0]}x{size[1]}", "flow": name,
                "EPE px": float(np.mean([e.mean() for e in errors])),
                "off by > 1 px %": 100 * float(np.mean([(e > 1).mean() for e in errors])),
                "cpu_s": cpu_s / (count - 1),
            })  # fmt: skip
    return rows


def following_table() -> list[Row]:
    """Depth steadied and carried by either flow: flicker taken off, stereo PSNR on every 4th estimate."""
    rows: list[Row] = []
    for motion in ("pan", "object"):
        with_vectors = decoded(motion, SIZE, COUNT)
        truth = [view.depth for _, view in frames_of(motion, COUNT, SIZE, BEGIN)]
        noisy, targets = flickering(truth), right_eyes(motion, COUNT, SIZE)
        before = temporal_error(noisy, truth)
        bare = [replace(frame, extra={}) for frame in with_vectors]
        for name, frames in (("DIS", bare), ("motion vectors", with_vectors)):
            row: Row = {"scene": motion, "flow": name}
            for strength in ("light", "strong"):
                pairs = ((f, Depth(n, range=(0.0, 1.0))) for f, n in zip(frames, noisy, strict=True))
                steady, cpu_s, *_ = spent(
                    lambda p=pairs, s=strength: [d.values for _, d in steady_pixels(p, s)]
                )
                row[f"{strength}, times less"] = before / temporal_error(steady, truth)
            row["steadying cpu_s"] = cpu_s / COUNT
            knowing = Knowing({id(f.image): d for f, d in zip(frames, truth, strict=True)})
            carried, cpu_s, *_ = spent(
                lambda f=frames, k=knowing: [d.values for _, d in paired(iter(f), k, 4)]
            )
            row |= {"every 4, PSNR": stereo_psnr(frames, carried, targets), "carrying cpu_s": cpu_s / COUNT}
            rows.append(row)
    return rows


def decoded(motion: str, size: tuple[int, int], count: int) -> list[Frame]:
    with tempfile.TemporaryDirectory() as folder:
        frames = [frame for frame, _ in frames_of(motion, count, size, BEGIN)]
        return through_a_file(frames, Path(folder) / "clip.mp4")


def moment(motion: str, size: tuple[int, int], i: int) -> samples.Street:
    return samples.street(size, motion=motion, time=BEGIN + i / 25)
