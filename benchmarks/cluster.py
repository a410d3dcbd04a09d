"""Work spread over workers: what its parts cost, two local workers against one, an archive on up to 1000.

The last is a simulation with the costs measured in this run: no cluster of that size was at hand.
"""

from __future__ import annotations

import tempfile
from pathlib import Path

from _cluster_archive import Costs, films, simulate
from _cluster_costs import measured, workers_table, write_clip
from _report import Report, arguments, run_parts

SIZE = (640, 360)
FRAMES = 20  # a shot
COUNTS = (1, 10, 100, 1000)
FILMS = 100
LINK = 1.25e9  # bytes a second: 10 Gbit
GPU_FRAME = 1 / 100  # s: what a worker with a GPU might need, for the shape of the curve alone


def costs(report: Report) -> None:
    """CPU-seconds of each part, on one clip."""
    with tempfile.TemporaryDirectory() as place:
        folder = Path(place)
        found = measured(write_clip(folder / "clip.mp4", SIZE, FRAMES), folder)
    names = ("frame", "survey", "item", "segment", "joined")
    report.add(
        "What one costs, CPU-s",
        [{"part": name, "one": "stretch" if name == "item" else name, "cpu_s": found[f"{name}_cpu_s"]}
         for name in names],
    )  # fmt: skip
    link = {"frame_in": found["frame_in"], "frame_out": found["frame_out"], "link": LINK}
    one = Costs(**{name: found[f"{name}_cpu_s"] for name in names}, **link)
    archive = list(films(FILMS))
    report.note(
        f"{FILMS} films, {sum(map(sum, archive)) / 24 / 3600:.0f} h, {sum(map(len, archive))} stretches; "
        f"{one.frame_in * 24 / 1e6:.2f} MB in and {one.frame_out * 24 / 1e6:.2f} MB out a second of film"
    )
    for title, of, shipped in (
        ("Simulated archive, shared storage", one, False),
        ("Simulated archive, all files through one 10 Gbit link", one, True),
        (
            "The same on shared storage with workers of 100 frames a second (assumed)",
            Costs(**{**vars(one), "frame": GPU_FRAME}),
            False,
        ),
    ):
        report.add(
            title,
            [{
                "workers": count, "h": done.hours, "times one": done.speedup, "efficiency": done.efficiency,
                "coordinator busy": done.coordinator_busy, "link busy": done.link_busy,
            } for count in COUNTS for done in (simulate(archive, count, of, shipped),)],
        )  # fmt: skip


def workers(report: Report) -> None:
    """One clip of five shots, by one process and by one and two local workers."""
    with tempfile.TemporaryDirectory() as place:
        clip = write_clip(Path(place) / "clip.mp4", SIZE, FRAMES)
        report.add("Local workers", workers_table(clip, (1, 2)))


if __name__ == "__main__":
    run_parts(arguments(__doc__), {"workers": workers, "costs": costs})
