"""Colours of keys: matched where they differ, left where they do not, and drift in figures."""

from __future__ import annotations

import cv2
import numpy as np
import pytest

from lib_parallax.loops.animate.colour import drift, matched


def scene(seed=0, size=(96, 64)):
    rng = np.random.default_rng(seed)
    coarse = rng.integers(40, 216, (6, 9, 3), dtype=np.uint8)
    return cv2.resize(coarse, size, interpolation=cv2.INTER_CUBIC)


def tinted(image, gain=0.9, tint=(8, -4, 6)):
    return np.rint(image * gain + np.array(tint)).clip(0, 255).astype(np.uint8)


def far(a, b):
    return np.abs(a.astype(int) - b).mean()


def test_the_same_colours_are_left_bit_for_bit():
    image = scene()
    assert matched(image, image.copy()) is image
    mirrored = np.ascontiguousarray(image[:, ::-1])
    assert matched(mirrored, image) is mirrored
    assert drift([image] * 5) == {"colour_drift": 0, "colour_drift_most": 0, "contrast": 1}


def test_a_tint_is_taken_away():
    image = scene()
    off = tinted(image)
    back = matched(off, image)
    assert far(off, image) > 8 and far(back, image) < 2
    assert drift([image, off])["colour_drift"] > 4 > 0.5 > drift([image, back])["colour_drift"]


def test_what_the_source_does_itself_is_no_drift():
    """A red thing that comes in: alone it would turn all else green."""
    before = scene()
    after = before.copy()
    after[10:50, 10:50] = (220, 20, 20)
    style = lambda image: np.ascontiguousarray(255 - image[..., [2, 0, 1]])  # noqa: E731
    wrong = matched(style(after), style(before))
    right = matched(style(after), style(before), (after, before))
    outside = np.s_[:, 60:]
    assert far(wrong[outside], style(after)[outside]) > 8
    assert far(right[outside], style(after)[outside]) < 3
    sources = [before, after]
    plain, allowed = (drift(map(style, sources), given)["colour_drift"] for given in (None, sources))
    assert plain > 10 and allowed < plain / 4


def test_a_tint_is_found_beside_what_the_source_does():
    before = scene()
    after = before.copy()
    after[10:50, 10:50] = (220, 20, 20)
    back = matched(tinted(after), before, (after, before))
    assert far(back, after) < far(tinted(after), after) / 2


def test_drift_adds_up_over_keys():
    keys = [tinted(scene(), 1 - 0.02 * n, (2 * n, 0, 0)) for n in range(6)]
    found = drift(iter(keys), None)
    assert found["colour_drift"] == found["colour_drift_most"] > 3 and found["contrast"] < 0.96
    assert drift([]) == drift(keys[:1]) == {}


@pytest.mark.parametrize("level", [0, 255])
def test_an_even_picture_stays_even(level):
    even = np.full((40, 60, 3), level, np.uint8)
    assert np.ptp(matched(even, scene()).reshape(-1, 3), axis=0).max() == 0
    assert matched(scene(), even, (even, even)).shape == scene().shape
    assert matched(even, even, (scene(), even)).shape == even.shape
    one = np.zeros((1, 1, 3), np.uint8)
    assert matched(one, scene()).shape == (1, 1, 3)
