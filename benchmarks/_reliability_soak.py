"""Many small jobs in a row in one process, and an hour of video: memory, files and threads stay flat."""

from __future__ import annotations

import argparse
import contextlib
import json
import os
import subprocess
import sys
import tempfile
import threading
from collections.abc import Iterator
from dataclasses import dataclass
from fractions import Fraction
from pathlib import Path
from typing import Any

import numpy as np

from lib_parallax import jobs, media
from lib_parallax.errors import OptionError
from lib_parallax.types import Event

SIZE = (64, 36)
HOUR = 3600  # frames, one a second
WARM = 12  # jobs, two of each kind, after which a process has loaded and compiled what it needs
ROOM = 24 << 20  # bytes that memory may grow by meanwhile: arenas settle late
ROOM_OF_AN_HOUR = 48 << 20


@dataclass(frozen=True)
class Held:
    """What a process holds: bytes of memory, open files and threads."""

    bytes: int
    files: int
    threads: int

    @classmethod
    def now(cls) -> Held:
        import psutil

        process = psutil.Process()
        files = process.num_fds() if hasattr(process, "num_fds") else process.num_handles()
        return cls(process.memory_info().rss, files, threading.active_count())


@dataclass
class Growth:
    """What was held after the warming up, and the most of it from there on."""

    warm: Held
    most: Held

    def see(self, held: Held) -> None:
        self.most = Held(
            *(max(a, b) for a, b in zip(vars(self.most).values(), vars(held).values(), strict=True))
        )

    def faults(self, room: int) -> Iterator[str]:
        if self.most.bytes - self.warm.bytes > room:
            yield f"memory grew by {(self.most.bytes - self.warm.bytes) >> 20} MiB"
        if self.most.files > self.warm.files:
            yield f"open files grew from {self.warm.files} to {self.most.files}"
        if self.most.threads > self.warm.threads:
            yield f"threads grew from {self.warm.threads} to {self.most.threads}"


def write_clip(path: Path, frames: int, rate: Fraction) -> Path:
    """A moving pattern of one shot."""
    y, x = np.mgrid[: SIZE[1], : SIZE[0]]
    with media.open_writer(path, SIZE, rate=rate, codec="ffv1") as writer:
        for n in range(frames):
            wave = 128 + 60 * np.sin((x + n) / 13) + 40 * np.cos(y / 9 + np.sin(n / 40))
            writer.write(np.stack([wave, wave[::-1], 255 - wave], -1).astype(np.uint8), n / rate)
    return path


def many(count: int, folder: Path) -> Growth:
    """So many jobs after the warming up: stereo, depth, parallax and zoom, and one that is refused."""
    film = write_clip(folder / "film.mkv", 5, Fraction(5))
    picture = folder / "picture.png"
    with (
        media.open_video(film) as reader,
        media.open_writer(picture, SIZE, rate=Fraction(1)) as writer,
    ):
        writer.write(next(iter(reader)).image, Fraction(0))
    painted = {"prompt": "a hill", "generator": "classical", "count": 1, "fps": 2}
    kinds: list[tuple[str, Path | None, dict[str, Any], str]] = [
        ("stereo", film, {}, ".mp4"),
        ("depth", film, {}, ".mkv"),
        ("stereo", film, {"layout": "separate", "codec": "ffv1"}, ".mkv"),
        ("parallax", film, {"duration": 0.5, "fps": 8}, ".mp4"),
        ("stereo", film, {"codec": "no such codec"}, ".mp4"),
        ("zoom", picture, painted, ".mp4"),
    ]
    growth: Growth | None = None
    for number in range(WARM + count):
        loop, source, options, suffix = kinds[number % len(kinds)]
        with contextlib.suppress(OptionError):  # one of them is refused
            jobs.run(loop, source, options, folder / f"out-{number}{suffix}", jobs_dir=folder / "jobs")
        jobs.clean(folder / "jobs")
        held = Held.now()
        if number + 1 == WARM:
            growth = Growth(held, held)
        elif growth is not None:
            growth.see(held)
    assert growth is not None
    return growth


def long(frames: int, folder: Path) -> Growth:
    """A clip of so many seconds, a frame in each, turned into stereo; a tenth of it is the warming up."""
    film = write_clip(folder / "long.mkv", frames, Fraction(1))
    growth: list[Growth] = []

    def watch(event: Event) -> None:
        if event.kind != "progress" or event.data["done"] % 20:
            return
        if not growth and event.data["done"] >= frames // 10:
            growth.append(Growth(Held.now(), Held.now()))
        elif growth:
            growth[0].see(Held.now())

    result = jobs.run("stereo", film, {}, folder / "long.mp4", jobs_dir=folder / "jobs", on_event=watch)
    assert result.frames == frames
    growth[0].see(Held.now())
    return growth[0]


def run(args: argparse.Namespace) -> dict[str, Any]:
    """In a process whose allocator gives memory back: how much of it lies in arenas is chance."""
    environment = {**os.environ, "MALLOC_ARENA_MAX": "2"}
    command = [sys.executable, __file__, str(args.soak)]
    done = subprocess.run(command, env=environment, stdout=subprocess.PIPE, text=True, check=False)
    *lines, last = done.stdout.splitlines() or [""]
    print("\n".join(lines), flush=True)
    return json.loads(last) if done.returncode == 0 else {"jobs": args.soak, "failures": 1}


def soak(count: int) -> dict[str, Any]:
    faults: list[str] = []
    told: dict[str, Any] = {"jobs": count, "seconds_of_video": HOUR}
    with tempfile.TemporaryDirectory(prefix="parallax-soak-") as name:
        for what, growth, room in (
            ("jobs in a row", many(count, Path(name)), ROOM),
            ("an hour of video", long(HOUR, Path(name)), ROOM_OF_AN_HOUR),
        ):
            faults += [f"{what}: {fault}" for fault in growth.faults(room)]
            print(
                f"  {what}: {growth.warm.bytes >> 20} MiB warm, {growth.most.bytes >> 20} MiB at most; "
                f"{growth.most.files} open files at most ({growth.warm.files} warm), "
                f"{growth.most.threads} threads ({growth.warm.threads} warm)",
                flush=True,
            )
            key = what.replace(" ", "_")
            told[key] = {"warm_bytes": growth.warm.bytes, "most_bytes": growth.most.bytes}
            told["peak_bytes"] = max(told.get("peak_bytes", 0), growth.most.bytes)
            told["open_files"] = max(told.get("open_files", 0), growth.most.files)
    for fault in faults:
        print(f"  {fault}")
    print(
        f"soak: {count} jobs and {HOUR / 3600:.0f} h of video; "
        f"peak memory {told['peak_bytes'] >> 20} MiB; open files at most {told['open_files']}"
    )
    return {**told, "failures": len(faults)}


if __name__ == "__main__":
    print(json.dumps(soak(int(sys.argv[1]))))
