"""What killed processes leave is cleared away by the next one, and what strangers leave breaks nothing."""

from __future__ import annotations

import json
import os
import socket
import threading
import time
from fractions import Fraction

import numpy as np
import pytest
import recursive_loop

from lib_parallax import jobs, loops, media
from lib_parallax.errors import Cancelled, ParallaxError
from lib_parallax.jobs.kept import NAME as KEPT
from lib_parallax.jobs.kept import FolderStore
from lib_parallax.jobs.lock import FileLock, holder
from lib_parallax.jobs.place import hidden_beside
from lib_parallax.jobs.record import LOCK, WORK, load_record, new_record
from lib_parallax.types import CancelToken

FRAMES = 12


@pytest.fixture(autouse=True)
def loop(monkeypatch):
    monkeypatch.setattr(loops, "load", lambda name: recursive_loop)
    monkeypatch.setattr(recursive_loop, "delay", 0.0)


@pytest.fixture
def film(tmp_path):
    path = tmp_path / "film.mkv"
    with media.open_writer(path, (32, 16), rate=Fraction(10), codec="ffv1") as writer:
        for index in range(FRAMES):
            writer.write(np.full((16, 32, 3), 9 * index, np.uint8), Fraction(index, 10))
    return path


@pytest.fixture
def run(film, tmp_path):
    def run_job(name="out.mkv", **keywords):
        return jobs.run(
            "stereo", film, {"codec": "ffv1"}, tmp_path / name, jobs_dir=tmp_path / "jobs", **keywords
        )

    return run_job


def cancelled_at(run, frame, name="out.mkv"):
    token = CancelToken()

    def stop(event):
        if event.kind == "progress" and event.data["done"] == frame:
            token.cancel()

    with pytest.raises(Cancelled):
        run(name, on_event=stop, cancel=token)


def test_a_cancel_leaves_segments_and_nothing_half(run, tmp_path):
    cancelled_at(run, 6)
    (record,) = jobs.list_jobs(tmp_path / "jobs")
    left = {path.relative_to(record.folder).as_posix() for path in record.folder.rglob("*") if path.is_file()}
    work = {f"{WORK}/journal.jsonl", f"{WORK}/main/00000.mkv", f"{WORK}/state-00001.npz"}
    assert left - {f"{WORK}/main/00000.mp4"} <= {"job.json", "log.txt"} | work
    assert sorted(path.name for path in tmp_path.iterdir()) == ["film.mkv", "jobs"]


def test_the_work_of_a_job_killed_behind_its_end_is_removed_by_the_next(run, tmp_path):
    done = run("first.mkv").folder
    (done / WORK / "main").mkdir(parents=True)
    (done / WORK / "main" / "00000.mp4").write_bytes(b"segment")
    (done / LOCK).write_text("1\n")
    run("second.mkv")
    assert sorted(path.name for path in done.iterdir()) == ["job.json", "log.txt"]


def test_a_folder_that_never_became_a_job_is_removed_when_it_is_old(run, tmp_path):
    old, new, foreign = (
        tmp_path / "jobs" / name for name in ("20200101-000000-zoom-a", "20200101-1-zoom-b", "2-3-x")
    )
    for folder in (old, new, foreign):
        folder.mkdir(parents=True)
    (old / "job.json.part").write_text("{")
    (foreign / "diary.txt").write_text("dear")
    for folder in (old, foreign):
        os.utime(folder, (0, 0))
    run()
    assert not old.exists() and new.exists() and foreign.exists()


def test_drafts_of_what_a_loop_keeps_are_removed_when_it_goes_on(run, tmp_path):
    cancelled_at(run, 6)
    (record,) = jobs.list_jobs(tmp_path / "jobs")
    FolderStore(record.folder / KEPT).keep_text("a", "whole")
    for name in (".draft-b.txt", ".draft-c.png", "..draft-c.0123abcd.part.png"):
        (record.folder / KEPT / name).write_bytes(b"half")
    run()
    assert [path.name for path in (record.folder / KEPT).iterdir()] == ["a.txt"]


def test_a_copy_that_was_not_whole_is_removed_beside_the_result(run, tmp_path):
    hidden_beside(tmp_path / "out.mkv").write_bytes(b"half a result")
    run()
    assert sorted(path.name for path in tmp_path.iterdir()) == ["film.mkv", "jobs", "out.mkv"]


def test_a_folder_that_was_put_aside_for_a_result_that_never_came_is_put_back(run, tmp_path):
    aside = tmp_path / ".frames.parallax-old"
    aside.mkdir()
    (aside / "000000.png").write_bytes(b"of an earlier job")
    with pytest.raises(ParallaxError, match="exists already"):
        run("frames")
    assert (tmp_path / "frames" / "000000.png").read_bytes() == b"of an earlier job"
    run("frames", overwrite=True)
    assert len(list((tmp_path / "frames").iterdir())) == FRAMES and not aside.exists()


def test_two_jobs_never_share_a_folder(tmp_path):
    made, values = [], {"loop": "zoom", "state": "queued", "output": "x"}
    begin = threading.Barrier(8)

    def make():
        begin.wait()
        made.extend(new_record(tmp_path / "jobs", dict(values), "same").folder for _ in range(6))

    threads = [threading.Thread(target=make) for _ in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert len(set(made)) == 48
    assert all(load_record(folder).id == folder.name for folder in made)


@pytest.mark.parametrize(
    "text",
    [str(os.getpid()), "1", f"{socket.gethostname()}:77", "elsewhere 4", "", "\0\xff"],
    ids=["this process", "another process", "this machine", "another machine", "nothing", "no text"],
)
def test_a_lock_file_without_a_holder_locks_nothing(run, tmp_path, text):
    """Whatever it says: of a number that another process has now, or of another machine."""
    cancelled_at(run, 6)
    (record,) = jobs.list_jobs(tmp_path / "jobs")
    for path in (record.folder / LOCK, tmp_path / "jobs" / LOCK):
        path.write_text(text)
    assert holder(record.folder / LOCK) is None and record.state == "cancelled"
    assert run().made == FRAMES - 4


def test_a_lock_does_not_need_room_on_the_disk(tmp_path, monkeypatch):
    def full(*_):
        raise OSError(28, "No space left on device")

    lock = FileLock(tmp_path / "lock")
    monkeypatch.setattr(os, "write", full)
    assert lock.acquire() and holder(tmp_path / "lock") == 0
    assert not FileLock(tmp_path / "lock").acquire()
    lock.release()


NONSENSE = [
    "", "{", "[]", "null", "[" * 100_000, "\xff\xfe",
    {"loop": 1, "state": "queued", "output": "x", "times": {}},
    {"loop": "zoom", "state": "queued", "output": "x", "times": [], "queued": 1},
    {"loop": "zoom", "state": "queued", "output": "x", "times": {}, "queued": "soon"},
    {"loop": "zoom", "state": "running", "output": "x", "times": {}, "source": "film"},
    {"loop": "zoom", "state": "done", "output": "x", "times": {}, "outputs": [7]},
    {"loop": "zoom", "state": "done", "output": "x", "times": {}, "frames": "many"},
    {"loop": "nothing", "state": "queued", "output": "\0", "times": {}, "options": {}, "queued": 5},
    {"loop": "zoom", "state": "queued", "output": "x", "times": {}, "queued": 4},
    {"loop": "zoom", "state": "queued", "output": "x", "times": {}, "queued": 3, "batch": {}},
    {"loop": "stereo", "state": "queued", "output": "x", "times": {}, "options": {}, "queued": 2,
     "source": {"path": "\0"}},
]  # fmt: skip


def test_records_that_make_no_sense_stop_neither_the_list_nor_the_queue(film, tmp_path):
    for number, told in enumerate(NONSENSE):
        folder = tmp_path / "jobs" / f"20200101-000000-zoom-{number}"
        folder.mkdir(parents=True)
        text = told if isinstance(told, str) else json.dumps(told)
        (folder / "job.json").write_text(text, encoding="utf-8", errors="surrogateescape")
    queue = jobs.Queue(tmp_path / "jobs")
    made = queue.submit("stereo", film, {"codec": "ffv1"}, tmp_path / "out.mkv")
    assert queue.wait(made.id, 60).state == "done"
    for status in queue.statuses():
        json.dumps(status.plain())
        assert status.state in ("done", "failed", "interrupted"), status
    queue.close()


def test_a_hundred_jobs_that_wait_cost_their_files_alone(film, tmp_path):
    import psutil

    process, gate = psutil.Process(), threading.Event()

    class Turn:
        def __init__(self, record):
            pass

        def __enter__(self):
            gate.wait()
            return self

        def __exit__(self, *_):
            pass

        def stops(self):
            return False

        def hear(self, event):
            pass

    queue = jobs.Queue(tmp_path / "jobs", Turn)
    for number in range(3):
        queue.submit("stereo", film, {"codec": "ffv1"}, tmp_path / f"warm-{number}.mkv")
    threads, files, held = threading.active_count(), process.num_fds(), process.memory_info().rss
    begun = time.process_time()
    ids = [queue.submit("stereo", film, {"codec": "ffv1"}, tmp_path / f"{n}.mkv").id for n in range(100)]
    assert time.process_time() - begun < 30
    assert threading.active_count() <= threads and process.num_fds() <= files
    assert process.memory_info().rss - held < 16 << 20
    assert [queue.status(id).position for id in ids] == list(range(2, 102))
    assert (
        sum(1 for path in (tmp_path / "jobs").rglob("*") if path.is_file() and WORK not in path.parts) < 310
    )
    for id in ids:
        queue.cancel(id)
    gate.set()
    queue.close()


def test_a_slow_encoder_holds_the_loop_back(run, tmp_path, monkeypatch):
    from lib_parallax.jobs import encoders

    made, written, ahead = [], [], []
    frames, write = recursive_loop.frames, encoders.OneFile.write

    def counted(*args, **keywords):
        for frame in frames(*args, **keywords):
            made.append(frame.pts)
            yield frame

    def slowly(self, image, frame, number):
        time.sleep(0.02)
        ahead.append(len(made) - len(written))
        write(self, image, frame, number)
        written.append(frame.pts)

    monkeypatch.setattr(recursive_loop, "frames", counted)
    monkeypatch.setattr(encoders.OneFile, "write", slowly)
    run()
    assert len(written) == FRAMES
    assert max(ahead) <= 5  # the one at hand, two that wait, one in the thread's hands, one being made
