"""Painting without weights, where the right picture is known."""

from __future__ import annotations

import cv2
import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from lib_parallax import generate
from lib_parallax.errors import Cancelled
from lib_parallax.generate import Inpaint, Sampling
from lib_parallax.generate.classical.describe import describe
from lib_parallax.generate.classical.draw import draw
from lib_parallax.generate.classical.palette import COLOURS, nearest_names, palette, shapes
from lib_parallax.generate.classical.patches import continue_into
from lib_parallax.generate.classical.recolour import recolour
from lib_parallax.generate.classical.ridges import brought_in, is_invited, without_things
from lib_parallax.generate.classical.shade import shade
from lib_parallax.generate.classical.trees import treetops
from lib_parallax.types import CancelToken

HEIGHT, WIDTH = 128, 192
Y, X = np.mgrid[:HEIGHT, :WIDTH]
HOLES = {
    "middle": np.hypot(Y - HEIGHT / 2, X - WIDTH / 2) < 32,
    "right": X >= WIDTH * 3 // 4,
    "ring": ~((abs(Y + 0.5 - HEIGHT / 2) < HEIGHT / 4) & (abs(X + 0.5 - WIDTH / 2) < WIDTH / 4)),
}


def grey(level):
    return np.repeat(np.asarray(level).round().clip(0, 255).astype(np.uint8)[..., None], 3, axis=2)


def painted(image, hole, seed=0, **more):
    """What is continued into the hole, with what was there wiped out first."""
    return continue_into(np.where(hole[..., None], np.uint8(0), image), hole, seed, **more)


class TestContinued:
    @pytest.mark.parametrize("hole", HOLES.values(), ids=HOLES)
    def test_one_colour_goes_on_exactly(self, hole):
        image = np.full((HEIGHT, WIDTH, 3), (10, 200, 77), np.uint8)
        np.testing.assert_array_equal(painted(image, hole), image)

    @pytest.mark.parametrize("hole", HOLES.values(), ids=HOLES)
    def test_a_chequered_floor_goes_on(self, hole, psnr):
        image = grey((Y // 8 + X // 8) % 2 * 200 + 20)
        assert psnr(painted(image, hole), image, hole) > 45

    @pytest.mark.parametrize(("hole", "least"), [("middle", 36), ("right", 22)])
    def test_slanted_waves_go_on(self, hole, least, psnr):
        waves = [127 + 100 * np.sin(2 * np.pi * (X + Y * slope) / 16) for slope in (0, 0.5, 1)]
        image = np.stack(waves, axis=2).round().astype(np.uint8)
        assert psnr(painted(image, HOLES[hole]), image, HOLES[hole]) > least

    @pytest.mark.parametrize("hole", HOLES.values(), ids=HOLES)
    @pytest.mark.parametrize("slope", [(0.4, 0.0), (0.0, 0.8), (-0.5, 0.5)])
    def test_a_shade_goes_on(self, hole, slope, psnr):
        image = grey(110 + slope[0] * X + slope[1] * Y)
        assert psnr(painted(image, hole), image, hole) > 44

    def test_an_edge_runs_on_through_the_hole(self, psnr):
        image = grey(np.where(Y < 60, 200, 50))
        assert psnr(painted(image, HOLES["middle"]), image, HOLES["middle"]) > 40

    def test_texture_stays_texture(self):
        rng = np.random.default_rng(0)
        image = cv2.GaussianBlur(rng.integers(0, 256, (HEIGHT, WIDTH, 3)).astype(np.float32), (0, 0), 1.2)
        image = ((image - 128) * 3 + 128).clip(0, 255).astype(np.uint8)
        for hole in HOLES.values():
            rough = np.abs(cv2.Laplacian(painted(image, hole).astype(np.float32), cv2.CV_32F)).mean(axis=2)
            inside = cv2.erode(hole.astype(np.uint8), np.ones((5, 5))) > 0
            assert rough[inside].mean() > 0.75 * rough[~hole].mean()

    def test_sky_stays_above_and_ground_below(self):
        rng = np.random.default_rng(1)
        image = grey(np.where(Y < HEIGHT / 2, 200, 60) + rng.normal(0, 6, Y.shape))
        far_up, far_down = HOLES["ring"] & (Y < 20), HOLES["ring"] & (Y >= HEIGHT - 20)
        result = painted(image, HOLES["ring"])
        assert (result[far_up] > 150).mean() > 0.99 and (result[far_down] < 110).mean() > 0.99

    @settings(max_examples=15)
    @given(st.integers(1, 70), st.integers(1, 70), st.integers(0, 2**31), st.floats(0, 1))
    def test_what_is_known_stays_for_any_size_and_hole(self, width, height, seed, strength):
        rng = np.random.default_rng(seed)
        image = rng.integers(0, 256, (height, width, 3), dtype=np.uint8)
        hole = rng.random((height, width)) < rng.random()
        result = continue_into(image, hole, seed, strength)
        assert result.shape == image.shape and result.dtype == np.uint8
        np.testing.assert_array_equal(result[~hole], image[~hole])

    @pytest.mark.parametrize("size", [(1, 1), (7, 513), (513, 7), (2, 200)])
    def test_narrow_pictures(self, size):
        image = np.full((size[1], size[0], 3), 90, np.uint8)
        for hole in (np.ones(size[::-1], bool), np.indices(size[::-1]).sum(axis=0) % 5 == 0):
            result = continue_into(image, hole, 0)
            assert result.shape == image.shape
            if not hole.all():
                np.testing.assert_array_equal(result, image)

    def test_the_seed_decides(self):
        image = np.random.default_rng(3).integers(0, 256, (80, 80, 3), dtype=np.uint8)
        hole = np.zeros((80, 80), bool)
        hole[30:60, 20:70] = True
        one = continue_into(image, hole, 1)
        np.testing.assert_array_equal(one, continue_into(image, hole, 1))
        assert not np.array_equal(one, continue_into(image, hole, 2))

    def test_little_strength_keeps_the_layout_that_is_there(self):
        image = grey(np.where(X % 64 < 32, 60, 190))
        hole = HOLES["middle"]
        marked = image.copy()
        marked[hole] = 60  # as it may be, not as it would go on
        near = continue_into(marked, hole, 0, strength=0.2)
        far = continue_into(marked, hole, 0, strength=1.0)

        def apart(result):
            return np.abs(result.astype(int) - marked)[hole].mean()

        assert apart(near) < apart(far) / 2

    def test_it_stops_between_rounds(self):
        token = CancelToken()
        token.cancel()
        with pytest.raises(Cancelled):
            painted(grey(X), HOLES["middle"], cancel=token)

    def test_photographs_are_continued_with_as_much_detail(self, data):
        image = cv2.imread(str(data / "scroll" / "dresden.jpg"))[..., ::-1]
        image = cv2.resize(image, (320, 190), interpolation=cv2.INTER_AREA)
        hole = np.indices((190, 320))[1] >= 240
        result = painted(image, hole).astype(np.float32)
        rough = np.abs(cv2.Laplacian(result, cv2.CV_32F)).mean(axis=2)
        assert 0.5 < rough[:, 244:].mean() / rough[:, 120:240].mean() < 1.5
        # Row by row it stays as light as beside the hole: sky, bridge, water, bank.
        light = result.mean(axis=2)
        rows = np.corrcoef(light[:, 160:240].mean(axis=1), light[:, 240:].mean(axis=1))[0, 1]
        assert rows > 0.7


class TestShade:
    def test_a_plane_is_found_and_goes_on(self):
        image = np.stack([50 + 0.5 * X, 200 - 0.25 * Y, 90 + 0 * X], axis=2)
        found = shade(image, X < 60)
        np.testing.assert_allclose(found[10, 150] - found[10, 50], (50, 0, 0), atol=1e-3)
        np.testing.assert_allclose(found[90, 5] - found[10, 5], (0, -20, 0), atol=1e-3)

    def test_a_picture_of_something_has_none(self):
        image = np.random.default_rng(0).integers(0, 256, (30, 40, 3), dtype=np.uint8)
        assert not shade(image, np.ones((30, 40), bool)).any()
        assert not shade(image, np.zeros((30, 40), bool)).any()


class TestWords:
    def test_colours_that_are_named_are_used_in_order(self):
        assert palette("a red house, (green:1.2) meadow <lora:blue:1>")[:2] == [
            COLOURS["red"],
            COLOURS["green"],
        ]

    @pytest.mark.parametrize("prompt", ["", "xyzzy", "red", "ocean at night"])
    def test_any_words_have_a_palette_and_always_the_same(self, prompt):
        colours = palette(prompt)
        assert len(colours) >= 4 and colours == palette(prompt)
        assert all(0 <= value <= 255 for colour in colours for value in colour)

    def test_other_words_have_another(self):
        assert palette("a walrus") != palette("a typewriter")

    def test_shapes_take_the_colour_before_them(self):
        assert shapes("yellow disc and blue cubes") == [("disc", COLOURS["yellow"]), ("box", COLOURS["blue"])]

    def test_colours_get_their_names_back(self):
        names = [name for name in COLOURS if name not in ("gray", "golden", "scarlet", "emerald")]
        found = nearest_names(np.array([COLOURS[name] for name in names]))
        assert {COLOURS[name] for name in found} == {COLOURS[name] for name in names}
        assert (found == np.array(names)).mean() > 0.95


class TestDrawn:
    @pytest.mark.parametrize("size", [(1, 1), (7, 513), (64, 48), (97, 33)])
    @pytest.mark.parametrize("prompt", ["", "a forest at dawn", "red disc on blue"])
    def test_any_size_and_the_same_again(self, size, prompt):
        image = draw(prompt, size, 4)
        assert image.shape == (size[1], size[0], 3) and image.dtype == np.uint8
        np.testing.assert_array_equal(image, draw(prompt, size, 4))

    def test_seed_and_words_change_it(self):
        one = draw("a forest", (64, 48), 1)
        assert not np.array_equal(one, draw("a forest", (64, 48), 2))
        assert not np.array_equal(one, draw("a desert", (64, 48), 1))

    def test_a_red_disc_on_blue(self):
        for seed in range(5):
            image = draw("red disc on blue", (96, 96), seed).astype(int)
            red = (image[..., 0] > 120) & (image[..., 2] < 90)
            blue = (image[..., 2] > 120) & (image[..., 0] < 90)
            assert 0.05 < red.mean() < 0.3 and blue.mean() > 0.6
            assert not red[0].any() and not red[:, 0].any()

    def test_a_landscape_has_light_above_and_texture(self):
        image = draw("a forest at dawn", (128, 96), 0).astype(float)
        assert image[:30].mean() > image[-30:].mean() + 20 and image[-20:].std(axis=(0, 1)).min() > 2


class TestRestyledAndDescribed:
    def test_strength_goes_from_the_picture_to_the_palette(self):
        image = np.random.default_rng(0).integers(0, 256, (20, 30, 3), dtype=np.uint8)
        np.testing.assert_array_equal(recolour(image, "gold", 0), image)
        np.testing.assert_array_equal(recolour(image, "", 1), image)
        steps = [np.abs(recolour(image, "gold", s).astype(int) - image).mean() for s in (0.25, 0.5, 1)]
        assert steps[0] < steps[1] < steps[2]

    def test_light_stays_light_and_takes_the_colour(self):
        ramp = grey(np.tile(np.arange(256), (4, 1)))
        toned = recolour(ramp, "blue navy azure", 1).astype(int)
        assert (np.diff(toned.sum(axis=2), axis=1) >= -1).all()
        assert toned[..., 2].mean() > toned[..., 0].mean() + 30

    def test_what_is_seen_is_said(self):
        image = np.zeros((40, 60, 3), np.uint8)
        image[:20], image[20:] = COLOURS["azure"], COLOURS["green"]
        assert describe(image) == "a picture of azure and green, azure above, green below"
        assert describe(np.full((1, 1, 3), 8, np.uint8)) == "a dark picture of black"
        assert describe(np.full((9, 9, 3), 255, np.uint8)) == "a bright picture of white"


class TestBroughtIn:
    SIDE = 128
    RING = np.ones((SIDE, SIDE), bool)
    RING[32:96, 32:96] = False

    def test_only_into_a_large_border_at_the_foot_and_for_a_scene(self):
        assert is_invited(self.RING, "a forest at dawn") and is_invited(self.RING, "xyzzy")
        assert not is_invited(self.RING, "") and not is_invited(self.RING, "red disc on blue")
        for hole in (HOLES["middle"], HOLES["right"], self.RING[::-1] & (np.arange(128)[:, None] < 96)):
            assert not is_invited(hole, "a forest at dawn")
        assert not is_invited(np.ones((8, 8), bool), "a forest at dawn")

    def test_what_is_known_stays_and_the_seed_decides(self):
        image = painted(draw("a forest at dawn", (self.SIDE,) * 2, 2), self.RING)
        one = brought_in(image, self.RING, "a forest at dawn", 1)
        np.testing.assert_array_equal(one[~self.RING], image[~self.RING])
        np.testing.assert_array_equal(one, brought_in(image, self.RING, "a forest at dawn", 1))
        assert (one != image).any() and (one != brought_in(image, self.RING, "a forest at dawn", 2)).any()

    def test_the_foot_has_the_colours_of_the_words(self):
        image = np.full((self.SIDE, self.SIDE, 3), 128, np.uint8)
        for prompt, least in (("green forest", 1), ("blue ocean", 2), ("red desert", 0)):
            foot = brought_in(image, self.RING, prompt, 3)[100:].reshape(-1, 3).mean(axis=0)
            assert foot.argmax() == least and foot.max() > foot.min() + 20

    def test_nothing_jumps_where_the_sky_was_known(self):
        image = np.full((self.SIDE, self.SIDE, 3), (200, 160, 90), np.uint8)
        result = brought_in(image, self.RING, "sunset", 4).astype(int)
        assert np.abs(result[31, 32:96] - image[31, 32:96]).max() <= 3
        assert np.abs(result[0] - image[0]).mean() > 5

    def test_a_sun_is_not_repeated(self):
        rng = np.random.default_rng(0)
        y, x = np.mgrid[: self.SIDE, : self.SIDE]
        image = np.repeat((90 + rng.normal(0, 4, (self.SIDE, self.SIDE, 1))).clip(0, 255), 3, axis=2)
        image = image.astype(np.uint8)
        image[np.hypot(x - 64, y - 60) < 7] = 250
        calm = without_things(np.where(self.RING[..., None], np.uint8(0), image), self.RING)
        assert calm[~self.RING].max() < 140
        request = Inpaint(image, self.RING.astype(np.float32), "grey rock", sampling=Sampling(seed=1))
        made = generate.load("classical", device="cpu").inpaint(request)
        np.testing.assert_array_equal(made[~self.RING], image[~self.RING])
        assert (made[:32].min(axis=2) > 230).sum() == 0

    def test_six_steps_out_are_as_rich_as_the_first(self):
        """Patches alone go grey: everything they have gets smaller with each step."""
        generator, image = generate.load("classical", device="cpu"), draw("a forest at dawn", (96, 96), 2)
        first = image[48:].reshape(-1, 3).std(axis=0).mean()
        hole = np.ones((96, 96), np.float32)
        hole[26:70, 26:70] = 0
        for step in range(6):
            canvas = np.zeros_like(image)
            canvas[24:72, 24:72] = cv2.resize(image, (48, 48), interpolation=cv2.INTER_AREA)
            image = generator.inpaint(Inpaint(canvas, hole, "a forest at dawn", sampling=Sampling(seed=step)))
        assert image[48:].reshape(-1, 3).std(axis=0).mean() > 0.6 * first

    def test_trees_stand_where_the_words_name_some(self):
        rng = np.random.default_rng(0)
        assert not treetops("a desert", 64, 10, rng).any() and not treetops("a forest", 64, 1, rng).any()
        tops = treetops("dark forest", 400, 10, rng)
        assert 8 < tops.max() <= 10 and (tops > 0).mean() > 0.6
