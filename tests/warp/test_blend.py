"""Pictures into one: what agrees stays, what does not keeps its strength, what has no weight is not seen."""

from __future__ import annotations

import itertools

import numpy as np
import pytest
from scipy.ndimage import gaussian_filter

from lib_parallax.warp.blend import blend, fuse

SHAPE = (96, 128)


def strokes(seed, strength=20.0):
    noise = gaussian_filter(np.random.default_rng(seed).normal(size=(*SHAPE, 3)), (1, 1, 0))
    return (strength * noise / noise.std()).astype(np.float32)


def even(value):
    return np.full(SHAPE, value, np.float32)


@pytest.mark.parametrize("join", [blend, fuse])
def test_pictures_that_agree_stay(join):
    picture = 128 + strokes(1)
    for share in (0.0, 0.3, 1.0):
        found = join([picture, picture.copy()], [even(1 - share), even(share)])
        assert np.abs(found - picture).max() < 0.02


@pytest.mark.parametrize("join", [blend, fuse])
@pytest.mark.parametrize("share", [0.1, 0.3, 0.5])
def test_strokes_that_differ_keep_their_variance(join, share):
    a, b = 128 + strokes(1), 128 + strokes(2)
    found = join([a, b], [even(1 - share), even(share)])
    plain = (1 - share) * a + share * b
    assert plain.var() < 0.85 * a.var()
    assert plain.var() + 0.6 * (a.var() - plain.var()) < found.var() < 1.05 * a.var()


def test_the_way_from_one_to_the_other_is_even():
    a, b = 120 + strokes(1), 140 + strokes(2)
    frames = [blend([a, b], [even(1 - s), even(s)]) for s in np.linspace(0, 1, 11)]
    steps = [np.abs(y - x).mean() for x, y in itertools.pairwise(frames)]
    assert max(steps) < 1.1 * min(steps)
    assert np.median(steps) < 1.2 * np.abs(b - a).mean() / 10


def test_colours_at_large_are_mixed_linearly():
    a, b = 40 + strokes(1), 200 + strokes(2)
    found = blend([a, b], [even(0.75), even(0.25)])
    assert abs(found.mean() - 80) < 1


def test_only_what_has_weight_is_seen():
    a, b = 100 + strokes(1), 160 + strokes(2)
    left = even(0)
    left[:, :64] = 1
    found = blend([a, b], [left, 1 - left])
    assert np.abs(found[:, :64] - a[:, :64]).max() < 0.01
    assert np.abs(found[:, 64:] - b[:, 64:]).max() < 0.01


def test_the_first_stays_where_nothing_has_weight():
    a, b = 100 + strokes(1), 160 + strokes(2)
    assert np.array_equal(blend([a, b], [even(0), even(0)]), a)


def test_three_share_by_weight():
    pictures = [np.full((*SHAPE, 3), v, np.float32) for v in (30, 60, 150)]
    found = blend(pictures, [even(2), even(1), even(1)])
    assert np.abs(found - (2 * 30 + 60 + 150) / 4).max() < 0.01


def test_gradients_leave_no_seam_where_a_picture_ends():
    a, b = np.full((*SHAPE, 3), 100, np.float32), np.full((*SHAPE, 3), 130, np.float32)
    left = even(0)
    left[:, :64] = 1
    seam = [np.abs(np.diff(join([a, b], [left, even(0.2)]), axis=1)).max() for join in (blend, fuse)]
    assert seam[0] > 20 and seam[1] < 0.2 * seam[0]


def test_a_true_edge_remains_in_gradients():
    a = np.full((*SHAPE, 3), 60, np.float32)
    a[:, 64:] = 180  # an object's border; one picture shows its left, the other its right
    left = even(0)
    left[:, :64] = 1
    found = fuse([a, a.copy()], [left, 1 - left])
    assert np.abs(found - a).max() < 0.1


@pytest.mark.parametrize("join", [blend, fuse])
@pytest.mark.parametrize("shape", [(1, 1), (3, 200), (97, 131)])
def test_pictures_of_any_size(join, shape):
    a, b = np.full((*shape, 3), 50, np.float32), np.full((*shape, 3), 90, np.float32)
    quarter = np.full(shape, 0.25, np.float32)
    assert np.abs(join([a, b], [3 * quarter, quarter]) - 60).max() < 0.01
