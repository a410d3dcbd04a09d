"""A disk that fills up at any moment: one sentence, nothing lost, nothing left over."""

from __future__ import annotations

from fractions import Fraction
from pathlib import Path

import numpy as np
import pytest
import recursive_loop
from full_disk import FullDisk

from lib_parallax import jobs, loops, media
from lib_parallax.errors import OutputError, ParallaxError

FRAMES = 12


@pytest.fixture(autouse=True)
def loop(monkeypatch):
    monkeypatch.setattr(loops, "load", lambda name: recursive_loop)
    monkeypatch.setattr(recursive_loop, "delay", 0.0)


def film(path: Path) -> Path:
    with media.open_writer(path, (32, 16), rate=Fraction(10), codec="ffv1") as writer:
        for index in range(FRAMES):
            writer.write(np.full((16, 32, 3), 9 * index, np.uint8), Fraction(index, 10))
    return path


def everything(folder: Path) -> set[str]:
    return {path.relative_to(folder).as_posix() for path in folder.rglob("*") if path.is_file()}


@pytest.fixture
def run(tmp_path):
    source = film(tmp_path / "film.mkv")

    def run_in(name: str):
        options = {"codec": "ffv1", "save_depth": str(tmp_path / name / "depth")}
        return jobs.run(
            "stereo", source, options, tmp_path / name / "out.mkv", jobs_dir=tmp_path / name / "jobs"
        )

    return run_in


def results(folder: Path) -> dict[str, bytes]:
    return {
        path.name: path.read_bytes()
        for path in folder.rglob("*")
        if path.is_file() and "jobs" not in path.relative_to(folder).parts
    }


def test_full_at_every_write(run, tmp_path):
    with pytest.MonkeyPatch.context() as patch:
        disk = FullDisk(patch)
        run("whole")
    whole, calls = results(tmp_path / "whole"), disk.calls
    assert calls > 100
    refused = 0
    for moment in range(1, calls + 1, 5):
        name = f"full-{moment}"
        with pytest.MonkeyPatch.context() as patch:
            FullDisk(patch, moment)
            try:
                run(name)
            except OutputError as error:
                refused += 1
                assert "the disk is full" in str(error) and "\n" not in str(error)
                assert results(tmp_path / name).keys() <= {f"{n:06d}.png" for n in range(FRAMES)}
            # what cannot be written when the results are in their places is no failure
        again = None
        try:
            again = run(name)
        except OutputError as error:
            assert "exists already" in str(error)
        assert results(tmp_path / name) == whole, f"full from write {moment} on"
        left = everything(tmp_path / name / "jobs")
        assert {Path(path).name for path in left} == {"job.json", "log.txt"}, f"full from write {moment} on"
        assert len(jobs.list_jobs(tmp_path / name / "jobs")) == 1
        assert again is None or again.frames == FRAMES
    assert refused > calls // 5 - 8


def test_a_queue_lives_on_after_a_full_disk(run, tmp_path):
    source = film(tmp_path / "a.mkv")
    queue = jobs.Queue(tmp_path / "jobs")
    with pytest.MonkeyPatch.context() as patch:
        disk = FullDisk(patch)
        queue.wait(queue.submit("stereo", source, {"codec": "ffv1"}, tmp_path / "first.mkv").id, 60)
    for moment in range(1, disk.calls, 13):
        with pytest.MonkeyPatch.context() as patch:
            FullDisk(patch, moment)
            try:
                id = queue.submit("stereo", source, {"codec": "ffv1"}, tmp_path / f"{moment}.mkv").id
            except ParallaxError as error:
                assert "the disk is full" in str(error), error
                continue
            queue.wait(id, 60)
        if queue.status(id).state != "done":
            queue.resume(id)
            assert queue.wait(id, 60).state == "done", f"full from write {moment} on"
        assert (tmp_path / f"{moment}.mkv").read_bytes() == (tmp_path / "first.mkv").read_bytes()
    queue.close()
    assert jobs.Queue(tmp_path / "jobs").close() is None
