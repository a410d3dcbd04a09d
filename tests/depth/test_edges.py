"""Soft depth edges become steps where the picture has its own."""

from __future__ import annotations

import cv2
import numpy as np
import pytest

from lib_parallax.depth.edges import sharpen_edges
from lib_parallax.errors import OptionError


def disc(height=120, width=200):
    """A red disc near on a blue ground far, and its true depth."""
    y, x = np.mgrid[:height, :width]
    inside = (x - width / 2) ** 2 + (y - height / 2) ** 2 < (height / 4) ** 2
    image = np.where(inside[..., None], (200, 40, 40), (40, 60, 180)).astype(np.float64)
    image += np.random.default_rng(0).normal(0, 4, image.shape)
    return np.clip(image, 0, 255).astype(np.uint8), np.where(inside, 0.9, 0.1).astype(np.float32)


def rim_of(truth, reach):
    edge = cv2.morphologyEx(truth, cv2.MORPH_GRADIENT, np.ones((3, 3), np.uint8)) > 0
    return cv2.dilate(edge.astype(np.uint8), np.ones((reach, reach), np.uint8)) > 0


def test_soft_ramps_become_steps_where_the_colour_changes():
    image, truth = disc(240, 400)
    soft = cv2.GaussianBlur(truth, (0, 0), 1.0)
    sharp = sharpen_edges(soft, image, budget=0.05)
    assert sharp.dtype == np.float32 and sharp.shape == truth.shape
    rim = rim_of(truth, 5)
    wrong_before = np.abs(soft - truth)[rim] > 0.1
    wrong_after = np.abs(sharp - truth)[rim] > 0.1
    assert wrong_before.mean() > 0.25
    assert wrong_after.mean() < 0.4 * wrong_before.mean()
    assert np.abs(sharp - soft)[~rim_of(truth, 15)].max() < 0.02  # elsewhere nothing happens


def test_depth_as_sharp_as_the_picture_stays():
    image, truth = disc()
    assert np.array_equal(sharpen_edges(truth, image), truth)
    blocks = np.random.default_rng(2).random((6, 10)).astype(np.float32).repeat(20, 0).repeat(20, 1)
    assert np.mean(sharpen_edges(blocks, image) != blocks) < 0.01


def test_the_exact_street_is_hardly_touched(street):
    sharp = sharpen_edges(street.left.depth, street.left.image)
    assert np.mean(np.abs(sharp - street.left.depth) > 0.02) < 0.01


def test_slopes_stay():
    image, _ = disc()
    slope = np.linspace(0, 1, 200, dtype=np.float32)[None].repeat(120, 0)
    assert np.array_equal(sharpen_edges(slope, image), slope)


def test_values_never_leave_their_range():
    image, truth = disc()
    soft = cv2.GaussianBlur(truth, (0, 0), 2.0) * 50 - 20
    sharp = sharpen_edges(soft, image)
    assert sharp.min() >= soft.min() and sharp.max() <= soft.max()


@pytest.mark.parametrize("value", [0.0, 0.5, -3.0])
def test_constant_depth(value):
    image, _ = disc()
    depth = np.full((120, 200), value, np.float32)
    assert np.array_equal(sharpen_edges(depth, image), depth)


def test_nan_is_kept_and_not_contagious():
    image, truth = disc()
    depth = truth.copy()
    depth[5:9, 5:9] = np.nan
    got = sharpen_edges(depth, image)
    assert np.array_equal(np.isnan(got), np.isnan(depth))
    assert np.array_equal(got[20:], truth[20:])
    for rest in (np.nan, 0.3):
        constant = np.full((120, 200), rest, np.float32)
        constant[3, 4] = np.nan
        assert np.array_equal(sharpen_edges(constant, image), constant, equal_nan=True)


@pytest.mark.parametrize("size", [(1, 1), (1, 9), (9, 1), (2, 2), (8, 8)])
def test_tiny_depth(size):
    rng = np.random.default_rng(0)
    depth = rng.random(size).astype(np.float32)
    got = sharpen_edges(depth, rng.integers(0, 256, (*size, 3), dtype=np.uint8))
    assert got.shape == size and np.isfinite(got).all()


@pytest.mark.parametrize("kind", ["uint16", "float32"])
def test_other_pictures_say_the_same(kind):
    image, truth = disc()
    soft = cv2.GaussianBlur(truth, (0, 0), 1.0)
    other = image.astype(np.uint16) * 257 if kind == "uint16" else (image / np.float32(255))
    assert np.abs(sharpen_edges(soft, other) - sharpen_edges(soft, image)).max() < 1e-3


def test_torch_in_torch_out():
    torch = pytest.importorskip("torch")
    image, truth = disc()
    soft = cv2.GaussianBlur(truth, (0, 0), 1.0)
    got = sharpen_edges(torch.from_numpy(soft), torch.from_numpy(image).permute(2, 0, 1))
    assert isinstance(got, torch.Tensor) and got.dtype == torch.float32
    assert np.array_equal(got.numpy(), sharpen_edges(soft, image))


def test_it_can_be_had_from_the_package():
    from lib_parallax import depth

    image, truth = disc()
    assert np.array_equal(depth.sharpen_edges(truth, image), truth)


@pytest.mark.parametrize(
    ("depth", "image", "field"),
    [
        (np.zeros((4, 5, 1)), np.zeros((4, 5, 3), np.uint8), "depth"),
        (np.zeros((4, 5)), np.zeros((5, 4, 3), np.uint8), "image"),
        (np.zeros((4, 5)), np.zeros((4, 5), np.uint8), "image"),
        (np.zeros((4, 5)), np.zeros((4, 5, 1), np.uint8), "image"),
        (np.zeros((0, 5)), np.zeros((0, 5, 3), np.uint8), "depth"),
    ],
)
def test_what_does_not_fit_is_refused(depth, image, field):
    with pytest.raises(OptionError) as caught:
        sharpen_edges(depth, image)
    assert caught.value.field == field


@pytest.mark.parametrize("budget", [0.0, -1.0, float("nan")])
def test_a_budget_must_be_positive(budget):
    with pytest.raises(OptionError, match="budget"):
        sharpen_edges(np.eye(5), np.zeros((5, 5, 3), np.uint8), budget)
