"""The parts of an endless camera: ways over a relief, aligned depth, and held colours."""

from __future__ import annotations

import cv2
import numpy as np
import pytest

from lib_parallax.loops.parallax.feedback.aligning import aligned, line
from lib_parallax.loops.parallax.feedback.anchoring import Anchor, held
from lib_parallax.loops.parallax.feedback.carrying import Carried, carried
from lib_parallax.loops.parallax.feedback.gaps import gaps_of
from lib_parallax.loops.parallax.feedback.pieces import in_pieces, snapped
from lib_parallax.loops.parallax.feedback.steps import Step
from lib_parallax.loops.parallax.feedback.way import Way
from lib_parallax.options import AnimateOptions, ParallaxOptions, parse
from lib_parallax.timeline import Schedule
from lib_parallax.timeline.deforum import read_deforum
from lib_parallax.warp import Camera


def over(way, g, u):
    """Where the ray of the screen's point g is at height u."""
    turn = np.exp(1j * np.radians(way.roll))
    return turn * g * (way.a + way.b * u) + way.c + way.e * u


def from_there(way, u):
    return way.a * u / (way.a + way.b * u)


CAMERAS = (
    Camera(offset=(0.3, -0.2), zoom=0.8, isometric=0.4, height=0.3),
    Camera(dolly=1.2, focus=0.5, center=(0.1, 0.2), origin=(-0.3, 0.1), roll=20.0, isometric=0.0),
)


def test_one_camera_from_where_another_stands():
    """Through the second camera's picture as the first one sees it, one comes to the same points."""
    one, two = map(Way.of, CAMERAS)
    for u in (0.0, 0.07, 0.2):
        through = over(one, over(two.since(one), 0.3 - 0.2j, from_there(one, u)), u)
        assert through == pytest.approx(over(two, 0.3 - 0.2j, u))
    same = one.since(one)
    assert (same.a, same.b, same.c, same.e, same.roll) == pytest.approx((1, 0, 0, 0, 0))


def test_a_camera_beside_another_and_back_to_a_camera():
    way, aside = Way.of(CAMERAS[1]), Way(c=0.1, e=0.5)
    both = way.then(aside)
    g, u = 0.2 + 0.1j, 0.15
    assert over(both, g, u) == pytest.approx(over(way, over(aside, g, from_there(way, u)), u))
    again = Way.of(both.camera(0.2, 55.0))
    assert (again.a, again.b, again.c, again.e) == pytest.approx((both.a, both.b, both.c, both.e))


def test_heights_counted_otherwise_are_the_same_view():
    way = Way(0.9, -0.4, 0.1, 0.6)
    assert over(way.measured(2.0), 0.3, 0.2) == pytest.approx(over(way, 0.3, 0.1))


def test_a_flight_brings_near_things_nearer_and_back_again():
    depth = np.float32([[0.0, 0.2, 0.5, 0.8]])
    there = Way(b=-0.5).depth(depth, 0.2)
    assert (there >= depth).all() and there[0, 0] == 0
    assert Way(b=0.5).depth(there, 0.2) == pytest.approx(depth, abs=1e-6)


def test_many_steps_do_not_blur():
    """A picture moved by a third of a pixel sixty times is as sharp as one that was moved once."""
    rng = np.random.default_rng(1)
    picture = cv2.GaussianBlur(rng.integers(0, 256, (40, 160, 3)).astype(np.uint8), (0, 0), 1.2)
    step = Step(picture, np.full((40, 160), 0.5, np.float32))
    once = carried(step, Way(c=20 / 20), 0.2, 55.0).image
    for _ in range(60):
        step = step._replace(picture=carried(step, Way(c=1 / 3 / 20), 0.2, 55.0).image)
    kept = slice(5, -5), slice(5, 100)
    gap = step.picture[kept].astype(float) - once[kept]
    assert np.sqrt((gap**2).mean()) < 0.25 * picture.std()
    assert step.picture[kept].std() > 0.93 * once[kept].std()


def seen_of(depth, holes, beyond):
    image = np.zeros((*depth.shape, 3), np.uint8)
    return Carried(image, depth, holes, beyond, np.ones(holes.shape, bool))


def world():
    """Depth of slopes and a near box, and holes on the right (beyond the picture)."""
    x, y = np.meshgrid(np.linspace(0, 1, 80), np.linspace(0, 1, 60))
    depth = (0.2 + 0.3 * y + 0.1 * np.sin(6 * x)).astype(np.float32)
    depth[20:40, 20:35] = 0.8
    return depth, np.broadcast_to(np.arange(80) >= 66, (60, 80)).copy()


@pytest.mark.parametrize(("gain", "bias"), [(1.0, 0.0), (0.5, 0.2), (3.0, -0.4), (0.02, 7.0)])
def test_depth_comes_back_from_any_scale_and_shift(gain, bias):
    true, holes = world()
    found = ((true - bias) / gain).astype(np.float32)
    carried_depth = np.where(holes, 0.5, true).astype(np.float32)
    made = aligned(found, seen_of(carried_depth, holes, holes), holes)
    assert made == pytest.approx(true, abs=2e-3)


def test_outliers_do_not_move_the_line():
    rng = np.random.default_rng(0)
    x = rng.random(5000)
    y = 0.6 * x + 0.1 + rng.normal(0, 0.004, 5000)
    y[:1200] = rng.random(1200)
    gain, bias = line(x, y)
    assert (gain, bias) == pytest.approx((0.6, 0.1), abs=0.02)
    assert line(x, 1 - x)[0] == 0  # what goes the other way tells nothing


def test_what_is_uncovered_lies_with_the_far_side():
    depth, _ = world()
    holes = np.zeros(depth.shape, bool)
    holes[20:40, 35:41] = True  # beside the box
    made = aligned(None, seen_of(depth, holes, np.zeros_like(holes)), holes)
    assert np.abs(made[holes] - world()[0][holes]).max() < 0.05
    assert np.array_equal(made[~holes], depth[~holes])


def test_gaps_know_their_sides():
    depth = np.full((5, 20), 0.2, np.float32)
    depth[:, :8] = 0.9
    holes = np.zeros(depth.shape, bool)
    holes[:, 8:11] = True
    gaps = gaps_of(depth, holes, ~holes, np.ones(depth.shape, bool))
    near, far = gaps.beside(depth, 3)
    assert (gaps.far[holes] == np.float32(0.2)).all()
    assert near[:, 5:8].all() and near.sum() == 15 and far[:, 11:14].all() and far.sum() == 15
    upright = gaps_of(depth.T.copy(), holes.T, ~holes.T, np.zeros(depth.T.shape, bool))
    assert np.array_equal(upright.far, gaps.far.T)


def test_a_wire_at_the_end_of_a_gap_does_not_go_on_into_it():
    depth = np.full((60, 40), 0.2, np.float32)
    depth[:, :10] = 0.9
    depth[30, 20:] = 0.6
    depth[40:, 20:] = 0.4  # a thing behind, tall enough to be one
    holes = np.zeros(depth.shape, bool)
    holes[:, 10:20] = True
    far = gaps_of(depth, holes, ~holes, np.ones(depth.shape, bool)).far
    assert (far[:40, 10:20] == np.float32(0.2)).all() and (far[42:, 10:20] == np.float32(0.4)).all()


def disc(side=120):
    """A textured disc before a wall, its mask, and depth as cues have it: textured, its border in ripples."""
    y, x = np.mgrid[:side, :side].astype(np.float32)
    cx = side / 2
    far = np.hypot(x - cx, y - cx) - 0.3 * side
    wall = 120 + 20 * np.sin(x / 9) + 15 * np.cos(y / 7)
    checks = 60 + 60 * ((x // 6 + y // 6) % 2)
    cover = np.clip(0.5 - far, 0, 1)[..., None]
    picture = np.dstack([checks, checks * 0.3, checks * 0.2]) * cover + np.dstack([wall] * 3) * (1 - cover)
    ripple = np.random.default_rng(0).normal(0, 1.5, side).astype(np.float32)[:, None]
    depth = (
        0.3
        + 0.4 / (1 + np.exp(np.minimum((far + 1 + ripple) / 1.2, 50)))
        + 0.0003 * (checks - 60) * (far < 0)
    )
    return picture.astype(np.uint8), far < 0, depth.astype(np.float32)


def teeth(depth):
    """Pixels that stick out of both rows beside."""
    row, above, below = depth[1:-1], depth[:-2], depth[2:]
    return ((row - np.maximum(above, below) > 0.03) | (np.minimum(above, below) - row > 0.03)).sum()


def test_depth_in_pieces_has_its_border_where_the_picture_has_it():
    picture, inside, depth = disc()
    made = in_pieces(depth, picture)
    assert teeth(depth) > 100 and teeth(made) <= 4
    near = made > 0.5
    rim = cv2.dilate(inside.astype(np.uint8), np.ones((3, 3), np.uint8)) > 0
    assert near[inside].mean() > 0.99  # nothing of the disc stays behind
    assert (near & ~rim).sum() < 0.1 * inside[60].sum() * np.pi
    deep = cv2.erode(inside.astype(np.uint8), np.ones((13, 13), np.uint8)) > 0
    assert made[deep].std() < 0.5 * depth[deep].std()


def test_borders_that_became_stairs_are_laid_along_the_picture_again():
    picture, inside, _ = disc()
    small = cv2.resize(inside.astype(np.float32), (30, 30), interpolation=cv2.INTER_AREA).round()
    stairs = 0.3 + 0.4 * cv2.resize(small, (120, 120), interpolation=cv2.INTER_NEAREST)
    made = snapped(stairs, picture)
    rim = cv2.dilate(inside.astype(np.uint8), np.ones((3, 3), np.uint8)) > 0
    wrong = [(inside & (depth < 0.5)).sum() + (~rim & (depth > 0.5)).sum() for depth in (stairs, made)]
    assert wrong[0] > 80 and wrong[1] < 0.3 * wrong[0]
    assert (made[:10] == np.float32(0.3)).all()  # far from borders nothing changes


def test_a_refined_picture_is_given_some_of_its_own_depth():
    true, holes = world()
    other = true[:, ::-1].copy()
    made = aligned(other, seen_of(true, holes, holes), holes, trust=0.5)
    gain, bias = line(other[~holes], true[~holes])
    assert made[~holes] == pytest.approx((true + gain * other + bias)[~holes] / 2, abs=1e-5)


def test_what_is_painted_brings_the_colours_back():
    rng = np.random.default_rng(3)
    first = rng.integers(60, 160, (48, 64, 3)).astype(np.uint8)
    anchor = Anchor.of(first)
    new = np.zeros((48, 64), bool)
    new[:, 40:] = True
    astray = first.copy()
    astray[new] = (astray[new] * 0.8).astype(np.uint8)
    made = held(astray, new, anchor)
    assert np.array_equal(made[~new], astray[~new])
    off = [np.abs(image.reshape(-1, 3).mean(0) - anchor.mean).max() for image in (astray, made)]
    assert off[0] > 6 and off[1] < 0.7 * off[0]
    assert np.abs(made[:, 40].astype(int) - astray[:, 40]).max() <= 3  # no seam


SETTINGS = {
    "max_frames": 40, "fps": 10, "seed": 3, "seed_behavior": "fixed", "diffusion_cadence": 4,
    "strength_schedule": "0:(0.6), 20:(0.8)", "translation_x": "0:(2)", "animation_mode": "2D",
}  # fmt: skip


def test_deforums_strength_cadence_and_seeds_are_options_of_feedback():
    read = parse(ParallaxOptions, read_deforum(SETTINGS).options)
    assert (read.feedback, read.step_seconds, read.seed_policy, read.duration) == ("path", 0.4, "fixed", 4.0)
    refine = Schedule.parse(read.refine)
    assert (refine.at(0), refine.at(20)) == pytest.approx((0.4, 0.2))
    assert "feedback" not in read_deforum(SETTINGS, "animate").options
    parse(AnimateOptions, read_deforum(SETTINGS, "animate").options)
