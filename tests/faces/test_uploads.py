"""What was sent to us: on the disk once, as long as a job may read it, and gone with its job."""

from __future__ import annotations

import io
import os
import time
from types import SimpleNamespace

import pytest
from PIL import Image

from lib_parallax.errors import ParallaxError
from lib_parallax.faces import uploads
from lib_parallax.faces.desk import open_desk
from lib_parallax.faces.tab.source import _gathered, _kept
from lib_parallax.faces.words import Words

SMALL = {"depth_model": "cues", "device": "cpu"}


@pytest.fixture
def desk(tmp_path):
    opened = open_desk(jobs_dir=tmp_path / "jobs", results=tmp_path / "results", allowed=[tmp_path])
    yield opened
    opened.close()


def sent(desk, colour=80):
    """A picture that somebody sent."""
    packed = io.BytesIO()
    Image.new("RGB", (48, 32), (colour, 90, 40)).save(packed, "PNG")
    packed.seek(0)
    return desk.places.keep_upload("sent.png", packed)


def done(desk, path, **options):
    """A job over it, ended."""
    status = desk.submit("depth", str(path), {**SMALL, **options})
    status = desk.queue.wait(status.id, 120)
    assert status.state == "done", status.error
    return status


def age(path, days):
    then = time.time() - days * 24 * 3600
    os.utime(path.parent, (then, then))


def test_a_file_that_lies_here_is_not_written_twice(desk, tmp_path):
    arrived = tmp_path / "arrived.png"
    arrived.write_bytes(b"a large film")
    kept = desk.places.keep_file(arrived)
    assert os.path.samefile(arrived, kept) and desk.places.uploads in kept.parents
    shown, _ = _kept(desk.places, arrived, Words())
    assert os.path.samefile(arrived, shown)
    folder, _ = _gathered(desk.places, [arrived, arrived], Words())
    assert sorted(os.listdir(folder)) == ["arrived-2.png", "arrived.png"]


def test_where_there_are_no_links_it_is_copied(desk, tmp_path, monkeypatch):
    def refuse(*_):
        raise OSError("another disk")

    monkeypatch.setattr(os, "link", refuse)
    arrived = tmp_path / "arrived.png"
    arrived.write_bytes(b"a large film")
    assert desk.places.keep_file(arrived).read_bytes() == b"a large film"
    with pytest.raises(ParallaxError, match=r"gone\.png"):
        desk.places.keep_file(tmp_path / "gone.png")
    assert len(os.listdir(desk.places.uploads)) == 1


def test_a_deleted_job_takes_its_upload_along_but_for_that_of_others(desk):
    path = sent(desk)
    first, second = done(desk, path), done(desk, path, view="inferno")
    desk.delete(first.id)
    assert path.exists()
    desk.delete(second.id)
    assert not path.parent.exists()
    assert all(file.path.exists() for file in (*first.files, *second.files))


def test_an_upload_stays_a_day_beyond_its_last_use(desk):
    path, other = sent(desk), sent(desk, 160)
    done(desk, path)
    age(path, 0.9)
    done(desk, other)
    assert path.exists()
    done(desk, path, view="inferno")  # used once more: its day begins anew
    assert time.time() - path.parent.stat().st_mtime < 600
    age(path, 1.1)
    done(desk, other, view="inferno")
    assert not path.parent.exists() and other.exists()


def test_what_a_job_may_still_read_stays_whatever_its_age(desk, tmp_path):
    folder = tmp_path / "u"
    numbers = {name: folder / f"{n:06d}" for n, name in enumerate(("failed", "done", "painted", "loose"), 1)}
    for inner in numbers.values():
        inner.mkdir(parents=True)
        os.utime(inner, (0, 0))
    (folder / "mine").mkdir()
    os.utime(folder / "mine", (0, 0))
    (tmp_path / "job" / "kept").mkdir(parents=True)

    def record(name, finished, at, **options):
        source = str(numbers[name] / "a.png")
        return SimpleNamespace(finished=finished, folder=at, source=source, values={"options": options})

    records = [record("failed", False, tmp_path), record("done", True, tmp_path),
               record("painted", True, tmp_path / "job")]  # fmt: skip
    uploads.sweep(folder, records)
    assert {inner.name for inner in folder.iterdir()} == {"000001", "000003", "mine"}


@pytest.mark.parametrize(
    "value",
    [
        "{0}/000007/a.png",
        {"depth": "{0}/000007/a.mkv"},
        {"prompts": "0: a lake\n3: {0}/000007/b.png", "seed": 3},
        ["x", None, ("{0}\\000007\\a.png",)],
    ],
)
def test_uploads_are_found_in_whatever_names_them(tmp_path, value):
    def filled(value):
        if isinstance(value, str):
            return value.format(tmp_path)
        if isinstance(value, dict):
            return {key: filled(inner) for key, inner in value.items()}
        return type(value)(map(filled, value)) if isinstance(value, (list, tuple)) else value

    assert uploads.named_in(tmp_path, filled(value)) == {tmp_path / "000007"}
    assert uploads.named_in(tmp_path, f"{tmp_path}x/000007/a.png") == set()
