import numpy as np
import pytest

from lib_parallax.errors import OptionError
from lib_parallax.options import ANAGLYPH_COLOURS, ANAGLYPH_METHODS
from lib_parallax.warp.anaglyph import anaglyph, mixing_matrix

LEFT_CHANNELS = {"red-cyan": {0}, "green-magenta": {1}, "amber-blue": {0, 1}}
EVERY = [(colours, method) for colours in ANAGLYPH_COLOURS for method in ANAGLYPH_METHODS]


def pair(dtype=np.uint8, seed=0):
    rng = np.random.default_rng(seed)
    full = np.iinfo(dtype).max
    return [rng.integers(0, full + 1, (12, 17, 3)).astype(dtype) for _ in range(2)]


def luma(image):
    return image.astype(np.float64) @ [0.299, 0.587, 0.114]


def to_light(value):
    return np.where(value <= 0.04045, value / 12.92, ((value + 0.055) / 1.055) ** 2.4)


def to_code(light):
    return np.where(light <= 0.0031308, light * 12.92, 1.055 * light ** (1 / 2.4) - 0.055)


@pytest.mark.parametrize(("colours", "method"), EVERY)
@pytest.mark.parametrize("dtype", [np.uint8, np.uint16])
def test_grey_without_depth_stays_grey(colours, method, dtype):
    full = np.iinfo(dtype).max
    ramp = np.linspace(0, full, 256).astype(dtype)
    grey = np.repeat(ramp.reshape(16, 16, 1), 3, 2)
    packed = anaglyph(grey, grey, colours, method)
    assert packed.dtype == dtype and packed.shape == grey.shape
    error = np.abs(packed.astype(np.int64) - grey)
    if method == "optimised":
        # The lone channel may be brightened; black and white stay, and so do the others.
        alone = {"red-cyan": 0, "green-magenta": 1, "amber-blue": 2}[colours]
        error = np.delete(error, alone, 2)
        assert (packed[..., alone] >= grey[..., alone]).all()
    # The published Dubois rows add up to 1 within 0.001.
    assert error.max() <= max(1, full // 1000)


@pytest.mark.parametrize("colours", ANAGLYPH_COLOURS)
@pytest.mark.parametrize("method", [m for m in ANAGLYPH_METHODS if m != "dubois"])
def test_each_filter_shows_one_view_only(colours, method):
    left, right = pair()
    other_left, other_right = pair(seed=1)
    packed = anaglyph(left, right, colours, method)
    new_right = anaglyph(left, other_right, colours, method)
    new_left = anaglyph(other_left, right, colours, method)
    for channel in range(3):
        of_left = channel in LEFT_CHANNELS[colours]
        assert np.array_equal(packed[..., channel], new_right[..., channel]) == of_left
        assert np.array_equal(packed[..., channel], new_left[..., channel]) == (not of_left)


@pytest.mark.parametrize("dtype", [np.uint8, np.uint16])
@pytest.mark.parametrize("colours", ANAGLYPH_COLOURS)
def test_colour_passes_channels_through_exactly(colours, dtype):
    left, right = pair(dtype)
    packed = anaglyph(left, right, colours, "colour")
    for channel in range(3):
        view = left if channel in LEFT_CHANNELS[colours] else right
        assert np.array_equal(packed[..., channel], view[..., channel])


@pytest.mark.parametrize("dtype", [np.uint8, np.uint16])
@pytest.mark.parametrize("colours", ANAGLYPH_COLOURS)
def test_grey_puts_each_view_s_luma_in_its_channels(colours, dtype):
    left, right = pair(dtype)
    packed = anaglyph(left, right, colours, "grey")
    for channel in range(3):
        view = left if channel in LEFT_CHANNELS[colours] else right
        assert np.abs(packed[..., channel] - luma(view)).max() <= (0.51 if dtype == np.uint8 else 0.75)


def test_half_colour_greys_the_eye_with_one_channel():
    left, right = pair()
    red_cyan = anaglyph(left, right, "red-cyan", "half-colour")
    assert np.abs(red_cyan[..., 0] - luma(left)).max() <= 0.51
    assert np.array_equal(red_cyan[..., 1:], right[..., 1:])
    amber_blue = anaglyph(left, right, "amber-blue", "half-colour")
    assert np.array_equal(amber_blue[..., :2], left[..., :2])
    assert np.abs(amber_blue[..., 2] - luma(right)).max() <= 0.51


def test_optimised_red_is_the_brightened_mix_of_green_and_blue():
    left, right = pair()
    packed = anaglyph(left, right, "red-cyan", "optimised")
    mix = (0.7 * left[..., 1] + 0.3 * left[..., 2]) / 255
    assert np.abs(packed[..., 0] - 255 * mix ** (1 / 1.5)).max() <= 0.6
    assert np.array_equal(packed[..., 1:], right[..., 1:])


@pytest.mark.parametrize(("dtype", "tolerance"), [(np.uint8, 0.6), (np.uint16, 4)])
@pytest.mark.parametrize("colours", ANAGLYPH_COLOURS)
def test_dubois_is_its_matrix_in_linear_light(colours, dtype, tolerance):
    left, right = pair(dtype)
    full = np.iinfo(dtype).max
    light = np.concatenate([to_light(left / full), to_light(right / full)], 2)
    expected = to_code(np.clip(light @ mixing_matrix(colours, "dubois").T.astype(np.float64), 0, 1)) * full
    assert np.abs(anaglyph(left, right, colours, "dubois") - expected).max() <= tolerance


def test_dubois_matrices_leave_white_white_and_favour_their_filter():
    for colours in ANAGLYPH_COLOURS:
        matrix = mixing_matrix(colours, "dubois")
        assert np.allclose(matrix.sum(1), 1, atol=0.0015)
        share_of_left = matrix[:, :3].sum(1)
        assert {int(c) for c in np.flatnonzero(share_of_left > 0.5)} == LEFT_CHANNELS[colours]


def test_unknown_glasses_and_methods_are_refused():
    left, right = pair()
    with pytest.raises(OptionError, match="red-green") as refusal:
        anaglyph(left, right, "red-green")
    assert refusal.value.field == "anaglyph_colours"
    with pytest.raises(OptionError, match="vivid") as refusal:
        anaglyph(left, right, "red-cyan", "vivid")
    assert refusal.value.field == "anaglyph_method"
