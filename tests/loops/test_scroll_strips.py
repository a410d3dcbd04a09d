"""Strips: what lies where in a world that may be a ring, against one pixel at a time."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from lib_parallax.loops.scroll.strips import CELL, MARGIN, Piece, Reel, Strip, rectangles
from lib_parallax.warp.layers import composite


def textured(width, height, seed):
    return np.random.default_rng(seed).integers(1, 256, (height, width, 4), np.uint8)


def piece(x, y, width, height, seed=0):
    image = textured(width, height, seed)
    return Piece(x, y, (width, height), lambda: image)


def brute(strip, x, y, size):
    """The window pixel by pixel: a place is any place whole periods away."""
    found = np.zeros((size[1], size[0], 4), np.uint8)
    known = np.zeros((size[1], size[0]), bool)
    laps = [0] if strip.period is None else range(-60, 61)
    px, py = strip.period or (0, 0)
    for part in strip.pieces:
        for j in range(size[1]):
            for i in range(size[0]):
                for lap in laps:
                    u, v = x + i - part.x - lap * px, y + j - part.y - lap * py
                    if 0 <= u < part.size[0] and 0 <= v < part.size[1]:
                        found[j, i], known[j, i] = part.load()[v, u], True
    return found, known


AT, SIDE = st.integers(-40, 40), st.integers(1, 9)
PIECES = st.lists(st.tuples(AT, AT, SIDE, SIDE), min_size=0, max_size=3)


@given(PIECES, AT, AT, st.tuples(SIDE, SIDE))
def test_windows_of_a_strip_without_end(pieces, x, y, size):
    strip = Strip(None, [piece(*part, seed) for seed, part in enumerate(pieces)])
    found, known = brute(strip, x, y, size)
    assert np.array_equal(strip.window(x, y, size), found)
    assert np.array_equal(strip.known(x, y, size), known)


@given(
    st.tuples(st.integers(-30, 30), st.integers(-30, 30)).filter(lambda p: max(map(abs, p)) >= 10),
    st.tuples(AT, AT, SIDE, SIDE),
    AT,
    AT,
    st.tuples(SIDE, SIDE),
)
def test_windows_of_a_ring_at_any_angle(period, part, x, y, size):
    strip = Strip(period, [piece(*part)])
    found, known = brute(strip, x, y, size)
    assert np.array_equal(strip.window(x, y, size), found)
    assert np.array_equal(strip.known(x, y, size), known)
    again = strip.window(x + 3 * period[0], y + 3 * period[1], size)
    assert np.array_equal(again, found)


@pytest.mark.parametrize("period", [(50, 0), (-50, 0), (0, 50), (0, -50), (40, -30), (-30, 40)])
def test_a_ring_far_away_is_the_same(period):
    strip = Strip(period, [piece(0, 0, 40, 40)])
    near = strip.window(5, 7, (60, 60))
    for laps in (1, -1, 1000, -1000):
        assert np.array_equal(strip.window(5 + laps * period[0], 7 + laps * period[1], (60, 60)), near)


@given(st.integers(0, 2**32 - 1), st.tuples(SIDE, SIDE), st.floats(0, 1))
def test_rectangles_cover_a_mask_exactly_and_once(seed, size, share):
    mask = np.random.default_rng(seed).random(size[::-1]) < share
    count = np.zeros(mask.shape, int)
    for left, top, right, bottom in rectangles(mask):
        assert left < right and top < bottom
        count[top:bottom, left:right] += 1
    assert np.array_equal(count, mask.astype(int))


def test_a_whole_mask_is_one_rectangle_and_an_empty_one_none():
    assert list(rectangles(np.ones((7, 9), bool))) == [(0, 0, 9, 7)]
    assert list(rectangles(np.zeros((7, 9), bool))) == []
    corner = np.zeros((7, 9), bool)
    corner[:, 6:], corner[5:] = True, True
    assert len(list(rectangles(corner))) == 2


def test_bounds_are_of_all_land():
    strip = Strip(None, [piece(-3, 5, 4, 2), piece(10, -7, 2, 2)])
    assert strip.bounds() == (-3, -7, 12, 7)


# reels


@pytest.mark.parametrize(("x", "y"), [(0, 0), (-1, 0), (63, 64), (-64, -65), (200, 3), (-130, 90)])
def test_a_reels_pane_at_whole_places_is_the_window(x, y):
    strip = Strip(None, [piece(-300, -300, 600, 600)])
    strip.pieces[0].load()[..., 3] = 255
    reel = Reel(strip, (30, 20))
    shown = composite([reel.pane(x, y)], (30, 20))
    assert np.array_equal(shown, strip.window(x, y, (30, 20))[..., :3])


@given(st.floats(-500, 500), st.floats(-500, 500))
def test_a_reels_cut_out_always_reaches_around_the_frame(x, y):
    reel = Reel(Strip(None, [piece(-5, -5, 10, 10)]), (30, 20), top=4)
    pane = reel.pane(x, y)
    height, width = pane.image.shape[:2]
    assert (width, height) == (30 + CELL + 2 * MARGIN, 20 + CELL + 2 * MARGIN)
    assert pane.x <= -MARGIN + 1 and pane.x + width >= 30 + MARGIN - 1
    assert pane.y - 4 <= -MARGIN + 1 and pane.y - 4 + height >= 20 + MARGIN - 1


def test_what_a_reel_shows_does_not_hang_on_what_it_showed():
    strip = Strip((180, 0), [piece(0, 0, 180, 60)])
    fresh = [Reel(strip, (40, 30)).pane(x / 3, 4.5) for x in range(0, 900, 40)]
    reel = Reel(strip, (40, 30))
    for x in list(range(0, 900, 40))[::-1]:
        again = reel.pane(x / 3, 4.5)
        assert np.array_equal(again.image, fresh[x // 40].image) and again[1:3] == fresh[x // 40][1:3]
