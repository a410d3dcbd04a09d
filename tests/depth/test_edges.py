"""Soft depth edges become steps where the picture has its own."""

from __future__ import annotations

from itertools import pairwise

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


def wire_scene(width_of_wire, height=300, width=960, wall=0.1, wire=0.7):
    """A dark slanted wire and a pole before a noisy wall, and their exact depth; antialiased."""
    fine = 4
    y, x = np.mgrid[: height * fine, : width * fine] / fine
    across = np.abs((x - 160 - 0.2 * y) / np.hypot(1, 0.2))
    near, pole = across < width_of_wire / 2, (x > 330) & (x < 390)
    wall_colour = 150 + 12 * np.random.default_rng(3).normal(size=(height, width)).repeat(fine, 0).repeat(
        fine, 1
    )
    image = np.where(near, 25, np.where(pole, 90, wall_colour))
    image = image.reshape(height, fine, width, fine).mean((1, 3))
    depth = np.where(near, wire, np.where(pole, 0.9, wall))[fine // 2 :: fine, fine // 2 :: fine]
    return np.repeat(np.clip(image, 0, 255).astype(np.uint8)[..., None], 3, 2), depth.astype(np.float32)


def reduced(exact, times=2.45):
    height, width = exact.shape
    small = cv2.resize(exact, (round(width / times), round(height / times)), interpolation=cv2.INTER_AREA)
    return cv2.resize(cv2.GaussianBlur(small, (0, 0), 0.7), (width, height), interpolation=cv2.INTER_LINEAR)


@pytest.mark.parametrize("wide", [1.5, 2.5, 4.0])
@pytest.mark.parametrize("drawn", ["as wide as it is", "too wide"])
def test_a_wire_gets_its_depth_back_and_leaves_the_wall_alone(wide, drawn):
    image, truth = wire_scene(wide)
    given = cv2.dilate(truth, np.ones((5, 5), np.uint8)) if drawn == "too wide" else truth
    soft = reduced(given)
    sharp = sharpen_edges(soft, image, budget=0.04)
    inner = np.zeros(truth.shape, bool)
    inner[30:-30, :300] = True  # the wire, away from the picture's edge
    wire = inner & (truth > 0.5)
    beside = inner & ~wire & (cv2.dilate(wire.astype(np.uint8), np.ones((25, 25), np.uint8)) > 0)
    assert np.median(np.abs(soft - truth)[wire]) > (0.03 if drawn == "too wide" else 0.15)
    assert np.median(np.abs(sharp - truth)[wire]) < 0.08
    assert np.mean(np.abs(sharp - truth)[wire] < 0.1) > 0.6
    assert np.mean(np.abs(sharp - truth)[beside] < 0.05) > (0.75 if drawn == "too wide" else 0.9)
    left = sharpen_edges(soft, image, budget=0.04, thin=False)
    assert np.abs(sharp - truth)[inner].mean() < max(0.5 * np.abs(left - truth)[inner].mean(), 0.002)


@pytest.mark.parametrize("sigma", [2.0, 3.0, 4.0])
def test_the_blur_of_depth_is_measured(sigma):
    from lib_parallax.depth.edges import find_ramps, softness

    _, truth = disc(360, 1200)
    soft = cv2.GaussianBlur(truth, (0, 0), sigma)
    pixel = 1 / (0.05 * 1200)
    assert softness(soft, find_ramps(soft, pixel), pixel)[0] == pytest.approx(sigma, rel=0.1)


@pytest.mark.parametrize("between", [(0.4, 0.9), (1.0, 1.7)], ids=["steps set in", "thin things set in"])
def test_a_little_more_blur_changes_little(street, between):
    depth, image = street.left.depth, street.left.image
    sigmas = np.arange(*between, 0.02)
    sharp = [sharpen_edges(cv2.GaussianBlur(depth, (0, 0), sigma), image) for sigma in sigmas]
    changes = [float(np.abs(b - a).mean()) for a, b in pairwise(sharp)]
    assert max(changes) < 0.35 * float(np.abs(sharp[-1] - sharp[0]).mean())


def test_depth_laid_beside_the_picture_is_moved_onto_it():
    image, truth = disc(240, 400)
    beside = cv2.GaussianBlur(np.roll(truth, 3, 1), (0, 0), 2.0)
    sharp = sharpen_edges(beside, image, budget=0.05)
    assert np.mean(np.abs(sharp - truth) > 0.1) < 0.1 * np.mean(np.abs(np.roll(truth, 3, 1) - truth) > 0.1)


def test_slanted_surfaces_between_sharp_steps_stay():
    x = np.linspace(0, 0.6, 400, dtype=np.float32)[None].repeat(240, 0)
    blocks = ((np.mgrid[:240, :400] // 40).sum(0) % 2).astype(np.float32)
    depth = x + 0.4 * blocks
    image = np.random.default_rng(1).integers(0, 256, (240, 400, 3), dtype=np.uint8)
    assert np.mean(sharpen_edges(depth, image, budget=0.3) != depth) < 0.01


@pytest.mark.parametrize("bias", [-3, 2])
def test_bias_moves_the_edge_by_that_many_pixels(bias):
    image, truth = disc(240, 400)
    soft = cv2.GaussianBlur(truth, (0, 0), 2.0)
    near = [np.count_nonzero(sharpen_edges(soft, image, 0.05, bias=b) > 0.5) for b in (0, bias)]
    radius = [np.sqrt(n / np.pi) for n in near]
    assert radius[1] - radius[0] == pytest.approx(bias, abs=0.5)
