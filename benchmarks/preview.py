"""What a preview of one frame costs: CPU-seconds for the first, a middle and a late frame of a clip.

Each row is of a process of its own, prepared as the page's server is after its start (kernels compiled and
cached, modules imported). `--bare` leaves the preparation out; `--cold` adds a row of the first preview ever,
with the cache of kernels empty.
"""

from __future__ import annotations

import tempfile
from fractions import Fraction
from pathlib import Path

from _child import alone
from _clock import spent
from _report import Report, arguments

OPTIONS = {"layout": "full-sbs"}


def places(count: int) -> dict[str, int]:
    """The frames that are measured, of a clip of so many."""
    return {"first": 0, "middle": count // 2, "late": max(0, count - 2)}


def one(source: str, index: int, prepared: bool) -> dict[str, float]:
    """CPU-seconds of this process: `new`, a frame not seen before; `again`, the same at another strength;
    `next`, the frame beside it."""
    from lib_parallax.faces.preview import frame_count, preview

    if prepared:
        from lib_parallax.faces.warm import preview_of_nothing

        preview_of_nothing()

    def cost(at: int, **options: float) -> float:
        return spent(lambda: preview("stereo", Path(source), {**OPTIONS, **options}, at), True).cpu_s

    last = frame_count(Path(source)) - 1
    return {
        "new cpu_s": cost(index),
        "again cpu_s": cost(index, strength=4.0),
        "next cpu_s": cost(index + 1 if index < last else index - 1),
    }


def sample(folder: Path) -> Path:
    from lib_parallax.samples.clip import write_clip

    return write_clip(folder / "street.mp4", (1280, 720), 8, Fraction(25))


def main() -> None:
    parser = arguments(__doc__)
    parser.add_argument("source", nargs="?", type=Path, help="a video; left out, a sample clip is made")
    parser.add_argument("--cold", action="store_true", help="also the first preview ever")
    parser.add_argument("--bare", action="store_true", help="in processes that nothing has prepared")
    with Report(parser) as report, tempfile.TemporaryDirectory() as folder:
        from lib_parallax.faces.preview import frame_count

        given = report.arguments
        source = given.source or sample(Path(folder))
        rows = []
        for name, index in places(frame_count(source)).items():
            for _ in range(2):  # whatever was not compiled yet is in the second
                row = alone("preview:one", source=source, index=index, prepared=not given.bare)
            rows.append({"frame": f"{name}, {index}", **row})
        if given.cold:
            kernels = {"NUMBA_CACHE_DIR": str(Path(folder) / "kernels")}
            row = alone("preview:one", kernels, source=source, index=0, prepared=False)
            rows.append({"frame": "0, the first ever", **row})
        report.add("A preview of one frame", rows)


if __name__ == "__main__":
    main()
