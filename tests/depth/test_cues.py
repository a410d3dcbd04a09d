"""Cues against exact depth, and what makes them fit for film: steady, resumable, bounded."""

from __future__ import annotations

import os
from fractions import Fraction
from itertools import pairwise
from pathlib import Path

import cv2
import numpy as np
import pytest
from scipy.stats import spearmanr

from lib_parallax import depth, samples
from lib_parallax.depth.cues import PIXELS, Cues, working_size
from lib_parallax.depth.cues.egomotion import parallax
from lib_parallax.depth.cues.smoothing import guided, upsample
from lib_parallax.types import Boundary, Frame

SMALL = (320, 180)


@pytest.fixture(scope="module")
def pan():
    street = samples.street(SMALL, motion="pan", supersample=1)
    return [street.at(i / 24).view() for i in range(26)]


def film(views, boundaries=None):
    boundaries = boundaries or {}
    return [Frame(v.image, Fraction(i, 24), boundary=boundaries.get(i)) for i, v in enumerate(views)]


def agreement(a: np.ndarray, b: np.ndarray) -> float:
    return float(spearmanr(a.ravel()[::5], b.ravel()[::5])[0])


def test_a_moving_camera_tells_depth(pan):
    out = [d.values for d in Cues().stream(film(pan))]
    first, last = (agreement(out[i], pan[i].depth) for i in (0, -1))
    assert first > 0.7  # still cues alone
    assert last > 0.82 and last > first + 0.02


def test_motion_alone_tells_depth(pan):
    """Parallax of the exact flow: no position or other still cue helps here."""
    street = samples.street(SMALL, motion="pan", supersample=1)
    flow = street.at(0.2).flow(0.0)
    found = parallax(flow, np.ones(flow.shape[:2], np.float32), None)
    assert abs(agreement(found.inverse, street.at(0.2).view().depth)) > 0.9
    assert abs(found.direction[0]) > 0.9  # it slides sideways
    assert found.noise < 0.15


def test_walking_on_tells_which_end_is_near():
    """A camera that moves forward and turns, past points at known depth."""
    rng = np.random.default_rng(0)
    height, width = 90, 160
    x = (np.arange(width) + 0.5 - width / 2) / width
    y = ((np.arange(height) + 0.5 - height / 2) / width)[:, None]
    inverse = cv2.resize(rng.uniform(0.1, 1, (6, 9)).astype(np.float32), (width, height))
    forward, turn = 0.06, 0.02
    u = inverse * forward * x - turn * (1 + x * x)
    v = inverse * forward * y - turn * x * y
    flow = (np.stack([u, v], -1) * width).astype(np.float32)
    flow += rng.normal(0, 0.02, flow.shape).astype(np.float32)
    found = parallax(flow, np.ones((height, width), np.float32), None)
    clear = found.reach > 0.3
    assert abs(found.direction[2]) > 0.99
    assert np.corrcoef(found.inverse[clear] * np.sign(found.direction[2]), inverse[clear])[0, 1] > 0.95
    assert found.forward * np.sign(found.direction[2]) > 0.9


def test_a_thing_that_moves_before_a_standing_camera_is_near():
    street = samples.street(SMALL, motion="object", supersample=1)
    views = [street.at(0.6 + i / 24).view() for i in range(20)]
    *_, last = Cues().stream(film(views))
    thing = views[-1].depth > np.median(views[-1].depth) + 0.1
    moved = np.abs(views[-1].image.astype(int) - views[0].image).sum(2) > 60
    inside = cv2.erode((thing & moved).astype(np.uint8), np.ones((5, 5), np.uint8)) > 0
    alone = Cues().estimate(views[-1].image).values
    assert inside.sum() > 200
    assert last.values[inside].mean() > alone[inside].mean() + 0.01
    truth = np.mean(views[-1].depth < views[-1].depth[inside].mean())  # of the picture lies behind it
    assert abs(np.mean(last.values < last.values[inside].mean()) - truth) < 0.055


@pytest.mark.parametrize(("motion", "start", "first", "later"), [
    ("pan", 0, 0.81, 0.87), ("object", 0, 0.81, 0.80), ("walk", 2, 0.80, 0.85),
])  # fmt: skip
def test_the_street_in_every_motion(motion, start, first, later):
    street = samples.street(SMALL, motion=motion, supersample=1)
    views = [street.at(start + i / 24).view() for i in range(26)]
    out = [d.values for d in Cues().stream(film(views))]
    assert agreement(out[0], views[0].depth) > first
    assert agreement(out[-1], views[-1].depth) > later


def test_still_against_middlebury():
    folder = os.environ.get("PARALLAX_TEST_DATA")
    if not folder:
        pytest.skip("PARALLAX_TEST_DATA is not set")
    image = cv2.imread(str(Path(folder) / "stereo" / "im2.png"))[..., ::-1]
    truth = cv2.imread(str(Path(folder) / "stereo" / "disp2.png"), cv2.IMREAD_GRAYSCALE)
    found = Cues().estimate(np.ascontiguousarray(image)).values
    known = truth > 0
    assert spearmanr(found[known], truth[known])[0] > 0.90


def test_a_still_camera_does_not_flicker():
    """Sensor noise on a picture that stands: depth may hardly move from frame to frame."""
    rng = np.random.default_rng(0)
    still = samples.street(SMALL, supersample=1).view().image
    noisy = [np.clip(still + rng.normal(0, 4, still.shape), 0, 255).astype(np.uint8) for _ in range(12)]
    out = [d.values for d in Cues().stream(Frame(i, Fraction(n)) for n, i in enumerate(noisy))]
    steps = [np.abs(b - a).mean() for a, b in pairwise(out[4:])]
    assert max(steps) < 0.004


def test_nothing_is_scaled_by_the_frame_alone(pan):
    """A bright block appears in one corner: the depth far from it stays where it was."""
    frames = [v.image.copy() for v in pan[:1]] * 8
    changed = [f.copy() for f in frames]
    changed[6][120:, 240:] = (255, 255, 0)
    changed[7][120:, 240:] = (255, 255, 0)
    a = [d.values for d in Cues().stream(Frame(i, Fraction(n)) for n, i in enumerate(frames))]
    b = [d.values for d in Cues().stream(Frame(i, Fraction(n)) for n, i in enumerate(changed))]
    far_away = np.s_[:90, :140]
    assert np.abs(a[7][far_away] - b[7][far_away]).mean() < 0.01


def test_state_is_bounded(pan):
    boundaries = {i: Boundary(i, False) for i in range(1, 26)}
    list(Cues().stream(film(pan, boundaries)))

    def size(value):
        if isinstance(value, dict):
            return sum(size(v) for v in value.values())
        if isinstance(value, list):
            return sum(size(v) for v in value)
        return getattr(value, "nbytes", 8)

    sizes = [size(b.state["depth"]) for b in boundaries.values()]
    assert sizes[10] == sizes[-1] < 28 * 320 * 180


def test_working_size():
    assert working_size(8, 8) == (8, 8)
    for size in ((1280, 720), (720, 1280), (7680, 4320), (5000, 3)):
        width, height = working_size(*size)
        assert width * height <= PIXELS * 1.5 and min(width, height) >= 1
        if min(size) > 100:
            assert abs(width / height - size[0] / size[1]) < 0.02 * size[0] / size[1]


def test_edges_follow_the_picture():
    """Blurred depth of a disc gets the disc's own edge back from the picture."""
    yy, xx = np.mgrid[:180, :320]
    disc = (yy - 90) ** 2 + (xx - 160) ** 2 < 60**2
    image = np.where(disc[..., None], (200, 60, 40), (60, 90, 120)).astype(np.uint8)
    small = cv2.resize(image, (80, 45), interpolation=cv2.INTER_AREA).astype(np.float32) / 255
    soft = cv2.GaussianBlur(
        cv2.resize(disc.astype(np.float32), (80, 45), interpolation=cv2.INTER_AREA), (0, 0), 1.5
    )
    plain = cv2.resize(soft, (320, 180), interpolation=cv2.INTER_LINEAR)
    sharp = upsample(soft, small, image, 4, 1e-4)
    inside = disc & (cv2.erode(disc.astype(np.uint8), np.ones((5, 5), np.uint8)) == 0)
    outside = ~disc & (cv2.dilate(disc.astype(np.uint8), np.ones((5, 5), np.uint8)) > 0)
    steps = [v[inside].mean() - v[outside].mean() for v in (plain, sharp)]
    assert steps[0] < 0.3 and steps[1] > 0.5
    deep = upsample(soft, small, image.astype(np.uint16) * 257, 4, 1e-4)
    np.testing.assert_allclose(deep, sharp, atol=1e-4)


def test_guided_fills_what_has_no_weight():
    guide = np.zeros((20, 30, 3), np.float32)
    guide[:, 15:] = 0.8
    values, weight = np.zeros((20, 30), np.float32), np.zeros((20, 30), np.float32)
    values[:, 15:] = 1
    weight[8:12, 4:8] = weight[8:12, 22:26] = 1
    filled = guided(guide, values, weight, 6, 1e-4)
    assert filled[10, 12] < 0.25 and filled[10, 18] > 0.6


def test_auto_is_cues_and_says_so():
    assert depth.load().name == "cues"
    assert "fallback" in depth.load("auto").note and "fallback" in depth.load("cues").note
