"""The camera's part of the flow, out of synthetic rigid motion."""

from __future__ import annotations

import numpy as np
import pytest

from lib_parallax import samples
from lib_parallax.flow.camera import CameraMotion, fit_camera_motion


def rigid(width, height, disparity, rotation=(0.0, 0.0, 0.0), translation=(0.0, 0.0, 0.0)):
    """Flow in pixels by Longuet-Higgins and Prazdny, focal length one width; disparity in pixels."""
    focal = float(width)
    y, x = np.mgrid[:height, :width].astype(np.float64)
    u, v = (x - width / 2) / focal, (y - height / 2) / focal
    (a, b, c), (tx, ty, tz) = rotation, translation
    near = disparity / focal
    dx = a * u * v - b * (1 + u * u) + c * v + near * (u * tz - tx)
    dy = a * (1 + v * v) - b * u * v - c * u + near * (v * tz - ty)
    return (focal * np.stack([dx, dy], -1)).astype(np.float32)


@pytest.fixture
def disparity():
    rng = np.random.default_rng(3)
    values = rng.uniform(0, 12, (9, 12)).repeat(20, 0).repeat(20, 1)
    return (values + np.linspace(0, 4, 240)).astype(np.float32)


MOTIONS = [
    {"translation": (1.0, 0.0, 0.0)},
    {"translation": (0.0, -0.5, 2.0)},
    {"rotation": (0.01, -0.02, 0.03)},
    {"rotation": (0.004, 0.01, -0.01), "translation": (0.6, 0.3, -1.0)},
]


def grid(disparity):
    y, x = np.mgrid[: disparity.shape[0], : disparity.shape[1]].astype(np.float32)
    return x, y


@pytest.mark.parametrize("motion", MOTIONS)
@pytest.mark.parametrize("scale", [(1.0, 0.0), (0.3, -2.0)])
def test_rigid_motion_is_recovered(motion, scale, disparity):
    """From depth known up to scale and shift alone."""
    flow = rigid(240, 180, disparity, **motion)
    known = disparity * scale[0] + np.float32(scale[1])
    fitted = fit_camera_motion(flow, known)
    dx, dy = fitted.flow(*grid(disparity), known)
    assert np.abs(np.stack([dx, dy], -1) - flow).max() < 0.05


@pytest.mark.parametrize("motion", MOTIONS)
def test_what_moves_by_itself_has_no_say(motion, disparity):
    truth = rigid(240, 180, disparity, **motion)
    flow = truth + np.random.default_rng(1).normal(0, 0.05, truth.shape).astype(np.float32)
    flow[40:150, 60:150] += (9, -4)  # a passer-by, a quarter of the picture
    flow[::7, ::5] = np.nan
    fitted = fit_camera_motion(flow, disparity)
    dx, dy = fitted.flow(*grid(disparity), disparity)
    assert np.abs(np.stack([dx, dy], -1) - truth).mean() < 0.1


@pytest.mark.parametrize("motion", MOTIONS)
def test_inverse_leads_back(motion, disparity):
    fitted = fit_camera_motion(rigid(240, 180, disparity, **motion), disparity)
    x, y = grid(disparity)
    dx, dy = fitted.flow(x, y, disparity)
    x0, y0 = fitted.inverse(x + dx, y + dy, disparity)
    assert max(np.abs(x0 - x).max(), np.abs(y0 - y).max()) < 0.05


@pytest.mark.parametrize("size", [(1, 1), (6, 6), (4, 9)])
def test_too_little_to_go_by_is_standing_still(size):
    fitted = fit_camera_motion(np.full((*size, 2), 3, np.float32), np.ones(size, np.float32))
    dx, dy = fitted.flow(np.array([0.0, 1.0]), np.array([0.0, 1.0]), np.ones(2))
    assert not dx.any() and not dy.any()


def test_nothing_known_is_standing_still():
    fitted = fit_camera_motion(np.full((60, 80, 2), np.nan, np.float32), np.ones((60, 80), np.float32))
    assert not fitted.weights.any()
    fitted = fit_camera_motion(np.ones((60, 80, 2), np.float32), np.full((60, 80), np.nan, np.float32))
    assert not fitted.weights.any()


def test_a_flat_scene_can_be_fitted():
    """Constant depth makes the terms depend on each other."""
    flow = np.full((60, 80, 2), (2.0, -1.0), np.float32)
    for value in (0.0, 5.0):
        fitted = fit_camera_motion(flow, np.full((60, 80), value, np.float32))
        dx, dy = fitted.flow(np.array([10.0]), np.array([50.0]), np.array([value]))
        assert dx[0] == pytest.approx(2, abs=0.01) and dy[0] == pytest.approx(-1, abs=0.01)


def test_motion_keeps_its_size():
    motion = fit_camera_motion(np.zeros((60, 80, 2), np.float32), np.ones((60, 80), np.float32))
    assert isinstance(motion, CameraMotion) and motion.size == (80, 60) and motion.weights.shape == (2, 9)


def test_the_streets_pan_is_found_behind_what_crosses():
    scene = samples.street((320, 180), motion="pan", supersample=2)
    depth, flow = scene.view().depth, scene.flow(0.2)
    near = scene.disparity(depth)
    fitted = fit_camera_motion(flow, near)
    dx, dy = fitted.flow(*grid(near), near)
    assert np.abs(dx - flow[..., 0]).max() < 0.05 and np.abs(dy).max() < 0.05
