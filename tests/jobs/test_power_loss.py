"""What a line of the journal speaks of is on the disk before the line is, names and all."""

from __future__ import annotations

import json
import os
import sys
from fractions import Fraction
from pathlib import Path

import numpy as np
import pytest
import recursive_loop

from lib_parallax import jobs, loops, media
from lib_parallax.jobs.kept import FolderStore
from lib_parallax.jobs.record import WORK

pytestmark = pytest.mark.skipif(sys.platform != "linux", reason="open files are named by /proc")


class Watch:
    """What would outlive a power cut: files and folders by their numbers, names by their folders' syncs.

    A file counts as whole when it was synced after it was last written; so it is looked at when the journal
    is synced, and must not have changed since its own sync.
    """

    def __init__(self, patch, root):
        self.root = root
        self.synced: dict[int, tuple[int, int]] = {}  # inode: size and time when it was synced
        self.names: dict[int, set[str]] = {}  # inode of a folder: its names when it was synced
        self.lines: list[dict] = []
        self.faults: list[str] = []
        self.renamed: list[str] = []
        fsync, replace = os.fsync, os.replace

        def watched_sync(handle):
            fsync(handle)
            about = os.fstat(handle)
            path = Path(os.readlink(f"/proc/self/fd/{handle}"))
            self.synced[about.st_ino] = (about.st_size, about.st_mtime_ns)
            if path.is_dir():
                self.names[about.st_ino] = set(os.listdir(path))
            elif path.name == "journal.jsonl":
                self.look(path)

        def watched_replace(source, target):
            self.before_rename(Path(source), Path(target))
            replace(source, target)

        patch.setattr(os, "fsync", watched_sync)
        patch.setattr(os, "replace", watched_replace)

    def is_whole(self, path: Path) -> bool:
        about = path.stat()
        return self.synced.get(about.st_ino) == (about.st_size, about.st_mtime_ns)

    def is_named(self, path: Path) -> bool:
        """Whether every name on the way to it is on the disk."""
        steps = [step for step in (path, *path.parents) if self.root in step.parents]
        return all(step.name in self.names.get(step.parent.stat().st_ino, ()) for step in steps)

    def look(self, journal: Path) -> None:
        line = json.loads(journal.read_bytes().splitlines()[-1])
        self.lines.append(line)
        files = [file["path"] for file in line.get("files", {}).values()]
        files += [name for name in [line.get("next", {}).get("state")] if name]
        for path in [journal, *(journal.parent / name for name in files)]:
            inner = list(path.iterdir()) if path.is_dir() else [path]
            self.faults += [f"{each} is not whole" for each in inner if not self.is_whole(each)]
            self.faults += [f"{each} has no name" for each in inner if not self.is_named(each)]

    def before_rename(self, source: Path, target: Path) -> None:
        """What is renamed to a place where it counts must be whole by then."""
        if WORK not in target.parts:
            self.renamed.append(target.name)
            inner = list(source.iterdir()) if source.is_dir() else [source]
            self.faults += [f"{each} was not whole" for each in inner if not self.is_whole(each)]


@pytest.fixture
def film(tmp_path, monkeypatch):
    monkeypatch.setattr(loops, "load", lambda name: recursive_loop)
    monkeypatch.setattr(recursive_loop, "delay", 0.0)
    path = tmp_path / "film.mkv"
    with media.open_writer(path, (32, 16), rate=Fraction(10), codec="ffv1") as writer:
        for index in range(12):
            writer.write(np.full((16, 32, 3), 9 * index, np.uint8), Fraction(index, 10))
    return path


def test_files_and_names_come_before_the_line(film, tmp_path):
    with pytest.MonkeyPatch.context() as patch:
        watch = Watch(patch, tmp_path)
        options = {"codec": "ffv1", "save_depth": str(tmp_path / "new" / "depth")}
        result = jobs.run("stereo", film, options, tmp_path / "new" / "out.mkv", jobs_dir=tmp_path / "jobs")
        places = [watch.is_named(path) for path in result.outputs]
    assert not watch.faults
    assert sum("segment" in line for line in watch.lines) == 4
    assert {"out.mkv", "depth", "job.json"} <= set(watch.renamed)
    assert all(places)  # the result itself, and the folder that was made for it
    assert watch.is_named(result.folder / "job.json")


def test_what_a_step_keeps_is_whole_when_it_has_its_name(tmp_path):
    (tmp_path / "job").mkdir()
    with pytest.MonkeyPatch.context() as patch:
        watch = Watch(patch, tmp_path / "job")
        store = FolderStore(tmp_path / "job" / "kept")
        store.keep_picture("step-0000", np.zeros((8, 8, 3), np.uint8))
        store.keep_text("step-0000", "{}")
        watch.renamed.remove(".draft-step-0000.png")  # the writer's own
        kept = sorted((tmp_path / "job" / "kept").iterdir())
        assert [path.name for path in kept] == ["step-0000.png", "step-0000.txt"]
        assert all(watch.is_whole(path) and watch.is_named(path) for path in kept)
    assert watch.renamed == ["step-0000.png", "step-0000.txt"]
    assert [fault for fault in watch.faults if "part" not in fault] == []
