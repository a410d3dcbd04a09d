"""Layers behind a picture: what a move uncovers is known beforehand, and nothing is stretched."""

from __future__ import annotations

import numpy as np
import pytest

from lib_parallax.errors import OptionError
from lib_parallax.warp import Camera, render_parallax
from lib_parallax.warp.parallax_layers import Sheet, render_layers, uncovered

CAMERA = Camera(offset=(0.4, 0), steady=0, isometric=1, height=1)  # six pixels to the left at depth 1


def board():
    """A red board before a green wall."""
    image = np.zeros((30, 60, 3), np.uint8)
    image[..., 1] = 200
    image[:, 20:40] = (200, 0, 0)
    depth = np.zeros((30, 60), np.float32)
    depth[:, 20:40] = 1
    return image, depth


def test_what_a_move_uncovers():
    _, depth = board()
    behind = uncovered(depth, [CAMERA])
    assert behind.mask[:, 34:40].all() and not behind.mask[:, :30].any() and not behind.mask[:, 40:].any()
    assert (behind.depth[behind.mask] == 0).all()
    assert not (behind.mask & ~behind.there).any() and not (behind.mask & ~behind.hidden).any()


def test_a_camera_that_stays_uncovers_nothing():
    _, depth = board()
    assert not uncovered(depth, [Camera(isometric=1)]).mask.any()
    assert not uncovered(np.zeros((5, 7)), [CAMERA]).mask.any()


def test_the_sheet_behind_is_seen_beside_the_board():
    image, depth = board()
    behind = uncovered(depth, [CAMERA])
    blue = image.copy()
    blue[behind.mask] = (0, 0, 200)
    sheets = [Sheet(image, depth, np.ones((30, 60), bool)), Sheet(blue, behind.depth, behind.there)]
    view = render_layers(sheets, CAMERA)
    assert not view.holes.any()
    expected = image.copy()
    expected[:, 14:34], expected[:, 34:40] = (200, 0, 0), (0, 0, 200)
    assert np.array_equal(view.image, expected)


def test_without_a_sheet_behind_there_is_a_hole_over_stretched_walls():
    image, depth = board()
    view = render_layers([Sheet(image, depth, np.ones((30, 60), bool))], CAMERA)
    assert np.array_equal(np.flatnonzero(view.holes[7]), np.arange(34, 40))
    assert np.array_equal(view.image[view.holes], render_parallax(image, depth, CAMERA).image[view.holes])


def test_a_thin_thing_does_not_hide_what_is_seen_beside_it():
    """Behind a wire the wall that the picture itself shows comes to light, not a painting."""
    image, depth = board()
    image[:, 20:40], depth[:, 20:40] = image[0, 0], 0
    image[:, 30], depth[:, 30] = (200, 0, 0), 1
    view = render_layers([Sheet(image, depth, np.ones((30, 60), bool))], CAMERA)
    assert view.holes.sum(1).max() == 1  # only where the wire itself was
    assert (view.image[:, 24] == (200, 0, 0)).all()


def test_sheets_of_other_sizes_are_refused():
    image, depth = board()
    whole = np.ones((30, 60), bool)
    with pytest.raises(OptionError, match="layers"):
        render_layers([Sheet(image, depth, whole), Sheet(image[:20], depth[:20], whole[:20])], CAMERA)
