"""Workers that are processes of this machine: one is killed, and none is left behind."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
from pathlib import Path

import psutil
import pytest
import spread_clips as clips

from lib_parallax import jobs
from lib_parallax.faces import cli
from lib_parallax.jobs.spread import open_crew, processes


def workers() -> list[int]:
    """Processes that this one has started and that work for it."""
    children = psutil.Process().children()
    return [child.pid for child in children if processes.__name__ in " ".join(child.cmdline())]


def test_a_worker_that_is_killed_changes_nothing(tmp_path, monkeypatch):
    monkeypatch.setenv("CUDA_VISIBLE_DEVICES", "")
    clip, depth = clips.write(tmp_path / "clip.mp4"), clips.write_depth(tmp_path / "depth.mkv")
    options = {"depth": str(depth)}
    plain = jobs.run("stereo", clip, options, tmp_path / "plain.mkv", jobs_dir=tmp_path / "jobs")
    killed: list[int] = []

    def kill(event):
        if event.kind == "progress" and event.data["image"] is not None and not killed:
            killed.extend(workers())
            for pid in killed:
                os.kill(pid, signal.SIGKILL)

    with open_crew("local", 2) as crew:
        result = jobs.run(
            "stereo", clip, options, tmp_path / "spread.mkv", jobs_dir=tmp_path / "jobs", crew=crew,
            on_event=kill,
        )  # fmt: skip
        assert len(killed) == 2 and not set(killed) & set(workers())
    assert workers() == []
    assert result.outputs[0].read_bytes() == plain.outputs[0].read_bytes()
    assert (result.report, result.made) == (plain.report, clips.FRAMES)
    told = (result.folder / "log.txt").read_text()
    assert "ended with signal SIGKILL; its work is done again from frame" in told


def test_a_worker_ends_with_the_process_that_it_works_for(tmp_path):
    script = (
        "import sys, time\n"
        "from lib_parallax.jobs.spread.processes import Process\n"
        "print(Process(1).pid, flush=True)\n"
        "time.sleep(60)\n"
    )
    root = str(Path(jobs.__file__).parents[2])
    asking = subprocess.Popen(
        [sys.executable, "-c", script],
        stdout=subprocess.PIPE,
        text=True,
        env={**os.environ, "PYTHONPATH": root},
    )
    try:
        assert asking.stdout is not None
        worker = psutil.Process(int(asking.stdout.readline()))
    finally:
        asking.kill()
        asking.wait()
    worker.wait(timeout=30)


@pytest.mark.parametrize(
    ("flags", "sentence"),
    [
        (["--workers", "2"], "--workers needs --cluster"),
        (["--cluster", "local", "--workers", "none"], "is not a number of workers"),
        (["--cluster", "moon"], "is none of auto, local and ray://"),
    ],
)
def test_flags_that_make_no_sense_are_refused(flags, sentence, tmp_path, capsys):
    assert cli.main(["stereo", str(tmp_path / "clip.mp4"), *flags]) == 2
    assert cli.main(["batch", str(tmp_path), *flags]) == 2
    assert capsys.readouterr().err.count(sentence) == 2


def test_one_worker_for_each_gpu_that_may_be_used(monkeypatch):
    monkeypatch.setenv("CUDA_VISIBLE_DEVICES", "3, GPU-5,-1")
    assert processes.visible_gpus() == ["3", "GPU-5"]
    assert processes.processes().size == 2
    monkeypatch.setenv("CUDA_VISIBLE_DEVICES", "")
    assert processes.processes().size == max(1, processes.cores() // processes.CORES)
