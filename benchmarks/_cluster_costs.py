"""What the parts of spread work cost, each by itself: frames, surveys, stretches, segments, joining."""

from __future__ import annotations

import statistics
import tempfile
import time
from collections.abc import Iterator
from contextlib import closing
from fractions import Fraction
from pathlib import Path
from typing import Any

import numpy as np
from _clock import cpu_seconds, spent

from lib_parallax import jobs, media
from lib_parallax.jobs.durable import digest
from lib_parallax.jobs.journal import Journal
from lib_parallax.jobs.spread.gathering import Gathering, Span
from lib_parallax.jobs.spread.tasks import Sealed
from lib_parallax.jobs.state import save_state
from lib_parallax.loops import stereo
from lib_parallax.loops.depths import marked
from lib_parallax.options import parse
from lib_parallax.options.stereo import StereoOptions
from lib_parallax.samples.clip import pictures
from lib_parallax.types import Boundary

RATE = 24
SHOTS = 5
OPTIONS = {"depth_model": "cues"}
SEGMENTS = 40  # that are taken in, to time one


def write_clip(path: Path, size: tuple[int, int], frames: int) -> Path:
    """A walk down the sample street that is cut, and turned and tinted anew, after every `frames` frames."""
    with media.open_writer(path, size, rate=Fraction(RATE), codec="h264") as writer:
        for number, picture in enumerate(_pictures(size, frames)):
            writer.write(picture, Fraction(number, RATE))
    return path


def _pictures(size: tuple[int, int], frames: int) -> Iterator[np.ndarray]:
    tints = ((0, 1, 2), (2, 0, 1), (1, 2, 0))
    walk = pictures(size, SHOTS * frames, Fraction(RATE))
    for number, picture in enumerate(walk):
        shot = number // frames
        turned = picture[:, ::-1] if shot % 2 else picture
        yield np.ascontiguousarray(turned[..., tints[shot % 3]])


def measured(clip: Path, folder: Path) -> dict[str, Any]:
    """CPU-seconds of each part, and the bytes of a frame in and out."""
    options = parse(StereoOptions, OPTIONS)
    with media.open_video(clip) as source:
        survey = spent(lambda: [f.boundary for f in marked(source, options) if f.boundary])
        cuts = [boundary.index for boundary in survey.result if boundary.cut]
        total = source.count()
        job = spent(lambda: jobs.run("stereo", clip, options, folder / "one.mp4", jobs_dir=folder / "jobs"))
        item = statistics.median(_opening(source, options, cut) for cut in cuts[1:])
        result = folder / "one.mp4"
        joined = _joining(source, result, folder)
    short = write_clip(folder / "short.mp4", (64, 36), 1)
    with media.open_video(short) as source:
        # a film is long: what joining costs besides its frames does not count
        joined = max(0.0, joined - _joining(source, short, folder)) / (total - SHOTS)
    frame = job.cpu_s / total
    return {
        "frames": total,
        "shots": len(cuts),
        "frame_cpu_s": frame,
        "survey_cpu_s": survey.cpu_s / total,
        "item_cpu_s": item,
        "segment_cpu_s": _taking_in(result, folder / "segments"),
        "joined_cpu_s": joined,
        "frame_in": clip.stat().st_size / total,
        "frame_out": result.stat().st_size / total,
    }


def _opening(source: media.Reader, options: StereoOptions, cut: int) -> float:
    """CPU-seconds of a stretch besides its frames: of a short one, less what those of a longer cost more."""

    def rendered(count: int) -> float:
        def work() -> None:
            with closing(
                stereo.frames(source, options, start=Boundary(cut, True), end=cut + count)
            ) as frames:
                for _ in frames:
                    pass

        return spent(work).cpu_s

    one, ten = rendered(1), rendered(10)
    return max(0.0, one - (ten - one) / 9)


def _taking_in(file: Path, folder: Path) -> float:
    """CPU-seconds of the coordinator for one segment: into its place, and into the journal."""
    apart, work = folder / "apart", folder / "work"
    work.mkdir(parents=True)
    journal = Journal(work)
    gathering = Gathering(apart, journal, lambda: stereo.tally(StereoOptions()))
    sha256, spans = digest(file), []
    for number in range(SEGMENTS):
        stretch = apart / f"{number}"
        (stretch / "main").mkdir(parents=True)
        (stretch / "main" / "00000.mp4").write_bytes(file.read_bytes())
        save_state(stretch / "state.npz", {"comfort": stereo.tally(StereoOptions()).state()})
        end = 100 * (number + 1)
        span = Span(100 * number, Boundary(100 * number, True), fresh=number > 0, end=end)
        files = {"main": {"path": "main/00000.mp4", "sha256": sha256}}
        spans.append((span, Sealed(100, files, (end, True), "state.npz", report={})))
    started = cpu_seconds()
    for number, (span, sealed) in enumerate(spans):
        gathering.add(span)
        gathering.arrive(span, sealed, f"{number}")
        for closed, _ in gathering.ready():
            journal.close_segment(closed.frames, closed.files, closed.after, [], closed.motion)
    return (cpu_seconds() - started) / SEGMENTS


def _joining(source: media.Reader, result: Path, folder: Path) -> float:
    """CPU-seconds of joining a result of one segment."""
    return spent(lambda: media.join([result], folder / "joined.mp4", source=source, stereo=None)).cpu_s


def workers_table(clip: Path, counts: tuple[int, ...]) -> list[dict[str, Any]]:
    """The same job by one process, and by local workers: their start is timed by itself."""
    from lib_parallax.jobs.spread import open_crew

    rows, truth = [], b""
    with tempfile.TemporaryDirectory() as place:
        folder = Path(place)
        short = write_clip(folder / "short.mp4", (64, 36), 1)
        for count in (0, *counts):
            out, before, started = folder / f"{count}.mp4", cpu_seconds(children=True), time.perf_counter()
            crew = open_crew("local", count) if count else None
            try:
                if crew is not None:
                    for number in range(count):
                        path = folder / f"{count}-{number}.mp4"
                        jobs.run("stereo", short, OPTIONS, path, jobs_dir=folder / "j", crew=crew)
                ready = time.perf_counter()
                result = jobs.run("stereo", clip, OPTIONS, out, jobs_dir=folder / "j", crew=crew)
                wall = time.perf_counter() - ready
            finally:
                if crew is not None:
                    crew.close()
            truth = truth or out.read_bytes()
            rows.append({
                "by": f"local workers: {count}" if count else "one process", "frames": result.frames,
                "wall s": wall, "fps": result.frames / wall, "start s": ready - started if count else 0.0,
                "all cpu_s": cpu_seconds(children=True) - before, "same bytes": out.read_bytes() == truth,
            })  # fmt: skip
    first = rows[0]["wall s"]
    return [{**row, "ratio": first / row["wall s"]} for row in rows]
