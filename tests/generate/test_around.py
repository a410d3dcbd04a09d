"""What every generator owes its callers, with backends whose faults are known exactly."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from lib_parallax import generate
from lib_parallax.errors import Cancelled, OptionError, ParallaxError, UnavailableError
from lib_parallax.generate import (
    Capabilities,
    ControlUnit,
    Img2Img,
    Inpaint,
    Interrogate,
    Sampling,
    Txt2Img,
    Upscale,
)
from lib_parallax.generate.around import Around
from lib_parallax.generate.init import start_picture
from lib_parallax.generate.seam import lay_in, match
from lib_parallax.generate.sizes import padding
from lib_parallax.types import CancelToken


class Backend:
    """Paints what `paint(picture)` makes of the picture it is given, and remembers its requests."""

    name = "test"
    note = "paints for a test"

    def __init__(self, paint=lambda picture: picture, **able):
        self.paint = paint
        self.able = Capabilities(**able)
        self.asked = []

    def capabilities(self):
        return self.able

    def _painted(self, request, picture):
        self.asked.append(request)
        return self.paint(picture)

    def txt2img(self, request, cancel):
        return self._painted(request, np.zeros((request.size[1], request.size[0], 3), np.uint8))

    def img2img(self, request, cancel):
        return self._painted(request, request.image)

    def inpaint(self, request, cancel):
        return self._painted(request, request.image)

    def upscale(self, request, cancel):
        return self._painted(request, request.image)

    def interrogate(self, request, cancel):
        return "a picture"


def picture(width: int, height: int, seed: int = 0) -> np.ndarray:
    return np.random.default_rng(seed).integers(0, 256, (height, width, 3), dtype=np.uint8)


def smooth(width: int, height: int) -> np.ndarray:
    y, x = np.mgrid[:height, :width]
    waves = [60 * np.sin(x / 9 + k) + 50 * np.cos(y / 7 - k) + 128 for k in range(3)]
    return np.stack(waves, axis=2).round().astype(np.uint8)


def box(width: int, height: int) -> np.ndarray:
    mask = np.zeros((height, width), np.float32)
    mask[height // 3 : height * 2 // 3, width // 3 : width * 2 // 3] = 1
    return mask


class TestKept:
    @given(
        st.integers(1, 40), st.integers(1, 40), st.integers(0, 2**31), st.sampled_from([1, 8]),
        st.sampled_from(generate.CONTENTS), st.integers(0, 20),
    )  # fmt: skip
    def test_kept_pixels_are_bit_identical_for_any_mask(
        self, width, height, seed, multiple, content, feather
    ):
        rng = np.random.default_rng(seed)
        image = picture(width, height, seed)
        mask = rng.choice(np.array([0, 0, 0.3, 1], np.float32), (height, width))
        backend = Backend(lambda p: 255 - p, size_multiple=multiple, least_side=16)
        painted = Around(backend).inpaint(Inpaint(image, mask, content=content, feather=feather))
        assert painted.dtype == np.uint8
        np.testing.assert_array_equal(painted[mask == 0], image[mask == 0])

    def test_nothing_to_paint_asks_nobody(self):
        backend, image = Backend(), picture(9, 5)
        painted = Around(backend).inpaint(Inpaint(image, np.zeros((5, 9))))
        np.testing.assert_array_equal(painted, image)
        assert painted is not image and not backend.asked

    def test_a_perfect_painter_is_left_alone(self):
        image = smooth(64, 48)
        painted = Around(Backend(lambda _: image)).inpaint(Inpaint(image, box(64, 48)))
        np.testing.assert_array_equal(painted, image)

    def test_soft_masks_mix(self):
        image, other = smooth(40, 40), smooth(40, 40)
        other[16:24, 16:24] += 40
        mask = np.zeros((40, 40), np.float32)
        mask[16:24, 16:24] = 0.25
        painted = Around(Backend(lambda _: other)).inpaint(Inpaint(image, mask, feather=0))
        expected = np.rint(image * 0.75 + other * 0.25)[16:24, 16:24]
        np.testing.assert_allclose(painted[16:24, 16:24], expected, atol=1)

    def test_bool_masks_are_masks(self):
        image = picture(20, 20)
        painted = Around(Backend(lambda p: 255 - p)).inpaint(Inpaint(image, box(20, 20) > 0))
        np.testing.assert_array_equal(painted[box(20, 20) == 0], image[box(20, 20) == 0])


class TestSeam:
    def test_a_drift_of_colour_is_taken_back(self):
        image, mask = smooth(96, 96), box(96, 96)
        drifted = np.rint(image * [0.9, 1.0, 0.85] + [12, -6, 20]).clip(0, 255).astype(np.uint8)
        painted = lay_in(image, drifted, mask)
        assert np.abs(drifted.astype(int) - image)[mask > 0].mean() > 4
        assert np.abs(painted.astype(int) - image)[mask > 0].max() <= 2

    def test_what_stands_somewhere_else_does_not_count(self):
        image, mask = smooth(96, 96), box(96, 96)
        drifted = (image * 0.9 + 12).astype(np.uint8)
        drifted[20:32, 20:40] = 255 - drifted[20:32, 20:40]
        painted = lay_in(image, drifted, mask)
        assert np.abs(painted.astype(int) - image)[mask > 0].mean() < 2

    def test_colours_that_agree_are_not_touched(self):
        known = picture(50, 1).reshape(-1, 3)
        gain, bias = match(known, known)
        np.testing.assert_array_equal(gain, 1)
        np.testing.assert_allclose(bias, 0, atol=1e-6)

    def test_an_even_ring_gives_no_gain(self):
        gain, bias = match(np.full((99, 3), 90, np.uint8), np.full((99, 3), 80, np.uint8))
        np.testing.assert_allclose(gain, 1, atol=1e-6)
        np.testing.assert_allclose(bias, 10, atol=1e-5)

    def test_a_picture_that_has_nothing_to_do_with_it_stays_within_bounds(self):
        gain, bias = match(picture(90, 1, 1).reshape(-1, 3) // 8, picture(90, 1, 2).reshape(-1, 3))
        assert ((gain >= 0.66) & (gain <= 1.51)).all() and np.isfinite(bias).all()

    def test_the_feather_closes_a_seam_and_ends_inside(self):
        image, mask = np.full((96, 96, 3), 100, np.uint8), np.zeros((96, 96), np.float32)
        mask[:, 48:] = 1
        # too bright above, too dark below: no gain and bias can say so
        painter = image + np.linspace(30, -30, 96).round().astype(int)[:, None, None]
        bare, soft = (lay_in(image, painter.astype(np.uint8), mask, feather) for feather in (0, 20))
        ends = np.r_[0:20, 76:96]
        step_bare = np.abs(bare[ends, 48].astype(int) - image[ends, 47]).mean()
        step_soft = np.abs(soft[ends, 48].astype(int) - image[ends, 47]).mean()
        assert step_bare > 15 and step_soft < 3
        np.testing.assert_array_equal(soft[:, 70:], bare[:, 70:])


class TestSizes:
    @given(st.integers(1, 30), st.integers(1, 30), st.sampled_from([1, 8, 64]), st.sampled_from([1, 16, 64]))
    def test_padding_and_cropping_is_nothing(self, width, height, multiple, least):
        pad = padding((width, height), multiple, least)
        assert all(side % multiple == 0 and side >= least for side in pad.padded)
        image = picture(width, height)
        grown = pad.pad(image)
        assert grown.shape == (pad.padded[1], pad.padded[0], 3)
        np.testing.assert_array_equal(pad.crop(grown), image)

    @pytest.mark.parametrize("size", [(1, 1), (7, 513), (100, 60)])
    def test_backends_see_sizes_they_like(self, size):
        backend = Backend(size_multiple=8, least_side=64)
        generator = Around(backend)
        width, height = size
        unit = ControlUnit(picture(5, 5), "")
        backend.able = Capabilities(size_multiple=8, least_side=64, controlnet=True)
        assert generator.txt2img(Txt2Img("a", size, control=(unit,))).shape == (height, width, 3)
        assert generator.img2img(Img2Img(picture(*size), "a")).shape == (height, width, 3)
        mask = np.ones((height, width), np.float32)
        assert generator.inpaint(Inpaint(picture(*size), mask)).shape == (height, width, 3)
        words, whole, part = backend.asked
        padded = tuple(max(64, -(-side // 8) * 8) for side in size)
        assert words.size == padded and words.control[0].image.shape == (padded[1], padded[0], 3)
        assert whole.image.shape == part.image.shape == (padded[1], padded[0], 3)
        assert part.mask.shape == padded[::-1] and part.mask.dtype == np.float32


class TestStops:
    def test_a_token_set_before_asks_nobody(self):
        backend, token = Backend(), CancelToken()
        token.cancel()
        for call in calls(Around(backend), token):
            with pytest.raises(Cancelled):
                call()
        assert not backend.asked

    def test_half_a_picture_is_dropped(self):
        token = CancelToken()

        def interrupted(image):
            token.cancel()
            return image

        with pytest.raises(Cancelled):
            Around(Backend(interrupted)).img2img(Img2Img(picture(8, 8), "a"), token)


def calls(generator, token):
    image = picture(8, 8)
    return [
        lambda: generator.txt2img(Txt2Img("a", (8, 8)), token),
        lambda: generator.img2img(Img2Img(image), token),
        lambda: generator.inpaint(Inpaint(image, np.ones((8, 8))), token),
        lambda: generator.upscale(Upscale(image, 1.0), token),
        lambda: generator.interrogate(Interrogate(image), token),
    ]


class TestErrors:
    @pytest.mark.parametrize(
        ("raised", "said"),
        [
            (
                ValueError("bad shape\nand a second line"),
                "'test' failed while inpainting: ValueError: bad shape",
            ),
            (MemoryError(), "smaller"),
            (RuntimeError(), "RuntimeError"),
        ],
    )
    def test_what_a_backend_raises_is_put_in_words(self, raised, said):
        def broken(_):
            raise raised

        with pytest.raises(ParallaxError, match=said) as error:
            Around(Backend(broken)).inpaint(Inpaint(picture(8, 8), np.ones((8, 8))))
        assert error.value.__cause__ is raised and "\n" not in str(error.value)

    def test_its_own_words_stay(self):
        def refusing(_):
            raise UnavailableError("no weights here")

        with pytest.raises(UnavailableError, match=r"^no weights here$"):
            Around(Backend(refusing)).img2img(Img2Img(picture(8, 8)))

    @pytest.mark.parametrize(
        "made", [np.zeros((8, 9, 3), np.uint8), np.zeros((8, 8, 3), np.float32), np.zeros((8, 8), np.uint8)]
    )
    def test_another_size_or_kind_than_asked_is_an_error(self, made):
        with pytest.raises(ParallaxError, match="asked for 8x8"):
            Around(Backend(lambda _: made)).txt2img(Txt2Img("a", (8, 8)))

    @pytest.mark.parametrize(
        ("request_", "field"),
        [
            (Txt2Img("a", (0, 8)), "size"),
            (Txt2Img("a", (8.5, 8)), "size"),
            (Txt2Img("a", (8, 8), sampling=Sampling(steps=0)), "steps"),
            (Txt2Img("a", (8, 8), sampling=Sampling(seed=-1)), "seed"),
            (Txt2Img("a", (8, 8), sampling=Sampling(sampler="none of these")), "sampler"),
            (Txt2Img("a", (8, 8), checkpoint="missing"), "checkpoint"),
            (Img2Img(picture(8, 8), strength=float("nan")), "strength"),
            (Img2Img(picture(8, 8).astype(np.uint16)), "image"),
            (Img2Img(np.zeros((8, 8, 4), np.uint8)), "image"),
            (Inpaint(picture(8, 8), np.ones((8, 9))), "mask"),
            (Inpaint(picture(8, 8), np.full((8, 8), 1.5)), "mask"),
            (Inpaint(picture(8, 8), np.ones((8, 8)), content="magic"), "content"),
            (Upscale(picture(8, 8), 0), "scale"),
            (Upscale(picture(8, 8), 2, "unheard of"), "upscaler"),
        ],
    )
    def test_requests_that_cannot_be(self, request_, field):
        backend = Backend(samplers=("Euler",), checkpoints=("one", "two"))
        generator = Around(backend)
        task = getattr(generator, type(request_).__name__.lower())
        with pytest.raises(OptionError) as error:
            task(request_)
        assert error.value.field == field and not backend.asked

    def test_what_it_cannot_do(self):
        generator = Around(Backend(interrogate=False))
        with pytest.raises(UnavailableError, match="interrogate"):
            generator.interrogate(Interrogate(picture(8, 8)))
        with pytest.raises(UnavailableError, match="ControlNet"):
            generator.txt2img(Txt2Img("a", (8, 8), control=(ControlUnit(picture(8, 8), "canny"),)))

    def test_names_that_cannot_be_listed_are_the_backends_business(self):
        backend = Backend(checkpoints=None)
        Around(backend, checkpoint="mine").txt2img(Txt2Img("a", (8, 8)))
        Around(backend, checkpoint="mine").txt2img(Txt2Img("a", (8, 8), checkpoint="yours"))
        assert [request.checkpoint for request in backend.asked] == ["mine", "yours"]


class TestStart:
    @pytest.mark.parametrize("content", generate.CONTENTS)
    def test_only_the_hole_changes_and_the_seed_decides(self, content):
        image, mask = picture(60, 40), box(60, 40)
        one = start_picture(image, mask, content, 3, 0.2)
        np.testing.assert_array_equal(one[mask == 0], image[mask == 0])
        np.testing.assert_array_equal(one, start_picture(image, mask, content, 3, 0.2))
        assert not np.array_equal(one, start_picture(image, mask, content, 4, 0.2))

    def test_each_is_what_it_says(self):
        image = np.full((40, 60, 3), (200, 120, 40), np.uint8)
        image[:, 40:] = 0
        mask = np.zeros((40, 60), np.float32)
        mask[:, 40:] = 1
        hole = mask > 0

        def start(content):
            return start_picture(image, mask, content, 0)[hole]

        np.testing.assert_array_equal(start("original"), 0)
        np.testing.assert_array_equal(start("fill"), np.broadcast_to((200, 120, 40), (800, 3)))
        np.testing.assert_array_equal(start("stretch"), np.broadcast_to((200, 120, 40), (800, 3)))
        np.testing.assert_array_equal(start("nothing"), 127)
        assert start("noise").std() > 20 and start("perlin").std() > 5
        np.testing.assert_allclose(start("perlin").mean(axis=0), (200, 120, 40), atol=25)

    def test_stretch_draws_the_nearest_pixel_outwards(self):
        image, mask = picture(30, 20), np.zeros((20, 30), np.float32)
        mask[:, 20:] = 1
        stretched = start_picture(image, mask, "stretch", 0)
        np.testing.assert_array_equal(stretched[:, 20:], np.repeat(image[:, 19:20], 10, axis=1))

    def test_nothing_known_is_grey(self):
        image, mask = picture(8, 8), np.ones((8, 8), np.float32)
        for content in ("fill", "stretch", "nothing"):
            assert (start_picture(image, mask, content, 0) == 127).all()

    def test_backends_start_from_it(self):
        backend, image, mask = Backend(), picture(24, 24), box(24, 24)
        Around(backend).inpaint(Inpaint(image, mask, content="perlin", sampling=Sampling(seed=7)))
        np.testing.assert_array_equal(backend.asked[0].image, start_picture(image, mask, "perlin", 7))

    def test_strength_zero_is_the_start(self):
        backend, image = Backend(), picture(24, 24)
        generator = Around(backend)
        np.testing.assert_array_equal(generator.img2img(Img2Img(image, strength=0)), image)
        noisy = generator.img2img(Img2Img(image, strength=0, init_noise=0.5))
        assert not np.array_equal(noisy, image) and not backend.asked


class TestLoad:
    @pytest.fixture(autouse=True)
    def forget(self):
        yield
        generate.register(None)

    def test_a_host_comes_first(self):
        backend = Backend(checkpoints=("one",))
        generate.register(backend)
        assert generate.load().note == backend.note and generate.load("test").name == "test"
        generate.load("auto", model="one").txt2img(Txt2Img("a", (8, 8)))
        assert backend.asked[0].checkpoint == "one" and "test" in generate.names()
        generate.register(None)
        assert "test" not in generate.names()

    def test_it_is_a_generator(self):
        assert isinstance(Around(Backend()), generate.Generator)

    def test_unknown_names_are_refused(self):
        with pytest.raises(OptionError, match="classical"):
            generate.load("painter")

    def test_classical_has_no_models(self):
        with pytest.raises(OptionError, match="no model"):
            generate.load("classical", model="some.safetensors")
