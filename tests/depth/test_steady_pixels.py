"""Steady depth: flicker goes, the scene's own motion stays."""

from __future__ import annotations

from fractions import Fraction

import numpy as np
import pytest

from lib_parallax import samples
from lib_parallax.depth.temporal import scale_and_shift, steady_pixels
from lib_parallax.types import Boundary, Depth, Frame

SIZE = (480, 270)


def clip_of(motion, count=14):
    clip = []
    for i in range(count):
        view = samples.street(SIZE, motion=motion, time=0.6 + i / 25, supersample=2).view(0.0)
        boundary = Boundary(0, True) if i == 0 else None
        clip.append((Frame(view.image, Fraction(i, 25), boundary=boundary), view))
    return clip


@pytest.fixture(scope="module", params=["pan", "object"])
def clip(request):
    return clip_of(request.param)


def flickering(clip):
    """Exact depth with scale +-10 %, shift +-5 % and noise of 3 % in every frame."""
    rng = np.random.default_rng(0)
    for frame, view in clip:
        values = view.depth * (1 + rng.uniform(-0.1, 0.1)) + rng.uniform(-0.05, 0.05)
        noisy = np.clip(values + rng.normal(0, 0.03, values.shape), 0, 1).astype(np.float32)
        yield frame, Depth(noisy, range=(0.0, 1.0))


def temporal_error(made, truth):
    return np.mean([
        np.abs((made[t] - made[t - 1]) - (truth[t] - truth[t - 1])).mean() for t in range(1, len(made))
    ])  # fmt: skip


def test_strong_takes_at_least_four_fifths_of_the_flicker(clip):
    truth = [view.depth for _, view in clip]
    before = temporal_error([d.values for _, d in flickering(clip)], truth)
    errors = {}
    for strength in ("light", "strong"):
        errors[strength] = temporal_error(
            [d.values for _, d in steady_pixels(flickering(clip), strength)], truth
        )
    assert errors["strong"] * 5 <= before
    assert errors["light"] * 3 <= before


def test_a_moving_thing_keeps_its_edges():
    """The crossing object's rim lies where it is, to within a pixel."""
    clip = clip_of("object")
    steady = [d.values for _, d in steady_pixels(flickering(clip), "strong")]
    view = clip[-1][1]
    for row in (185, 200):
        inside = np.nonzero(view.surface[row] == 12)[0]
        for at, inward in ((inside[0], 1), (inside[-1], -1)):
            profile = steady[-1][row, at - 8 * inward : at + 8 * inward : inward]
            middle = (np.median(profile[:6]) + np.median(profile[10:])) / 2
            first = int(np.argmax(profile > middle))
            assert abs(first - 8) <= 1


def test_off_hands_everything_on(clip):
    given = list(flickering(clip))
    for (frame, depth), (source, same) in zip(steady_pixels(given, "off"), given, strict=True):
        assert frame is source and depth is same


def test_a_cut_starts_afresh(clip):
    frames = list(flickering(clip))
    second = frames[7][0]
    frames[7] = Frame(second.image, second.pts, boundary=Boundary(7, True)), frames[7][1]
    together = [d.values for _, d in steady_pixels(iter(frames), "strong")]
    alone = [d.values for _, d in steady_pixels(iter(frames[7:]), "strong")]
    np.testing.assert_array_equal(together[7], frames[7][1].values)
    for a, b in zip(together[7:], alone, strict=True):
        np.testing.assert_array_equal(a, b)


def test_going_on_from_a_boundary_is_bit_identical(clip):
    frames = list(flickering(clip))
    marked = frames[6][0]
    frames[6] = Frame(marked.image, marked.pts, boundary=Boundary(6, False)), frames[6][1]
    whole = list(steady_pixels(iter(frames), "light"))
    state = whole[6][0].boundary.state["steady"]
    rest = list(steady_pixels(iter(frames[6:]), "light", state))
    for (_, a), (_, b) in zip(whole[6:], rest, strict=True):
        np.testing.assert_array_equal(a.values, b.values)


def test_scale_and_shift_are_those_of_what_stays_put():
    rng = np.random.default_rng(0)
    values = rng.random((80, 120)).astype(np.float32)
    target = (0.8 * values + 0.1).astype(np.float32)
    target[:30, :60] = 0.95  # something near has come: it has no say
    a, b = scale_and_shift(values, target, np.ones(values.shape, bool))
    assert abs(a - 0.8) < 0.02 and abs(b - 0.1) < 0.02


def test_too_little_in_common_leaves_depth_alone():
    values = np.random.default_rng(0).random((40, 40)).astype(np.float32)
    assert scale_and_shift(values, values * 0.5, np.zeros(values.shape, bool)) == (1.0, 0.0)
