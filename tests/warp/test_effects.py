"""Effects of a frame: nothing at rest, right where the truth is known, the same bytes twice."""

from dataclasses import replace
from itertools import pairwise

import numpy as np
import pytest

from lib_parallax.errors import OptionError
from lib_parallax.warp.camera import Camera
from lib_parallax.warp.effects import Effects, Moment, apply
from lib_parallax.warp.effects.focus import REACH, depth_of_field
from lib_parallax.warp.effects.fog import fog
from lib_parallax.warp.effects.lens import through_lens
from lib_parallax.warp.effects.shafts import shafts

HEIGHT, WIDTH = 120, 180
RED, BLUE = (0.9, 0.1, 0.1), (0.1, 0.3, 0.8)


def texture(dtype=np.float32):
    noise = np.random.default_rng(3).random((HEIGHT, WIDTH, 3)).astype(np.float32)
    return noise if dtype == np.float32 else (noise * np.iinfo(dtype).max).astype(dtype)


def slope():
    return np.linspace(0, 1, HEIGHT, dtype=np.float32)[:, None].repeat(WIDTH, 1)


def plate(near=0.8, far=0.1):
    """A red square before a blue wall: picture, depth and which pixels are the square's."""
    there = np.zeros((HEIGHT, WIDTH), bool)
    there[40:80, 60:120] = True
    image = np.where(there[..., None], np.float32(RED), np.float32(BLUE))
    return image, np.where(there, near, far).astype(np.float32), there


def disk_share(there, radius):
    """The share of a disk around each pixel that is `there`, by definition, from a grid of 5 x 5 a pixel."""
    reach = int(np.ceil(radius)) + 1
    fine = (np.arange(-reach * 5 - 2, reach * 5 + 3)) / 5
    inside = (np.hypot(fine[:, None], fine[None]) <= radius).astype(float)
    kernel = inside.reshape(2 * reach + 1, 5, 2 * reach + 1, 5).sum(axis=(1, 3))
    padded = np.pad(there.astype(float), reach, mode="edge")
    found = np.zeros(there.shape)
    for i in range(2 * reach + 1):
        for j in range(2 * reach + 1):
            found += kernel[i, j] * padded[i : i + there.shape[0], j : j + there.shape[1]]
    return found / kernel.sum()


@pytest.mark.parametrize("dtype", [np.uint8, np.uint16, np.float32])
def test_nothing_asked_for_nothing_done(dtype):
    image = texture(dtype)
    before = image.copy()
    assert apply(image, slope(), Effects()) is image
    some = apply(image, slope(), Effects(fog=0.5, lens=0.2, grain=0.5, blur_far=0.5, particles="snow"))
    assert some.dtype == dtype
    assert some.shape == image.shape
    assert (image == before).all()


def test_wrong_shapes_are_refused():
    with pytest.raises(OptionError, match="image"):
        apply(texture()[..., :2], slope(), Effects())
    with pytest.raises(OptionError, match="depth"):
        apply(texture(), slope()[1:], Effects())
    with pytest.raises(OptionError, match="float64"):
        apply(texture().astype(np.float64), slope(), Effects())


class TestFocus:
    def test_a_blurred_wall_takes_nothing_from_what_is_sharp_before_it(self):
        image, depth, _ = plate()
        made = depth_of_field(image, depth, far=1, sharp_at=0.8)
        assert np.abs(made - image).max() < 0.002

    def test_a_wall_is_blurred_by_the_disk_of_its_depth(self):
        image, depth, there = plate(near=0.3, far=0.3)
        image = np.where(there[..., None], np.float32(1), np.float32(0)).repeat(3, 2)
        radius = REACH * HEIGHT * 0.7
        made = depth_of_field(image, depth, far=1, sharp_at=1)
        truth = disk_share(there, radius)
        assert np.abs(made[..., 0] - truth).mean() < 0.01
        assert np.abs(made[..., 0] - truth).max() < 0.2
        assert made.mean() == pytest.approx(image.mean(), abs=1e-3)

    def test_a_near_thing_spreads_over_what_is_sharp_behind_it(self):
        image, depth, there = plate()
        made = depth_of_field(image, depth, near=1, sharp_at=0.1)
        share = disk_share(there, REACH * HEIGHT * 0.7)[..., None]
        truth = share * np.float32(RED) + (1 - share) * np.float32(BLUE)
        assert np.abs(made - truth).mean() < 0.01
        assert np.abs(made - truth).max() < 0.16
        assert (made[30:40, 62:118, 0] > image[30:40, 62:118, 0] + 0.02).any()

    def test_one_colour_stays_itself_at_any_depths(self):
        image = np.full((HEIGHT, WIDTH, 3), BLUE, np.float32)
        depth = np.random.default_rng(1).random((HEIGHT, WIDTH)).astype(np.float32)
        made = depth_of_field(image, depth, far=1, near=1, sharp_at=0.5)
        assert np.abs(made - image).max() < 0.003

    def test_what_is_in_focus_is_untouched(self):
        image = texture()
        depth = np.full((HEIGHT, WIDTH), 0.5, np.float32)
        assert np.allclose(depth_of_field(image, depth, far=1, near=1, sharp_at=0.5), image, atol=1e-6)

    def test_a_slope_is_blurred_the_more_the_farther_from_the_focus(self):
        made = depth_of_field(texture(), slope(), far=1, near=1, sharp_at=0.5)
        for rows in ((56, 76, 110), (56, 36, 2)):
            rough = [made[row : row + 8].std() for row in rows]
            assert rough[0] > rough[1] > rough[2]


class TestColour:
    def test_grey_keeps_luma(self):
        image = texture()
        luma = image @ np.array([0.2126, 0.7152, 0.0722], np.float32)
        made = apply(image, slope(), Effects(saturation=0))
        assert np.allclose(made, luma[..., None], atol=1e-5)

    def test_each_does_what_its_name_says(self):
        grey = np.full((HEIGHT, WIDTH, 3), 128, np.uint8)
        dark = np.full((HEIGHT, WIDTH, 3), 40, np.uint8)
        assert (apply(dark, slope(), Effects(brightness=2)) == 80).all()
        assert np.abs(apply(grey, slope(), Effects(contrast=2)).astype(int) - 128.5).max() < 1
        assert (apply(dark, slope(), Effects(contrast=0.5)) == 84).all()
        bent = apply(dark, slope(), Effects(gamma=2))
        assert np.abs(bent - 255 * (40 / 255) ** 0.5).max() <= 1
        red, green, blue = apply(grey, slope(), Effects(sepia=1))[0, 0].astype(int)
        assert red > green > blue

    def test_a_vignette_darkens_the_corners_by_its_amount(self):
        made = apply(np.ones((HEIGHT, WIDTH, 3), np.float32), slope(), Effects(vignette=0.6))
        assert made[0, 0] == pytest.approx(0.4, abs=0.02)
        assert made[HEIGHT // 2, WIDTH // 2] == pytest.approx(1, abs=1e-3)
        assert np.allclose(made, made[::-1, ::-1], atol=1e-6)

    def test_grain_keeps_the_mean_and_leaves_black_and_white(self):
        grey = np.full((HEIGHT, WIDTH, 3), 0.5, np.float32)
        made = apply(grey, slope(), Effects(grain=1))
        assert made.mean() == pytest.approx(0.5, abs=0.01)
        assert 0.04 < made.std() < 0.11
        for level in (0, 1):
            flat = np.full_like(grey, level)
            assert (apply(flat, slope(), Effects(grain=1)) == flat).all()

    def test_grain_differs_from_frame_to_frame_and_is_the_same_for_the_same(self):
        grey, grain = np.full((HEIGHT, WIDTH, 3), 128, np.uint8), Effects(grain=1, seed=5)
        one, two = (apply(grey, slope(), grain, Moment(frame=frame)) for frame in (1, 2))
        assert (one == apply(grey, slope(), grain, Moment(frame=1))).all()
        assert abs(np.corrcoef(one[..., 0].ravel(), two[..., 0].ravel())[0, 1]) < 0.1
        assert (one != apply(grey, slope(), replace(grain, seed=6), Moment(frame=1))).any()


class TestAir:
    def test_fog_hides_the_far_and_leaves_the_nearest(self):
        image, colour = texture(), (0.2, 0.5, 0.9)
        made = fog(image, slope(), 1, colour)
        assert np.abs(made[0] - np.float32(colour)).max() < 0.01
        assert np.allclose(made[-1], image[-1], atol=1e-5)
        share = np.abs(made - np.float32(colour)).mean(axis=(1, 2))
        assert np.all(np.convolve(np.diff(share), np.ones(12) / 12, "valid") > -0.01)

    def test_shafts_come_from_a_far_light_and_end_at_what_stands_before_it(self):
        image, depth = np.full((HEIGHT, WIDTH, 3), 0.1, np.float32), np.full((HEIGHT, WIDTH), 0.1, np.float32)
        image[20:30, 85:95] = 1
        more = shafts(image, depth, 1) - image
        assert more.min() >= -1e-6
        assert more[40, 90].mean() > 0.05 > more[110, 5].mean()
        hidden = depth.copy()
        hidden[20:30, 85:95] = 1
        assert np.allclose(shafts(image, hidden, 1), image, atol=1e-6)

    def test_there_are_no_shafts_in_the_dark(self):
        dark = np.full((HEIGHT, WIDTH, 3), 0.1, np.float32)
        assert (shafts(dark, slope(), 1) == dark).all()


class TestParticles:
    BLACK = np.zeros((HEIGHT, WIDTH, 3), np.uint8)

    def drawn(self, kind="snow", depth=0.0, moment=None, **settings):
        wall = np.full((HEIGHT, WIDTH), depth, np.float32) if np.isscalar(depth) else depth
        return apply(self.BLACK, wall, Effects(particles=kind, **settings), moment or Moment(seconds=1.3))

    @pytest.mark.parametrize("kind", ["dust", "snow", "rain", "embers"])
    def test_what_is_behind_a_thing_is_not_seen(self, kind):
        depth = np.zeros((HEIGHT, WIDTH), np.float32)
        depth[:, :90] = 1
        made = self.drawn(kind, depth, particle_amount=1)
        assert not made[:, :90].any()
        assert made[:, 90:].any()

    @pytest.mark.parametrize("kind", ["dust", "snow", "rain", "embers"])
    def test_a_loop_closes_and_the_seed_decides(self, kind):
        first = self.drawn(kind, moment=Moment(seconds=0.7, period=3.0), particle_amount=1)
        again = self.drawn(kind, moment=Moment(seconds=3.7, period=3.0), particle_amount=1)
        assert np.abs(first.astype(int) - again).max() <= 1
        assert (first != self.drawn(kind, moment=Moment(seconds=0.8, period=3.0), particle_amount=1)).any()
        assert (first != self.drawn(kind, moment=Moment(seconds=0.7, period=3.0), seed=1)).any()
        same = self.drawn(kind, moment=Moment(seconds=0.7, period=3.0), particle_amount=1)
        assert (first == same).all()

    def test_the_frame_before_the_loop_closes_is_like_any_other(self):
        frames = [
            self.drawn("snow", moment=Moment(seconds=k / 30, period=2.0), particle_amount=1).astype(float)
            for k in range(61)
        ]
        steps = [np.abs(a - b).mean() for a, b in pairwise(frames)]
        assert steps[59] < 1.5 * np.median(steps)

    def test_more_is_more(self):
        light = [self.drawn(particle_amount=amount).astype(int).sum() for amount in (0, 0.2, 0.6, 1)]
        assert light[0] == 0
        assert light[0] < light[1] < light[2] < light[3]

    def test_near_ones_move_farther_than_far_ones_with_the_camera(self):
        from lib_parallax.warp.effects.particles import _seen

        depth = np.array([0.0, 0.5, 1.0], np.float32)
        place = np.zeros((3, 2))
        size = (WIDTH, HEIGHT)
        still, ahead = _seen(place, depth, Moment(camera=Camera(steady=0)), size, size)
        moved, _ = _seen(place, depth, Moment(camera=Camera(steady=0, offset=(0.5, 0))), size, size)
        assert ahead.all()
        assert still == pytest.approx(np.tile([(WIDTH - 1) / 2, (HEIGHT - 1) / 2], (3, 1)))
        shift = (moved - still)[:, 0]
        assert shift[0] == pytest.approx(0, abs=1e-9)
        assert shift[2] < shift[1] < -1

    def test_fog_and_blur_take_particles_along(self):
        sharp = self.drawn("snow", particle_amount=1)
        assert self.drawn("snow", particle_amount=1, blur_near=1, sharp_at=0).max() < sharp.max()


class TestLens:
    def test_no_border_shows_and_the_middle_stays(self):
        image = np.full((HEIGHT, WIDTH, 3), 0.5, np.float32)
        for bend in (-1, -0.4, 0.4, 1):
            assert np.allclose(through_lens(image, bend, 1), image, atol=1e-6)
        cross = np.zeros((121, 181, 3), np.float32)
        cross[60, 90] = 1
        for bend in (-1, 1):
            made = through_lens(cross, bend)
            assert np.unravel_index(made[..., 0].argmax(), made.shape[:2]) == (60, 90)

    def test_barrel_bows_lines_outward_and_pincushion_inward(self):
        image = np.zeros((120, 180, 3), np.float32)
        image[20] = 1
        for bend, sign in ((1, 1), (-1, -1)):
            rows = through_lens(image, bend)[:60, :, 0].argmax(axis=0)
            assert sign * (int(rows[30]) - int(rows[90])) > 1

    def test_fringes_part_red_and_blue_at_the_edge_alone(self):
        image = np.zeros((480, 720, 3), np.float32)
        image[:, 690:] = image[:, 360:362] = 1
        made = through_lens(image, 0, 1)
        edges = [made[240, 600:, c].sum() for c in range(3)]
        assert edges[0] - edges[1] == pytest.approx(edges[1] - edges[2], abs=0.2)
        assert abs(edges[0] - edges[2]) > 1
        assert np.abs(made[240, 355:367, 0] - made[240, 355:367, 2]).max() < 0.1
