"""What lies behind near layers: their own sheets, of their own colours, and together the picture."""

from __future__ import annotations

import numpy as np
import pytest
import scroll_land as land

from lib_parallax import generate, samples
from lib_parallax.generate import Inpaint
from lib_parallax.loops.scroll.cutting.behind import sheets
from lib_parallax.loops.scroll.cutting.by_depth import ByDepth
from lib_parallax.loops.scroll.cutting.mattes import feathered, ranks_of
from lib_parallax.warp.layers import Pane, composite


def even(image, mask, negative=""):
    """Paints the mean colour of what is not to be painted."""
    painted = image.copy()
    painted[mask] = np.rint(image[~mask].mean(axis=0))
    return painted


def classical(image, mask, negative=""):
    return generate.load("classical").inpaint(Inpaint(image, mask.astype(np.float32), feather=8))


def mattes_of(order=range(3), soft=4.0):
    return feathered(np.argsort(np.array(order)).astype(np.int16)[land.labels(0)], order, soft)


@pytest.mark.parametrize("order", [(0, 1, 2), (0, 2, 1)])
@pytest.mark.parametrize("soft", [0, 1, 4, 20])
def test_sheets_over_each_other_are_the_picture(order, soft):
    made = sheets(land.picture(0), mattes_of(order, soft), order, even, soft)
    assert all(sheet.dtype == np.uint8 and sheet.shape == (300, 480, 4) for sheet in made)
    assert np.abs(land.laid([made[layer] for layer in order]) - land.picture(0)).max() <= 1
    panes = [Pane(made[layer], 0, 0) for layer in order]
    assert np.abs(composite(panes, land.SIZE).astype(int) - land.picture(0)).max() <= 1


def test_visible_colours_are_untouched_and_the_farthest_is_opaque():
    mattes = mattes_of()
    made = sheets(land.picture(0), mattes, range(3), even)
    for layer in range(3):
        seen = mattes[layer] > 0
        assert np.array_equal(made[layer][seen][:, :3], land.picture(0)[seen])
    assert (made[0][..., 3] == 255).all()


def test_nothing_of_a_nearer_colour_is_in_what_is_behind_it():
    """Red is the nearest, green before blue: what is behind has none of it, however it is painted."""
    labels = np.zeros((120, 160), np.int16)
    labels[60:], labels[30:100, 60:90] = 1, 2
    picture = np.array([(0, 0, 200), (0, 200, 0), (200, 0, 0)], np.uint8)[labels]
    near = land.grey_edges(picture)  # pixels at an edge have of both colours
    cutter = ByDepth(lambda image: np.array([0.1, 0.5, 0.9], np.float32)[labels], 3, "kmeans", soft=4)
    for paint in (even, classical):
        far, middle, _ = sheets(near, cutter.first(near), range(3), paint)
        assert far[..., 1:3].max(axis=(0, 1)).tolist() == [0, 200]
        assert far[..., 0].max() == 0 and far[..., 1].max() == 0
        assert middle[..., 0][middle[..., 3] > 0].max() == 0


def test_a_hidden_part_is_of_the_nearest_layer_farther_away():
    """A tower before sky and a level land: behind it the horizon goes on."""
    labels = np.zeros((120, 160), np.int16)
    labels[70:], labels[20:110, 70:90] = 1, 2
    picture = np.array([(0, 0, 200), (0, 200, 0), (200, 0, 0)], np.uint8)[labels]
    made = sheets(picture, feathered(labels, range(3), 0), range(3), even, soft=0)
    truth = np.zeros(labels.shape, bool)
    truth[70:] = True
    behind = made[1][..., 3] > 0
    assert land.overlap(behind, truth) > 0.97
    assert (made[1][..., 0][behind] == 0).all() and (made[0][..., :3] == [0, 0, 200]).all()


def test_what_is_known_comes_back_untouched_and_the_rest_goes_on_from_it():
    first = sheets(land.picture(0), mattes_of(), range(3), even)
    before = land.moved(first)
    new = np.zeros(land.SIZE[::-1], bool)
    new[:, -24:] = True
    picture = np.where(new[..., None], land.picture(1), np.rint(land.laid(before)).astype(np.uint8))
    ranks = np.where(new, land.labels(1), ranks_of(land.coverage(before), range(3))).astype(np.int16)
    mattes = np.where(new, feathered(ranks, range(3), 4), land.coverage(before))
    asked = []

    def paint(image, mask, negative=""):
        asked.append(mask)
        return even(image, mask)

    made = sheets(picture, mattes, range(3), paint, 4.0, before, new)
    assert all(np.array_equal(one[~new], other[~new]) for one, other in zip(made, before, strict=True))
    assert np.abs(land.laid(made) - picture)[new].max() <= 1
    assert asked and not any((mask & ~new).any() for mask in asked)
    assert (made[0][..., 3] == 255).all()


def test_one_layer_is_the_picture_and_is_not_painted():
    (only,) = sheets(land.picture(0), np.ones((1, 300, 480), np.float32), (0,), None)
    assert np.array_equal(only[..., :3], land.picture(0)) and (only[..., 3] == 255).all()


def test_fifty_layers_are_the_picture():
    picture = np.ascontiguousarray(land.picture(0)[80:200, :160])
    ramp = np.linspace(0, 1, 120 * 160, dtype=np.float32).reshape(120, 160)
    made = sheets(picture, ByDepth(lambda image: ramp, 50).first(picture), range(50), even)
    assert len(made) == 50 and np.abs(land.laid(made) - picture).max() <= 1


def test_a_near_layer_that_covers_everything_has_land_behind_it():
    mattes = np.zeros((2, 300, 480), np.float32)
    mattes[1] = 1
    made = sheets(land.picture(0), mattes, (0, 1), lambda image, mask, negative="": np.zeros_like(image))
    assert (made[0] == [0, 0, 0, 255]).all() and np.array_equal(made[1][..., :3], land.picture(0))


def test_the_street_put_together_again():
    view = samples.street((320, 180), supersample=2).view()
    mattes = ByDepth(lambda picture: view.depth, 4, "kmeans", soft=3).first(view.image)
    made = sheets(view.image, mattes, range(4), even, 3)
    assert np.abs(land.laid(made) - view.image).max() <= 1
