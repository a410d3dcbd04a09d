"""Things are cut out, painted away, and stand in the layer that is seen at their base."""

from __future__ import annotations

from itertools import pairwise

import numpy as np
import pytest
import scroll_land as land

from lib_parallax import generate
from lib_parallax.errors import OptionError
from lib_parallax.generate import Inpaint
from lib_parallax.loops.scroll.objects import Thing, by_masks, by_words, cleaned, standing_in
from lib_parallax.media.masks import NamedMask, load_masks
from lib_parallax.media.pictures import load_rgb


def black(image, mask, negative=""):
    return np.where(mask[..., None], np.uint8(0), image)


def boxes(*places):
    """A mask of boxes (left, top, right, bottom), and a picture with something white in them."""
    mask = np.zeros(land.SIZE[::-1], np.float32)
    for left, top, right, bottom in places:
        mask[top:bottom, left:right] = 1
    return mask, np.where(mask[..., None] > 0, np.uint8(255), land.picture(0))


def laid_back(picture, thing):
    alpha = thing.image[..., 3:] / 255
    here = np.s_[thing.y : thing.y + alpha.shape[0], thing.x : thing.x + alpha.shape[1]]
    shown = picture.astype(float)
    shown[here] = thing.image[..., :3] * alpha + shown[here] * (1 - alpha)
    return shown


def test_a_thing_is_where_its_mask_is_and_soft():
    mask, picture = boxes((100, 80, 140, 150))
    (thing,) = by_masks(picture, [NamedMask("tower", mask)], soft=4)
    height, width = thing.image.shape[:2]
    assert thing.name == "tower" and thing.base == 149
    assert 95 < thing.x < 100 and 40 < width < 50 and 75 < thing.y < 80 and 70 < height < 80
    alpha = thing.image[..., 3]
    assert ((alpha > 0) & (alpha < 255)).any() and alpha[height // 2, width // 2] == 255
    # its edge has nothing of the land behind it
    assert (thing.image[..., :3][alpha > 0] == 255).all()


def test_a_hard_edge_where_none_is_to_be_soft():
    mask, picture = boxes((100, 80, 140, 150))
    (thing,) = by_masks(picture, [NamedMask("tower", mask)], soft=0)
    assert (thing.x, thing.y, thing.image.shape) == (100, 80, (70, 40, 4))
    assert (thing.image == 255).all()


def test_a_soft_mask_is_the_alpha():
    y, x = np.mgrid[: land.SIZE[1], : land.SIZE[0]]
    mask = np.clip(1.5 - np.hypot(x - 200, y - 150) / 40, 0, 1).astype(np.float32)
    (thing,) = by_masks(land.picture(0), [NamedMask("cloud", mask)])
    here = np.s_[thing.y : thing.y + thing.image.shape[0], thing.x : thing.x + thing.image.shape[1]]
    assert np.array_equal(thing.image[..., 3], np.rint(mask[here] * 255))
    assert np.array_equal(thing.image[..., :3], land.picture(0)[here])


def test_a_careless_mask_is_drawn_to_the_edge_of_the_thing():
    mask, picture = boxes((100, 80, 140, 150))
    careless, _ = boxes((98, 79, 141, 152))
    (thing,) = by_masks(picture, [NamedMask("tower", careless)], soft=0)
    found = np.zeros(mask.shape, bool)
    height, width = thing.image.shape[:2]
    found[thing.y : thing.y + height, thing.x : thing.x + width] = thing.image[..., 3] > 0
    assert land.overlap(found, mask > 0) > land.overlap(careless > 0, mask > 0) + 0.02


def test_parts_are_one_thing_unless_they_are_far_apart():
    near, picture = boxes((100, 80, 120, 120), (125, 80, 140, 120))
    assert len(by_masks(picture, [NamedMask("pair", near)])) == 1
    far, picture = boxes((50, 80, 70, 120), (300, 90, 320, 130))
    left, right = sorted(by_masks(picture, [NamedMask("pair", far)]), key=lambda thing: thing.x)
    assert left.x < 70 < 290 < right.x and right.base == 129
    speck, picture = boxes((50, 80, 70, 120), (300, 90, 301, 91))
    assert len(by_masks(picture, [NamedMask("and a speck", speck)])) == 1


def test_a_mask_of_another_size_is_scaled():
    mask, picture = boxes((100, 80, 140, 152))
    (thing,) = by_masks(picture, [NamedMask("tower", np.ascontiguousarray(mask[::4, ::4]))])
    assert abs(thing.x - 98) <= 3 and abs(thing.base - 151) <= 1


@pytest.mark.parametrize(("value", "sentence"), [(0, "covers nothing"), (1, "covers 100% of the picture")])
def test_a_mask_of_everything_or_nothing_is_refused(value, sentence):
    mask = np.full(land.SIZE[::-1], value, np.float32)
    with pytest.raises(OptionError, match=f"objects: all {sentence}") as told:
        by_masks(land.picture(0), [NamedMask("all", mask)])
    assert told.value.field == "objects"


class Finder:
    def __init__(self, mask):
        self.mask = mask

    def masks(self, image, prompts):
        return np.stack([self.mask] * len(prompts))


def test_words_find_things():
    mask, picture = boxes((100, 80, 140, 150))
    (thing,) = by_words(picture, ("a tower",), Finder(mask))
    assert thing.name == "a tower" and thing.base == 149
    with pytest.raises(OptionError, match="nothing in the picture was found to be 'a boat'") as told:
        by_words(picture, ("a boat",), Finder(0 * mask))
    assert told.value.field == "object_prompts"


def test_a_picture_is_cleaned_of_all_of_a_thing_and_nothing_else():
    mask, picture = boxes((100, 80, 140, 150))
    things = by_masks(picture, [NamedMask("tower", mask)])
    asked = []

    def paint(image, hole, negative=""):
        asked.append(negative)
        return np.zeros_like(image)

    clean = cleaned(picture, things, paint, "a tower, a church")
    painted = (clean != picture).any(axis=2)
    assert asked == ["a tower, a church"]
    assert painted[mask > 0].all() and painted.sum() < 1.5 * mask.sum()
    assert np.array_equal(cleaned(picture, [], paint), picture)


def test_laid_back_where_it_was_it_is_the_picture():
    mask, picture = boxes((100, 80, 140, 150))
    (thing,) = by_masks(picture, [NamedMask("tower", mask)])
    back = laid_back(cleaned(picture, [thing], lambda image, hole, negative="": land.picture(0)), thing)
    assert np.abs(back - picture).mean() < 0.1


def test_a_thing_that_spans_all_layers_stands_in_that_of_its_base():
    """A tower from the sky over the hills down to where the bushes begin, and a tree among them."""
    labels = land.labels(0)
    mattes = np.stack([(labels == layer).astype(np.float32) for layer in range(3)])
    foot = int(np.flatnonzero(labels[:, 240] == 2)[0])
    for base, layer in ((foot - 30, 1), (foot + 30, 2), (60, 0), (299, 2)):
        thing = Thing("tower", np.full((base + 1, 21, 4), 255, np.uint8), 230, 0)
        assert thing.base == base and standing_in(thing, mattes) == layer


def test_the_foot_counts_and_not_what_hangs_beside_it():
    """A tree whose crown is wide, at a place where the land is of another layer beside its stem."""
    image = np.zeros((100, 101, 4), np.uint8)
    image[:40], image[:, 48:53] = 255, 255
    mattes = np.zeros((2, 300, 480), np.float32)
    mattes[0], mattes[1] = 1, 0
    mattes[:, :, 240:270] = np.array([0, 1], np.float32)[:, None, None]
    assert standing_in(Thing("tree", image, 200, 100), mattes) == 1


def test_the_painting_and_its_author_s_own_mask(data):
    picture = load_rgb(data / "scroll" / "dresden.jpg")
    (church,) = by_masks(picture, load_masks(data / "scroll" / "dresden-object-alpha.png", "objects"))
    assert church.name == "dresden-object-alpha" and abs(church.base - 571) <= 2
    edges = np.cumsum([0, 280, 265, 150, 120, 134])
    bands = np.zeros((5, *picture.shape[:2]), np.float32)
    for layer, (top, bottom) in enumerate(pairwise(edges)):
        bands[layer, top:bottom] = 1
    assert standing_in(church, bands) == 2

    def paint(image, mask, negative=""):
        part = np.s_[300:700, 500:1000]
        image = image.copy()
        request = Inpaint(image[part], mask[part].astype(np.float32), negative=negative)
        image[part] = generate.load("classical").inpaint(request)
        return image

    clean = cleaned(picture, [church], paint, "a church")
    assert (clean != picture).any(axis=2).sum() < 40_000
    # where the dome stood there is sky as light as beside it
    assert abs(float(clean[450:520, 730:760].mean()) - float(clean[450:520, 600:640].mean())) < 12
    assert float(picture[450:520, 730:760].mean()) < float(clean[450:520, 730:760].mean()) - 8
    assert np.abs(laid_back(clean, church) - picture).mean(axis=2)[380:580, 660:830].mean() < 4
