"""Composed flow into a key: exact where flow is exact, trusted where the key shows the thing."""

from __future__ import annotations

from itertools import pairwise

import cv2
import numpy as np
import pytest

from lib_parallax import flow, samples
from lib_parallax.flow.reach import Step, reaches, trusted, turned
from lib_parallax.warp import warp_flow

HEIGHT, WIDTH = 50, 80


def constant(dx, dy):
    return np.broadcast_to(np.array([dx, dy], np.float32), (HEIGHT, WIDTH, 2)).copy()


def gliding(count, dx=3, dy=2):
    """Frames cut out of a larger picture by whole pixels, and the exact steps between them."""
    large = np.random.default_rng(0).integers(0, 256, (100, 140, 3), dtype=np.uint8)
    frames = [large[10 + dy * i :, 10 + dx * i :][:HEIGHT, :WIDTH] for i in range(count)]
    return frames, [Step(constant(-dx, -dy), constant(dx, dy))] * (count - 1)


def test_whole_pixel_flow_has_no_error_at_all():
    frames, steps = gliding(10)
    for number, reach in enumerate(reaches(steps), 1):
        seen = reach.trust > 0
        assert seen.sum() == (WIDTH - 3 * number) * (HEIGHT - 2 * number)
        assert np.array_equal(warp_flow(frames[0], reach.flow)[seen], frames[number][seen])
        assert (reach.trust[seen] == 1).all()


def test_the_other_way_from_the_last_frame():
    frames, steps = gliding(6)
    reached = list(reaches(turned(steps)))
    assert len(reached) == 5
    for frame, reach in zip(frames[-2::-1], reached, strict=True):
        seen = reach.trust > 0
        assert seen.any() and np.array_equal(warp_flow(frames[-1], reach.flow)[seen], frame[seen])


def test_turned_twice_is_the_same():
    a, b, c, d = (np.full((2, 2), i) for i in range(4))
    steps = [Step(a, b, c, d), Step(b, a, d, c)]
    again = turned(turned(steps))
    assert all(x is y for one, two in zip(steps, again, strict=True) for x, y in zip(one, two, strict=True))


def test_steps_are_taken_one_by_one():
    taken = []

    def walk():
        for number in range(5):
            taken.append(number)
            yield Step(constant(-1, 0), constant(1, 0))

    way = reaches(walk())
    next(way)
    assert taken == [0]


@pytest.mark.parametrize("motion", ["pan", "object"])
def test_trust_tells_what_the_key_shows(motion):
    key = samples.street((320, 180), motion=motion, supersample=1, time=0.8)
    frame = key.at(1.4)
    there, back = frame.flow(0.8), key.flow(1.4)
    y, x = np.mgrid[:180, :320]
    u, v = np.rint(x + there[..., 0]).astype(int), np.rint(y + there[..., 1]).astype(int)
    inside = (u >= 0) & (u < 320) & (v >= 0) & (v < 180)
    first, second = key.view().depth, frame.view().depth
    hidden = ~inside | (first[v.clip(0, 179), u.clip(0, 319)] > second + 0.02)
    lost = trusted(there, back) == 0
    assert hidden.sum() > 500
    wide = cv2.dilate(hidden.astype(np.uint8), np.ones((3, 5), np.uint8)) > 0
    assert wide[lost].mean() > 0.85, "precision"
    assert lost[hidden].mean() > 0.95, "recall"


def test_a_fold_is_not_trusted_though_it_closes():
    """What was uncovered runs smoothly from one motion into the other, there and back alike."""
    x = np.arange(WIDTH, dtype=np.float32)
    shift = np.interp(x, [30, 40], [0, -9]).astype(np.float32)  # ten pixels drawn together into one
    there = np.zeros((HEIGHT, WIDTH, 2), np.float32)
    there[..., 0] = shift
    back = np.zeros_like(there)
    back[..., 0] = -np.interp(x, x + shift, shift)
    trust = trusted(there, back)
    assert (trust[:, 32:38] == 0).all()
    assert (trust[:, :28] > 0.9).all() and (trust[:, 45:70] > 0.9).all()


def test_a_picture_that_grows_as_a_whole_is_no_fold():
    y, x = np.mgrid[:120, :160].astype(np.float32)
    centred = np.stack([x - 80, y - 60], -1)
    trust = trusted(centred * (1 / 1.8 - 1), centred * 0.8)
    assert (trust[2:-2, 2:-2] > 0.9).all()


def test_unsure_steps_are_followed_through():
    _, steps = gliding(4, 1, 0)
    sure = np.ones((HEIGHT, WIDTH), np.float32)
    sure[:, 40] = 0.25
    first = steps[0]._replace(sure_back=sure)
    reached = list(reaches([first, *steps[1:]]))
    assert [float(reach.trust[5, 40 - n]) for n, reach in enumerate(reached)] == [0.25] * 3
    assert all((reach.trust[5, 20:36] == 1).all() for reach in reached)


def test_estimating_anew_takes_out_what_composing_added_up():
    rng = np.random.default_rng(1)
    noise = cv2.GaussianBlur(rng.normal(0, 1, (200, 300)).astype(np.float32), (0, 0), 1.5)
    large = np.clip(128 + 140 * noise, 0, 255).astype(np.uint8)

    def frame(t):
        place = cv2.getRotationMatrix2D((150, 100), 0.7 * t, 1 + 0.008 * t)
        return cv2.warpAffine(large, place, (300, 200), flags=cv2.INTER_CUBIC)[30:170, 40:260]

    greys = [frame(t) for t in range(13)]
    estimate = flow.load("dis")
    steps = [Step(estimate(a, b), estimate(b, a)) for a, b in pairwise(greys)]

    def exact(t):
        to = cv2.getRotationMatrix2D((150, 100), 0.7 * t, 1 + 0.008 * t)
        back = cv2.invertAffineTransform(to)
        y, x = np.mgrid[30:170, 40:260].astype(np.float64)
        at = np.stack([x, y, np.ones_like(x)], -1) @ back.T
        return at - np.stack([x, y], -1)

    def error(reach):
        return np.linalg.norm(reach.flow - exact(12), axis=-1)[12:-12, 12:-12].mean()

    *_, plain = reaches(steps)
    *_, anew = reaches(steps, greys, estimate, every=4)
    assert error(anew) < 0.6 * error(plain)
    assert error(anew) < 0.15
