"""Filling what no key shows: the holes alone, from the source, and by a generator where they are large."""

from __future__ import annotations

import cv2
import numpy as np
import pytest

from lib_parallax import generate
from lib_parallax.errors import Cancelled, ParallaxError
from lib_parallax.generate import Capabilities
from lib_parallax.generate.around import Around
from lib_parallax.loops.animate.filling import Filler, close
from lib_parallax.loops.wording import Wording
from lib_parallax.options import AnimateOptions, parse
from lib_parallax.timeline import Prompt
from lib_parallax.types import CancelToken

SIZE = (160, 120)
WORDS = Wording.of(Prompt("oil painting", "blurry"))


def scene(size=SIZE):
    """A source with edges and texture."""
    rng = np.random.default_rng(3)
    image = cv2.resize(rng.integers(60, 200, (8, 10, 3), dtype=np.uint8), size, interpolation=cv2.INTER_CUBIC)
    cv2.circle(image, (size[0] // 2, size[1] // 2), size[1] // 4, (230, 60, 40), -1)
    cv2.rectangle(image, (0, size[1] * 2 // 3), (size[0] // 3, size[1]), (20, 40, 90), -1)
    return image


def styled(image):
    """A style that is a law of colours: hues turned, contrast reduced."""
    return np.rint(image[..., [2, 0, 1]] * 0.7 + 40).astype(np.uint8)


def holed(holes, size=SIZE):
    image = styled(scene(size))
    image[holes] = (255, 0, 255)
    return image


def square(top=40, left=60, side=30, size=SIZE):
    holes = np.zeros(size[::-1], bool)
    holes[top : top + side, left : left + side] = True
    return holes


def options(**values):
    return parse(AnimateOptions, {"prompt": "oil painting", **values})


class Fake:
    """A backend that paints all of a picture in one colour, and remembers what it was asked for."""

    name, note = "fake", "one colour, for tests"

    def __init__(self, fail=False):
        self.asked, self.fail = [], fail

    def capabilities(self):
        return Capabilities()

    def inpaint(self, request, cancel):
        if self.fail:
            raise RuntimeError("no more paint")
        self.asked.append(request)
        return np.full_like(request.image, 90)


@pytest.mark.parametrize("side", [3, 12, 40])
def test_a_hole_is_closed_with_what_the_source_shows_there(side):
    holes = square(30, 60, side)
    image = holed(holes)
    made = close(image, holes, scene())
    truth = styled(scene())
    known = cv2.inpaint(image, holes.astype(np.uint8), 3, cv2.INPAINT_TELEA)
    error = np.abs(made[holes].astype(int) - truth[holes]).mean()
    assert np.array_equal(made[~holes], image[~holes])
    assert error < 3
    if side == 40:  # the border alone does not know of the disc's edge
        assert error < np.abs(known[holes].astype(int) - truth[holes]).mean() / 4


def test_closing_is_the_same_on_a_source_of_another_size_and_of_none():
    holes = square()
    image = holed(holes)
    large = cv2.resize(scene(), None, fx=3, fy=3, interpolation=cv2.INTER_CUBIC)
    truth = styled(scene())
    assert np.abs(close(image, holes, large)[holes].astype(int) - truth[holes]).mean() < 4
    everything = np.ones(SIZE[::-1], bool)
    assert np.array_equal(close(image, everything, scene()), scene())
    black = np.zeros_like(image)
    assert close(black, holes, black).max() == 0


def test_nothing_to_fill_is_the_picture_itself():
    image = holed(square())
    made = Filler(options(), Around(Fake())).fill(3, image, np.zeros(SIZE[::-1], bool), scene(), WORDS)
    assert made.image is image and made.closed == made.painted == 0


def test_small_holes_are_closed_and_large_ones_painted():
    small, large = square(5, 5, 3), square(60, 90, 30)
    holes, backend = small | large, Fake()
    image = holed(holes)
    before = image.copy()
    made = Filler(options(paint_from=1.0, hole_denoise=0.3, seed=5), Around(backend)).fill(
        7, image, holes, scene(), WORDS
    )
    assert (made.closed, made.painted) == (9, 900)
    assert np.array_equal(made.image[~holes], before[~holes]) and np.array_equal(image, before)
    assert np.array_equal(made.image[small], close(image, holes, scene())[small])
    assert not np.array_equal(made.image[large], close(image, holes, scene())[large])
    (request,) = backend.asked
    assert (request.prompt, request.negative, request.strength) == ("oil painting", "blurry", 0.3)
    assert request.sampling.seed == 5 and np.array_equal(request.mask > 0, large)
    assert np.array_equal(request.image, close(image, holes, scene()))


def test_every_frame_is_painted_with_the_one_seed():
    backend = Fake()
    filler = Filler(options(seed=9, seed_policy="step"), Around(backend))
    for index in (3, 50):
        filler.fill(index, holed(square()), square(), scene(), WORDS)
    assert [request.sampling.seed for request in backend.asked] == [9, 9]


def test_a_large_frame_is_painted_at_the_size_of_the_keys():
    size = (1280, 720)
    holes, backend = square(200, 300, 200, size), Fake()
    image = holed(holes, size)
    made = Filler(options(keyframe_size="320x180"), Around(backend)).fill(0, image, holes, scene(size), WORDS)
    assert backend.asked[0].image.shape == (180, 320, 3)
    assert np.array_equal(made.image[~holes], image[~holes])
    assert made.image.shape == image.shape and made.painted == holes.sum()
    middle = made.image[280:320, 380:420].reshape(-1, 3)
    assert np.ptp(middle, axis=0).max() <= 1  # of one colour: it was painted


@pytest.mark.parametrize("values", [{"paint_from": 100.0}, {"hole_denoise": 0.0}])
def test_what_is_not_to_be_painted_is_closed(values):
    backend = Fake()
    holes = square()
    made = Filler(options(**values), Around(backend)).fill(0, holed(holes), holes, scene(), WORDS)
    assert not backend.asked and (made.closed, made.painted) == (900, 0)
    alone = Filler(options()).fill(0, holed(holes), holes, scene(), WORDS)
    assert np.array_equal(made.image, alone.image)


def test_failures_name_the_frame_and_cancelling_stops():
    holes = square()
    with pytest.raises(ParallaxError, match=r"^frame 57: .*no more paint$"):
        Filler(options(), Around(Fake(fail=True))).fill(57, holed(holes), holes, scene(), WORDS)
    token = CancelToken()
    token.cancel()
    with pytest.raises(Cancelled):
        Filler(options(), Around(Fake()), token).fill(0, holed(holes), holes, scene(), WORDS)


def test_without_a_model_large_holes_are_closed_too():
    """What continues the surroundings would paint over what the source shows."""
    holes = square()
    image = holed(holes)
    made = Filler(options(), generate.load("classical")).fill(0, image, holes, scene(), WORDS)
    assert made.painted == 0 and np.array_equal(made.image, close(image, holes, scene()))
