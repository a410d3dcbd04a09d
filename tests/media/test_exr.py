"""EXR and NPY: numbers as floating point, read back by a parser of the test's own."""

from __future__ import annotations

import struct
import zlib
from fractions import Fraction

import numpy as np
import pytest

from lib_parallax.errors import SourceError
from lib_parallax.media import open_depth, open_writer
from lib_parallax.media.exr import decode_exr, encode_exr


def parse_exr(data):
    """Attributes and channels by name, of a single-part scanline file of floats (OpenEXR file layout)."""
    assert struct.unpack_from("<II", data) == (20000630, 2)
    at, attributes = 8, {}
    while data[at]:
        name, kind = (data[at:].split(b"\0")[n].decode() for n in (0, 1))
        at += len(name) + len(kind) + 2
        (size,) = struct.unpack_from("<I", data, at)
        attributes[name] = (kind, data[at + 4 : at + 4 + size])
        at += 4 + size
    at += 1
    channels, rest = [], attributes["channels"][1]
    while rest[0]:
        name, _, rest = rest.partition(b"\0")
        assert struct.unpack_from("<I", rest)[0] == 2  # float
        assert struct.unpack_from("<II", rest, 8) == (1, 1)
        channels.append(name.decode())
        rest = rest[16:]
    left, top, right, bottom = struct.unpack("<4i", attributes["dataWindow"][1])
    width, height = right - left + 1, bottom - top + 1
    compression = attributes["compression"][1][0]
    lines = {0: 1, 2: 1, 3: 16}[compression]
    offsets = struct.unpack_from(f"<{-(-height // lines)}Q", data, at)
    planes = {name: np.empty((height, width), np.float32) for name in channels}
    for offset in offsets:
        y, size = struct.unpack_from("<iI", data, offset)
        rows = min(lines, top + height - y)
        block, raw = data[offset + 8 : offset + 8 + size], rows * width * 4 * len(channels)
        if size < raw:
            block = unpredicted(zlib.decompress(block))
        assert len(block) == raw
        values = np.frombuffer(block, "<f4").reshape(rows, len(channels), width)
        for n, name in enumerate(channels):
            planes[name][y - top : y - top + rows] = values[:, n]
    return attributes, planes


def unpredicted(data):
    """Undoes EXR's byte-wise difference and its split into even and odd bytes."""
    steps = np.frombuffer(data, np.uint8).astype(np.int64)
    steps[1:] -= 128
    whole = np.cumsum(steps).astype(np.uint8)
    half = (len(whole) + 1) // 2
    result = np.empty_like(whole)
    result[::2], result[1::2] = whole[:half], whole[half:]
    return result.tobytes()


@pytest.mark.parametrize("size", [(1, 1), (7, 5), (53, 37), (64, 16), (3, 40)])
@pytest.mark.parametrize("smooth", [True, False])
def test_a_map_is_one_channel_and_every_bit_is_kept(size, smooth):
    width, height = size
    image = np.random.default_rng(0).normal(size=(height, width)).astype(np.float32)
    if smooth:
        image = np.tile(np.linspace(0, 1, width, dtype=np.float32), (height, 1))
    attributes, planes = parse_exr(encode_exr(image))
    assert list(planes) == ["Y"] and np.array_equal(planes["Y"], image)
    required = {"channels", "compression", "dataWindow", "displayWindow", "lineOrder", "pixelAspectRatio"}
    assert required | {"screenWindowCenter", "screenWindowWidth"} <= set(attributes)


def test_three_channels_keep_their_names():
    image = np.random.default_rng(0).normal(size=(20, 9, 3)).astype(np.float32)
    _, planes = parse_exr(encode_exr(image))
    assert list(planes) == ["B", "G", "R"]
    assert np.array_equal(np.stack([planes[c] for c in "RGB"], 2), image)


@pytest.mark.parametrize("suffix", [".exr", ".npy"])
@pytest.mark.parametrize("kind", [np.uint8, np.uint16, np.float32])
def test_depth_comes_back_as_it_was(tmp_path, suffix, kind):
    values = np.random.default_rng(0).random((21, 33), dtype=np.float32)
    given = values if kind == np.float32 else np.rint(values * np.iinfo(kind).max).astype(kind)
    path = tmp_path / f"depth{suffix}"
    with open_writer(path, (33, 21), rate=None, gray=True) as writer:
        writer.write(given, Fraction(0))
    assert [p.name for p in tmp_path.iterdir()] == [path.name]
    unit = given if kind == np.float32 else given.astype(np.float32) / np.float32(np.iinfo(kind).max)
    with open_depth(path) as reader:
        assert reader.count() == 1 and reader.size == (33, 21)
        assert np.array_equal(next(reader.frames()).image, unit)
    with open_depth(tmp_path) as folder:
        assert folder.count() == 1 and np.array_equal(next(folder.frames()).image, unit)
    if suffix == ".npy":
        assert np.load(path).dtype == np.float32


def test_three_channels_are_read_back(tmp_path):
    image = np.random.default_rng(0).random((8, 11, 3), dtype=np.float32)
    (tmp_path / "n.exr").write_bytes(encode_exr(image))
    assert np.array_equal(decode_exr(tmp_path / "n.exr"), image)


def test_damage_is_told_and_no_pickle_is_opened(tmp_path):
    whole = encode_exr(np.random.default_rng(0).random((40, 40), dtype=np.float32))
    np.save(tmp_path / "objects.npy", np.array([{"a": 1}], object), allow_pickle=True)
    np.save(tmp_path / "line.npy", np.zeros(5, np.float32))
    np.savez(tmp_path / "zip", a=np.zeros((4, 4)))
    (tmp_path / "zip.npz").rename(tmp_path / "zip.npy")
    (tmp_path / "poem.exr").write_bytes(b"Shall I compare thee" * 20)
    (tmp_path / "empty.exr").write_bytes(b"")
    (tmp_path / "cut.exr").write_bytes(whole[:200])
    (tmp_path / "cut.npy").write_bytes((tmp_path / "line.npy").read_bytes()[:40])
    for path in [*tmp_path.iterdir(), tmp_path / "nothing.npy"]:
        with pytest.raises(SourceError, match=path.name):
            open_depth(path)
