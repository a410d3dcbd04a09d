"""Looking up in another picture what this one hides."""

from __future__ import annotations

import numpy as np

from lib_parallax.warp.temporal import at, lookup


def points(*pairs):
    x, y = np.array(pairs, np.float32).T
    return x, y


def test_whole_places_give_the_pixels_themselves():
    image = np.random.default_rng(0).integers(0, 256, (9, 12, 3), dtype=np.uint8)
    y, x = np.mgrid[:9, :12].astype(np.float32)
    far = np.zeros((9, 12), np.float32)
    colours, seen = lookup(image, far, x.ravel(), y.ravel(), np.ones(108, np.float32))
    assert seen.all() and colours.dtype == np.float32
    assert np.array_equal(colours, image.reshape(-1, 3))


def test_between_pixels_a_straight_ramp_is_kept():
    image = np.zeros((10, 20, 3), np.float32)
    image[..., 0] = np.arange(20)[None] * 4 + np.arange(10)[:, None] * 2
    x, y = points((5.25, 4.5), (9.75, 3.1))
    colours, seen = lookup(image, np.zeros((10, 20)), x, y, np.ones(2))
    assert seen.all() and np.allclose(colours[:, 0], 4 * x + 2 * y, atol=1e-4)


def test_what_stands_in_front_does_not_count():
    image = np.full((8, 8, 3), 50, np.uint8)
    disparity = np.zeros((8, 8), np.float32)
    image[:, 4:], disparity[:, 4:] = 200, 9
    x, y = points((5.0, 4.0), (3.0, 4.0), (3.4, 4.0), (3.6, 4.0))
    colours, seen = lookup(image, disparity, x, y, np.ones(4))
    assert seen.tolist() == [False, True, True, False]
    assert (colours[1:3] == 50).all()  # not a trace of what is near
    colours, seen = lookup(image, disparity, x, y, np.full(4, 10.0))
    assert seen.all() and colours[0, 0] == 200


def test_outside_and_no_number_are_not_seen():
    image, disparity = np.zeros((6, 7, 3), np.uint8), np.zeros((6, 7), np.float32)
    x, y = points((-0.1, 2), (6.1, 2), (2, -0.1), (2, 5.1), (np.nan, 2), (6, 5), (0, 0), (np.inf, 1))
    with np.errstate(all="raise"):
        _, seen = lookup(image, disparity, x, y, np.ones(8))
    assert seen.tolist() == [False] * 5 + [True, True, False]


def test_no_points_no_answers():
    none = np.zeros(0, np.float32)
    colours, seen = lookup(np.zeros((4, 4, 3), np.uint8), np.zeros((4, 4)), none, none, none)
    assert colours.shape == (0, 3) and seen.shape == (0,)


def test_the_nearest_value_and_the_edge_beyond():
    values = np.arange(12).reshape(3, 4)
    x, y = points((1.4, 0.6), (-5, 1), (9, 9))
    assert at(values, x, y).tolist() == [5, 4, 11]
