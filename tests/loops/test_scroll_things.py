"""Things in a scroll: they move with the layer that they stand in, leave, and return."""

from __future__ import annotations

import cv2
import numpy as np
import pytest
from scroll_painters import SIZE, Painter, drawing_of, scrolled

from lib_parallax.errors import OptionError


@pytest.fixture
def thing(tmp_path):
    """A white square on gray, which stands in the middle band; and its mask."""
    image = np.full((*SIZE[::-1], 3), 90, np.uint8)
    image[16:24, 40:48] = 250
    mask = np.zeros(SIZE[::-1], np.uint8)
    mask[16:24, 40:48] = 255
    cv2.imwrite(str(tmp_path / "mask.png"), mask)
    return image, str(tmp_path / "mask.png")


def place(image):
    """The middle of what is bright."""
    weight = np.clip(image[..., 0].astype(float) - 95, 0, None)
    if weight.sum() < 400:
        return None
    y, x = np.mgrid[: image.shape[0], : image.shape[1]]
    return float((weight * x).sum() / weight.sum()), float((weight * y).sum() / weight.sum())


@pytest.mark.parametrize("factor", [0, 1, 1.5])
def test_a_thing_moves_with_the_layer_that_it_stands_in(thing, factor):
    image, mask = thing
    images, _ = scrolled(image, Painter(colour=90), objects=mask, object_factor=factor)
    for number, shown in enumerate(images):
        x, y = place(shown)
        assert y == pytest.approx(19.5, abs=0.05)
        assert x == pytest.approx(43.5 - 6 * factor * number / 4, abs=0.05)


@pytest.mark.parametrize("repeat", [False, True])
def test_a_thing_that_has_left_is_gone_or_returns(thing, repeat):
    image, mask = thing
    values = {"objects": mask, "object_factor": 4, "object_repeat": repeat, "duration": 5}
    images, _ = scrolled(image, Painter(colour=90), **values)
    places = [place(shown) for shown in images]
    seen = [number for number, at in enumerate(places) if at is not None]
    assert seen[0] == 0 and places[8] is None, "it has left after 8 frames of 6 pixels"
    back = [number for number in seen if number > 8]
    assert bool(back) == repeat
    if repeat:
        assert places[back[0]][0] > 50, "it comes in from the other side"


def test_a_thing_in_a_loop_is_where_it_was(thing):
    image, mask = thing
    values = {"objects": mask, "endless": True, "duration": 12, "object_factor": 1.4}
    images, store = scrolled(image, Painter(colour=90), **values)
    drawing, shape = drawing_of(store, image, **values)
    assert np.array_equal(drawing.moment(shape.seconds), images[0])
    assert place(images[0]) == pytest.approx((43.5, 19.5), abs=0.05)


@pytest.mark.parametrize(("value", "said"), [(0, "covers nothing"), (255, "covers 100% of the picture")])
def test_masks_of_things_that_cannot_be(tmp_path, value, said):
    cv2.imwrite(str(tmp_path / "mask.png"), np.full(SIZE[::-1], value, np.uint8))
    with pytest.raises(OptionError, match=said) as refused:
        scrolled(objects=str(tmp_path / "mask.png"))
    assert refused.value.field == "objects"


def test_a_thing_that_spans_all_layers_moves_with_the_one_that_it_stands_in(tmp_path):
    image, mask = np.full((*SIZE[::-1], 3), 90, np.uint8), np.zeros(SIZE[::-1], np.uint8)
    image[2:38, 40:46], mask[2:38, 40:46] = 250, 255
    cv2.imwrite(str(tmp_path / "mask.png"), mask)
    images, _ = scrolled(image, Painter(colour=90), objects=str(tmp_path / "mask.png"), duration=1)
    assert [place(shown)[0] for shown in images] == pytest.approx([42.5, 39.5, 36.5, 33.5], abs=0.05)
