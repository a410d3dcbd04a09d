"""Real jobs in processes of their own, killed with SIGKILL at random moments and gone on with.

A case is one job: killed a few times, resumed to its end, and held against an uninterrupted run.
"""

from __future__ import annotations

import argparse
import hashlib
import json
import os
import random
import re
import shutil
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable
from dataclasses import dataclass, field
from fractions import Fraction
from pathlib import Path
from typing import Any

import numpy as np

from lib_parallax.jobs.record import LOCK, LOG, WORK, list_jobs

SIZE, FRAMES, RATE = (96, 64), 80, Fraction(2)
MOST_SECONDS = 10  # of video that may lie in the open segment
MOST_KILLS = 3  # of one job
PATIENCE = 300.0  # seconds for a job to begin or to end
_PAINTED = re.compile(r"painting \w+ (\d+)")


@dataclass(frozen=True)
class Kind:
    """One command. `results` are its files' names, `rate` the frames of its result in a second."""

    loop: str
    arguments: tuple[str, ...]
    results: tuple[str, ...]
    rate: Fraction = RATE

    def argv(self, folder: Path) -> list[str]:
        """The command line's arguments; results and the job go into `folder`."""
        named = [str(folder / part) if part in self.results else part for part in self.arguments]
        return [self.loop, *named, "--jobs-dir", str(folder / "jobs"), "--quiet"]


@dataclass(frozen=True)
class Whole:
    """An uninterrupted run.

    hashes   the results' SHA-256 by name
    ends     frames up to where each segment ends
    painted  pictures that were painted
    seconds  that it took
    """

    hashes: dict[str, str]
    ends: tuple[int, ...]
    painted: int
    seconds: float


@dataclass
class Case:
    """What became of one job that was killed.

    again, steps_again  most frames, and pictures, that any one kill cost
    faults              sentences on what should not have been
    """

    kind: str
    kills: int = 0
    again: int = 0
    steps_again: int = 0
    faults: list[str] = field(default_factory=list)


def kinds(folder: Path) -> dict[str, Kind]:
    """Stereo, zoom and animate on a small clip and picture, which are made in `folder`."""
    import cv2

    from lib_parallax import media

    film, picture = folder / "film.mkv", folder / "picture.png"
    y, x = np.mgrid[: SIZE[1], : SIZE[0]]
    with media.open_writer(film, SIZE, rate=RATE, codec="ffv1") as writer:
        for n in range(FRAMES):
            waves = [np.sin((x + 2 * n) / 9), np.cos(y / 7 + n / 5), np.sin((x + y) / 11)]
            image = np.clip(128 + 50 * np.stack(waves, -1), 0, 255).astype(np.uint8)
            if n == 0:
                cv2.imwrite(str(picture), image[..., ::-1])
            writer.write(image, n / RATE)
    paint = ("--prompt", "a red house", "--generator", "classical")
    depth = ("--fill", "temporal", "--save-depth", "depth.mkv")
    zoom = ("--count", "5", "--fps", "4", "--speed", "0.1")
    return {
        "stereo": Kind("stereo", (str(film), "-o", "out.mp4", *depth), ("out.mp4", "depth.mkv")),
        "zoom": Kind("zoom", (str(picture), "-o", "out.mp4", *zoom, *paint), ("out.mp4",), Fraction(4)),
        "animate": Kind("animate", (str(film), "-o", "out.mp4", *paint), ("out.mp4",)),
    }


def uninterrupted(kind: Kind, folder: Path, run: Callable[[list[str]], int]) -> Whole:
    """The job in one go, by `run`, which takes a command line and gives its exit status."""
    folder.mkdir()
    if run(kind.argv(folder)) != 0:
        raise RuntimeError(f"{kind.loop}: the uninterrupted run failed")
    (record,) = list_jobs(folder / "jobs")
    log = _log(folder)
    lengths = [int(n) for n in re.findall(r"segment \d+: (\d+) frames", log)]
    ends = tuple(sum(lengths[: n + 1]) for n in range(len(lengths)))
    return Whole(_hashes(kind, folder), ends, len(_PAINTED.findall(log)), record.values["seconds"])


def killed(
    kind: Kind, whole: Whole, folder: Path, moments: list[float], run: Callable[[list[str]], int]
) -> Case:
    """Kills the job at each of `moments`, shares of an uninterrupted run's time, then has `run` finish it."""
    folder.mkdir()
    case = Case(kind.loop)
    for moment in moments:
        if not _kill(kind, folder, 0.8 * moment * whole.seconds):
            break  # it was done sooner
        case.kills += 1
        _look_at_what_is_left(kind, whole, folder, case)
    # killed at its very end, or sooner done than killed, it is refused for the result that is there
    allowed = (0, 2) if _hashes(kind, folder) == whole.hashes else (0,)
    if (status := run(kind.argv(folder))) not in allowed:
        case.faults.append(f"it could not be resumed: exit status {status}")
        return case
    if _hashes(kind, folder) != whole.hashes:
        case.faults.append("the result differs from an uninterrupted run's")
    painted = _PAINTED.findall(_log(folder))
    case.steps_again = max((painted.count(step) - 1 for step in set(painted)), default=0)
    if len(painted) - whole.painted > case.kills:
        case.faults.append(f"{len(painted)} pictures were painted in place of {whole.painted}")
    case.faults += left_behind(kind, folder)
    return case


def _kill(kind: Kind, folder: Path, seconds: float) -> bool:
    """Starts the job and kills it so long after it took its folder; whether it still ran then."""
    temporary = folder / "tmp"
    temporary.mkdir(exist_ok=True)
    process = start(kind.argv(folder), temporary)
    try:
        deadline = time.monotonic() + PATIENCE
        while not _is_held(folder, process.pid):
            if process.poll() is not None:
                return False
            if time.monotonic() > deadline:
                raise RuntimeError(f"{kind.loop}: the job did not begin")
            time.sleep(0.002)
        try:
            process.wait(seconds)
        except subprocess.TimeoutExpired:
            process.kill()
        return process.wait() < 0
    finally:
        process.kill()
        process.wait()


def start(arguments: list[str], temporary: Path) -> subprocess.Popen[bytes]:
    """`parallax` in a process of its own, its temporary files in a folder of their own."""
    import lib_parallax

    root = str(Path(lib_parallax.__file__).parents[1])
    paths = os.pathsep.join([root, *filter(None, [os.environ.get("PYTHONPATH")])])
    environment = {**os.environ, "PYTHONPATH": paths, "TMPDIR": str(temporary)}
    command = [sys.executable, "-m", "lib_parallax", *arguments]
    return subprocess.Popen(command, env=environment, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)


def in_a_process(arguments: list[str]) -> int:
    """Runs `parallax` to its end; its exit status."""
    with tempfile.TemporaryDirectory() as temporary:
        return start(arguments, Path(temporary)).wait(PATIENCE)


def _is_held(folder: Path, pid: int) -> bool:
    for lock in (folder / "jobs").glob(f"*/{LOCK}"):
        try:
            if lock.read_text().strip() == str(pid):
                return True
        except OSError:
            continue
    return False


def _look_at_what_is_left(kind: Kind, whole: Whole, folder: Path, case: Case) -> None:
    """After a kill: the journal ends where a segment does, and what it lacks of the next one is little."""
    kept = 0
    for journal in (folder / "jobs").glob(f"*/{WORK}/journal.jsonl"):
        for line in journal.read_bytes().splitlines(keepends=True):
            told = json.loads(line) if line.endswith(b"\n") else {}
            kept += told.get("frames", 0)
    if kept and kept not in whole.ends:
        case.faults.append(f"the journal keeps {kept} frames, where no segment ends")
    following = next((end for end in whole.ends if end > kept), kept)
    case.again = max(case.again, following - kept)
    if (following - kept) / kind.rate > MOST_SECONDS + 1 / kind.rate and not whole.painted:
        case.faults.append(f"{following - kept} frames are done again")
    there = [name for name in kind.results if (folder / name).exists()]
    for name in there:
        if whole.hashes[name] != _digest(folder / name):
            case.faults.append(f"{name} is there but is not whole")


def left_behind(kind: Kind, folder: Path) -> list[str]:
    """After the end: every file that should not be there."""
    there = {path.relative_to(folder) for path in folder.rglob("*") if path.is_file()}
    expected = {Path(name) for name in kind.results}
    records = list_jobs(folder / "jobs")
    faults = [] if len(records) == 1 else [f"{len(records)} jobs in place of one"]
    for path in sorted(there - expected):
        parts = path.parts
        of_the_job = parts[0] == "jobs" and len(parts) > 2
        if of_the_job and (parts[2] in ("job.json", LOG) or (parts[2] == "kept" and "part" not in path.name)):
            continue
        faults.append(f"{path} was left behind")
    return faults


def _log(folder: Path) -> str:
    return "".join(path.read_text(encoding="utf-8") for path in (folder / "jobs").glob(f"*/{LOG}"))


def _digest(path: Path) -> str:
    return hashlib.sha256(path.read_bytes()).hexdigest() if path.is_file() else "missing"


def _hashes(kind: Kind, folder: Path) -> dict[str, str]:
    return {name: _digest(folder / name) for name in kind.results}


def run(args: argparse.Namespace) -> dict[str, Any]:
    """As many kills as are asked for, a job of each kind in turn; their counts."""
    chance = random.Random(args.seed)
    cases: list[Case] = []
    with tempfile.TemporaryDirectory(prefix="parallax-kills-") as name:
        root = Path(name)
        there = kinds(root)
        wholes = {loop: uninterrupted(kind, root / loop, in_a_process) for loop, kind in there.items()}
        left = args.kills
        while left > 0:
            loop = list(there)[len(cases) % len(there)]
            moments = [chance.random() for _ in range(min(left, chance.randint(1, MOST_KILLS)))]
            folder = root / f"case-{len(cases)}"
            case = killed(there[loop], wholes[loop], folder, moments, in_a_process)
            cases.append(case)
            left -= case.kills
            if not case.faults:
                shutil.rmtree(folder)
            told = "; ".join(case.faults) or "the same bytes"
            print(f"  {loop:8} killed {case.kills} times: {told}", flush=True)
    tried = sum(case.kills for case in cases)
    counts = {
        "tried": tried,
        "survived": sum(case.kills for case in cases if not case.faults),
        "jobs": len(cases),
        "equal": sum(not case.faults for case in cases),
        "most_seconds_again": max(float(case.again / there[case.kind].rate) for case in cases),
        "most_steps_again": max(case.steps_again for case in cases),
    }
    print(
        f"kills: {counts['survived']} of {tried} survived; "
        f"hashes: {counts['equal']} of {len(cases)} jobs equal; "
        f"done again at most {counts['most_seconds_again']:.1f} s of video, "
        f"one picture {counts['most_steps_again']} times"
    )
    return {**counts, "failures": sum(len(case.faults) for case in cases)}
