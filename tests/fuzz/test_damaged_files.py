"""Real files with bits turned, parts missing and numbers gone wild: read, or refused in one sentence."""

from __future__ import annotations

import amount
import pytest
import whole_files
from damage import damaged

# trial, files and how many cases in the suite
SETS = {
    "video": (whole_files.videos, 360),
    "moving": (whole_files.videos, 40),
    "joined": (whole_files.videos, 40),
    "boxed": (whole_files.videos, 80),
    "sound": (whole_files.sounds, 80),
    "picture": (whole_files.pictures, 240),
    "depth": (whole_files.depths, 120),
    "flow": (whole_files.flows, 80),
    "weights": (whole_files.weights, 80),
}
FAR = 1_000_003


@pytest.mark.parametrize("trial", SETS)
def test_damaged(trial, worker, tmp_path):
    make, cases = SETS[trial]
    home, work = tmp_path / "whole", tmp_path / "damaged"
    home.mkdir(), work.mkdir()
    files = make(home)
    whole_files.segment(work)
    said = {path.name: worker.trial(trial, path) for path in files if trial != "joined"}
    assert not any(said.values()), said
    faults, suffixes = [], sorted({path.suffix for path in files})
    for number in range(amount.share(cases)):
        path, other = files[number % len(files)], files[number * 7 % len(files)]
        suffix = suffixes[number // 7 % len(suffixes)] if number % 11 == 0 else path.suffix
        case = work / f"case-{number}{suffix}"
        case.write_bytes(damaged(path.read_bytes(), number * FAR, other.read_bytes()))
        try:
            worker.trial(trial, case)
        except AssertionError as fault:
            faults.append(f"{number}, of {path.name}: {fault}")
        amount.count("damaged files")
        case.unlink()
    assert not faults, f"{len(faults)} faults\n" + "\n".join(faults[:10])
