"""Promises 24 and 25 of docs/security.md: files that ask for other files, or for a program."""

from __future__ import annotations

import subprocess

import pytest

from lib_parallax import media
from lib_parallax.errors import ParallaxError, SourceError
from lib_parallax.media import audio, container, pictures
from lib_parallax.media.inscription import text_of

from security_room import Room  # isort: skip
import _security_playlists as playlists  # isort: skip


def test_playlists_read_nothing_else(tmp_path):
    import av

    room = Room(tmp_path)
    server = type("", (), {"room": room})()
    for number, (name, content) in enumerate(playlists.lists(server).items()):
        for suffix in (".mp4", ".mkv", ".ts", ".m3u8", ".mpd", ".txt", ".idx", ".wav")[number % 3 :: 3]:
            path = room.films / f"list{suffix}"
            path.write_bytes(content)
            if name == "mp4 with its data elsewhere":
                with pytest.raises((SourceError, StopIteration)), media.open_video(path) as reader:
                    raise StopIteration(reader.count())
                continue
            for read in (media.open_video, audio.probe):
                with pytest.raises(SourceError):
                    read(path)
    assert not room.canary.sung
    film = room.films / "clip.mp4"
    # what is asked of FFmpeg: one protocol, and no format that follows addresses
    with container.open_input(film) as opened:
        assert opened.options["protocol_whitelist"] == "file"
        allowed = set(opened.options["format_whitelist"].split(","))
    assert not allowed & {"hls", "dash", "concat", "sdp", "rtsp", "rtp", "imf", "lavfi", "vobsub", "alsa"}
    assert {"mp4", "matroska", "avi", "gif"} <= allowed
    with (
        pytest.raises((OSError, av.FFmpegError)),
        av.open(f"concat:{film}", options={"protocol_whitelist": "file"}),
    ):
        pass
    room.canary.close()


def test_a_pattern_in_a_name_reads_no_other_file(tmp_path):
    room = Room(tmp_path)
    for name in ("concat:a.mp4", "a;b.mp4", "-i.mp4", "%03d.mp4"):
        path = room.films / name
        path.write_bytes((room.films / "clip.mp4").read_bytes())
        with media.open_video(path) as reader:
            assert reader.count() == 5
    for name, grey in [("000.ppm", 9), ("001.ppm", 9), ("%03d.ppm", 200), ("*.ppm", 200)]:
        (room.films / name).write_bytes(b"P6 8 8 255\n" + bytes([grey]) * 192)
        try:
            with media.open_video(room.films / name) as reader:
                frames = list(reader)
        except SourceError:
            assert grey == 200  # FFmpeg makes nothing of such a name
        else:
            assert len(frames) == 1 and abs(int(frames[0].image.mean()) - grey) < 2
    room.canary.close()


def test_pictures_start_no_program(tmp_path, monkeypatch):
    def started(*_, **__):
        pytest.fail("a program is started")

    for name in ("Popen", "run", "call", "check_call", "check_output"):
        monkeypatch.setattr(subprocess, name, started)
    content = {
        "eps": b"%!PS-Adobe-3.0 EPSF-3.0\n%%BoundingBox: 0 0 9 9\n%%EndComments\nshowpage\n",
        "wmf": b"\xd7\xcd\xc6\x9a" + bytes(80),
        "fits": b"SIMPLE  =                    T" + bytes(2900),
        "xpm": b'/* XPM */\nstatic char *a[] = {"1 1 1 1", "a c #000", "a"};\n',
        "psd": b"8BPS\0\1" + bytes(60),
        "svg": b'<svg xmlns="http://www.w3.org/2000/svg"/>',
        "pdf": b"%PDF-1.4\n",
    }
    for suffix in (".png", ".jpg", ".tif", ".webp", ".bmp"):
        for data in content.values():
            path = tmp_path / f"a{suffix}"
            path.write_bytes(data)
            for read in (pictures.load_rgb, pictures.load_grey, pictures.picture_size, media.open_video):
                with pytest.raises(ParallaxError):
                    read(path)
            with pytest.raises(Exception):  # noqa: B017 - Pillow has several
                text_of(path)
