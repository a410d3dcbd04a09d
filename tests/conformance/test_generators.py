"""One suite over every generator: sizes, kept pixels, the same bytes again, errors in words."""

from __future__ import annotations

import numpy as np
import pytest

from lib_parallax import generate
from lib_parallax.errors import Cancelled, OptionError, ParallaxError
from lib_parallax.generate import Img2Img, Inpaint, Interrogate, Sampling, Share, Txt2Img, Upscale
from lib_parallax.types import CancelToken

SAMPLING = Sampling(steps=3, seed=5)
SIZES = ((64, 64), (61, 43), (1, 1), (7, 130))


@pytest.fixture(scope="module", params=["classical", "tiny-sd15", "tiny-sd15-inpainting"])
def generator(request):
    if request.param == "classical":
        return generate.load("classical")
    pytest.importorskip("diffusers")
    folder = request.getfixturevalue("data") / "diffusers-models" / request.param
    return generate.load("diffusers", model=str(folder), device="cpu")


def scene(width: int, height: int) -> np.ndarray:
    """Stripes on a ramp, uint8 [height, width, 3]."""
    y, x = np.mgrid[:height, :width]
    stripes = 40 * np.sin(x / 3)
    return np.stack([60 + stripes + y, 200 - y - stripes / 2, 90 + x], axis=2).clip(0, 255).astype(np.uint8)


def right_third(width: int, height: int) -> np.ndarray:
    mask = np.zeros((height, width), np.float32)
    mask[:, width * 2 // 3 :] = 1
    return mask


def inpaint(width: int, height: int, **more) -> Inpaint:
    defaults = {"prompt": "a blue hill", "sampling": SAMPLING}
    return Inpaint(scene(width, height), right_third(width, height), **{**defaults, **more})


def test_it_says_what_it_is(generator):
    assert isinstance(generator, generate.Generator)
    assert generator.name and len(generator.note.split()) > 3


@pytest.mark.parametrize("size", SIZES)
def test_sizes_are_honoured_and_the_same_request_gives_the_same_bytes(generator, size):
    able = generator.capabilities()
    if able.txt2img:
        request = Txt2Img("a red disc on blue", size, sampling=SAMPLING)
        first = generator.txt2img(request)
        assert first.shape == (size[1], size[0], 3) and first.dtype == np.uint8
        assert np.array_equal(first, generator.txt2img(request))
    restyled = generator.img2img(Img2Img(scene(*size), "gold", strength=0.5, sampling=SAMPLING))
    assert restyled.shape == (size[1], size[0], 3)
    assert not np.array_equal(restyled, scene(*size))
    assert generator.inpaint(inpaint(*size)).shape == (size[1], size[0], 3)


@pytest.mark.parametrize("content", generate.CONTENTS)
def test_kept_pixels_come_back_bit_identical(generator, content):
    request = inpaint(61, 43, content=content)
    painted = generator.inpaint(request)
    kept = request.mask == 0
    assert np.array_equal(painted[kept], request.image[kept])
    assert np.array_equal(painted, generator.inpaint(request))


def test_a_soft_mask_mixes(generator):
    request = inpaint(64, 64)
    soft = request.mask * 0.5
    half = generator.inpaint(Inpaint(request.image, soft, "a blue hill", sampling=SAMPLING))
    assert np.array_equal(half[soft == 0], request.image[soft == 0])
    # Half of what the picture has is in it, whatever was painted.
    off = np.abs(half.astype(int) - request.image)[soft > 0]
    assert off.max() <= 128


def test_an_empty_mask_changes_nothing(generator):
    image = scene(50, 30)
    assert np.array_equal(generator.inpaint(Inpaint(image, np.zeros((30, 50), np.float32))), image)


def test_another_seed_paints_another_picture(generator):
    if not generator.capabilities().txt2img:
        pytest.skip("it does not paint from words")
    one, two = (
        generator.txt2img(Txt2Img("a forest", (64, 64), sampling=Sampling(3, seed=seed))) for seed in (1, 2)
    )
    assert not np.array_equal(one, two)


def blended(generator, task: str, prompt: str, *blend: Share) -> np.ndarray:
    """A picture of `prompt` and what is blended into it, by one of the tasks that paint."""
    image, everywhere = scene(64, 64), np.ones((64, 64), np.float32)
    if task == "txt2img":
        return generator.txt2img(Txt2Img(prompt, (64, 64), "grey", sampling=SAMPLING, blend=blend))
    if task == "img2img":
        return generator.img2img(Img2Img(image, prompt, "grey", sampling=SAMPLING, blend=blend))
    everywhere[:4] = 0
    asked = Inpaint(image, everywhere, prompt, "grey", sampling=SAMPLING, blend=blend)
    return generator.inpaint(asked)


def apart(a: np.ndarray, b: np.ndarray) -> float:
    return float(np.abs(a.astype(int) - b).mean())


@pytest.mark.parametrize("task", ["txt2img", "img2img", "inpaint"])
def test_two_prompts_fade_from_one_to_the_other(generator, task):
    def at(weight: float) -> np.ndarray:
        return blended(generator, task, "sunset", Share("blue ocean", weight, "grey"))

    first, second = blended(generator, task, "sunset"), blended(generator, task, "blue ocean")
    assert np.array_equal(at(0), first)
    assert np.array_equal(at(1), second)
    half = at(0.5)
    assert np.array_equal(half, at(0.5))
    assert not np.array_equal(half, first) and not np.array_equal(half, second)
    whole = apart(first, second)
    assert apart(at(0.002), first) < 0.1 * whole
    assert apart(at(0.998), second) < 0.1 * whole
    assert apart(half, first) < whole + 1 and apart(half, second) < whole + 1


def test_a_blend_of_the_same_words_is_those_words(generator):
    alone = blended(generator, "txt2img", "sunset")
    again = blended(generator, "txt2img", "sunset", Share("sunset", 0.4, "grey"))
    assert np.array_equal(again, alone)


def test_more_than_two_prompts_blend(generator):
    shares = Share("blue ocean", 0.3, "grey"), Share("green forest", 0.7, "grey")
    without_its_own = blended(generator, "txt2img", "sunset", *shares)
    two = blended(generator, "txt2img", "blue ocean", shares[1])
    assert np.array_equal(without_its_own, two)
    third = blended(generator, "txt2img", "sunset", shares[0], Share("green forest", 0.35, "grey"))
    assert not np.array_equal(third, two)


@pytest.mark.parametrize("weights", [(-0.1,), (1.2,), (0.6, 0.6), (float("nan"),)])
def test_weights_that_cannot_be_are_refused(generator, weights):
    with pytest.raises(OptionError, match="blend"):
        blended(generator, "txt2img", "sunset", *(Share("sea", weight) for weight in weights))


def test_upscaling(generator):
    if generator.capabilities().upscale:
        assert generator.upscale(Upscale(scene(20, 14), 2.5)).shape == (35, 50, 3)


def test_describing(generator):
    if generator.capabilities().interrogate:
        assert generator.interrogate(Interrogate(scene(32, 32))).strip()


def test_a_token_that_is_set_stops_it(generator):
    token = CancelToken()
    token.cancel()
    with pytest.raises(Cancelled):
        generator.inpaint(inpaint(64, 64), token)


class Looked(CancelToken):
    """A token that counts how often it is looked at, and is set at the `last` look."""

    def __init__(self, last: int | None = None):
        super().__init__()
        self.looks, self._last = 0, last

    @property
    def cancelled(self) -> bool:
        self.looks += 1
        return self.looks == self._last


def test_it_looks_at_the_token_at_every_step_and_stops_there(generator):
    token = Looked()
    generator.inpaint(inpaint(64, 64), token)
    assert token.looks > SAMPLING.steps
    for last in range(1, SAMPLING.steps + 2):
        token = Looked(last)
        with pytest.raises(Cancelled):
            generator.inpaint(inpaint(64, 64), token)
        assert token.looks == last


def test_requests_are_left_as_they_were(generator):
    request = inpaint(64, 64)
    image, mask = request.image.copy(), request.mask.copy()
    generator.inpaint(request)
    generator.img2img(Img2Img(request.image, "gold", sampling=SAMPLING))
    assert np.array_equal(request.image, image) and np.array_equal(request.mask, mask)


@pytest.mark.parametrize(
    "wrong",
    [
        {"mask": np.zeros((3, 3), np.float32)},
        {"strength": 1.5},
        {"content": "magic"},
        {"sampling": Sampling(steps=0)},
        {"sampling": Sampling(sampler="nobody's")},
        {"checkpoint": "no-such-model"},
    ],
    ids=lambda wrong: next(iter(wrong)),
)
def test_what_cannot_be_is_refused_in_words(generator, wrong):
    request = {"image": scene(64, 64), "mask": right_third(64, 64), "sampling": SAMPLING, **wrong}
    with pytest.raises(ParallaxError) as refused:
        generator.inpaint(Inpaint(**request))
    assert len(str(refused.value).split()) > 3


def test_names_that_nobody_knows_are_refused():
    with pytest.raises(OptionError, match="classical"):
        generate.load("nobody")
