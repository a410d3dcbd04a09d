"""What plays in a browser for a result: itself, or its stand-in."""

from __future__ import annotations

import os
import time
from fractions import Fraction

import numpy as np
import pytest

from lib_parallax.errors import SourceError
from lib_parallax.faces import proxy
from lib_parallax.media import open_video, open_writer


def video(path, codec="h264", size=(64, 48), frames=5, quality="draft"):
    ramp = np.linspace(0, 255, size[0], dtype=np.uint8)
    image = np.repeat(np.broadcast_to(ramp, size[::-1])[..., None], 3, axis=2)
    with open_writer(path, size, rate=Fraction(25), codec=codec, quality=quality) as writer:
        for index in range(frames):
            writer.write(image, Fraction(index, 25))
    return path


def settled(players, path, folder):
    """The player once nothing is pending; the stand-in of a few tiny frames takes no time."""
    found = players.find(path, folder)
    while found.pending:
        time.sleep(0.01)
        found = players.find(path, folder)
    return found


@pytest.mark.parametrize(
    ("name", "codec", "quality", "plays"),
    [
        ("a.mp4", "h264", "draft", True), ("a.webm", "vp9", "draft", True), ("a.mkv", "h264", "draft", False),
        ("a.mp4", "h264", "lossless", False), ("a.mp4", "h265-10bit", "draft", False),
        ("a.mkv", "ffv1", "draft", False),
    ],
)  # fmt: skip
def test_what_browsers_play(tmp_path, name, codec, quality, plays):
    assert proxy.plays(video(tmp_path / name, codec, quality=quality)) == plays


def test_a_result_that_plays_is_its_own_player(tmp_path):
    path = video(tmp_path / "a.mp4")
    assert proxy.Players().find(path, tmp_path) == proxy.Player(path)


def test_another_gets_a_stand_in_of_the_same_pictures(tmp_path):
    path, folder = video(tmp_path / "a.mkv", "ffv1"), tmp_path / "job"
    folder.mkdir()
    players = proxy.Players()
    assert players.find(path, folder).pending
    found = settled(players, path, folder)
    assert found.stand_in and found.path.parent == folder
    assert proxy.plays(found.path)
    with open_video(path) as original, open_video(found.path) as made:
        pairs = list(zip(original, made, strict=True))
    assert len(pairs) == 5
    for one, other in pairs:
        assert one.pts == other.pts
        assert np.abs(one.image.astype(int) - other.image).mean() < 6
    assert [file.name for file in folder.iterdir()] == [found.path.name]
    # it is there for the next page, and made anew for another result
    assert proxy.Players().find(path, folder).path == found.path
    later = found.path.stat().st_mtime + 10
    os.utime(path, (later, later))
    assert proxy.Players().find(path, folder).pending


def test_what_is_transparent_is_laid_over_grey(tmp_path):
    image = np.zeros((48, 64, 4), np.uint8)
    image[..., 0], image[:, 32:, 3] = 255, 255
    with open_writer(tmp_path / "a.mov", (64, 48), rate=Fraction(25), codec="prores", alpha=True) as writer:
        writer.write(image, Fraction(0))
    with open_writer(tmp_path / "a.webm", (64, 48), rate=Fraction(25), codec="vp9", alpha=True) as writer:
        writer.write(image, Fraction(0))
    assert proxy.plays(tmp_path / "a.webm") and not proxy.plays(tmp_path / "a.mov")
    found = settled(proxy.Players(), tmp_path / "a.mov", tmp_path)
    with open_video(found.path) as reader:
        seen = next(iter(reader)).image.astype(int)
    assert np.abs(seen[:, :28] - 128).max() < 12
    assert seen[:, 36:, 0].mean() > 220 and seen[:, 36:, 1:].mean() < 30


def test_a_wide_result_is_made_narrower():
    assert proxy.fitting((7680, 2160)) == (1920, 540)
    assert proxy.fitting((1283, 725)) == (1284, 724)
    assert proxy.fitting((640, 360)) == (640, 360)


def test_what_is_no_video_is_said(tmp_path):
    torn = tmp_path / "torn.mp4"
    torn.write_bytes(b"nothing")
    with pytest.raises(SourceError, match=r"torn\.mp4"):
        proxy.plays(torn)
    assert "torn.mp4" in proxy.Players().find(torn, tmp_path).error
    (tmp_path / "torn.mkv").write_bytes(b"nothing")
    assert "torn.mkv" in settled(proxy.Players(), tmp_path / "torn.mkv", tmp_path).error
