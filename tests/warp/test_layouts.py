from fractions import Fraction

import numpy as np
import pytest

from lib_parallax.errors import OptionError
from lib_parallax.options import LAYOUTS
from lib_parallax.warp.layouts import (
    pack,
    packed_sample_aspect,
    packed_size,
    sample_aspect_factor,
    stereo_kind,
)


def views(width=8, height=6, dtype=np.uint8, seed=0):
    rng = np.random.default_rng(seed)
    full = np.iinfo(dtype).max
    return [rng.integers(0, full + 1, (height, width, 3)).astype(dtype) for _ in range(2)]


def halved(image, axis):
    """Mean of pixel pairs, halves up; an odd last line stands alone."""
    wide = image.astype(np.int64)
    if wide.shape[axis] % 2:
        wide = np.concatenate([wide, np.take(wide, [-1], axis)], axis)
    first = np.take(wide, np.arange(0, wide.shape[axis], 2), axis)
    second = np.take(wide, np.arange(1, wide.shape[axis], 2), axis)
    return ((first + second + 1) // 2).astype(image.dtype)


@pytest.mark.parametrize("layout", LAYOUTS)
@pytest.mark.parametrize("dtype", [np.uint8, np.uint16])
@pytest.mark.parametrize("size", [(8, 6), (7, 5), (1, 1), (2, 1)])
def test_packed_size_and_type_are_what_was_announced(layout, dtype, size):
    left, right = views(*size, dtype)
    depth = np.linspace(0, 1, size[0] * size[1], dtype=np.float32).reshape(size[::-1])
    before = left.copy(), right.copy()
    packed = pack(left, right, layout, depth=depth)
    assert (packed.shape[1], packed.shape[0]) == packed_size(size, layout)
    assert packed.dtype == dtype
    assert np.array_equal(left, before[0]) and np.array_equal(right, before[1])


@pytest.mark.parametrize(
    ("layout", "axis", "first"),
    [
        ("full-sbs", 1, 0), ("full-sbs-rl", 1, 1), ("cross-eyed", 1, 1), ("full-tb", 0, 0), ("full-bt", 0, 1),
    ],
)  # fmt: skip
def test_full_layouts_hold_both_views_unchanged(layout, axis, first):
    both = views()
    packed = pack(*both, layout)
    assert np.array_equal(packed, np.concatenate([both[first], both[1 - first]], axis))


@pytest.mark.parametrize("dtype", [np.uint8, np.uint16])
@pytest.mark.parametrize("size", [(8, 6), (7, 5)])
@pytest.mark.parametrize(
    ("layout", "axis", "first"),
    [("half-sbs", 1, 0), ("half-sbs-rl", 1, 1), ("half-tb", 0, 0), ("half-bt", 0, 1)],
)
def test_half_layouts_take_the_mean_of_pixel_pairs(layout, axis, first, size, dtype):
    both = views(*size, dtype)
    packed = pack(*both, layout)
    expected = np.concatenate([halved(both[first], axis), halved(both[1 - first], axis)], axis)
    assert np.array_equal(packed, expected)


def test_halving_keeps_the_extremes():
    white = np.full((2, 4, 3), 65535, np.uint16)
    assert (pack(white, white, "half-sbs") == 65535).all()
    assert (pack(white * 0, white * 0, "half-tb") == 0).all()


def test_interleaved_layouts_take_each_pixel_from_its_own_view():
    left, right = views(9, 7)
    y, x = np.mgrid[:7, :9]
    for layout, is_left in (
        ("row-interleaved", y % 2 == 0),
        ("column-interleaved", x % 2 == 0),
        ("checkerboard", (x + y) % 2 == 0),
    ):
        assert np.array_equal(pack(left, right, layout), np.where(is_left[..., None], left, right)), layout


def test_depth_is_shown_as_grey():
    left, right = views(3, 2)
    depth = np.array([[0, 0.5, 1], [2, np.nan, -1]], np.float32)
    grey = np.array([[0, 128, 255], [255, 0, 0]])
    assert np.array_equal(pack(left, right, "depth", depth=depth), np.repeat(grey[..., None], 3, 2))
    beside = pack(left, right, "rgb-depth", depth=depth)
    assert np.array_equal(beside[:, :3], left)
    assert np.array_equal(beside[:, 3:, 1], grey)


def test_depth_keeps_its_values_between_8_and_16_bit():
    left, right = views(256, 1)
    ramp = np.arange(256)[None]
    assert np.array_equal(pack(left, right, "depth", depth=ramp.astype(np.uint8))[..., 0], ramp)
    assert np.array_equal(pack(left, right, "depth", depth=(ramp * 257).astype(np.uint16))[..., 0], ramp)
    wide = [v.astype(np.uint16) for v in (left, right)]
    assert np.array_equal(pack(*wide, "depth", depth=ramp.astype(np.uint8))[..., 2], ramp * 257)


def test_separate_gives_the_left_view():
    left, right = views()
    assert np.array_equal(pack(left, right, "separate"), left)


def test_what_does_not_fit_is_refused():
    left, right = views()
    with pytest.raises(ValueError, match="views differ"):
        pack(left, right[:, :4], "full-sbs")
    with pytest.raises(ValueError, match="needs the depth"):
        pack(left, right, "rgb-depth")
    with pytest.raises(ValueError, match="depth is"):
        pack(left, right, "depth", depth=np.zeros((2, 2), np.float32))
    with pytest.raises(OptionError, match="sideways") as refusal:
        pack(left, right, "sideways")
    assert refusal.value.field == "layout"


def test_half_layouts_change_the_sample_aspect_so_that_each_view_keeps_its_shape():
    for layout in LAYOUTS:
        kind = stereo_kind(layout)
        if kind.layout not in ("sbs", "tb") or kind.projection:
            continue
        width, height = packed_size((1920, 1080), layout)
        view = (Fraction(width, 2), height) if kind.layout == "sbs" else (width, Fraction(height, 2))
        assert view[0] * sample_aspect_factor(layout) / view[1] == Fraction(16, 9), layout
    assert packed_sample_aspect("half-tb", Fraction(4, 3)) == Fraction(2, 3)
    assert packed_sample_aspect("vr180", Fraction(4, 3)) == 1
    assert packed_sample_aspect("checkerboard", Fraction(4, 3)) == Fraction(4, 3)


def test_every_layout_has_its_kind():
    for layout in LAYOUTS:
        kind = stereo_kind(layout)
        assert kind.half == layout.startswith("half")
        assert kind.right_first == (layout == "cross-eyed" or layout.endswith(("-rl", "-bt")))
    assert stereo_kind("vr180") == ("sbs", False, False, "vr180")
    assert stereo_kind("row-interleaved").layout == "row"
    assert stereo_kind("rgb-depth").layout is None
    with pytest.raises(OptionError):
        stereo_kind("full")


def test_views_need_not_be_contiguous():
    left, right = views(8, 6)
    packed = pack(left[:, ::-1], right[::2].repeat(2, 0), "half-sbs")
    assert np.array_equal(packed[:, :4], halved(left[:, ::-1], 1))
