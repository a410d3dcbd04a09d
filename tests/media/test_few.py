"""A few frames found by leaving out what nothing is made from are those of a plain reading."""

from itertools import islice

import clips
import numpy as np
import pytest

from lib_parallax.media import hasten, open_video
from lib_parallax.media.decoding import Decoder

COUNT = 40


@pytest.fixture(scope="module")
def clip(tmp_path_factory):
    """H.264 with B-frames and one keyframe."""
    path = tmp_path_factory.mktemp("few") / "clip.mp4"
    clips.write_clip(path, [3003 * n for n in range(COUNT)], size=(64, 48), g=COUNT)
    return path


def same(found, wanted):
    return len(found) == len(wanted) and all(
        a.pts == b.pts and np.array_equal(a.image, b.image) for a, b in zip(found, wanted, strict=True)
    )


@pytest.mark.parametrize("start", [0, 1, 2, 13, 14, 15, 16, 35, 39, 40, 99])
def test_they_are_the_same(clip, start):
    reader = open_video(clip)
    assert same(reader.few(start, 7), list(islice(reader.frames(start), 7)))
    assert reader.warnings == []


def test_the_way_there_is_shorter(clip, monkeypatch):
    """As many frames are given out as without haste, less those that are left out."""
    given = []
    ordered = Decoder._ordered

    def counted(self, frame):
        given.append(frame.pts)
        return ordered(self, frame)

    monkeypatch.setattr(Decoder, "_ordered", counted)
    reader = open_video(clip)
    given.clear()
    assert len(reader.few(36, 1)) == 1
    quick = len(given)
    given.clear()
    next(reader.frames(36))
    assert quick < 0.75 * len(given)


def test_damage_is_read_as_ever(clip, tmp_path):
    data = bytearray(clip.read_bytes())
    middle = data.find(b"mdat") + (len(data) - data.find(b"mdat")) // 3
    data[middle : middle + 300] = bytes(300)
    torn = tmp_path / "torn.mp4"
    torn.write_bytes(data)
    plain, quick = open_video(torn), open_video(torn)
    assert same(quick.few(20, 5), list(islice(plain.frames(20), 5)))


def test_another_codec_is_read_plainly(tmp_path, monkeypatch):
    path = tmp_path / "clip.mp4"
    clips.write_clip(path, [3003 * n for n in range(6)], size=(64, 48))
    monkeypatch.setattr(hasten, "CODECS", ())
    reader = open_video(path)
    assert same(reader.few(3, 2), list(islice(reader.frames(3), 2)))
