"""Files made to be hard: clocks that jump, forms that change, rates of nothing and counts beyond belief."""

from __future__ import annotations

import struct
from fractions import Fraction

import amount
import clips
import numpy as np
import pytest
import whole_files
from PIL import Image

TICKS = [n * 3000 for n in range(12)]


def patched(data: bytes, kind: bytes, at: int, value: bytes) -> bytes:
    """With bytes in every box or chunk of a kind changed, `at` bytes behind its name."""
    changed, place = bytearray(data), data.find(kind)
    assert place >= 0, kind
    while place >= 0:
        changed[place + 4 + at : place + 4 + at + len(value)] = value
        place = data.find(kind, place + 4)
    return bytes(changed)


def billion_samples(folder):
    """10^9 frames in each table that an MP4 has for them."""
    data = clips.write_clip(folder / "a.mp4", TICKS, g=5).read_bytes()
    many = struct.pack(">I", 10**9)
    return [
        patched(data, b"stts", 8, many),
        patched(data, b"stsz", 8, many),
        patched(data, b"stsz", 4, struct.pack(">II", 1, 10**9)),  # each of one byte, so no table is needed
        patched(data, b"stsc", 12, many),
        patched(data, b"stco", 4, many),
        patched(data, b"stss", 4, many),
        patched(data, b"mdhd", 12, struct.pack(">I", 0xFFFFFFFF)),
        patched(data, b"elst", 4, many),
    ]


def no_rate(folder):
    """0 frames a second, and clocks of 0 and of 4 billion ticks."""
    data = clips.write_clip(folder / "a.mp4", TICKS, g=5).read_bytes()
    return [
        patched(data, b"mdhd", 8 + 4, struct.pack(">I", 0)),
        patched(data, b"mdhd", 12, struct.pack(">I", 0)),
        patched(data, b"mvhd", 12, struct.pack(">I", 0)),
        patched(data, b"mdhd", 12, struct.pack(">I", 0xFFFFFFFF)),
        patched(data, b"stts", 12, struct.pack(">I", 0)),
        patched(data, b"stts", 8, struct.pack(">II", 12, 0x7FFFFFFF)),
    ]


def avis(folder):
    data = clips.write_clip(folder / "a.avi", TICKS, g=5).read_bytes()
    made = []
    for value in (0, 1, 10**9, 0xFFFFFFFF):
        number = struct.pack("<I", value)
        made += [patched(data, b"avih", 4, number), patched(data, b"avih", 20, number)]
        made += [patched(data, b"strh", 24, number), patched(data, b"strh", 28, number)]
    return made


def changing(folder):
    """Streams put behind each other: other sizes, other pixels, other codecs, the clock again from 0."""
    forms = (
        {"size": (64, 48)}, {"size": (32, 32)}, {"size": (128, 16)}, {"size": (64, 48),
        "pixel_format": "yuv444p"},
        {"size": (64, 48), "pixel_format": "yuv420p10le"}, {"size": (64, 48), "codec": "mpeg2video"},
    )  # fmt: skip
    parts = []
    for number, form in enumerate(forms):
        known = {"g": 5} if "codec" not in form else {"time_base": Fraction(1001, 30000)}
        ticks = range(12) if "codec" in form else TICKS if number % 2 else [t + 90000 * number for t in TICKS]
        parts.append(clips.write_clip(folder / f"{number}.ts", ticks, **form, **known).read_bytes())
    return [a + b for a in parts[:5] for b in parts if a is not b] + [b"".join(reversed(parts))]


def gifs(folder):
    frames = [Image.fromarray(clips.picture(n, 64, 48)) for n in range(4)]
    frames[0].save(folder / "a.gif", save_all=True, append_images=frames[1:], duration=0)
    data = (folder / "a.gif").read_bytes()
    return [data, data[:6] + b"\xff\xff\xff\xff" + data[10:], data[:6] + bytes(4) + data[10:], data[:-1] * 3]


HARD = {
    "billion": (billion_samples, ".mp4"), "rate": (no_rate, ".mp4"), "avi": (avis, ".avi"),
    "changing": (changing, ".ts"), "gif": (gifs, ".gif"),
}  # fmt: skip


@pytest.mark.parametrize("kind", HARD)
def test_hard(kind, worker, tmp_path):
    make, suffix = HARD[kind]
    faults = []
    for number, data in enumerate(make(tmp_path)):
        path = tmp_path / f"hard-{number}{suffix}"
        path.write_bytes(data)
        for trial in ("video", "depth"):
            amount.count("damaged files")
            try:
                worker.trial(trial, path)
            except AssertionError as fault:
                faults.append(f"{number}: {fault}")
    assert not faults, f"{len(faults)} faults\n" + "\n".join(faults[:10])


def test_large_claims_of_pictures_take_no_memory(worker, tmp_path):
    """Headers of 30000x30000 and more with nothing behind them."""
    import zlib

    def chunk(name, data):
        return struct.pack(">I", len(data)) + name + data + struct.pack(">I", zlib.crc32(name + data))

    cases = {}
    for side in (20_000, 60_000, 0x7FFFFFFF):
        for depth in (8, 16):
            head = chunk(b"IHDR", struct.pack(">IIBBBBB", side, side, depth, 2, 0, 0, 0))
            body = chunk(b"IDAT", zlib.compress(bytes(100_000))) + chunk(b"IEND", b"")
            cases[f"{side}-{depth}.png"] = b"\x89PNG\r\n\x1a\n" + head + body
    cases["chunk.png"] = b"\x89PNG\r\n\x1a\n" + chunk(
        b"IHDR", struct.pack(">IIBBBBB", 64, 48, 16, 0, 0, 0, 0)
    )
    cases["chunk.png"] += b"\xff\xff\xff\x7fIDAT" + bytes(1000)
    np.save(tmp_path / "claims.npy", np.zeros((4, 4), np.float32))
    whole = (tmp_path / "claims.npy").read_bytes()
    cases["claims.npy"] = whole.replace(b"(4, 4), }      ", b"(90000, 90000), }"[:15].ljust(15))
    cases["big.npy"] = whole.replace(b"(4, 4)", b"(9**9,").replace(b"'<f4'", b"'<f8'")
    for name, data in cases.items():
        (tmp_path / name).write_bytes(data)
        for trial in ("video", "depth"):
            amount.count("damaged files")
            said = worker.trial(trial, tmp_path / name)
            assert said is not None, name


def test_a_folder_of_changing_and_broken_pictures(worker, tmp_path):
    folder = tmp_path / "frames"
    folder.mkdir()
    for path in whole_files.pictures(tmp_path / "frames"):
        path.rename(folder / f"00-{path.name}")
    for number in range(3):
        (folder / f"0{number}.png").write_bytes(b"\x89PNG\r\n\x1a\n" + bytes(number * 20))
    for trial in ("video", "depth"):
        worker.trial(trial, folder)


@pytest.mark.parametrize("name", ["colorspace", "color_primaries", "color_trc"])
def test_colours_that_no_standard_has_are_read_as_unsaid(name):
    import av

    from lib_parallax.media.colour import Colour, resized, to_grey, to_rgb

    plain = av.VideoFrame.from_ndarray(clips.picture(1, 64, 48), "rgb24").reformat(format="yuv422p10le")
    wanted = to_rgb(plain, Colour(matrix=6))
    for code in (0, 3, 8, 11, 14, 40, 255):
        frame = plain.reformat(format="yuv422p10le")
        try:
            setattr(frame, name, code)
        except (ValueError, AttributeError):
            continue  # this PyAV lets nobody say that
        assert np.array_equal(to_rgb(frame, Colour(matrix=6)), wanted)
        assert to_grey(frame, Colour(matrix=6)).shape == (48, 64)
        assert resized(frame, (32, 16)).width == 32
