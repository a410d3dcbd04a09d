"""Layers are cut where the truth has them, softly, and what is painted later is cut alike."""

from __future__ import annotations

import numpy as np
import pytest
import scroll_land as land
from PIL import Image
from scipy import ndimage

from lib_parallax import samples
from lib_parallax.errors import OptionError
from lib_parallax.loops.scroll.cutting.behind import sheets
from lib_parallax.loops.scroll.cutting.by_depth import ByDepth
from lib_parallax.loops.scroll.cutting.by_masks import ByMasks
from lib_parallax.loops.scroll.cutting.by_words import ByWords
from lib_parallax.loops.scroll.cutting.mattes import feathered, ranks_of, snapped
from lib_parallax.loops.scroll.cutting.nearest import along, nearest_known
from lib_parallax.loops.scroll.cutting.thresholds import by_kmeans, by_quantiles
from lib_parallax.media.masks import NamedMask, load_masks

LEFT = (-1.0, 0.0)


class Seen:
    """A segmenter and a depth that know the truth of the step that they are shown."""

    def __init__(self):
        self.step, self.scale, self.shift, self.blind = 0, 1.0, 0.0, False

    def depth(self, picture):
        return land.depth(self.step) * np.float32(self.scale) + np.float32(self.shift)

    def masks(self, picture, prompts):
        found = land.labels(self.step)
        layers = {"sky": 0, "hills": 1, "bushes": 2}
        if self.blind:
            return np.zeros((len(prompts), *found.shape), np.float32)
        return np.stack([(found == layers[p]).astype(np.float32) for p in prompts])


def a_step_later(first, cutter, seen):
    """The mattes of the next picture, of which all that is missing has been painted as it is in truth."""
    made = sheets(land.picture(0), first, range(3), lambda image, mask, negative="": image, 4.0)
    known = land.coverage(land.moved(made))
    new = np.zeros(land.SIZE[::-1], bool)
    new[:, -max(land.SPEEDS) :] = True
    picture = np.where(new[..., None], land.picture(1), np.rint(land.laid(land.moved(made)))).astype(np.uint8)
    seen.step = 1
    return cutter.more(picture, known, new), known, new


def assert_mattes(mattes, n):
    assert mattes.dtype == np.float32 and mattes.shape == (n, *land.SIZE[::-1])
    assert mattes.min() >= 0 and np.abs(mattes.sum(axis=0) - 1).max() < 1e-5


@pytest.mark.parametrize("method", [by_quantiles, by_kmeans])
def test_planes_are_never_cut(method):
    rng = np.random.default_rng(1)
    for planes, shares in (
        ((0.1, 0.2, 0.9), (0.5, 0.2, 0.3)),
        ((0.0, 0.3, 0.31, 1.0), (0.9, 0.05, 0.03, 0.02)),
    ):
        depth = rng.choice(np.array(planes, np.float32), (60, 80), p=shares)
        found = method(depth, len(planes))
        assert all(a < t < b for a, t, b in zip(planes, found, planes[1:], strict=False))


def test_quantiles_share_the_picture_evenly():
    depth = np.random.default_rng(2).random((100, 100), np.float32)
    edges = [0, *by_quantiles(depth, 7), 1]
    assert np.ptp(np.histogram(depth, edges)[0]) <= 1


def test_clusters_are_the_best_there_are():
    """Against every way of cutting a few levels."""
    from itertools import combinations

    rng = np.random.default_rng(3)
    values = np.sort(rng.random(11))
    depth = np.repeat(values, rng.integers(1, 9, 11))[None]

    def spread(starts):
        parts = np.split(values, starts)
        return sum(
            ((depth[np.isin(depth, part)] - depth[np.isin(depth, part)].mean()) ** 2).sum() for part in parts
        )

    best = min(combinations(range(1, 11), 3), key=spread)
    assert by_kmeans(depth, 4) == pytest.approx([(values[i - 1] + values[i]) / 2 for i in best])


def test_clusters_of_many_levels_are_found_apart():
    rng = np.random.default_rng(4)
    depth = np.concatenate([rng.normal(m, 0.01, 4000) for m in (0.2, 0.5, 0.55, 0.9)]).astype(np.float32)
    low, middle, high = by_kmeans(depth, 4)
    assert 0.25 < low < 0.45 and 0.51 < middle < 0.54 and 0.6 < high < 0.85


def test_fewer_levels_than_layers_are_refused():
    with pytest.raises(OptionError, match=r"3 layers by depth.*1 level;"):
        ByDepth(lambda picture: np.full(picture.shape[:2], 0.5), 3).first(land.picture(0))


def test_depth_cuts_as_the_truth_has_it_and_softly():
    cutter = ByDepth(Seen().depth, 3, "kmeans", soft=4)
    mattes = cutter.first(land.picture(0))
    assert_mattes(mattes, 3)
    for layer in range(3):
        assert land.overlap(mattes[layer] >= 0.5, land.labels(0) == layer) > 0.9
    between = (mattes > 0.01) & (mattes < 0.99)
    assert 0.02 < between.any(axis=0).mean() < 0.2
    far, middle, near = cutter.distances
    assert far > middle > near >= 1


def test_a_nearer_layer_fades_outwards_and_is_whole_inside():
    mattes = ByDepth(Seen().depth, 3, "kmeans", soft=6).first(land.picture(0))
    truth = land.labels(0)
    assert (mattes[2][truth == 2] == 1).all()
    assert (mattes[0][truth > 0] == 0).all()


def test_no_softness_gives_hard_edges_exactly():
    mattes = ByDepth(Seen().depth, 3, "kmeans", soft=0).first(land.picture(0))
    assert set(np.unique(mattes)) == {0, 1} and np.array_equal(np.argmax(mattes, axis=0), land.labels(0))


@pytest.mark.parametrize("order", [(0, 1, 2), (2, 0, 1)])
def test_feathering_is_undone_exactly(order):
    ranks = np.argsort(order).astype(np.int16)[land.labels(0)]
    mattes = feathered(ranks, order, 5)
    assert_mattes(mattes, 3)
    assert np.array_equal(ranks_of(mattes, order), ranks)


@pytest.mark.parametrize("count", [1, 50])
def test_one_layer_and_fifty(count):
    ramp = np.linspace(0, 1, land.SIZE[0] * land.SIZE[1], dtype=np.float32).reshape(land.SIZE[::-1])
    cutter = ByDepth(lambda picture: ramp, count)
    mattes = cutter.first(land.picture(0))
    assert_mattes(mattes, count)
    assert len(cutter.names) == len(cutter.distances) == count
    assert list(cutter.distances) == sorted(cutter.distances, reverse=True)


def test_the_street_by_depth():
    view = samples.street((320, 180), supersample=2).view()
    cutter = ByDepth(lambda picture: view.depth, 4, "kmeans", soft=2)
    mattes = cutter.first(view.image)
    cuts = by_kmeans(view.depth, 4)
    truth = np.searchsorted(cuts, view.depth, side="right")
    # nothing near is lost, not even what is thin; and what is far is, next to it, by a pixel at most
    assert (ranks_of(mattes, range(4)) >= truth).mean() > 0.97
    inside = truth == ndimage.maximum_filter(truth, 5)
    assert (ranks_of(mattes, range(4)) == truth)[inside].mean() > 0.97


@pytest.mark.parametrize(("scale", "shift"), [(1, 0), (0.8, 0.15), (1.1, -0.05)])
def test_land_painted_later_is_cut_by_depth_as_the_truth_has_it(scale, shift):
    """Depth of the next picture comes in another scale and shift."""
    seen = Seen()
    cutter = ByDepth(seen.depth, 3, "kmeans", soft=1)
    first = cutter.first(land.picture(0))
    seen.scale, seen.shift = scale, shift
    mattes, known, new = a_step_later(first, cutter, seen)
    assert new.sum() > 1500
    assert np.array_equal(mattes[:, ~new], known[:, ~new])
    assert_mattes(np.where(new, mattes, first), 3)
    for layer in range(3):
        assert land.overlap((mattes[layer] >= 0.5) & new, (land.labels(1) == layer) & new) >= 0.95
        assert land.overlap(ranks_of(mattes, range(3))[new] == layer, land.labels(1)[new] == layer) >= 0.95


def test_borders_go_on_from_the_join_though_depth_is_found_otherwise_there():
    y, x = np.mgrid[:300, :480]
    found = [(y / 300).astype(np.float32), (y / 300 + 0.08 * (x / 480) ** 4).astype(np.float32)]
    picture = np.full((300, 480, 3), 90, np.uint8)
    cutter = ByDepth(lambda image: found.pop(0), 2, soft=0)
    first = cutter.first(picture)
    new = x >= 440
    mattes = cutter.more(picture, np.where(new, 0, first), new)
    border = np.argmax(mattes[1] >= 0.5, axis=0)
    assert abs(int(border[440]) - int(border[439])) <= 3
    assert np.abs(np.diff(border)).max() <= 4
    assert border[479] < border[439] - 8  # and goes to where depth wants it


@pytest.mark.parametrize("size", [(1, 2), (5, 1), (3, 4)])
def test_tiny_pictures(size):
    picture = np.random.default_rng(5).integers(0, 256, (size[1], size[0], 3), dtype=np.uint8)
    depth = np.linspace(0, 1, size[0] * size[1], dtype=np.float32).reshape(size[1], size[0])
    cutter = ByDepth(lambda image: depth, 2)
    mattes = cutter.first(picture)
    assert np.abs(mattes.sum(axis=0) - 1).max() < 1e-5
    new = np.zeros(depth.shape, bool)
    new[-1, -1] = True
    assert np.array_equal(cutter.more(picture, mattes, new)[:, ~new], mattes[:, ~new])
    made = sheets(picture, mattes, range(2), lambda image, mask, negative="": image)
    assert np.abs(land.laid(made) - picture).max() <= 1
    masks = ByMasks([NamedMask("half", (depth > 0.5).astype(np.float32))], LEFT)
    masks.more(picture, masks.first(picture), new)


def test_a_hill_of_smooth_depth_is_no_island_but_a_thing_is():
    y, x = np.mgrid[:300, :480]
    hill = 0.3 * np.exp(-((x - 120) ** 2 + (y - 50) ** 2) / 1800)
    bird = 0.3 * ((abs(x - 360) < 14) & (abs(y - 100) < 14))
    depth = (0.7 * y / 300 + hill + bird).astype(np.float32)
    mattes = ByDepth(lambda picture: depth, 2).first(np.full((300, 480, 3), 90, np.uint8))
    assert depth[50, 120] > np.median(depth) and mattes[1][50, 120] == 0
    assert mattes[1][100, 360] == 1


def test_masks_are_layers_and_the_rest_lies_behind():
    truth = land.labels(0)
    masks = [
        NamedMask(name, (truth == layer).astype(np.float32)) for layer, name in ((1, "hills"), (2, "bushes"))
    ]
    cutter = ByMasks(masks, LEFT, soft=4)
    mattes = cutter.first(land.picture(0))
    assert cutter.names == ("background", "hills", "bushes") and cutter.distances is None
    assert_mattes(mattes, 3)
    assert all(land.overlap(mattes[layer] >= 0.5, truth == layer) > 0.9 for layer in range(3))
    assert ((mattes > 0) & (mattes < 1)).any()


def test_masks_that_leave_nothing_have_no_background():
    masks = [NamedMask(str(k), (land.labels(0) == k).astype(np.float32)) for k in range(3)]
    cutter = ByMasks(masks, LEFT, depth_of=Seen().depth)
    assert_mattes(cutter.first(land.picture(0)), 3)
    assert cutter.names == ("0", "1", "2")
    assert cutter.distances == pytest.approx([1 / (1 / 16 + 15 / 16 * d) for d in land.DEPTHS])


def test_the_later_of_overlapping_masks_is_in_front():
    one, two = (np.zeros(land.SIZE[::-1], np.float32) for _ in range(2))
    one[20:80], two[60:120] = 1, 1
    mattes = ByMasks([NamedMask("one", one), NamedMask("two", two)], soft=0).first(land.picture(0))
    assert mattes[2, 70].min() == 1 and mattes[1, 70].max() == 0 and mattes[1, 30].min() == 1


def test_a_soft_mask_keeps_its_edge():
    mask = np.broadcast_to(np.linspace(0, 1, land.SIZE[0], dtype=np.float32), land.SIZE[::-1])
    mattes = ByMasks([NamedMask("soft", mask)]).first(land.picture(0))
    assert np.allclose(mattes[1], mask)


def test_masks_of_another_size_are_scaled():
    small = (land.labels(0) == 2).astype(np.float32)[::3, ::3]
    mattes = ByMasks([NamedMask("bushes", np.ascontiguousarray(small))]).first(land.picture(0))
    assert land.overlap(mattes[1] >= 0.5, land.labels(0) == 2) > 0.88


@pytest.mark.parametrize(
    ("values", "sentence"),
    [
        ((0,), "0 covers nothing"),
        ((1,), "0 covers the whole picture"),
        ((1, 1), "0 is hidden by those that come after"),
    ],
)
def test_masks_that_cut_nothing_are_refused(values, sentence):
    masks = [NamedMask(str(k), np.full(land.SIZE[::-1], v, np.float32)) for k, v in enumerate(values)]
    with pytest.raises(OptionError, match=sentence) as told:
        ByMasks(masks).first(land.picture(0))
    assert told.value.field == "layers"


def test_masks_go_on_as_the_known_edge_ends():
    truth = land.labels(0)
    masks = [NamedMask(str(k), (truth == k).astype(np.float32)) for k in range(3)]
    cutter = ByMasks(masks, LEFT, soft=4)
    first = cutter.first(land.picture(0))
    mattes, known, new = a_step_later(first, cutter, Seen())
    assert np.array_equal(mattes[:, ~new], known[:, ~new])
    assert np.abs(mattes.sum(axis=0) - 1)[new].max() < 1e-5
    # constant against the motion, so worse than the truth; the picture's edges bring it nearer
    for layer in range(3):
        assert land.overlap(ranks_of(mattes, range(3))[new] == layer, land.labels(1)[new] == layer) > 0.7


def test_what_goes_on_over_a_level_land_is_the_truth():
    labels = np.zeros((80, 120), np.int16)
    labels[30:], labels[60:] = 1, 2
    picture = np.array([(200, 60, 60), (60, 200, 60), (60, 60, 200)], np.uint8)[labels]
    masks = [NamedMask(str(k), (labels == k).astype(np.float32)) for k in range(3)]
    for toward, new in ((LEFT, np.s_[:, 90:]), ((1.0, 0.0), np.s_[:, :40])):
        cutter = ByMasks(masks, toward, soft=4)
        first = cutter.first(picture)
        missing = np.zeros(labels.shape, bool)
        missing[new] = True
        mattes = cutter.more(picture, np.where(missing, 0, first), missing)
        assert np.array_equal(mattes[:, ~missing], first[:, ~missing])
        assert np.allclose(mattes, first, atol=1e-6)


def test_words_find_layers_again_in_what_is_painted():
    seen = Seen()
    cutter = ByWords(("hills", "bushes"), seen, LEFT, soft=4)
    first = cutter.first(land.picture(0))
    assert cutter.names == ("background", "hills", "bushes")
    mattes, known, new = a_step_later(first, cutter, seen)
    assert np.array_equal(mattes[:, ~new], known[:, ~new])
    for layer in range(3):
        assert land.overlap(ranks_of(mattes, range(3))[new] == layer, land.labels(1)[new] == layer) > 0.9


def test_words_that_lose_sight_go_on_as_the_edge_ends():
    seen = Seen()
    cutter = ByWords(("hills", "bushes"), seen, LEFT)
    first = cutter.first(land.picture(0))
    seen.blind = True
    mattes, _, new = a_step_later(first, cutter, seen)
    assert (mattes[1:, new].max(axis=1) == 1).all()


def test_words_that_find_nothing_are_refused():
    seen = Seen()
    seen.blind = True
    with pytest.raises(OptionError, match="nothing in the picture was found to be 'hills'") as told:
        ByWords(("hills",), seen).first(land.picture(0))
    assert told.value.field == "layer_prompts"


@pytest.mark.parametrize("kind", ["depth", "masks", "words"])
def test_a_cutter_that_was_restored_cuts_alike(kind):
    def cutter(seen):
        if kind == "depth":
            return ByDepth(seen.depth, 3)
        if kind == "words":
            return ByWords(("hills", "bushes"), seen, LEFT, depth_of=seen.depth)
        return ByMasks([NamedMask(str(k), (land.labels(0) == k).astype(np.float32)) for k in range(3)], LEFT)

    seen = Seen()
    one, other = cutter(seen), cutter(seen)
    first = one.first(land.picture(0))
    other.restore(one.record())
    assert other.names == one.names and other.distances == one.distances
    seen.step = 0
    later = [a_step_later(first, each, seen)[0] for each in (one, other)]
    assert np.array_equal(*later)


def test_borders_are_drawn_to_the_edges_of_the_picture():
    truth = land.labels(0)
    wrong = np.roll(truth, 3, axis=0).astype(np.int16)
    right = snapped(wrong, land.picture(0), 6)
    assert (right != truth).mean() < (wrong != truth)[3:].mean() / 2


def test_what_is_nearest_and_what_lies_along():
    known = np.zeros((5, 9), bool)
    known[2, 1] = known[0, 8] = True
    assert nearest_known(known)[2, 3] == 2 * 9 + 1
    assert nearest_known(known)[1, 7] == 8
    assert along(known, LEFT)[2, 8] == 2 * 9 + 1
    assert along(known, (0.0, -1.0))[4, 8] == 8


def test_masks_are_read_in_natural_order_by_brightness_or_alpha(tmp_path):
    for name in ("mask10", "mask2"):
        Image.fromarray(np.full((4, 6), 255, np.uint8)).save(tmp_path / f"{name}.png")
    colours = np.full((4, 6, 4), 255, np.uint8)
    colours[:, :3] = (9, 9, 9, 0)
    colours[:, 3:, :3] = 0
    Image.fromarray(colours).save(tmp_path / "mask3.png")
    found = load_masks(tmp_path, "layers")
    assert [mask.name for mask in found] == ["mask2", "mask3", "mask10"]
    assert np.array_equal(found[1].mask, np.repeat([[0, 1]], 3, axis=1).repeat(4, axis=0))
    with pytest.raises(OptionError, match=r"objects: .*no such file"):
        load_masks(tmp_path / "none.png", "objects")
    (tmp_path / "empty").mkdir()
    with pytest.raises(OptionError, match="layers: there are no pictures"):
        load_masks(tmp_path / "empty", "layers")
