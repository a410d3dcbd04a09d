"""Promises 17 to 23 of docs/security.md: which files are read, written and given out."""

from __future__ import annotations

import json
import os
from pathlib import Path
from types import SimpleNamespace

import pytest

pytest.importorskip("fastapi")

from lib_parallax import presets
from lib_parallax.errors import OptionError, ParallaxError
from lib_parallax.faces import restore
from lib_parallax.faces.page_door import PageDoor
from lib_parallax.faces.places import PathRefused, Places
from lib_parallax.jobs.record import JobRecord, load_record
from lib_parallax.names import why_no_path
from lib_parallax.options import LOOP_OPTIONS, describe

from security_room import Room, desk_of, opened_here, through  # isort: skip
import _security_paths as paths  # isort: skip

OPTIONS = {"depth_model": "cues", "device": "cpu"}


@pytest.fixture(scope="module")
def room(tmp_path_factory):
    made = Room(tmp_path_factory.mktemp("paths"))
    yield made
    made.canary.close()


@pytest.fixture
def desk(room, monkeypatch):
    monkeypatch.chdir(room.films)
    opened = desk_of(room)
    yield opened
    opened.close()


def test_no_spelling_leads_elsewhere(room, desk):
    every = paths.spellings(room)
    assert len(every) > 80
    for text in every:
        for check in (desk.places.readable, desk.places.writable):
            try:
                found = check(text)
            except OptionError:
                continue
            assert room.is_inside(str(found)), text
    for loop, options in LOOP_OPTIONS.items():
        for o in describe(options):
            for text in every[:30] if o.path else ():
                try:
                    chosen = desk.checked(loop, {"prompt": "a", o.name: text})
                except ParallaxError:
                    continue
                named = [path for path in o.paths(chosen[o.name]) if os.path.isabs(path)]
                assert all(map(room.is_inside, named)), (o.name, text)
    assert not room.harmed() and not room.canary.sung


def test_no_request_leads_elsewhere(tmp_path, monkeypatch):
    with opened_here(tmp_path, monkeypatch) as server:
        some = [
            (loop, field)
            for loop, field in paths.fields()
            if field in ("source", "output", "folder", "sound")
        ]
        monkeypatch.setattr(paths, "fields", lambda: some)
        assert through(paths.attacks(server, whole=False)) == []


@pytest.mark.parametrize("windows", [False, True])
def test_what_is_no_path(windows):
    for text in (
        "a\0b",
        "//server/a",
        "\\\\server\\a",
        "/\\server\\a",
        "\\/server",
        "\\\\?\\C:\\a",
        "\\\\.\\pipe\\a",
        " //server/a",
        "file:a",
        "FILE:///a",
        "concat:a|b",
        "subfile,,start,0,end,0,,:a",
        "http://a/b",
        "rtmpte://a",
        "data:a",
        "pipe:0",
        "fd:3",
        "x-y+z://a",
        "\ud800",
    ):
        assert why_no_path(text, windows), text
    for text in (
        "CON",
        "films/nul.mp4",
        "C:\\films\\com1",
        "a.mp4:stream",
        "a.mp4::$DATA",
        "C:\\a:b",
        "lpt\u00b9.txt",
    ):
        assert bool(why_no_path(text, windows)) == windows, text
    for text in (
        "a.mp4",
        "films/console.mp4",
        "Filea.mp4",
        "con-air.mp4",
        "/home/me/a b.mkv",
        "~/a.png",
        "auxiliary",
    ):
        assert why_no_path(text, windows) is None, text
    assert why_no_path("C:\\films\\a.mp4", True) is None


def test_devices_are_no_files_whatever_is_allowed(tmp_path):
    everything = Places(tmp_path / "j", tmp_path / "r", tmp_path / "u", (Path("/"),))
    for text in (
        "/dev/zero",
        "/dev/stdin",
        "/proc/self/environ",
        "/proc/self/root/etc/passwd",
        "/sys/kernel",
    ):
        if os.path.exists(text) and os.path.realpath(text).startswith(("/dev", "/proc", "/sys")):
            with pytest.raises(PathRefused):
                everything.readable(text)


@pytest.mark.skipif(not hasattr(os, "symlink"), reason="no links here")
def test_links_inside_a_folder(room, desk):
    for text in ("linked", str(room.films / "linked")):
        with pytest.raises(PathRefused, match="leads outside"):
            desk.submit("depth", text, OPTIONS)
        with pytest.raises(PathRefused, match="leads outside"):
            desk.batch("depth", text, OPTIONS)
        with pytest.raises(PathRefused, match="leads outside"):
            desk.checked("stereo", {"depth": text})
    with pytest.raises(PathRefused, match="leads outside"):
        desk.batch("depth", str(room.films), OPTIONS)
    inner = room.films / "inner"
    inner.mkdir()
    os.symlink(room.films / "still.png", inner / "a.png")  # a link to what may be read anyhow
    assert desk.places.readable("inner", deep=True) == inner


def test_only_results_are_given_out(room, desk, tmp_path):
    import asyncio

    status = desk.submit("depth", "still.png", OPTIONS, str(room.films / "made.png"), overwrite=True)
    assert desk.queue.wait(status.id, 120).state == "done"
    record = load_record(desk.places.jobs / status.id)
    assert record is not None

    async def app(scope, receive, send):
        await send(
            {"type": "http.response.start", "status": 200, "headers": [(b"content-type", b"text/html")]}
        )

    def asked(path):
        sent = []

        async def send(message):
            sent.append(message)

        door = PageDoor(app, desk, tmp_path / "cache")
        asyncio.run(door({"type": "http", "path": path, "method": "GET", "headers": []}, None, send))
        return sent[0]

    given = [
        room.films / "made.png",
        desk.places.results / "a.mp4",
        desk.places.jobs / status.id / "a.player.mp4",
        tmp_path / "cache" / "x" / "a.png",
    ]
    kept = [
        room.films / "still.png",
        room.films / "clip.mp4",
        room.secret / "key.png",
        record.folder / "job.json",
        record.folder / "log.txt",
        desk.places.uploads / "000001" / "a.png",
        room.films / "way-out" / "key.png",
        room.films / ".." / "secret" / "key.png",
        desk.places.results / ".." / "secret" / "key.png",
    ]
    for door in ("/file=", "/gradio_api/file=", "/gradio_api/file/", "//gradio_api//file="):
        assert [asked(f"{door}{path}")["status"] for path in given] == [200] * len(given)
        assert [asked(f"{door}{path}")["status"] for path in kept] == [403] * len(kept)
        for path in (f"http://127.0.0.1:{room.canary.port}/a", "//server/a", "a\0b", "still.png", ""):
            assert asked(f"{door}{path}")["status"] == 403
    headers = dict(asked(f"/file={given[0]}")["headers"])
    assert b"sandbox" in headers[b"content-security-policy"]
    assert asked("/gradio_api/info")["status"] == 200
    assert desk.places.gives(room.films / "made.png") and not desk.places.gives(room.secret / "key.png")
    assert not desk.places.gives(room.films / "link.png")


def foreign(desk, **values):
    """The record of a job that somebody else has put there."""
    folder = desk.places.jobs / "20260101-000000-depth-foreign"
    folder.mkdir(exist_ok=True)
    about = {
        "loop": "depth",
        "state": "cancelled",
        "source": {"path": "still.png"},
        "output": "a.png",
        "outputs": [],
        "options": {},
        "times": {},
        "id": folder.name,
        **values,
    }
    JobRecord(folder, about).update()
    return folder.name


def test_a_job_of_another_hand_is_checked_again(room, desk):
    key, inside = str(room.secret / "key.png"), str(room.films / "still.png")
    for values in (
        {"source": {"path": key}, "output": inside},
        {"source": {"path": inside}, "output": str(room.secret / "new.png")},
        {"source": {"path": inside}, "output": inside, "outputs": [str(room.secret / "new.png")]},
        {"source": {"path": inside}, "output": inside, "options": {"depth": key}},
        {"source": {"path": inside}, "output": inside, "options": {"save_depth": str(room.secret / "d.mkv")}},
    ):
        id = foreign(desk, **values)
        with pytest.raises(PathRefused):
            desk.resume(id)
        if "outputs" not in values:
            with pytest.raises(PathRefused):
                desk.repaint(id, 0)
        assert desk.queue.status(id).state == "cancelled"
    (desk.places.jobs / id / "job.json").write_text("[" * 100_000)
    with pytest.raises(ParallaxError):
        desk.resume(id)


def test_presets_of_strangers_name_no_files(room, desk, tmp_path):
    path = tmp_path / "theirs.json"
    wanted = {"strength": 3, "depth": str(room.secret / "key.png"), "save_depth": str(room.secret / "d.mkv")}
    for content in (wanted, {"loop": "stereo", "options": wanted}):
        path.write_text(json.dumps(content))
        assert presets.load(path) == {"strength": 3}
    path.write_text(json.dumps({"loop": "stereo", "options": wanted}))
    loop, options = restore.from_file(path)
    assert loop == "stereo" and options["strength"] == 3 and options["save_depth"] is None
    with pytest.raises(PathRefused):  # what is read is checked when it is asked for
        desk.checked(loop, options)
    for odd in ({"__class__": 1}, {"strength": [1]}, {"layout": {"a": 1}}):
        path.write_text(json.dumps({"loop": "stereo", "options": odd}))
        for read in (presets.load, restore.from_file):
            with pytest.raises(OptionError):
                read(path)


def test_a_result_that_lies_elsewhere_is_not_given_out(tmp_path, monkeypatch):
    with opened_here(tmp_path, monkeypatch) as server:
        file = SimpleNamespace(name="key.png", path=server.room.secret / "key.png", type="image/png")
        status = SimpleNamespace(files=(file,), asks=None)
        monkeypatch.setattr(server.desk.queue, "status", lambda id: status)
        assert server.ask("GET", "jobs/a/files/key.png").status == 403
