"""Things in the depth from cues: whole, standing on the ground, and followed when they move by themselves."""

from __future__ import annotations

from fractions import Fraction

import cv2
import numpy as np
import pytest
from scipy.stats import spearmanr

from lib_parallax.depth.cues import Cues
from lib_parallax.depth.cues.regions import Regions
from lib_parallax.depth.cues.regions_kernel import barrier, segment
from lib_parallax.depth.cues.standing import enclosed, ground, stand
from lib_parallax.types import Frame

HORIZON, HEIGHT, WIDTH = 80, 180, 320
FIGURES = (
    (60, 120, 60, 30, (150, 40, 40)),
    (180, 165, 110, 44, (40, 60, 150)),
    (270, 105, 36, 20, (190, 170, 40)),
)


def texture(seed: int, base: tuple[int, int, int], strength: float = 6) -> np.ndarray:
    noise = np.random.default_rng(seed).normal(0, strength, (HEIGHT // 3, WIDTH // 3, 1)).astype(np.float32)
    return np.float32(base) + cv2.resize(noise, (WIDTH, HEIGHT))[..., None]


def plain(figures=FIGURES) -> tuple[np.ndarray, np.ndarray]:
    """Figures on a plain below a bright sky, and their exact inverse depth.

    Each figure is (middle, foot, height, width) in pixels and its colour. The ground's inverse
    depth grows with the distance below the horizon, a figure's is that of the ground at its foot.
    """
    picture = texture(1, (110, 105, 90))
    picture[:HORIZON] = texture(2, (200, 215, 235), 2)[:HORIZON]
    depth = np.repeat(np.maximum(np.arange(HEIGHT) - HORIZON, 0)[:, None] / (HEIGHT - HORIZON), WIDTH, 1)
    for i, (middle, foot, high, wide, colour) in enumerate(sorted(figures, key=lambda f: f[1])):
        at = np.s_[max(foot - high, 0) : foot, max(middle - wide // 2, 0) : max(middle + wide // 2, 0)]
        picture[at] = texture(3 + i, colour)[at]
        depth[at] = (foot - HORIZON) / (HEIGHT - HORIZON)
    return np.clip(picture, 0, 255).astype(np.uint8), depth


def body(figure, margin: int = 4) -> tuple[slice, slice]:
    middle, foot, high, wide, _ = figure
    return np.s_[
        foot - high + margin : foot - margin, middle - wide // 2 + margin : middle + wide // 2 - margin
    ]


def test_figures_are_as_near_as_their_feet():
    picture, truth = plain()
    found = Cues().estimate(picture).values
    assert spearmanr(found.ravel()[::3], truth.ravel()[::3])[0] > 0.9
    inside = [found[body(figure)].mean() for figure in FIGURES]
    assert np.argsort(inside).tolist() == np.argsort([figure[1] for figure in FIGURES]).tolist()
    for middle, foot, high, wide, _ in FIGURES:
        head, waist = found[foot - high + 6, middle], found[foot - high // 2, middle]
        beside = found[[foot - high + 6, foot - high // 2], middle + wide]
        assert abs(waist - head) < 0.6 * (beside[1] - beside[0])  # the head goes with the feet
        assert head > beside[0] + 0.15


def test_a_figure_that_walks_stands_upright():
    """The camera stands: only its own motion tells a figure in the ground's colours from the ground."""
    walkers = [(40 + 3 * t, 150, 90, 30, (85, 95, 110)) for t in range(24)]
    pictures = [plain((*FIGURES, walker))[0] for walker in walkers]
    cues = Cues()
    *_, last = cues.stream(Frame(picture, Fraction(t, 24)) for t, picture in enumerate(pictures))
    alone = Cues().estimate(pictures[-1])
    place = body(walkers[-1])
    mover = cues._shot.motion.mover
    assert mover[place].mean() > 0.85 and mover[:, 170:].mean() < 0.05
    slants = [v[place][-6:].mean() - v[place][:6].mean() for v in (last.values, alone.values)]
    assert abs(slants[0]) < 0.06 and slants[1] > 0.15
    assert last.values[place].mean() > alone.values[place].mean() + 0.1


def test_what_is_too_fast_to_follow_is_a_mover():
    rng = np.random.default_rng(0)
    wall = cv2.resize(rng.uniform(60, 200, (30, 50, 3)).astype(np.float32), (WIDTH, HEIGHT)).astype(np.uint8)
    cues = Cues()

    def frames():
        for t in range(20):
            picture = wall.copy()
            seed = min(t, 11)  # then it stands
            block = np.random.default_rng(seed + 5).uniform(0, 255, (10, 10, 3)).astype(np.float32)
            picture[60:140, 120:200] = cv2.resize(block, (80, 80))
            yield Frame(picture, Fraction(t, 24))

    knowledge = []
    for _ in cues.stream(frames()):
        mover = cues._shot.motion.mover
        knowledge.append(
            (0.0, 0.0) if mover is None else (mover[75:125, 135:185].mean(), mover[:, :80].mean())
        )
    assert knowledge[11][0] > 0.5 and knowledge[11][1] < 0.05
    assert knowledge[-1][0] < 0.1  # forgotten once it stands


def test_regions_are_the_picture_s_own():
    label = np.zeros((40, 60), np.int32)
    label[10:30, 5:25], label[5:35, 40:55] = 1, 2
    colours = np.array([[30, 30, 30], [200, 40, 40], [40, 40, 200]], np.uint8)
    found, count = segment(colours[label], 100.0, 10)
    assert count == 3
    for value in range(3):
        assert len(np.unique(found[label == value])) == 1


def test_planes_stay_planes_and_do_not_bleed():
    picture = np.zeros((60, 90, 3), np.float32)
    picture[:, 45:] = 0.8
    regions = Regions(picture)
    y, x = np.mgrid[:60, :90].astype(np.float32)
    slanted = np.where(x < 45, 0.2 + 0.002 * x, 0.9 - 0.003 * y).astype(np.float32)
    rng = np.random.default_rng(0)
    fitted = regions.planes(slanted + rng.normal(0, 0.1, slanted.shape).astype(np.float32))
    away = np.abs(x - 45) > 2  # the segmentation looks at a slightly soft picture
    assert np.abs(fitted - slanted)[away].max() < 0.03


def test_the_barrier_of_a_thing_is_its_contrast():
    plane = np.full((40, 60), 0.2, np.float32)
    plane[10:30, 20:40] = 0.7  # a thing
    plane[15:25, 28:34] = 0.3  # of which a part looks like the ground
    plane[30:, 45:50] = 0.5  # cut by the picture's lower edge
    plane[:8, 2:6] = 0.9  # reaches the upper
    found = barrier(plane, 4)
    assert found[0, 0] == found[20, 10] == found[39, 10] == found[4, 4] == 0
    np.testing.assert_allclose([found[12, 22], found[20, 30], found[38, 47]], [0.5, 0.5, 0.3], atol=1e-6)


def test_what_stands_hides_the_ground_behind_it():
    depth = np.repeat(np.linspace(0, 1, HEIGHT, dtype=np.float32)[:, None], WIDTH, 1)
    depth[120:150, 100:110] = 0.1  # misread: no ground can be seen through the ground
    lifted = np.maximum(depth, ground(depth)[:, None])
    assert (lifted[120:150, 100:110] > 0.6).all()
    keep = np.ones(depth.shape, bool)
    keep[120:150, 100:110] = False
    np.testing.assert_array_equal(lifted[keep], depth[keep])


@pytest.mark.parametrize(("crowd", "rises"), [(0.2, True), (0.7, False)])
def test_where_everything_stands_out_nothing_does(crowd, rises):
    picture, truth = plain()
    regions = Regions(picture.astype(np.float32) / 255)
    depth = np.repeat(np.linspace(0, 1, HEIGHT, dtype=np.float32)[:, None], WIDTH, 1)
    out = enclosed(picture.astype(np.float32) / 255, regions)
    ground_only = (truth[:, :30] == truth[:, :1]).all(1)
    assert out[ground_only][:, :20].mean() < 0.1 < 0.9 < out[body(FIGURES[1])].mean()
    stood = stand(depth, out, np.zeros_like(depth), crowd, regions)
    place = body(FIGURES[1])
    assert (stood[place].mean() > 0.85) == rises
    np.testing.assert_allclose(stood[:, :20], depth[:, :20], atol=0.05)
