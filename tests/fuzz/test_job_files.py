"""A job's own files, damaged: the list of jobs goes on, and a journal is trusted as far as it makes sense."""

from __future__ import annotations

import json
import shutil

import amount
import numpy as np
import pytest
import soup
from hypothesis import given, settings
from hypothesis import strategies as st

from lib_parallax.jobs.durable import seal
from lib_parallax.jobs.journal import NAME, open_journal
from lib_parallax.jobs.record import list_jobs
from lib_parallax.jobs.status import status_of
from lib_parallax.types import Boundary

RECORD = {
    "id": "x", "identity": "0" * 64, "loop": "stereo", "state": "failed", "source": {"path": "a.mkv",
    "size": 1},
    "asked_output": "out.mkv", "output": "out.mkv", "outputs": ["out.mkv"], "options": {"strength": 3},
    "seed": 0,
    "versions": {"python": "3"}, "warnings": ["w"], "notes": ["n"], "frames": 3, "total": 9, "queued": 7,
    "times": {"created": "2026-01-01T00:00:00+0000"}, "error": "no", "report": {"lines": ["a"]},
    "seconds": 1.5,
    "batch": {"items": 2, "done": 1, "skipped": 0, "errors": [{"source": "a", "error": "b"}]},
}  # fmt: skip


@settings(max_examples=amount.share(120))
@given(soup.mutated([RECORD]))
def test_records(tmp_path_factory, data):
    amount.count("job files")
    folder = tmp_path_factory.getbasetemp() / "jobs" / "20260101-000000-stereo-a"
    folder.mkdir(parents=True, exist_ok=True)
    (folder / "job.json").write_bytes(data)
    for record in list_jobs(folder.parent):
        json.dumps(status_of(record).plain())


@pytest.fixture(scope="module")
def work(tmp_path_factory):
    """Three segments and the end."""
    folder = tmp_path_factory.mktemp("whole")
    journal = open_journal(folder)
    (folder / "main").mkdir()
    for number, after in enumerate((Boundary(4, False, {"a": np.arange(3)}), Boundary(8, True), None)):
        path = folder / "main" / f"{number:05d}.mp4"
        path.write_bytes(bytes([number]) * 50)
        files = {"main": {"path": f"main/{path.name}", "sha256": seal(path)}}
        journal.close_segment(4, files, after, ["w"], [[0.0, 1.0]])
    journal.close({"report": {"x": 1}})
    journal.start_placing()
    return folder


@settings(max_examples=amount.share(150))
@given(number=st.integers(0, 10**9), which=st.integers(0, 9), value=soup.leaves, data=st.data())
def test_journals(work, tmp_path_factory, number, which, value, data):
    amount.count("job files")
    folder = tmp_path_factory.getbasetemp() / "damaged"
    shutil.rmtree(folder, ignore_errors=True)
    shutil.copytree(work, folder)
    files = sorted(path for path in folder.rglob("*") if path.is_file())
    if which < 5:
        path = files[which % len(files)]
        path.write_bytes(soup.damaged(path.read_bytes(), number, files[-1].read_bytes()))
    else:
        lines = [json.loads(line) for line in (folder / NAME).read_bytes().splitlines()]
        at = number % len(lines)
        told = [line if n != at else None for n, line in enumerate(map(json.dumps, lines))]
        told[at] = data.draw(soup.mutated([lines[at]])).decode("utf-8", "replace")
        (folder / NAME).write_text("\n".join(told) + "\n", encoding="utf-8")
    journal = open_journal(folder)
    start = journal.start() if journal.end is None else None
    assert journal.frames in (0, 4, 8, 12) or which >= 5
    assert all(path.is_file() for path in journal.files("main"))
    if start is not None:
        assert start.index >= 0
    again = open_journal(folder)
    assert (again.segments, again.end) == (journal.segments, journal.end)
