"""Transparency on its way through codecs, containers and pictures' files."""

from __future__ import annotations

from fractions import Fraction

import av
import numpy as np
import pytest
from PIL import Image

from lib_parallax.errors import OptionError, OutputError
from lib_parallax.media import encoders, join, open_video, open_writer, segment_suffix
from lib_parallax.media.colour import of_frame
from lib_parallax.media.rgba import over, to_rgba

SIZE, FRAMES = (96, 64), 6


def picture(index: int, size=SIZE) -> np.ndarray:
    """Colours that wander, and alpha from nothing to all with a hard-edged window."""
    y, x = np.mgrid[: size[1], : size[0]]
    image = np.empty((*size[::-1], 4), np.uint8)
    image[..., 0] = 128 + 100 * np.sin(x / 20 + index / 5)
    image[..., 1] = 128 + 100 * np.cos(y / 15)
    image[..., 2] = 90
    image[..., 3] = np.clip(4 * (x - 20 - index), 0, 255)
    image[10:26, 4:20, 3] = 255
    return image


def shown(path) -> list[np.ndarray]:
    """RGBA of every frame; VP9's alpha is decoded by libvpx alone."""
    with av.open(str(path)) as container:
        stream = container.streams.video[0]
        if stream.codec_context.name == "vp9":
            decoder = av.CodecContext.create("libvpx-vp9", "r")
            frames = [f for packet in container.demux(stream) if packet.size for f in decoder.decode(packet)]
        else:
            frames = list(container.decode(stream))
        return [to_rgba(frame, of_frame(frame)) for frame in frames]


def joined(folder, codec, suffix, size=SIZE):
    segments = []
    for number in range(2):
        segments.append(folder / f"{number}{segment_suffix(codec, alpha=True)}")
        with open_writer(segments[-1], size, rate=Fraction(25), codec=codec, alpha=True) as writer:
            for index in range(number * FRAMES // 2, (number + 1) * FRAMES // 2):
                writer.write(picture(index, size), Fraction(index, 25))
    result = folder / f"joined-{codec}{suffix}"
    assert join(segments, result, source=None) == []
    return result


@pytest.mark.parametrize(
    ("codec", "suffix", "alpha_mean", "colour_mean"),
    [
        ("prores", ".mov", 0.1, 0.1),
        ("prores", ".mkv", 0.1, 0.1),
        ("vp9", ".webm", 1, 2),
        ("vp9", ".mkv", 1, 2),
        ("ffv1", ".mkv", 0, 0),
    ],
)
def test_alpha_comes_through_segments_and_joining(tmp_path, codec, suffix, alpha_mean, colour_mean):
    frames = shown(joined(tmp_path, codec, suffix))
    assert len(frames) == FRAMES
    for index, frame in enumerate(frames):
        off = np.abs(frame.astype(int) - picture(index))
        assert off[..., 3].mean() <= alpha_mean and off[..., :3].mean() <= colour_mean
        assert codec == "vp9" or off[..., 3].max() <= 2
        solid = picture(index)[12:24, 6:18, 3]  # away from the edge: VP9 too is within a few levels
        assert np.abs(frame[12:24, 6:18, 3].astype(int) - solid).max() <= 4


def test_times_and_size_are_kept_at_odd_sizes(tmp_path):
    for codec, suffix in (("prores", ".mov"), ("vp9", ".webm")):
        path = joined(tmp_path, codec, suffix, (95, 63))
        assert shown(path)[0].shape == (63, 95, 4)
        with open_video(path) as reader:
            assert reader.size == (95, 63)
            assert [frame.pts for frame in reader] == [Fraction(index, 25) for index in range(FRAMES)]


def test_the_same_frames_make_the_same_bytes(tmp_path):
    (tmp_path / "a").mkdir()
    (tmp_path / "b").mkdir()
    for codec, suffix in (("prores", ".mov"), ("vp9", ".webm")):
        one, other = (joined(tmp_path / name, codec, suffix) for name in "ab")
        assert one.read_bytes() == other.read_bytes()


@pytest.mark.parametrize("codec", ["h264", "h265", "av1"])
def test_codecs_without_it_are_refused(codec):
    with pytest.raises(OptionError, match=f"{codec} holds no transparency; use prores, vp9"):
        encoders.choose(codec, "balanced", SIZE, Fraction(25), alpha=True)


@pytest.mark.parametrize(
    ("name", "codec", "words"),
    [
        ("a.mp4", "vp9", r"\.mp4 files hold no transparency with vp9; use \.mkv, \.webm"),
        ("a.jpg", "h264", r"hold no transparency; use \.png, \.webp"),
        ("folder", "jpeg", r"hold no transparency; use \.png"),
    ],
)
def test_files_without_it_are_refused(tmp_path, name, codec, words):
    with pytest.raises(OutputError, match=words):
        open_writer(tmp_path / name, SIZE, rate=Fraction(25), codec=codec, alpha=True)
    assert list(tmp_path.iterdir()) == []


@pytest.mark.parametrize("name", ["a.png", "a.webp", "a.tif", "folder"])
def test_pictures_keep_it(tmp_path, name):
    with open_writer(tmp_path / name, SIZE, rate=None, alpha=True, quality="lossless") as writer:
        writer.write(picture(0), Fraction(0))
    path = tmp_path / name
    with Image.open(path / "000000.png" if path.is_dir() else path) as image:
        read = np.asarray(image)
    assert np.array_equal(read[..., 3], picture(0)[..., 3])
    assert np.array_equal(read[20, 10], picture(0)[20, 10])


def test_laid_over_grey():
    image = np.array([[[200, 100, 0, 255], [200, 100, 0, 0], [200, 100, 0, 128]]], np.uint8)
    assert over(image, 60).tolist() == [[[200, 100, 0], [60, 60, 60], [130, 80, 30]]]
    assert over(image[..., :3]) is not None and np.array_equal(over(image[..., :3]), image[..., :3])
