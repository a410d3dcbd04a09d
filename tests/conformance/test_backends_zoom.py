"""Every carrier lays pictures over each other as the reference does, to one level."""

from __future__ import annotations

import cmath

import numpy as np
import pytest

from lib_parallax.warp import ZoomStack
from lib_parallax.warp.backends import carrier
from lib_parallax.warp.placed import Placed
from lib_parallax.warp.similarity import Similarity

SIZES = [(1, 1), (1, 7), (7, 1), (3, 5), (17, 31), (40, 64)]


def noise(height, width, dtype=np.uint8, seed=0):
    rng = np.random.default_rng(seed)
    return rng.integers(0, np.iinfo(dtype).max + 1, (height, width, 3), dtype=dtype)


def composed(on, layers, size, full):
    entered = [Placed(on.enter(p.image), p.place, p.extent, p.feather, p.opacity) for p in layers]
    return on.leave(on.primitives.compose(entered, size, full))


def agree(other, layers, size, dtype=np.uint8):
    full = int(np.iinfo(dtype).max)
    a = composed(carrier("reference", "cpu"), layers, size, full)
    b = composed(other, layers, size, full)
    assert a.shape == b.shape == (size[1], size[0], 3) and b.dtype.kind in "iu"
    assert np.abs(a.astype(int) - b.astype(int)).max() <= 1
    return a


@pytest.mark.parametrize("dtype", [np.uint8, np.uint16])
@pytest.mark.parametrize("size", SIZES, ids=lambda s: f"{s[1]}x{s[0]}")
def test_halves_are_the_same_integers(size, dtype, other):
    image = noise(*size, dtype)
    reference = carrier("reference", "cpu")
    a = reference.leave(reference.primitives.halve(reference.enter(image)))
    b = other.leave(other.primitives.halve(other.enter(image)))
    assert np.array_equal(a, b) and a.shape == ((size[0] + 1) // 2, (size[1] + 1) // 2, 3)


def test_a_half_is_the_mean_and_an_odd_edge_counts_twice(on):
    image = np.arange(9, dtype=np.uint8).reshape(3, 3, 1).repeat(3, 2)
    half = on.leave(on.primitives.halve(on.enter(image)))
    assert half[..., 0].tolist() == [[2, 4], [7, 8]]


@pytest.mark.parametrize("dtype", [np.uint8, np.uint16])
@pytest.mark.parametrize("angle", [0.0, 0.3, -1.4, 3.0])
@pytest.mark.parametrize("scale", [0.21, 1.0, 1.7, 2.99])
def test_one_picture_at_any_scale_and_angle(scale, angle, dtype, other):
    turn = scale * (cmath.exp(1j * angle) if angle else 1)
    place = Similarity(turn, 20.3 + 11.6j - turn * (15 + 9j))
    image = noise(23, 41, dtype)
    for extent in (None, (41.0, 23.0), (40.4, 22.5)):
        agree(other, [Placed(image, place, extent, 3.2, 0.8)], (30, 19), dtype)


@pytest.mark.parametrize("scale", [3.2, 5.5, 7.0])
def test_a_picture_far_reduced(scale, other):
    place = Similarity(scale, -10.7 + 3.1j)
    agree(other, [Placed(noise(90, 160), place, (160.0, 90.0), 9.0)], (33, 21))


@pytest.mark.parametrize("size", SIZES, ids=lambda s: f"{s[1]}x{s[0]}")
def test_pictures_and_frames_of_every_size(size, other):
    for turn in (0.9, 0.9 * cmath.exp(0.5j)):
        agree(other, [Placed(noise(*size), Similarity(turn, -1.2 + 0.4j), None)], (21, 18))
        agree(other, [Placed(noise(19, 23), Similarity(turn, 1.3 - 0.6j), (23.0, 19.0), 2.0)], size)


def test_layers_that_hide_each_other(other):
    """What is not drawn because it is hidden is never missed."""
    rng = np.random.default_rng(7)
    for number in range(12):
        layers = [Placed(noise(40, 60, seed=1), Similarity(0.9, 2 + 1j), None)]
        for seed in (2, 3):
            turn = rng.uniform(0.7, 2.5) * (cmath.exp(1j * rng.uniform(-2, 2)) if number % 2 else 1)
            shift = complex(*rng.uniform(-30, 30, 2))
            opacity = 1.0 if number % 3 else 0.4
            feather = rng.uniform(0, 9)
            layers.append(
                Placed(noise(40, 60, seed=seed), Similarity(turn, shift), (60.0, 40.0), feather, opacity)
            )
        agree(other, layers, (53, 37))


def test_nothing_of_a_layer_outside_its_extent(on):
    """A picture beside the frame leaves what lies below untouched."""
    below, aside = noise(12, 16), noise(12, 16, seed=1)
    layers = [Placed(below, Similarity()), Placed(aside, Similarity(1, 40), (16.0, 12.0), 2.0)]
    assert np.array_equal(composed(on, layers, (16, 12), 255), below)


def test_a_picture_in_its_own_place_is_itself(on):
    for dtype in (np.uint8, np.uint16):
        image = noise(37, 50, dtype)
        made = composed(on, [Placed(image, Similarity(), (50.0, 37.0))], (50, 37), np.iinfo(dtype).max)
        assert np.array_equal(made, image)


def test_whole_frames(other):
    keyframes = [noise(36, 64, seed=i) for i in range(4)]
    for path in ({}, {"centres": (0.62, 0.4)}, {"rotations": 14.0, "loop": True}):
        stacks = [
            ZoomStack(keyframes, backend=c.name, device=c.device, **path)
            for c in (carrier("reference", "cpu"), other)
        ]
        for position in (0, 0.01, 0.5, 1.9, 2.97, 3):
            a, b = (stack.frame(position, (48, 31)).astype(int) for stack in stacks)
            assert np.abs(a - b).max() <= 1
