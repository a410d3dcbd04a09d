"""Depth as things for 3D programs: a point cloud (PLY) and a textured mesh (glTF 2.0 binary).

PLY is Greg Turk's polygon file format, binary little endian; GLB is that of the Khronos glTF
2.0 specification. Both have metres-like units in which the nearest thing is 1 away from the
camera, at the origin; x right, y up, z towards the viewer (see warp/surface.py).
"""

from __future__ import annotations

import json
import struct
from dataclasses import dataclass
from typing import Any

import numpy as np

from ..types import Image
from ..warp.surface import focal_length, surface_points, surface_triangles
from .pictures import encode_picture

MOST_VERTICES = 1 << 20  # of a mesh: what viewers in a browser still turn smoothly

_JSON, _BIN = 0x4E4F534A, 0x004E4942
_FLOAT, _UNSIGNED_INT = 5126, 5125
_VERTICES, _INDICES = 34962, 34963
_CLAMP = 33071
_LINEAR, _LINEAR_MIPMAPS = 9729, 9987


@dataclass(frozen=True)
class Surface:
    """A picture with its depth, as a surface before a camera.

    image   RGB [H, W, 3], uint8 or uint16
    depth   float32 [H, W], 0..1, near is large
    fov     degrees that the picture's width fills
    aspect  width of a pixel over its height
    """

    image: Image
    depth: np.ndarray
    fov: float
    aspect: float = 1.0

    @property
    def shape(self) -> tuple[int, int]:
        height, width = self.depth.shape
        return height, width

    @property
    def picture(self) -> np.ndarray:
        """The picture in 8 bits."""
        return self.image if self.image.dtype == np.uint8 else (self.image >> 8).astype(np.uint8)


def encode_ply(surface: Surface) -> bytes:
    """Every pixel as a vertex with position and colour."""
    points = np.empty(
        surface.depth.size,
        [(axis, "<f4") for axis in "xyz"] + [(colour, "u1") for colour in ("red", "green", "blue")],
    )
    places = surface_points(surface.depth, surface.fov, surface.aspect).reshape(-1, 3)
    colours = surface.picture.reshape(-1, 3)
    for n, names in enumerate((("x", "red"), ("y", "green"), ("z", "blue"))):
        points[names[0]], points[names[1]] = places[:, n], colours[:, n]
    header = [
        "ply", "format binary_little_endian 1.0", f"element vertex {len(points)}",
        *(f"property float {axis}" for axis in "xyz"),
        *(f"property uchar {colour}" for colour in ("red", "green", "blue")),
        "end_header", "",
    ]  # fmt: skip
    return "\n".join(header).encode("ascii") + points.tobytes()


def encode_glb(surface: Surface) -> bytes:
    """The pixels' surface as triangles, cut where depth has a step, with the picture as its texture.

    Of large pictures every n-th pixel is a vertex; the texture keeps all of it.
    """
    height, width = surface.shape
    stride = 1
    while -(-height // stride) * -(-width // stride) > MOST_VERTICES:
        stride += 1
    rows, columns = np.arange(0, height, stride), np.arange(0, width, stride)
    points = surface_points(surface.depth, surface.fov, surface.aspect)[::stride, ::stride]
    u, v = np.meshgrid((columns + 0.5) / width, (rows + 0.5) / height)
    uv = np.stack([u, v], axis=2).astype(np.float32).reshape(-1, 2)
    triangles = surface_triangles(-points[..., 2], focal_length(width, surface.fov), stride)
    return _glb(points.reshape(-1, 3), uv, triangles, encode_picture(surface.picture, ".jpg", "high"))


def _glb(points: np.ndarray, uv: np.ndarray, triangles: np.ndarray, texture: bytes) -> bytes:
    used = np.unique(triangles)  # a vertex of no triangle would only widen the bounds
    if used.size:
        renumbered = np.zeros(len(points), np.uint32)
        renumbered[used] = np.arange(len(used), dtype=np.uint32)
        points, uv, triangles = points[used], uv[used], renumbered[triangles]
    else:
        # too small to have a triangle: a mesh needs one, so a point stands for three
        points, uv, triangles = points[:1], uv[:1], np.zeros((1, 3), np.uint32)
    blocks = [points.astype("<f4").tobytes(), uv.astype("<f4").tobytes(), triangles.astype("<u4").tobytes()]
    views: list[dict[str, Any]] = []
    body = b""
    for data, target in zip([*blocks, texture], (_VERTICES, _VERTICES, _INDICES, None), strict=True):
        views.append({"buffer": 0, "byteOffset": len(body), "byteLength": len(data)})
        if target is not None:
            views[-1]["target"] = target
        body += data + b"\0" * (-len(data) % 4)
    low, high = points.min(axis=0), points.max(axis=0)
    accessors = [
        {
            "bufferView": 0, "componentType": _FLOAT, "count": len(points), "type": "VEC3",
            "min": [float(x) for x in low], "max": [float(x) for x in high],
        },
        {"bufferView": 1, "componentType": _FLOAT, "count": len(uv), "type": "VEC2"},
        {"bufferView": 2, "componentType": _UNSIGNED_INT, "count": triangles.size, "type": "SCALAR"},
    ]  # fmt: skip
    primitive = {"attributes": {"POSITION": 0, "TEXCOORD_0": 1}, "indices": 2, "material": 0, "mode": 4}
    material = {
        "pbrMetallicRoughness": {
            "baseColorTexture": {"index": 0}, "metallicFactor": 0.0, "roughnessFactor": 1.0,
        },
        "doubleSided": True,
        "extensions": {"KHR_materials_unlit": {}},  # the picture has its light in it already
    }  # fmt: skip
    clamped = {"wrapS": _CLAMP, "wrapT": _CLAMP, "magFilter": _LINEAR, "minFilter": _LINEAR_MIPMAPS}
    scene = {
        "asset": {"version": "2.0", "generator": "Parallax"},
        "extensionsUsed": ["KHR_materials_unlit"],
        "scene": 0,
        "scenes": [{"nodes": [0]}],
        "nodes": [{"mesh": 0}],
        "meshes": [{"primitives": [primitive]}],
        "materials": [material],
        "textures": [{"source": 0, "sampler": 0}],
        "samplers": [clamped],
        "images": [{"bufferView": 3, "mimeType": "image/jpeg"}],
        "accessors": accessors,
        "bufferViews": views,
        "buffers": [{"byteLength": len(body)}],
    }
    text = json.dumps(scene, separators=(",", ":")).encode("ascii")
    text += b" " * (-len(text) % 4)
    chunks = struct.pack("<II", len(text), _JSON) + text + struct.pack("<II", len(body), _BIN) + body
    return struct.pack("<4sII", b"glTF", 2, 12 + len(chunks)) + chunks
