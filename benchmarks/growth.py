"""Time and memory as pictures get larger, clips longer, and frames are made by more threads.

What should be flat: CPU-seconds a pixel over resolution, CPU-seconds a frame and memory over length, and
CPU-seconds a frame over threads, while the clock's time falls. Memory is the peak of a process of its own.
"""

from __future__ import annotations

import os
import tempfile
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from fractions import Fraction
from functools import partial
from pathlib import Path
from typing import Any

import numpy as np
from _child import alone
from _clock import by_turns, spent
from _report import Report, Row, arguments, run_parts

SIZES = ((256, 144), (512, 288), (1280, 720), (1920, 1080), (3840, 2160), (7680, 4320))
JOBS = ("stereo pair", "parallax", "zoom")
LENGTHS = (10, 60, 600)  # seconds
SMALL, RATE = (160, 90), 10
PIXELS_A_ROUND = 2_000_000  # small pictures are done more often
IN_THREADS = 24  # frames


def resolution(report: Report) -> None:
    """A street made smaller and larger; both eyes, a camera's view, a frame between two keyframes."""
    rows: list[Row] = []
    for job in JOBS:
        base = 0.0
        for width, height in SIZES:
            found = alone("growth:picture", job=job, width=width, height=height)
            a_pixel = found["cpu_s"] / (width * height)
            base = base or a_pixel
            rows.append({
                "work": job, "size": f"{width}x{height}", "cpu_s": found["cpu_s"],
                "ns a pixel": 1e9 * a_pixel, "of the smallest's": a_pixel / base,
                "peak MiB": _mib(found["peak_bytes"]), "before the work MiB": _mib(found["held_bytes"]),
            })  # fmt: skip
    report.add("Resolution, one picture", rows)


def picture(job: str, width: int, height: int) -> dict[str, Any]:
    """The cost of one picture of that size, and what the process held before."""
    from _clock import peak_memory

    work = _work(job, width, height)
    held = peak_memory()
    runs = int(np.clip(PIXELS_A_ROUND / (width * height), 1, 9))
    return {"cpu_s": by_turns({job: work}, runs)[job].cpu_s, "held_bytes": held}


def _work(job: str, width: int, height: int) -> Callable[[], object]:
    import cv2

    from lib_parallax import samples
    from lib_parallax.warp import Camera, ZoomStack, render_parallax, stereo_pair

    view = samples.street((960, 540), supersample=1).view(0.5)  # small, so that making it is not the peak
    image = cv2.resize(view.image, (width, height), interpolation=cv2.INTER_AREA)
    depth = cv2.resize(view.depth, (width, height), interpolation=cv2.INTER_NEAREST)
    if job == "stereo pair":
        return partial(stereo_pair, image, depth * np.float32(0.025 * width), "both")
    if job == "parallax":
        camera = Camera(offset=(0.3, 0.1), zoom=0.9, isometric=0.5)
        return partial(render_parallax, image, depth, camera)
    return partial(ZoomStack([image, image]).frame, 0.5, (width, height))


def length(report: Report) -> None:
    """A whole job, stereo with cues, on a clip of one shot that is as small as pictures get."""
    rows: list[Row] = []
    with tempfile.TemporaryDirectory() as folder:
        for seconds in report.arguments.seconds:
            clip = write_clip(Path(folder) / f"{seconds}.mp4", seconds)
            found = alone("growth:job", clip=clip)
            rows.append({
                "seconds": seconds, "frames": found["frames"],
                "a frame cpu_s": found["cpu_s"] / found["frames"], "peak MiB": _mib(found["peak_bytes"]),
            })  # fmt: skip
    report.add(f"Length, {SMALL[0]}x{SMALL[1]}, stereo, cues, the whole job", rows)


def write_clip(path: Path, seconds: float) -> Path:
    """A pattern that wanders, of one shot."""
    from lib_parallax import media

    y, x = np.mgrid[: SMALL[1], : SMALL[0]]
    with media.open_writer(path, SMALL, rate=Fraction(RATE), quality="draft") as writer:
        for n in range(round(seconds * RATE)):
            wave = 128 + 60 * np.sin((x + n) / 13) + 40 * np.cos(y / 9 + np.sin(n / 40))
            writer.write(np.stack([wave, wave[::-1], 255 - wave], -1).astype(np.uint8), Fraction(n, RATE))
    return path


def job(clip: str) -> dict[str, Any]:
    """All of a clip to 3D; kernels and modules were loaded before by a clip of two seconds."""
    from lib_parallax import jobs

    options = {"depth_model": "cues", "quality": "draft"}
    with tempfile.TemporaryDirectory() as temporary:
        folder = Path(temporary)

        def made(source: Path) -> int:
            return jobs.run("stereo", source, options, folder / f"of-{source.name}", jobs_dir=folder).frames

        made(write_clip(folder / "warm.mp4", 2))
        run = spent(lambda: made(Path(clip)))
    return {"cpu_s": run.cpu_s, "frames": run.result}


def threads(report: Report) -> None:
    """Frames of 720p by a pool of threads: the kernels let go of the interpreter."""
    from lib_parallax import samples
    from lib_parallax.warp import Camera, render_parallax, stereo_pair

    view = samples.street((1280, 720), supersample=1).view(0.5)
    disparity = view.depth * np.float32(0.025 * 1280)
    camera = Camera(offset=(0.3, 0.1), zoom=0.9, isometric=0.5)
    rows: list[Row] = []
    for name, work in (
        ("stereo pair", partial(stereo_pair, view.image, disparity, "both")),
        ("parallax", partial(render_parallax, view.image, view.depth, camera)),
    ):
        counts = sorted({1, 2, os.cpu_count() or 1})
        costs = by_turns({n: partial(_pooled, work, n) for n in counts}, 3)
        for n, cost in costs.items():
            rows.append({
                "work": name, "threads": n, "a frame cpu_s": cost.cpu_s / IN_THREADS,
                "CPU, times one thread's": cost.cpu_s / costs[1].cpu_s,
                "frames a second": IN_THREADS / cost.wall_s,
                "times one thread's": costs[1].wall_s / cost.wall_s,
            })  # fmt: skip
    report.add(f"Threads, 1280x720, {os.cpu_count()} cores", rows)


def _pooled(work: Callable[[], object], workers: int) -> None:
    with ThreadPoolExecutor(workers) as pool:
        for _ in pool.map(lambda _: bool(work()), range(IN_THREADS)):
            pass


def _mib(size: int | None) -> float | None:
    return None if size is None else size / 2**20


def main() -> None:
    parser = arguments(__doc__)
    parser.add_argument(
        "--seconds", nargs="+", type=float, default=LENGTHS, help="lengths of the clips of `length`"
    )
    run_parts(parser, {"resolution": resolution, "length": length, "threads": threads})


if __name__ == "__main__":
    main()
