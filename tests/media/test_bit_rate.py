"""The bit rate and the key-frame interval that a video is asked for."""

from fractions import Fraction

import av
import numpy as np
import pytest

from lib_parallax.media import open_writer

RATE = Fraction(25)


def written(path, codec, **settings):
    noise = np.random.default_rng(0)
    with open_writer(path, (160, 96), rate=RATE, codec=codec, **settings) as writer:
        for number in range(50):
            image = noise.integers(0, 256, (24, 40, 3), dtype=np.uint8).repeat(4, 0).repeat(4, 1)
            writer.write(image, number / RATE)
    return path.read_bytes()


def key_frames(path):
    with av.open(str(path)) as container:
        return [
            float(packet.pts * packet.time_base) for packet in container.demux(video=0) if packet.is_keyframe
        ]


@pytest.mark.parametrize(
    ("codec", "suffix"), [("h264", ".mp4"), ("h265", ".mp4"), ("av1", ".mp4"), ("vp9", ".webm")]
)
def test_less_is_smaller_and_the_same_again_the_same_bytes(tmp_path, codec, suffix):
    path = tmp_path / f"a{suffix}"
    sizes = [len(written(path, codec, bitrate=rate)) for rate in (0.1, 0.5)]
    assert sizes[0] < 0.7 * sizes[1]
    assert written(path, codec, bitrate=0.1) == written(path, codec, bitrate=0.1)


@pytest.mark.parametrize(("codec", "suffix"), [("h264", ".mp4"), ("h265", ".mp4"), ("vp9", ".webm")])
def test_no_two_key_frames_are_further_apart_than_was_asked(tmp_path, codec, suffix):
    path = tmp_path / f"a{suffix}"
    written(path, codec, keyframe_seconds=0.4)
    times = key_frames(path)
    assert times[0] == 0
    assert max(np.diff([*times, 2.0])) <= 0.4 + 1e-6


def test_what_is_lossless_stays_so(tmp_path):
    assert written(tmp_path / "a.mkv", "ffv1", bitrate=0.1) == written(tmp_path / "b.mkv", "ffv1")
