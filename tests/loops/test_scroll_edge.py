"""The mask of a step: each way in which it is prepared, and the order of them."""

from __future__ import annotations

import numpy as np
import pytest

from lib_parallax.loops.scroll.edge import Edge, prepared
from lib_parallax.loops.scroll.motion import toward
from lib_parallax.options import ScrollOptions, parse

SHAPE = (60, 80)
LEFT = toward(180)


def right(width=20):
    """What is missing of a picture that moves to the left."""
    missing = np.zeros(SHAPE, bool)
    missing[:, -width:] = True
    return missing


def test_without_anything_the_mask_is_what_is_missing():
    mask = prepared(right(), LEFT, Edge())
    assert mask.dtype == np.float32 and np.array_equal(mask, right())
    assert not prepared(np.zeros(SHAPE, bool), LEFT, Edge(5, 1, 5, 5, 2)).any()
    everything = np.ones(SHAPE, bool)
    assert prepared(everything, LEFT, Edge(5, 1, 5, 5, 2)).all()


def test_lengths_are_shares_of_the_shorter_side():
    options = parse(
        ScrollOptions, {"overlap": 2, "taper": 0.5, "round_corners": 10, "blur_mask": 3, "falloff": 2}
    )
    assert Edge.of(options, (800, 400)) == Edge(8, 0.5, 40, 12, 2)


@pytest.mark.parametrize("angle", [0, 90, 180, 270])
def test_it_grows_along_the_motion_into_what_is_known(angle):
    way = toward(angle)
    missing = np.zeros(SHAPE, bool)
    part = {0: np.s_[:, :20], 90: np.s_[40:], 180: np.s_[:, 60:], 270: np.s_[:20]}
    grown = {0: np.s_[:, :26], 90: np.s_[34:], 180: np.s_[:, 54:], 270: np.s_[:26]}
    missing[part[angle]] = True
    expected = np.zeros(SHAPE, np.float32)
    expected[grown[angle]] = 1
    assert np.array_equal(prepared(missing, way, Edge(grow=6)), expected)


def test_aslant_it_grows_both_ways_and_never_backwards():
    missing = np.zeros(SHAPE, bool)
    missing[:, 60:] = missing[45:] = True  # the picture moves to the left and up
    mask = prepared(missing, toward(143), Edge(grow=10))
    grown = mask > missing
    assert grown[20, 52:60].all() and not grown[20, :51].any()
    assert grown[39:45, 20].all() and not grown[:38, 20].any()


def test_a_taper_narrows_the_growth_towards_both_ends():
    mask = prepared(right(), LEFT, Edge(grow=12, taper=1))
    wide = (mask > right()).sum(axis=1)
    assert wide[0] <= 1 and wide[-1] <= 1 and wide[29] >= 11
    assert (np.diff(wide[:30]) >= 0).all() and (np.diff(wide[30:]) <= 0).all()
    half = (prepared(right(), LEFT, Edge(grow=12, taper=0.5)) > right()).sum(axis=1)
    assert 5 <= half[0] <= 6 and half[29] >= 11


def test_corners_that_stick_out_are_rounded_off():
    missing = np.zeros(SHAPE, bool)
    missing[15:45, 40:] = True
    grown = prepared(missing, LEFT, Edge(grow=15))
    mask = prepared(missing, LEFT, Edge(grow=15, round=8))
    assert mask[15, 25] == 0 and grown[15, 25] == 1
    assert (mask <= grown).all() and mask[30, 25] == 1
    assert (mask[missing] == 1).all(), "what is missing is painted in any case"


def test_the_border_of_the_picture_is_no_corner():
    assert np.array_equal(prepared(right(), LEFT, Edge(round=9)), right())


def test_a_blur_reaches_outwards_only_and_falls_evenly():
    mask = prepared(right(), LEFT, Edge(blur=4))
    assert (mask[:, 60:] == 1).all()
    row = mask[30, :60]
    assert (np.diff(row) >= 0).all() and row[0] == 0 and 0.3 < row[59] < 0.6
    assert np.allclose(mask, mask[:1], atol=1e-6), "the border of the picture is no edge"


def test_falloff_bends_the_blurred_edge():
    plain = prepared(right(), LEFT, Edge(grow=10, blur=4))
    bent = prepared(right(), LEFT, Edge(grow=10, blur=4, falloff=3))
    known = ~right()
    assert np.allclose(bent[known], plain[known] ** 3, atol=1e-6)
    assert np.array_equal(
        prepared(right(), LEFT, Edge(grow=10, falloff=3)), prepared(right(), LEFT, Edge(10))
    )


def test_the_order_is_growth_taper_corners_blur_falloff():
    """Each is done to what the one before left: seen by where the half of the edge comes to lie."""
    missing = np.zeros(SHAPE, bool)
    missing[15:45, 50:] = True
    every = prepared(missing, LEFT, Edge(grow=16, taper=0.5, round=6, blur=3, falloff=2))
    before_blur = prepared(missing, LEFT, Edge(grow=16, taper=0.5, round=6))
    import cv2

    blurred = cv2.GaussianBlur(before_blur, (0, 0), 3, borderType=cv2.BORDER_REPLICATE)
    assert np.allclose(every, np.maximum(blurred**2, missing), atol=1e-6)
    tapered = prepared(missing, LEFT, Edge(grow=16, taper=0.5))
    assert (before_blur <= tapered).all() and before_blur.sum() < tapered.sum()
    assert (tapered <= prepared(missing, LEFT, Edge(grow=16))).all()


@pytest.mark.parametrize("shape", [(1, 9), (9, 1), (8, 8), (1, 1)])
def test_tiny_pictures(shape):
    missing = np.zeros(shape, bool)
    missing[-1, -1] = True
    for angle in (0, 37, 90, 143, 180, 270):
        mask = prepared(missing, toward(angle), Edge(3, 0.7, 2, 2, 1.5))
        assert mask.shape == shape and mask[-1, -1] == 1 and mask.min() >= 0 and mask.max() == 1
