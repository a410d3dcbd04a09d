import os
import subprocess
import sys
from fractions import Fraction
from pathlib import Path

import clips
import numpy as np
import pytest
from PIL import Image

from lib_parallax.errors import OptionError, OutputError
from lib_parallax.media import encoders, open_depth, open_video, open_writer
from lib_parallax.options import CODECS, QUALITIES

SIZE = (64, 64)
HOMES = {"prores": ".mov", "ffv1": ".mkv", "vp9": ".mp4"}
TIMES = [Fraction(n * 1001, 30000) for n in (0, 1, 2, 4, 5, 9)]


def write(path, codec="h264", quality="balanced", size=SIZE, times=TIMES, deep=False, **options):
    with open_writer(
        path, size, rate=Fraction(30000, 1001), codec=codec, quality=quality, **options
    ) as writer:
        for number, time in enumerate(times):
            image = clips.picture(number, *size)
            writer.write(image.astype(np.uint16) * 257 if deep else image, time)
    return path


@pytest.mark.parametrize("codec", CODECS)
@pytest.mark.parametrize("quality", QUALITIES)
def test_every_codec_and_quality(tmp_path, codec, quality):
    path = write(tmp_path / f"a{HOMES.get(codec, '.mp4')}", codec, quality)
    reader = open_video(path)
    frames = list(reader)
    assert reader.size == (64, 64)
    if path.suffix != ".mkv":
        assert [f.pts for f in frames] == TIMES
    scale = np.iinfo(frames[0].image.dtype).max / 255
    errors = [np.abs(f.image / scale - clips.picture(n, 64, 64)).mean() for n, f in enumerate(frames)]
    exact = codec == "ffv1" or (quality == "lossless" and codec in ("h264", "h265", "vp9"))
    assert max(errors) == 0 if exact else max(errors) < 6
    assert reader.bit_depth == (8 if "10bit" not in codec and codec != "prores" else reader.bit_depth)
    assert reader.bit_depth >= (10 if codec in encoders.DEEP_CODECS else 8)


@pytest.mark.parametrize("codec", CODECS)
@pytest.mark.parametrize("count", [1, 2])
def test_short_clips(tmp_path, codec, count):
    for _ in range(3):  # an encoder that loses track of time does so now and then
        path = write(tmp_path / f"a{HOMES.get(codec, '.mp4')}", codec, "draft", times=TIMES[:count])
        assert len(list(open_video(path))) == count


@pytest.mark.parametrize(("codec", "size"), [
    ("h264", (63, 47)), ("h265", (65, 47)), ("vp9", (63, 47)), ("prores", (63, 47)), ("ffv1", (63, 47)),
    ("h264", (8, 8)), ("ffv1", (1, 1)), ("h264", (2, 2)),
])  # fmt: skip
def test_odd_and_tiny_sizes_are_kept(tmp_path, codec, size):
    path = write(tmp_path / f"a{HOMES.get(codec, '.mp4')}", codec, size=size)
    reader = open_video(path)
    assert reader.size == size and len(list(reader)) == len(TIMES)


def test_av1_repeats_the_last_row_of_an_odd_picture(tmp_path):
    assert open_video(write(tmp_path / "a.mp4", "av1", size=(65, 67))).size == (66, 68)


@pytest.mark.parametrize("codec", ["h264", "h265-10bit", "av1", "vp9", "prores"])
def test_the_same_frames_give_the_same_bytes(tmp_path, codec):
    suffix = HOMES.get(codec, ".mp4")
    a, b = (write(tmp_path / f"{name}{suffix}", codec).read_bytes() for name in "ab")
    assert a == b


def test_ten_bits_stay_ten_bits(tmp_path):
    levels = np.linspace(20000, 40000, 64).astype(np.uint16)
    image = np.repeat(np.repeat(levels[None, :, None], 64, 0), 3, 2)
    for codec in ("h265-10bit", "av1-10bit"):
        with open_writer(
            tmp_path / "a.mp4", (64, 64), rate=Fraction(25), codec=codec, quality="high"
        ) as writer:
            writer.write(image, Fraction(0))
        read = next(iter(open_video(tmp_path / "a.mp4"))).image
        assert np.abs(read.astype(float) - image).mean() < 2 * 65535 / 1023
        assert len(np.unique(read[24, :, 1])) > 50


def test_depth_keeps_sixteen_bits(tmp_path):
    depth = np.random.default_rng(0).random((64, 64), dtype=np.float32)
    path = tmp_path / "depth.mkv"
    with open_writer(path, (64, 64), rate=Fraction(25), codec="ffv1", gray=True) as writer:
        writer.write(depth, Fraction(0))
        writer.write(np.rint(depth * 65535).astype(np.uint16), Fraction(1, 25))
    for frame in open_depth(path):
        assert np.abs(frame.image - depth).max() <= 0.5 / 65535 + 1e-7


def test_nothing_shows_before_it_is_complete(tmp_path):
    writer = open_writer(tmp_path / "a.mp4", (64, 64), rate=Fraction(25))
    writer.write(clips.picture(0, 64, 64), Fraction(0))
    assert not (tmp_path / "a.mp4").exists()
    assert all(p.name.startswith(".") for p in tmp_path.iterdir())
    writer.close()
    assert [p.name for p in tmp_path.iterdir()] == ["a.mp4"]
    writer.close()


@pytest.mark.parametrize("name", ["a.mp4", "a.mkv", "frames", "a.png"])
def test_a_broken_run_leaves_nothing(tmp_path, name):
    with (
        pytest.raises(KeyError),
        open_writer(tmp_path / name, (64, 64), rate=Fraction(25)) as writer,
    ):
        writer.write(clips.picture(0, 64, 64), Fraction(0))
        raise KeyError
    assert list(tmp_path.iterdir()) == []


@pytest.mark.parametrize("name", ["a.mp4", "frames", "a.png"])
def test_no_frames_is_no_result(tmp_path, name):
    with (
        pytest.raises(OutputError, match="no frames"),
        open_writer(tmp_path / name, (64, 64), rate=Fraction(25)),
    ):
        pass
    assert list(tmp_path.iterdir()) == []


def test_an_old_result_stays_until_the_new_one_is_whole(tmp_path):
    path = tmp_path / "a.mp4"
    path.write_bytes(b"old")
    writer = open_writer(path, (64, 64), rate=Fraction(25))
    writer.write(clips.picture(0, 64, 64), Fraction(0))
    assert path.read_bytes() == b"old"
    writer.abort()
    assert path.read_bytes() == b"old"
    write(path)
    assert open_video(path).count() == len(TIMES)


@pytest.mark.parametrize("name", ["a.mp4", "folder/a.mp4", "frames", "a.png"])
def test_a_place_that_cannot_be_written_is_refused(tmp_path, name):
    (tmp_path / "file").write_text("in the way")
    with pytest.raises(OutputError, match="file"):
        open_writer(tmp_path / "file" / name, (64, 64), rate=Fraction(25))
    if hasattr(os, "geteuid") and os.geteuid():
        locked = tmp_path / "locked"
        locked.mkdir(mode=0o555)
        with pytest.raises(OutputError, match="locked"):
            open_writer(locked / name, (64, 64), rate=Fraction(25))


def test_containers_refuse_what_they_cannot_hold(tmp_path):
    for name, codec, hint in (
        ("a.mp4", "prores", ".mov"),
        ("a.webm", "h264", ".mkv"),
        ("a.avi", "h264", ".mp4"),
    ):
        with pytest.raises(OutputError, match=hint.replace(".", r"\.")) as caught:
            open_writer(tmp_path / name, (64, 64), rate=Fraction(25), codec=codec)
        assert name in str(caught.value)
    with pytest.raises(OptionError, match="betamax"):
        open_writer(tmp_path / "a.mp4", (64, 64), rate=Fraction(25), codec="betamax")
    with pytest.raises(OptionError, match="8x8"):
        open_writer(tmp_path / "a.mp4", (8, 8), rate=Fraction(25), codec="h265")
    assert list(tmp_path.iterdir()) == []


FULL_DISK = """
import resource, signal, sys
from fractions import Fraction
import numpy as np
signal.signal(signal.SIGXFSZ, signal.SIG_IGN)
resource.setrlimit(resource.RLIMIT_FSIZE, (20000, 20000))
from lib_parallax.errors import OutputError
from lib_parallax.media import open_writer
noise = np.random.default_rng(0).integers(0, 256, (96, 128, 3), dtype=np.uint8)
try:
    with open_writer(sys.argv[1], (128, 96), rate=Fraction(25), quality="high") as writer:
        for n in range(60):
            writer.write(np.roll(noise, n * 7, 1), Fraction(n, 25))
except OutputError as error:
    print("refused:", error)
"""


@pytest.mark.skipif(sys.platform == "win32", reason="needs POSIX limits on file size")
@pytest.mark.parametrize("name", ["a.mp4", "a.mkv", "frames", "a.png"])
def test_a_full_disk_is_a_refusal_without_remains(tmp_path, name):
    """A limit on file size stands for the full disk: writes fail the same way, with another number."""
    done = subprocess.run(
        [sys.executable, "-c", FULL_DISK, str(tmp_path / name)], capture_output=True, text=True,
        cwd=Path(__file__).parents[2], timeout=300,
    )  # fmt: skip
    assert done.stdout.startswith("refused:"), done.stderr
    assert name in done.stdout
    assert list(tmp_path.iterdir()) == []


@pytest.mark.parametrize(("kind", "suffix"), [("png", ".png"), ("jpeg", ".jpg"), ("webp", ".webp")])
def test_folders_of_pictures(tmp_path, kind, suffix):
    path = write(tmp_path / "frames", kind, "high")
    assert sorted(p.name for p in path.iterdir()) == [f"{n:06d}{suffix}" for n in range(len(TIMES))]
    reader = open_video(path)
    for number, frame in enumerate(reader):
        error = np.abs(frame.image.astype(int) - clips.picture(number, 64, 64))
        assert error.max() == 0 if kind == "png" else error.mean() < 3


def test_a_folder_takes_the_names_it_is_given(tmp_path):
    (tmp_path / "frames").mkdir()
    (tmp_path / "frames" / "kept.txt").write_text("mine")
    with open_writer(tmp_path / "frames", (64, 64), rate=None, names=["a", "b"]) as writer:
        for number in range(3):
            writer.write(clips.picture(number, 64, 64), Fraction(number))
    assert sorted(p.name for p in (tmp_path / "frames").iterdir()) == [
        "000002.png",
        "a.png",
        "b.png",
        "kept.txt",
    ]


def test_sixteen_bit_pictures(tmp_path):
    image = np.random.default_rng(0).integers(0, 65536, (64, 64, 3), dtype=np.uint16)
    for name in ("a.png", "a.tif"):
        with open_writer(tmp_path / name, (64, 64), rate=None) as writer:
            writer.write(image, Fraction(0))
        assert np.array_equal(next(iter(open_video(tmp_path / name))).image, image)
    depth = image[..., 0]
    with open_writer(tmp_path / "d.png", (64, 64), rate=None, gray=True) as writer:
        writer.write(depth, Fraction(0))
    with Image.open(tmp_path / "d.png") as picture:
        assert picture.mode.startswith("I;16") or picture.mode == "I"
        assert np.array_equal(np.asarray(picture).astype(np.uint16), depth)


def test_a_still_holds_one_frame(tmp_path):
    with (
        pytest.raises(OutputError, match="one frame"),
        open_writer(tmp_path / "a.png", (64, 64), rate=None) as w,
    ):
        w.write(clips.picture(0, 64, 64), Fraction(0))
        w.write(clips.picture(0, 64, 64), Fraction(1))
    assert list(tmp_path.iterdir()) == []


def test_the_unfinished_lies_where_it_is_told(tmp_path):
    elsewhere = tmp_path / "work"
    writer = open_writer(tmp_path / "a.mp4", (64, 64), rate=Fraction(25), temp_folder=elsewhere)
    writer.write(clips.picture(0, 64, 64), Fraction(0))
    assert [p.name for p in tmp_path.iterdir()] == ["work"]
    assert len(list(elsewhere.iterdir())) == 1
    writer.close()
    assert sorted(p.name for p in tmp_path.iterdir()) == ["a.mp4", "work"]
    assert list(elsewhere.iterdir()) == []


@pytest.mark.parametrize("suffix", encoders.VIDEO_SUFFIXES)
@pytest.mark.parametrize("size", [(8, 8), (64, 64)])
@pytest.mark.parametrize("bits", [8, 10])
def test_the_automatic_codec_always_works(tmp_path, suffix, size, bits):
    codec = encoders.automatic(suffix, size, bits)
    reader = open_video(write(tmp_path / f"a{suffix}", codec, "draft", size))
    assert reader.size == size
    assert reader.bit_depth == (10 if bits == 10 and size == (64, 64) else 8)


def test_encoders_are_tried(tmp_path):
    tried = encoders.available()
    assert [codec for codec in CODECS if tried[codec] is not None] == []
    assert {"h264-nvenc", "h265-nvenc", "av1-nvenc"} <= set(tried)
    assert list(tried)[: len(CODECS)] == list(CODECS)
    assert all(reason is None or "nvenc" in codec for codec, reason in tried.items())
