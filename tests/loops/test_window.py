"""The floating window stands where what it cuts stands."""

from __future__ import annotations

from fractions import Fraction

import numpy as np
import pytest

from lib_parallax.loops.window import FloatingWindow, edge_depths

WIDTH = 200


def percent(left=0.0, right=0.0, middle=-1.0):
    values = np.full((50, WIDTH), middle, np.float32)
    values[20:40, :10], values[20:40, -10:] = left, right
    return values


def views():
    return np.full((50, WIDTH, 3), 90, np.uint8), np.full((50, WIDTH, 3), 180, np.uint8)


def black_columns(picture):
    return np.flatnonzero((picture == 0).all((0, 2))).tolist()


def test_each_eye_loses_the_strip_that_the_other_does_not_see():
    given = views()
    left, right = FloatingWindow().masked(*given, percent(left=2.0, right=1.0), Fraction(0), True)
    assert black_columns(left) == [0, 1, 2, 3]  # 2 % of 200
    assert black_columns(right) == [198, 199]
    assert (left[:, 4:] == 90).all() and (right[:, :-2] == 180).all()
    assert (given[0] == 90).all() and (given[1] == 180).all()


def test_behind_the_screen_nothing_is_masked():
    given = views()
    left, right = FloatingWindow().masked(*given, percent(-2.0, -0.5), Fraction(0), True)
    assert left is given[0] and right is given[1]


def test_the_middle_and_single_pixels_do_not_matter():
    assert edge_depths(percent(middle=3.0, left=0.0)) == pytest.approx((3.0, 3.0))
    values = percent(-1.0, -1.0)
    values[:, 50:150] = 5
    values[7, 0] = 5  # less of the edge's height than counts
    assert edge_depths(values) == (0.0, 0.0)


def test_it_glides_and_starts_anew_at_a_cut():
    window = FloatingWindow()
    widths = []
    for n in range(12):
        values = percent(left=0.0 if n == 0 else 10.0)
        left, _ = window.masked(*views(), values, Fraction(n, 20), n == 0)
        widths.append(len(black_columns(left)))
    assert widths[0] == 0 and widths == sorted(widths)
    assert widths[1] <= 2 and widths[-1] >= 12
    left, _ = window.masked(*views(), percent(left=-1.0), Fraction(12, 20), True)
    assert black_columns(left) == []


def test_state_goes_on():
    whole, again = FloatingWindow(), FloatingWindow()
    whole.masked(*views(), percent(left=8.0), Fraction(0), True)
    again.restore(whole.state())
    for n in range(1, 5):
        a = whole.masked(*views(), percent(left=1.0, right=6.0), Fraction(n, 10), False)
        b = again.masked(*views(), percent(left=1.0, right=6.0), Fraction(n, 10), False)
        assert all(np.array_equal(x, y) for x, y in zip(a, b, strict=True))
    fresh = FloatingWindow()
    fresh.restore(FloatingWindow().state())
    left, _ = fresh.masked(*views(), percent(left=2.0), Fraction(3), False)
    assert len(black_columns(left)) == 4


@pytest.mark.parametrize("size", [(1, 1), (8, 8), (3, 1)])
def test_tiny_pictures(size):
    picture = np.full((*size, 3), 9, np.uint8)
    left, right = FloatingWindow().masked(picture, picture, np.full(size, 1.0), Fraction(0), True)
    assert left.shape == right.shape == picture.shape
