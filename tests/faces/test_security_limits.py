"""Promises 8 to 15 of docs/security.md: what requests may cost."""

from __future__ import annotations

import contextlib
import http.client
import io
import json
import shutil
import threading
import time

import numpy as np
import pytest
from PIL import Image

pytest.importorskip("fastapi")

from lib_parallax import media
from lib_parallax.errors import ParallaxError
from lib_parallax.faces.api import body
from lib_parallax.faces.api.rates import BURST, MOST_BUCKETS, Rates
from lib_parallax.faces.limits import Busy, Limits
from lib_parallax.faces.weighing import check_sizes, check_source
from lib_parallax.media import pictures
from lib_parallax.options import OptionField, describe, parse

from security_room import desk_of, opened_here, through  # isort: skip
import _security_bombs as bombs  # isort: skip
from _security_server import ROOT, USER, Room  # isort: skip

SMALL = {"source": "still.png", "depth_model": "cues", "device": "cpu"}


def test_every_limit_is_an_option_with_a_range():
    for o in describe(Limits):
        assert isinstance(o, OptionField) and o.unit and o.help and o.minimum < o.default <= o.maximum
        with pytest.raises(ParallaxError, match=o.name):
            parse(Limits, {o.name: o.minimum / 2 - 1})


def test_large_bodies_are_refused(tmp_path):
    with opened_here(tmp_path, auth=USER, max_upload=2, max_json=1) as server:
        assert through(bombs.oversizes(server)) == []
        assert list(server.desk.places.uploads.iterdir()) == []


def test_json_cannot_grow_in_memory(tmp_path, monkeypatch):
    with opened_here(tmp_path, monkeypatch) as server:
        for name, (content, headers) in bombs.bodies().items():
            for path in ("stereo", "timeline/curve"):
                answer = server.ask("POST", path, content, headers)
                assert 400 <= answer.status < 500, name
                assert len(answer.body) < 10_000, name  # what was sent does not come back
        assert (
            server.ask("POST", "depth", json.dumps(SMALL).encode(), {"Content-Encoding": "gzip"}).status
            == 415
        )
    for value, levels in [(1, 0), ([], 0), ([1], 1), ({"a": [{"b": [1]}]}, 4), ([[], [[2]]], 3)]:
        assert body.depth(value) == levels


def test_a_slow_body_is_not_waited_for(tmp_path, monkeypatch):
    monkeypatch.setattr(body, "STALL", 0.2)
    with opened_here(tmp_path) as server:

        def sent(pause, count):
            with contextlib.closing(http.client.HTTPConnection("127.0.0.1", server.port, timeout=20)) as slow:
                slow.putrequest("POST", f"{ROOT}/depth")
                slow.putheader("Content-Length", "1000")
                slow.putheader("Content-Type", "application/json")
                slow.endheaders()
                with contextlib.suppress(OSError):
                    for _ in range(count):
                        slow.send(b" ")
                        time.sleep(pause)
                return slow.getresponse().status

        assert sent(0, 1) == 408
        monkeypatch.setattr(body, "PATIENCE", 0.2)
        assert sent(0.05, 12) == 408


def test_large_pictures_are_refused_before_they_are_decoded(tmp_path, monkeypatch):
    import cv2

    room = Room(tmp_path)
    made = bombs.files(room.folder)
    pictures.load_rgb(room.films / "still.png")  # Pillow's readers are found
    monkeypatch.setattr(cv2, "imdecode", lambda *_: pytest.fail("it is decoded"))
    monkeypatch.setattr(Image.Image, "load", lambda *_: pytest.fail("it is decoded"))
    for name in (
        "50000.png",
        "deep.png",
        "grey-deep.png",
        "longest.png",
        "largest.png",
        "packed.png",
        "a.tif",
        "deep.tif",
        "big.tif",
        "png-within.tif",
        "a.webp",
        "a.bmp",
        "a.jpg",
        "eps.png",
    ):
        path = tmp_path / name
        path.write_bytes(made[name])
        for read in (pictures.load_rgb, pictures.load_grey, media.open_video):
            with pytest.raises(ParallaxError):
                read(path)
    for name, content in bombs.numbers().items():
        if name.endswith(".npy"):
            (tmp_path / name).write_bytes(content)
            with pytest.raises(ParallaxError):
                pictures.load_numbers(tmp_path / name)
    (tmp_path / "a.gif").write_bytes(made["a.gif"])
    with pytest.raises(ParallaxError):
        media.open_video(tmp_path / "a.gif")
    room.canary.close()


def test_a_limit_of_ones_own_is_kept_to(tmp_path):
    for name in ("a.png", "a.tif", "a.jpg"):
        Image.fromarray(np.zeros((100, 200, 3), np.uint8)).save(tmp_path / name)
        check_source(tmp_path / name, Limits(max_pixels=0.02))
        with pytest.raises(ParallaxError, match="million pixels"):
            check_source(tmp_path / name, Limits(max_pixels=0.0199))
    with pytest.raises(ParallaxError, match="million pixels"):
        check_source(tmp_path, Limits(max_pixels=0.0199))
    with pytest.raises(ParallaxError, match="frames"):
        check_source(tmp_path, Limits(max_frames=2))
    check_sizes("stereo", {"size": "200x100"}, Limits(max_pixels=0.02))
    for size in ("200x101", (200, 101)):
        with pytest.raises(ParallaxError, match="million pixels"):
            check_sizes("stereo", {"size": size}, Limits(max_pixels=0.02))


def test_long_videos_are_refused(tmp_path):
    room = Room(tmp_path)
    made = bombs.files(room.folder)
    for name in ("frames.avi", "years.mkv"):
        (tmp_path / name).write_bytes(made[name])
        with pytest.raises(ParallaxError, match="at most"):
            check_source(tmp_path / name, Limits())
    clip = room.films / "clip.mp4"
    check_source(clip, Limits(max_seconds=1, max_frames=5))
    with pytest.raises(ParallaxError, match="4 are taken"):
        check_source(clip, Limits(max_frames=4))
    room.canary.close()


def test_a_batch_s_files_are_weighed_before_it_waits(tmp_path):
    room = Room(tmp_path)
    (room.films / "reel").mkdir()
    shutil.copy(room.films / "clip.mp4", room.films / "reel")
    desk = desk_of(room, max_frames=4)
    with pytest.raises(ParallaxError, match=r"clip.mp4.* 4 are taken"):
        desk.batch("depth", str(room.films / "reel"), {"depth_model": "cues"})
    assert desk.queue.statuses() == []
    desk.close()
    room.canary.close()


def test_a_full_queue_takes_no_more(tmp_path, monkeypatch):
    room = Room(tmp_path)
    monkeypatch.chdir(room.films)
    desk = desk_of(room, max_queue=2)
    held, begun, running = threading.Event(), threading.Event(), []

    @contextlib.contextmanager
    def turn(record):
        running.append(record.id)
        begun.set()
        held.wait(30)
        yield desk_turn()

    desk.queue._turn = turn
    options = {"depth_model": "cues", "device": "cpu"}
    try:
        first = desk.submit("depth", "still.png", options, "0.png")
        assert begun.wait(30)
        for name in ("1.png", "2.png"):
            desk.submit("depth", "still.png", options, name)
        with pytest.raises(Busy):
            desk.submit("depth", "still.png", options, "3.png")
        (room.films / "many").mkdir()
        (room.films / "many" / "a.png").write_bytes((room.films / "still.png").read_bytes())
        with pytest.raises(Busy):
            desk.batch("depth", "many", options, "made")
        assert running == [first.id] and desk.queue.waiting == 2  # one at a time
        assert len(desk.queue.statuses()) == 3
    finally:
        held.set()
        desk.close()
        room.canary.close()


def desk_turn():
    from lib_parallax.jobs import Alone

    return Alone()


def test_posts_leave_room_for_asking(tmp_path):
    with opened_here(tmp_path, max_posts=2) as server, contextlib.ExitStack() as opened:
        for _ in range(2):
            slow = opened.enter_context(
                contextlib.closing(http.client.HTTPConnection("127.0.0.1", server.port, timeout=20))
            )
            slow.putrequest("POST", f"{ROOT}/depth")
            slow.putheader("Content-Length", "1000")
            slow.endheaders(b"{")
        for _ in range(400):
            answer = server.ask("POST", "timeline/curve", {"text": "1"})
            if answer.status == 429:
                break
            time.sleep(0.02)
        assert answer.status == 429 and answer.headers["retry-after"] == "1" and "error" in answer.json
        assert server.ask("GET", "jobs").status == 200


def test_rates(tmp_path):
    now = [0.0]
    rates = Rates(2, 10, lambda: now[0])
    assert [rates.wait("a") == 0 for _ in range(6)] == [True] * int(2 * BURST) + [False] * 2
    assert rates.wait("b") == 0  # another is not held up by it
    now[0] += rates.wait("a")
    assert rates.wait("a") == 0 and rates.wait("a") > 0
    now[0] += 1000
    assert sum(rates.wait(str(number)) == 0 for number in range(50)) == 10 * BURST  # all together
    for number in range(3 * MOST_BUCKETS):
        rates.wait(f"from {number}")
    assert len(rates._buckets) <= MOST_BUCKETS
    with opened_here(tmp_path, auth=USER, max_rate=0.1) as server:
        statuses = [server.ask("GET", "jobs") for _ in range(4)]
        late = [answer for answer in statuses if answer.status == 429]
        assert {answer.status for answer in statuses} == {200, 429} and len(late) >= 2
        assert int(late[0].headers["retry-after"]) >= 1 and set(late[0].json) == {"error", "field"}
        forged = [
            server.ask("GET", "jobs", None, {"X-Forwarded-For": f"10.0.0.{n}"}).status for n in range(3)
        ]
        assert 429 in forged  # what a header says of an address is for anyone to write


def test_pictures_that_are_fine_still_are(tmp_path):
    deep = np.arange(6 * 8 * 3, dtype=np.uint16).reshape(6, 8, 3) * 400
    for suffix in (".png", ".tif"):
        path = tmp_path / f"deep{suffix}"
        path.write_bytes(pictures.encode_picture(deep, suffix, "lossless"))
        assert np.array_equal(pictures.load_rgb(path), deep) and pictures.claimed_size(path) == (8, 6)
    data = io.BytesIO()
    Image.fromarray(np.zeros((6, 8, 3), np.uint8)).save(data, "WEBP")
    (tmp_path / "named-otherwise.jpg").write_bytes(data.getvalue())
    assert pictures.load_rgb(tmp_path / "named-otherwise.jpg").shape == (6, 8, 3)
