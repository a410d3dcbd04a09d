"""The host's process is killed with jobs in its queue: the next one goes on with them in their order."""

from __future__ import annotations

import os
import subprocess
import sys
import time
from contextlib import contextmanager
from fractions import Fraction
from pathlib import Path

import numpy as np
import pytest
import recursive_loop

from lib_parallax import jobs, loops, media
from lib_parallax.jobs.record import LOG, WORK

FRAMES = 12
HOST = """
import sys, time
from pathlib import Path
import recursive_loop
from lib_parallax import jobs, loops
loops.load = lambda name: recursive_loop
recursive_loop.delay = 0.1
folder = Path(sys.argv[1])
queue = jobs.Queue(folder / "jobs")
for name in sys.argv[2:]:
    queue.submit("stereo", folder / "film.mkv", {"codec": "ffv1"}, folder / f"{name}.mkv")
print("queued", flush=True)
time.sleep(600)
"""


@pytest.mark.skipif(sys.platform == "win32", reason="kill -9 is a thing of POSIX")
def test_the_queue_outlives_its_host(tmp_path, monkeypatch):
    with media.open_writer(tmp_path / "film.mkv", (32, 16), rate=Fraction(10), codec="ffv1") as writer:
        for index in range(FRAMES):
            writer.write(np.full((16, 32, 3), 9 * index, np.uint8), Fraction(index, 10))
    paths = os.pathsep.join([str(Path(__file__).parents[2]), str(Path(__file__).parent)])
    host = subprocess.Popen(
        [sys.executable, "-c", HOST, str(tmp_path), "third", "first", "second"],
        env={**os.environ, "PYTHONPATH": paths}, stdout=subprocess.PIPE,
    )  # fmt: skip
    try:
        assert host.stdout.readline().strip() == b"queued"
        deadline = time.monotonic() + 120
        while not any(p.read_bytes() for p in (tmp_path / "jobs").glob(f"*/{WORK}/state-*.npz")):
            assert host.poll() is None and time.monotonic() < deadline
            time.sleep(0.01)
        other = jobs.Queue(tmp_path / "jobs")  # beside a host that lives, it takes nothing over
        assert other.waiting == 0
        other.close()
    finally:
        host.kill()
        host.wait()
        host.stdout.close()
    states = {Path(record.output).stem: record.state for record in jobs.list_jobs(tmp_path / "jobs")}
    assert states == {"third": "interrupted", "first": "queued", "second": "queued"}

    came = []

    @contextmanager
    def turn(record):
        came.append(Path(record.output).stem)
        yield jobs.queue.Alone()

    monkeypatch.setattr(loops, "load", lambda name: recursive_loop)
    monkeypatch.setattr(recursive_loop, "delay", 0.0)
    queue = jobs.Queue(tmp_path / "jobs", turn)
    for record in jobs.list_jobs(tmp_path / "jobs"):
        assert queue.wait(record.id, 60).state == "done"
    queue.close()
    assert came == ["third", "first", "second"]
    (begun,) = (r for r in jobs.list_jobs(tmp_path / "jobs") if r.output.endswith("third.mkv"))
    assert "resumed with" in (begun.folder / LOG).read_text()
    same = {(tmp_path / f"{name}.mkv").read_bytes() for name in came}
    assert len(same) == 1
