"""Depth as a surface in space: where each pixel lies, and which way it faces.

A pinhole camera at the origin, the axes of OpenGL and glTF: x to the right, y up, z towards
the viewer, so that what is seen has negative z. The centre of the picture is the optical axis.

Depth 0..1 is inverse depth of unknown scale and shift. Depth 1 is put at distance 1, depth 0
at FARTHEST, and 1 / distance is linear in between: flat things stay flat for the true shift.
"""

from __future__ import annotations

import math

import numpy as np

FARTHEST = 10.0
SPANS = 640  # a slope is measured over this part of the width, which grain in the depth hardly tilts
STEEPEST = 89.0  # degrees from facing the camera; what is steeper is a step between two surfaces


def distances(depth: np.ndarray) -> np.ndarray:
    """Distance along the optical axis, 1 to FARTHEST, of depth 0..1, near is large; float32."""
    least = np.float32(1 / FARTHEST)
    return np.reciprocal(np.clip(depth, 0, 1).astype(np.float32, copy=False) * (1 - least) + least)


def focal_length(width: int, fov: float) -> float:
    """In pixels, of a picture that fills `fov` degrees from its left to its right edge."""
    return width / 2 / math.tan(math.radians(fov) / 2)


def surface_points(depth: np.ndarray, fov: float, aspect: float = 1.0) -> np.ndarray:
    """Where every pixel of depth 0..1 [H, W] lies, float32 [H, W, 3].

    fov     degrees that the picture's width fills
    aspect  width of a pixel over its height
    """
    height, width = depth.shape
    focal = focal_length(width, fov)
    far = distances(depth)
    x = ((np.arange(width) + 0.5 - width / 2) / focal).astype(np.float32)
    y = ((height / 2 - np.arange(height) - 0.5) / (focal * aspect)).astype(np.float32)
    return np.stack([x[None] * far, y[:, None] * far, -far], axis=2)


def surface_normals(depth: np.ndarray, fov: float, aspect: float = 1.0) -> np.ndarray:
    """Unit normals of the surface, float32 [H, W, 3]; (0, 0, 1) faces the camera along the axis.

    Differences are taken over some pixels (1 in SPANS of the width) to the smoother side, so that
    a step does not bend the surfaces beside it.
    """
    points = surface_points(depth, fov, aspect)
    span = max(1, round(depth.shape[1] / SPANS))
    right, up = _smoother(points, 1, span), -_smoother(points, 0, span)
    normals = np.cross(right, up)
    length = np.sqrt((normals * normals).sum(axis=2, keepdims=True))
    return (normals / np.maximum(length, np.float32(1e-20))).astype(np.float32, copy=False)


def _smoother(points: np.ndarray, axis: int, span: int) -> np.ndarray:
    """The difference to a point `span` after or before along an axis, whichever changes distance less."""
    count = points.shape[axis]
    span = min(span, count - 1)
    if span < 1:
        # one row or column says nothing of its slope: it faces the camera
        still = np.zeros_like(points)
        still[..., 1 - axis] = 1 if axis == 1 else -1
        return still
    index = np.arange(count)
    steps = points.take(index[span:], axis) - points.take(index[:-span], axis)
    after = steps.take(np.minimum(index, count - span - 1), axis)
    before = steps.take(np.maximum(index - span, 0), axis)
    return np.where(np.abs(after[..., 2:]) <= np.abs(before[..., 2:]), after, before)


def surface_triangles(distance: np.ndarray, focal: float, stride: int = 1) -> np.ndarray:
    """Triangles over the points of a grid, uint32 [N, 3], counter-clockwise towards the camera.

    distance  [h, w] along the optical axis; the points are numbered row by row
    focal     in pixels, of which neighbouring points lie `stride` apart
    Left out is what would stand steeper than STEEPEST: there one thing ends and another begins.
    """
    height, width = distance.shape
    number = np.arange(height * width, dtype=np.uint32).reshape(height, width)
    a, b, c, d = number[:-1, :-1], number[:-1, 1:], number[1:, :-1], number[1:, 1:]
    # of the two ways to split a square, the one along the smaller change of distance
    flat = distance.ravel()
    down = np.abs(flat[a] - flat[d]) <= np.abs(flat[b] - flat[c])
    first = np.where(down[..., None], np.stack([a, c, d], 2), np.stack([a, c, b], 2))
    second = np.where(down[..., None], np.stack([a, d, b], 2), np.stack([b, c, d], 2))
    triangles = np.stack([first, second], axis=2).reshape(-1, 3)
    corners = flat[triangles]
    near, far = corners.min(axis=1), corners.max(axis=1)
    steepest = math.tan(math.radians(STEEPEST)) * stride / focal
    return triangles[far - near <= steepest * near]
