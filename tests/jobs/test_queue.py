"""The queue and batches, with a small recursive loop in the place of a real one."""

from __future__ import annotations

import json
import shutil
import threading
from contextlib import contextmanager
from fractions import Fraction

import numpy as np
import pytest
import recursive_loop

from lib_parallax import jobs, loops, media
from lib_parallax.errors import OptionError, OutputError, SourceError
from lib_parallax.jobs.batch import find_sources

FRAMES = 12


@pytest.fixture(autouse=True)
def loop(monkeypatch):
    monkeypatch.setattr(loops, "load", lambda name: recursive_loop)
    monkeypatch.setattr(recursive_loop, "delay", 0.0)


def film(path, frames=FRAMES, shade=0):
    """A small lossless video, each frame of its own colour."""
    path.parent.mkdir(parents=True, exist_ok=True)
    with media.open_writer(path, (32, 16), rate=Fraction(10), codec="ffv1") as writer:
        for index in range(frames):
            writer.write(np.full((16, 32, 3), (shade + 9 * index) % 256, np.uint8), Fraction(index, 10))
    return path


@pytest.fixture
def queue(tmp_path):
    opened = jobs.Queue(tmp_path / "jobs")
    yield opened
    opened.close()


class Gate:
    """A host's turn that jobs wait at."""

    def __init__(self):
        self.open, self.asked, self.stop, self.heard = threading.Event(), [], False, []

    @contextmanager
    def __call__(self, record):
        self.asked.append(record.id)
        assert self.open.wait(20)
        yield self

    def stops(self):
        return self.stop

    def hear(self, event):
        self.heard.append(event.kind)


def test_a_job_runs_and_tells(queue, tmp_path):
    status = queue.submit("stereo", film(tmp_path / "a.mkv"), {"codec": "ffv1"}, folder=tmp_path / "out")
    done = queue.wait(status.id, 20)
    assert (done.state, done.error) == ("done", None)
    assert done.files[0].path == tmp_path / "out" / "a_TAG.mkv" and done.files[0].size > 0
    assert done.files[0].type == "video/x-matroska"
    assert done.progress["done"] == done.progress["total"] == FRAMES
    assert done.notes == ("depth is made up",)
    assert done.plain()["files"] == [
        {"name": "a_TAG.mkv", "size": done.files[0].size, "type": "video/x-matroska"}
    ]
    json.dumps(done.plain())


def test_what_cannot_be_done_is_refused_before_it_waits(queue, tmp_path):
    with pytest.raises(SourceError):
        queue.submit("stereo", tmp_path / "none.mp4", {})
    with pytest.raises(OptionError):
        queue.submit("stereo", film(tmp_path / "a.mkv"), {"strength": 99})
    assert queue.statuses() == []


def test_jobs_come_in_their_order_and_can_be_taken_out(tmp_path):
    gate = Gate()
    queue = jobs.Queue(tmp_path / "jobs", gate)
    made = [
        queue.submit(
            "stereo", film(tmp_path / f"{name}.mkv"), {"codec": "ffv1"}, tmp_path / f"{name}-out.mkv"
        )
        for name in "abc"
    ]
    while not gate.asked:
        pass
    assert [queue.status(s.id).position for s in made] == [None, 0, 1]
    assert queue.cancel(made[1].id).state == "cancelled"
    assert queue.status(made[2].id).position == 0
    gate.open.set()
    assert queue.wait(made[2].id, 20).state == "done"
    assert gate.asked == [made[0].id, made[2].id]
    assert not (tmp_path / "b-out.mkv").exists()
    queue.resume(made[1].id)
    assert queue.wait(made[1].id, 20).state == "done"
    with pytest.raises(OutputError, match="nothing to resume"):
        queue.resume(made[1].id)
    queue.close()


def test_what_waits_outlives_the_process(tmp_path):
    gate = Gate()
    queue = jobs.Queue(tmp_path / "jobs", gate)
    first, second = (
        queue.submit("stereo", film(tmp_path / f"{n}.mkv"), {"codec": "ffv1"}, tmp_path / f"{n}-out.mkv").id
        for n in "ab"
    )
    while not gate.asked:
        pass
    closing = threading.Thread(target=queue.close)
    closing.start()
    gate.stop = True
    gate.open.set()
    closing.join()
    assert not (tmp_path / "a-out.mkv").exists()
    later = jobs.Queue(tmp_path / "jobs")
    assert later.wait(first, 20).state == later.wait(second, 20).state == "done"
    later.close()


def test_a_host_that_interrupts_stops_the_job(tmp_path):
    gate = Gate()
    gate.stop = True
    gate.open.set()
    queue = jobs.Queue(tmp_path / "jobs", gate)
    status = queue.submit("stereo", film(tmp_path / "a.mkv"), {"codec": "ffv1"}, tmp_path / "out.mkv")
    assert queue.wait(status.id, 20).state == "cancelled"
    gate.stop = False
    queue.resume(status.id)
    assert queue.wait(status.id, 20).state == "done"
    queue.close()


def test_results_that_nobody_names_get_names_of_their_own(queue, tmp_path):
    source = film(tmp_path / "a.mkv")
    names = []
    for _ in range(2):
        status = queue.submit("stereo", source, {"codec": "ffv1"}, folder=tmp_path / "out")
        names.append(queue.wait(status.id, 20).files[0].name)
    assert names == ["a_TAG.mkv", "a_TAG-2.mkv"]


def test_a_source_that_changed_while_its_job_waited_is_refused(tmp_path):
    gate = Gate()
    queue = jobs.Queue(tmp_path / "jobs", gate)
    status = queue.submit("stereo", film(tmp_path / "a.mkv"), {"codec": "ffv1"}, tmp_path / "out.mkv")
    film(tmp_path / "a.mkv", 5)
    gate.open.set()
    ended = queue.wait(status.id, 20)
    assert ended.state == "failed" and "changed" in ended.error
    queue.delete(status.id)
    with pytest.raises(SourceError, match="no job"):
        queue.status(status.id)
    queue.close()


@pytest.mark.parametrize("id", ["", ".", "..", "../jobs", "nobody"])
def test_ids_are_names_only(queue, id):
    with pytest.raises(SourceError):
        queue.status(id)


@pytest.fixture
def folder(tmp_path):
    """Two films and two pictures, one of them no picture, in two folders."""
    import cv2

    root = tmp_path / "in"
    film(root / "clip10.mkv", 3)
    film(root / "clip2.mkv", 2)
    (root / "inner").mkdir()
    cv2.imwrite(str(root / "inner" / "still.png"), np.full((16, 32, 3), 40, np.uint8))
    (root / "inner" / "broken.png").write_bytes(b"no picture")
    (root / "notes.txt").write_text("x")
    return root


def test_sources_in_natural_order(folder):
    names = [path.relative_to(folder).as_posix() for path in find_sources(folder)]
    assert names == ["clip2.mkv", "clip10.mkv", "inner/broken.png", "inner/still.png"]
    assert len(find_sources(folder, recursive=False)) == 2
    assert len(find_sources(folder, leave_out=folder / "inner")) == 2


def test_a_batch_does_all_it_can_and_skips_what_is_done(folder, tmp_path):
    heard = []
    batch = jobs.Batch("stereo", folder, {"codec": "ffv1"}, tmp_path / "out")
    result = jobs.run_batch(batch, jobs_dir=tmp_path / "jobs", on_event=heard.append)
    assert [path.name for path in result.done] == ["clip2.mkv", "clip10.mkv", "still.png"]
    assert [path.name for path in result.errors] == ["broken.png"]
    assert (tmp_path / "out" / "inner" / "still_TAG.png").exists()
    assert [event.data["number"] for event in heard if event.kind == "file"] == [1, 2, 3, 4]
    again = jobs.run_batch(batch, jobs_dir=tmp_path / "jobs")
    assert len(again.skipped) == 3 and not again.done and len(again.errors) == 1


def test_names_that_would_meet_are_kept_apart(tmp_path):
    shutil.copyfile(film(tmp_path / "in" / "a.mkv", 2), tmp_path / "in" / "a.mp4")
    batch = jobs.Batch("stereo", tmp_path / "in", {"codec": "h264"}, tmp_path / "out")
    jobs.run_batch(batch, jobs_dir=tmp_path / "jobs")
    names = {path.name for path in (tmp_path / "out").iterdir()}
    assert names == {"a.mkv_TAG.mkv", "a.mp4_TAG.mp4"}


def test_a_batch_in_the_queue(queue, folder, tmp_path):
    status = queue.submit_batch(jobs.Batch("stereo", folder, {"codec": "ffv1"}, tmp_path / "out"))
    ended = queue.wait(status.id, 30)
    assert ended.state == "done"
    assert (ended.batch["items"], ended.batch["done"], len(ended.batch["errors"])) == (4, 3, 1)
    assert [file.name for file in ended.files] == [
        "clip2_TAG.mkv",
        "clip10_TAG.mkv",
        "inner/still_TAG.png",
    ]
    assert [s.id for s in queue.statuses()] == [status.id]


def test_a_batch_stops_after_the_file_at_hand_and_goes_on(folder, tmp_path):
    gate = Gate()
    queue = jobs.Queue(tmp_path / "jobs", gate)
    status = queue.submit_batch(jobs.Batch("stereo", folder, {"codec": "ffv1"}, tmp_path / "out"))
    while not gate.asked:
        pass
    queue.stop_after(status.id)
    gate.open.set()
    ended = queue.wait(status.id, 20)
    assert ended.state == "cancelled" and ended.batch["done"] == 1
    queue.resume(status.id)
    assert queue.wait(status.id, 20).state == "done"
    assert len(queue.status(status.id).files) == 3
    queue.close()


def test_a_skip_before_the_first_file_skips_that_one(folder, tmp_path):
    stops = jobs.Stops()
    stops.skip()
    result = jobs.run_batch(
        jobs.Batch("stereo", folder, {"codec": "ffv1"}, tmp_path / "out"),
        jobs_dir=tmp_path / "jobs",
        stops=stops,
    )
    assert [path.name for path in result.skipped] == ["clip2.mkv"]
    assert [path.name for path in result.done] == ["clip10.mkv", "still.png"]


def test_a_batch_refuses_its_sources_place_and_what_names_one_file(folder, tmp_path):
    with pytest.raises(OptionError, match="sources"):
        jobs.run_batch(jobs.Batch("stereo", folder, {}, folder))
    with pytest.raises(OptionError, match="save_depth"):
        jobs.run_batch(jobs.Batch("stereo", folder, {"save_depth": "d.mkv"}, tmp_path / "out"))
    with pytest.raises(SourceError, match="no such folder"):
        jobs.run_batch(jobs.Batch("stereo", tmp_path / "none", {}, tmp_path / "out"))
