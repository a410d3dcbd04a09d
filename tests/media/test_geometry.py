"""Point clouds and meshes, read back by parsers of the test's own and held to their specifications."""

from __future__ import annotations

import json
import struct
from fractions import Fraction

import cv2
import numpy as np
import pytest

from lib_parallax import media
from lib_parallax.errors import OutputError
from lib_parallax.media import geometry
from lib_parallax.media.geometry import Surface, encode_glb, encode_ply
from lib_parallax.warp.surface import focal_length, surface_points

SHAPES = {5126: ("<f4", 4), 5125: ("<u4", 4), 5123: ("<u2", 2)}
WIDTHS = {"SCALAR": 1, "VEC2": 2, "VEC3": 3}


def scene(size=(40, 30), kind=np.uint8):
    """A near square before a slanted wall."""
    width, height = size
    rng = np.random.default_rng(0)
    image = rng.integers(0, np.iinfo(kind).max, (height, width, 3), kind, endpoint=True)
    depth = np.tile(np.linspace(0.1, 0.2, width, dtype=np.float32), (height, 1))
    depth[height // 4 : height // 2, width // 4 : width // 2] = 0.9
    return Surface(image, depth, 55.0)


def parse_ply(data):
    head, _, body = data.partition(b"end_header\n")
    lines = head.decode("ascii").splitlines()
    assert lines[:2] == ["ply", "format binary_little_endian 1.0"]
    assert lines[2].startswith("element vertex ")
    types = {"float": "<f4", "uchar": "u1"}
    fields = [(name, types[kind]) for _, kind, name in (line.split() for line in lines[3:])]
    vertices = np.frombuffer(body, fields)
    assert len(vertices) == int(lines[2].split()[-1])
    return vertices


def parse_glb(data):
    """The JSON and the accessors' arrays; asserts what glTF 2.0 demands of the container and the layout."""
    magic, version, length = struct.unpack_from("<4sII", data)
    assert (magic, version, length) == (b"glTF", 2, len(data)) and length % 4 == 0
    size, kind = struct.unpack_from("<I4s", data, 12)
    assert kind == b"JSON" and size % 4 == 0
    text = json.loads(data[20 : 20 + size])
    at = 20 + size
    size, kind = struct.unpack_from("<I4s", data, at)
    assert kind == b"BIN\0" and size % 4 == 0 and at + 8 + size == len(data)
    body = data[at + 8 :]
    assert 0 <= len(body) - text["buffers"][0]["byteLength"] <= 3 and "uri" not in text["buffers"][0]
    end = 0
    for view in text["bufferViews"]:
        assert view["buffer"] == 0 and view["byteOffset"] >= end and view["byteOffset"] % 4 == 0
        end = view["byteOffset"] + view["byteLength"]
        assert end <= text["buffers"][0]["byteLength"]
    arrays = []
    for accessor in text["accessors"]:
        view = text["bufferViews"][accessor["bufferView"]]
        dtype, item = SHAPES[accessor["componentType"]]
        width = WIDTHS[accessor["type"]]
        assert accessor["count"] >= 1 and view["byteLength"] == accessor["count"] * width * item
        array = np.frombuffer(body, dtype, accessor["count"] * width, view["byteOffset"]).reshape(-1, width)
        if "min" in accessor:
            assert array.min(axis=0).tolist() == accessor["min"]
            assert array.max(axis=0).tolist() == accessor["max"]
        arrays.append(array)
    image = text["bufferViews"][text["images"][0]["bufferView"]]
    picture = body[image["byteOffset"] : image["byteOffset"] + image["byteLength"]]
    return text, arrays, picture


@pytest.mark.parametrize("kind", [np.uint8, np.uint16])
def test_the_cloud_has_every_pixel_at_its_place_in_its_colour(kind):
    surface = scene(kind=kind)
    vertices = parse_ply(encode_ply(surface))
    places = np.stack([vertices[a] for a in "xyz"], 1)
    assert np.array_equal(places, surface_points(surface.depth, 55.0).reshape(-1, 3))
    colours = np.stack([vertices[c] for c in ("red", "green", "blue")], 1)
    assert np.array_equal(colours, (surface.image >> (8 if kind == np.uint16 else 0)).reshape(-1, 3))


def test_the_cloud_seen_from_the_camera_is_the_picture():
    surface = scene()
    vertices = parse_ply(encode_ply(surface))
    focal = focal_length(40, 55.0)
    x = np.floor(vertices["x"] / -vertices["z"] * focal + 20).astype(int)
    y = np.floor(15 - vertices["y"] / -vertices["z"] * focal).astype(int)
    seen = np.zeros_like(surface.image)
    seen[y, x] = np.stack([vertices[c] for c in ("red", "green", "blue")], 1)
    assert np.array_equal(seen, surface.image)


def test_the_mesh_keeps_to_the_specification():
    text, (points, uv, indices), picture = parse_glb(encode_glb(scene()))
    assert text["asset"]["version"] == "2.0" and set(text["extensionsUsed"]) == {"KHR_materials_unlit"}
    (primitive,) = text["meshes"][0]["primitives"]
    assert primitive["attributes"] == {"POSITION": 0, "TEXCOORD_0": 1} and primitive["mode"] == 4
    assert {"min", "max"} <= set(text["accessors"][0])
    targets = [view.get("target") for view in text["bufferViews"]]
    assert targets == [34962, 34962, 34963, None]
    assert len(points) == len(uv) and len(indices) % 3 == 0 and indices.max() == len(points) - 1
    assert uv.min() > 0 and uv.max() < 1 and np.isfinite(points).all()
    assert text["images"][0]["mimeType"] == "image/jpeg" and picture[:2] == b"\xff\xd8"
    assert cv2.imdecode(np.frombuffer(picture, np.uint8), 1).shape == (30, 40, 3)


def test_the_mesh_seen_from_the_camera_has_each_texel_in_its_place_and_no_sheets():
    surface = scene()
    _, (points, uv, indices), _ = parse_glb(encode_glb(surface))
    focal = focal_length(40, 55.0)
    x = points[:, 0] / -points[:, 2] * focal / 40 + 0.5
    y = 0.5 - points[:, 1] / -points[:, 2] * focal / 30
    assert np.abs(np.stack([x, y], 1) - uv).max() < 1e-5
    depth = -points[indices.reshape(-1, 3), 2]
    assert (depth.max(axis=1) / depth.min(axis=1)).max() < 1.1


def test_a_large_mesh_is_thinned_and_keeps_its_texture(monkeypatch):
    monkeypatch.setattr(geometry, "MOST_VERTICES", 100)
    _, (points, _, indices), picture = parse_glb(encode_glb(scene((60, 40))))
    assert 20 < len(points) <= 100 and len(indices) > 60
    assert cv2.imdecode(np.frombuffer(picture, np.uint8), 1).shape == (40, 60, 3)


@pytest.mark.parametrize("size", [(1, 1), (1, 7), (2, 2)])
def test_tiny_pictures_make_valid_files(size):
    surface = scene(size)
    assert len(parse_ply(encode_ply(surface))) == size[0] * size[1]
    parse_glb(encode_glb(surface))


@pytest.mark.parametrize("suffix", [".ply", ".glb"])
def test_a_writer_takes_one_surface(tmp_path, suffix):
    path = tmp_path / f"thing{suffix}"
    with media.open_writer(path, (40, 30), rate=None) as writer:
        writer.write(scene(), Fraction(0))
        assert not path.exists()
        with pytest.raises(OutputError, match="one frame"):
            writer.write(scene(), Fraction(1))
    assert [p.name for p in tmp_path.iterdir()] == [path.name]
    assert path.read_bytes() == (encode_ply if suffix == ".ply" else encode_glb)(scene())
