"""Depth as a surface: planes stay planes, steps are cut."""

from __future__ import annotations

import numpy as np
import pytest

from lib_parallax.warp.surface import (
    FARTHEST,
    distances,
    focal_length,
    surface_normals,
    surface_points,
    surface_triangles,
)


def plane_depth(normal, size=(64, 48), fov=60.0, through=(0.0, 0.0, -3.0), aspect=1.0):
    """Depth 0..1 of the plane with this normal through a point, seen by the camera."""
    width, height = size
    focal = focal_length(width, fov)
    x, y = np.meshgrid(np.arange(width) + 0.5 - width / 2, height / 2 - np.arange(height) - 0.5)
    rays = np.stack([x / focal, y / focal / aspect, -np.ones_like(x)], 2)
    distance = np.dot(normal, through) / (rays @ np.asarray(normal))
    assert distance.min() > 1 and distance.max() < FARTHEST
    return ((1 / distance - 1 / FARTHEST) / (1 - 1 / FARTHEST)).astype(np.float32)


def test_depth_is_inverse_distance():
    assert distances(np.array([1.0, 0.0, 2.0, -1.0])) == pytest.approx([1, FARTHEST, 1, FARTHEST])
    inverse = 1 / distances(np.linspace(0, 1, 9))
    assert np.diff(inverse) == pytest.approx(np.full(8, (1 - 1 / FARTHEST) / 8))


def test_the_width_fills_the_field_of_view():
    points = surface_points(np.ones((2, 100), np.float32), 90.0)
    assert points[0, :, 0] == pytest.approx((np.arange(100) + 0.5) / 50 - 1)
    assert (points[..., 2] == -1).all()
    assert points[0, 0, 1] > 0 > points[1, 0, 1]  # y grows upwards


@pytest.mark.parametrize("normal", [(0, 0, 1), (0.3, 0, 1), (0, 0.5, 1), (-0.4, -0.2, 1)])
@pytest.mark.parametrize("aspect", [1.0, 4 / 3])
def test_a_plane_has_its_normal_everywhere(normal, aspect):
    normal = np.array(normal) / np.linalg.norm(normal)
    depth = plane_depth(normal, aspect=aspect)
    found = surface_normals(depth, 60.0, aspect)
    assert found.dtype == np.float32 and np.abs(found - normal).max() < 2e-3
    points = surface_points(depth, 60.0, aspect)
    assert np.abs((points - [0, 0, -3]) @ normal).max() < 1e-4


def test_a_step_bends_no_surface():
    depth = np.full((20, 30), 0.2, np.float32)
    depth[5:15, 10:20] = 0.8
    assert np.abs(surface_normals(depth, 55.0) - [0, 0, 1]).max() < 1e-6


@pytest.mark.parametrize("shape", [(1, 1), (1, 5), (5, 1), (2, 2)])
def test_tiny_pictures_face_the_camera(shape):
    assert surface_normals(np.full(shape, 0.5, np.float32), 55.0) == pytest.approx(
        np.tile([0.0, 0.0, 1.0], (*shape, 1))
    )


def test_triangles_cover_a_plane_and_face_the_camera():
    depth = plane_depth(np.array([0.2, 0.3, 0.93]))
    points = surface_points(depth, 60.0)
    triangles = surface_triangles(-points[..., 2], focal_length(64, 60.0))
    assert len(triangles) == 2 * 63 * 47 and triangles.dtype == np.uint32
    a, b, c = (points.reshape(-1, 3)[triangles[:, n]] for n in range(3))
    facing = np.cross(b - a, c - a)
    assert (np.einsum("ij,ij->i", facing, -a) > 0).all()


def test_nothing_joins_a_thing_to_what_is_behind_it():
    depth = np.full((20, 30), 0.1, np.float32)
    depth[5:15, 10:20] = 0.9
    triangles = surface_triangles(distances(depth), focal_length(30, 55.0))
    corners = depth.ravel()[triangles]
    assert (corners.min(axis=1) == corners.max(axis=1)).all()
    # of the 40 squares on the contour only the outer halves of the four corners are left
    assert len(triangles) == 2 * (19 * 29 - 40) + 4
