"""Which files a face lets others name, and how what they send is kept."""

from __future__ import annotations

import io
import os
from types import SimpleNamespace

import pytest

from lib_parallax.errors import OptionError
from lib_parallax.faces.desk import open_desk
from lib_parallax.faces.places import Places
from lib_parallax.jobs.record import WORK


@pytest.fixture
def places(tmp_path):
    for name in ("jobs", "results", "uploads", "films", "secret"):
        (tmp_path / name).mkdir()
    (tmp_path / "films" / "a.mp4").write_bytes(b"x")
    (tmp_path / "secret" / "key").write_bytes(b"x")
    at = tmp_path.resolve()
    return Places(at / "jobs", at / "results", at / "uploads", (at / "films",))


def test_files_inside_are_found(places, tmp_path):
    assert places.readable(str(tmp_path / "films" / "a.mp4")).name == "a.mp4"
    assert places.readable(str(tmp_path / "films")).is_dir()
    assert places.writable("new.mp4") == places.results / "new.mp4"
    assert places.writable(str(tmp_path / "films" / "new.mp4")).parent.name == "films"


@pytest.mark.parametrize(
    "path",
    [
        "/etc/passwd",
        "{0}/films/../secret/key",
        "{0}/secret/key",
        "//server/share/a",
        "\\\\server\\a",
        "a\0b",
        "~",
    ],
)
def test_files_elsewhere_are_refused(places, tmp_path, path):
    for check in (places.readable, places.writable):
        with pytest.raises(OptionError) as refused:
            check(path.format(tmp_path), "source")
        assert refused.value.field == "source"


def test_links_are_followed_before_they_are_judged(places, tmp_path):
    os.symlink(tmp_path / "secret", tmp_path / "films" / "way-out")
    with pytest.raises(OptionError, match="outside"):
        places.readable(str(tmp_path / "films" / "way-out" / "key"))


def test_jobs_are_no_sources_and_uploads_no_results(places):
    with pytest.raises(OptionError):
        places.readable(str(places.jobs / "x"))
    with pytest.raises(OptionError):
        places.writable(str(places.uploads / "x"))


@pytest.mark.skipif(not hasattr(os, "mkfifo"), reason="no fifos here")
def test_what_is_no_file_is_refused(places, tmp_path):
    os.mkfifo(tmp_path / "films" / "pipe.mp4")
    with pytest.raises(OptionError, match="neither"):
        places.readable(str(tmp_path / "films" / "pipe.mp4"))


@pytest.mark.parametrize(
    ("name", "kept"),
    [
        ("film.mp4", "film.mp4"),
        ("../../etc/passwd", "passwd"),
        ("C:\\films\\a b.mkv", "a b.mkv"),
        ("ein schöner Film (1).mp4", "ein schöner Film (1).mp4"),
        ("..", "upload"),
        ("x" * 500 + ".mp4", "x" * 120 + ".mp4"),
        ('"<script>".png', "_script_.png"),
    ],
)
def test_uploads_keep_a_safe_name(places, name, kept):
    paths = [places.keep_upload(name, io.BytesIO(b"data")) for _ in range(2)]
    assert [path.name for path in paths] == [kept, kept]
    assert paths[0] != paths[1] and paths[0].read_bytes() == b"data"
    assert all(places.uploads in path.parents for path in paths)


def test_options_that_name_files_are_judged_too(tmp_path):
    desk = open_desk(jobs_dir=tmp_path / "jobs", results=tmp_path / "results", allowed=[tmp_path / "films"])
    try:
        for name in ("depth", "save_depth", "depth_weights", "depth_model"):
            with pytest.raises(OptionError) as refused:
                desk.checked("stereo", {name: "/etc/passwd"})
            assert refused.value.field == name
        chosen = desk.checked("stereo", {"save_depth": "d.mkv", "strength": 2})
        assert chosen == {"save_depth": str(desk.places.results / "d.mkv"), "strength": 2}
    finally:
        desk.close()


def test_a_host_decides_what_a_loop_has_and_was_left_open(tmp_path):
    desk = open_desk(jobs_dir=tmp_path / "jobs", results=tmp_path / "results")
    try:
        desk.host = SimpleNamespace(
            defaults={"device": "cuda:1", "depth_model": "cues"}, insists={"infotext": False}
        )
        decided = {"device": "cuda:1", "infotext": False}
        assert desk.checked("stereo", {"device": "auto"}) == {**decided, "depth_model": "cues"}
        assert desk.checked("stereo", {"depth_model": "x"}) == {**decided, "depth_model": "x"}
        lake = {"prompt": "a lake"}
        assert desk.checked("zoom", {**lake, "infotext": True}) == {**lake, **decided}  # it has no depth
    finally:
        desk.close()


def test_what_a_job_painted_may_be_read_again_and_nothing_else_of_it(places):
    kept = places.jobs / "one" / "kept"
    kept.mkdir(parents=True)
    assert places.readable(str(kept)) == kept
    assert places.readable(str(kept / "step-0001.png")).parent == kept
    for other in ("one", "one/job.json", "one/kept/../job.json", "kept", f"one/{WORK}/kept"):
        with pytest.raises(OptionError, match="outside"):
            places.readable(str(places.jobs / other))
    with pytest.raises(OptionError, match="outside"):
        places.writable(str(kept / "x.png"))


@pytest.mark.parametrize("path", ["~nobody-of-this-name/x", "{0}/films/" + "n" * 300])
def test_what_cannot_be_looked_at_is_refused_in_words(places, tmp_path, path):
    with pytest.raises(OptionError):
        places.readable(path.format(tmp_path))


def test_a_models_name_is_no_way_to_a_file(places, tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    for name in ("sd15.safetensors", "owner/name", "v1-5 [abc]"):
        assert places.model(name, "checkpoint") == name
    assert places.model(str(tmp_path / "films" / "a.mp4"), "checkpoint") == str(places.allowed[0] / "a.mp4")
    assert places.model("films/a.mp4", "checkpoint") == str(places.allowed[0] / "a.mp4")
    for name in (
        "secret/key",
        "secret",
        "nothing/../../etc/passwd",
        "..\\secret",
        "~",
        "\\\\server\\a",
        "./secret",
    ):
        with pytest.raises(OptionError) as refused:
            places.model(name, "checkpoint")
        assert refused.value.field == "checkpoint"


@pytest.mark.parametrize(
    ("loop", "options"),
    [
        ("scroll", {"control": "secret/key"}),
        ("animate", {"control": "canny secret/key .5"}),
        ("animate", {"control": "canny 'secret/key' 0.5"}),
        ("zoom", {"checkpoint": "x/../secret/key"}),
        ("scroll", {"layers": "secret/key"}),
        ("scroll", {"layer_sounds": "; secret/key @ -3 dB"}),
        ("stereo", {"ambience": "films/a.mp4; secret/key"}),
    ],
)
def test_no_option_names_a_file_elsewhere(places, tmp_path, monkeypatch, loop, options):
    monkeypatch.chdir(tmp_path)
    desk = open_desk(jobs_dir=places.jobs, results=places.results, allowed=places.allowed)
    try:
        with pytest.raises(OptionError, match="outside"):
            desk.checked(loop, options)
        assert desk.checked("animate", {"control": "canny owner/name .5"})["control"] == "canny owner/name .5"
    finally:
        desk.close()
