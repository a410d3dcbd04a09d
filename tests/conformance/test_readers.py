"""One suite over every kind of reader: what holds for one source of frames holds for all."""

import itertools
from fractions import Fraction

import numpy as np
import pytest

from lib_parallax.media import open_depth, open_video, open_writer

COUNT = 12
SIZE = (70, 64)


def picture(number):
    y, x = np.mgrid[0 : SIZE[1], 0 : SIZE[0]]
    return np.stack([x * 2 + number * 5, y * 2 + number * 3, 0 * x + number * 15], axis=-1).astype(np.uint8)


def make(folder, kind):
    names = {
        "h264": "a.mp4", "h265-10bit": "a.mkv", "av1": "b.mp4", "ffv1": "b.mkv", "vp9": "a.webm",
        "prores": "a.mov", "folder": "frames", "picture": "a.png",
    }  # fmt: skip
    path = folder / names[kind]
    codec = kind if kind not in ("folder", "picture") else "h264"
    count = 1 if kind == "picture" else COUNT
    with open_writer(path, SIZE, rate=Fraction(24000, 1001), codec=codec, quality="balanced") as writer:
        for number in range(count):
            writer.write(picture(number), Fraction(number * 1001, 24000))
    return path, count


KINDS = ["h264", "h265-10bit", "av1", "ffv1", "vp9", "prores", "folder", "picture"]


@pytest.fixture(scope="module", params=KINDS)
def source(request, tmp_path_factory):
    return make(tmp_path_factory.mktemp(request.param), request.param)


@pytest.fixture(params=[open_video, open_depth], ids=["rgb", "depth"])
def reader(request, source):
    with request.param(source[0]) as opened:
        yield opened


def test_count_is_the_number_of_frames(source, reader):
    assert reader.count() == len(reader) == source[1] == len(list(reader))


def test_frames_are_as_described(reader):
    for frame in reader:
        assert (frame.image.shape[1], frame.image.shape[0]) == reader.size == SIZE
        if frame.image.ndim == 2:
            assert frame.image.dtype == np.float32
            assert 0 <= frame.image.min() <= frame.image.max() <= 1
        else:
            assert frame.image.shape[2] == 3
            assert frame.image.dtype == (np.uint16 if reader.bit_depth > 8 else np.uint8)
        assert frame.image.flags.c_contiguous and isinstance(frame.pts, Fraction)


def test_time_rises_in_whole_ticks(reader):
    times = [f.pts for f in reader]
    assert times[0] == 0
    assert all(a < b for a, b in itertools.pairwise(times))
    assert all((t / reader.time_base).denominator == 1 for t in times)
    if reader.kind == "picture":
        assert reader.rate is None
    else:
        assert reader.rate > 0 and abs(reader.duration - len(times) / reader.rate) < Fraction(1, 10)


def test_any_start_gives_the_tail(source, reader):
    frames = list(reader)
    for start in range(source[1] + 2):
        tail = list(reader.frames(start))
        assert [f.pts for f in tail] == [f.pts for f in frames[start:]]
        assert all(np.array_equal(a.image, b.image) for a, b in zip(tail, frames[start:], strict=True))
    with pytest.raises(ValueError, match="from 0"):
        next(reader.frames(-1))


def test_reading_twice_gives_the_same(reader):
    assert all(np.array_equal(a.image, b.image) for a, b in zip(reader, reader, strict=True))
    assert reader.warnings == []


def test_what_was_written_is_what_is_read(source, reader):
    for number, frame in enumerate(reader):
        expected = picture(number) / 255
        if frame.image.ndim == 2:
            assert abs(frame.image.mean() - expected.mean()) < 0.12
        else:
            assert np.abs(frame.image / np.iinfo(frame.image.dtype).max - expected).mean() < 0.05


def test_names_are_a_folders(source, reader):
    assert reader.names == ([f"{n:06d}" for n in range(COUNT)] if reader.kind == "folder" else [])
