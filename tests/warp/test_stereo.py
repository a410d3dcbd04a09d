"""The second eye's view, where its truth is known."""

from __future__ import annotations

import cv2
import numpy as np
import pytest

from lib_parallax import samples
from lib_parallax.errors import OptionError, ParallaxError
from lib_parallax.warp import stereo_pair, synthesize_view

RED, GREEN, BLUE = np.eye(3, dtype=np.uint8) * 200


def texture(height, width, seed=0):
    rng = np.random.default_rng(seed)
    return cv2.GaussianBlur(rng.integers(0, 256, (height, width, 3), dtype=np.uint8), (0, 0), 1.5)


def view_of(image, disparity, on, shift=1.0, fill="background"):
    return synthesize_view(image, disparity, shift, fill, backend=on.name, device=on.device)


def test_no_disparity_leaves_the_picture_untouched(on):
    image = np.random.default_rng(1).integers(0, 256, (33, 41, 3), dtype=np.uint8)
    for shift in (1.0, -1.0, 0.0):
        view = view_of(image, np.zeros((33, 41), np.float32), on, shift)
        assert np.array_equal(view.image, image) and not view.holes.any()
    view = view_of(image, np.random.default_rng(2).normal(0, 9, (33, 41)), on, 0.0)
    assert np.array_equal(view.image, image) and not view.holes.any()


@pytest.mark.parametrize("shift", [1.0, -1.0])
@pytest.mark.parametrize("disparity", [3.0, -5.0])
def test_whole_pixels_move_exactly(disparity, shift, on):
    image = np.random.default_rng(1).integers(0, 65536, (20, 64, 3), dtype=np.uint16)
    view = view_of(image, np.full((20, 64), disparity), on, shift)
    left = int(disparity * shift)  # what lies at x moves to x - s*d
    truth = np.roll(image, -left, axis=1)
    shown = np.arange(64) < 64 - left if left > 0 else np.arange(64) >= -left
    assert np.array_equal(view.image[:, shown], truth[:, shown])
    assert np.array_equal(view.holes, np.broadcast_to(~shown, (20, 64)))


def test_half_a_pixel_is_sampled_between_pixels(on):
    x = np.arange(80, dtype=np.float32)
    image = np.rint(128 + 100 * np.sin(x / 5)).astype(np.uint8)[None, :, None].repeat(8, 0).repeat(3, 2)
    view = view_of(image, np.full((8, 80), 2.5), on)
    truth = 128 + 100 * np.sin((x + 2.5) / 5)
    assert np.abs(view.image[:, :74, 0] - truth[:74]).max() < 1.6


@pytest.mark.parametrize("shift", [1.0, -1.0])
def test_a_near_square_moves_over_the_background_and_wins(shift, on):
    image = np.broadcast_to(BLUE, (40, 90, 3)).copy()
    disparity = np.zeros((40, 90), np.float32)
    image[10:30, 40:60], disparity[10:30, 40:60] = RED, 8
    view = view_of(image, disparity, on, shift)
    at = 40 - int(8 * shift)
    assert np.array_equal(view.image[10:30, at : at + 20], np.broadcast_to(RED, (20, 20, 3)))
    hole = slice(52, 60) if shift > 0 else slice(40, 48)
    expected = np.zeros((40, 90), bool)
    expected[10:30, hole] = True
    assert np.array_equal(view.holes, expected)
    # the rest, and what the square has left, is background
    assert np.array_equal(view.image[expected], np.broadcast_to(BLUE, (160, 3)))
    assert np.count_nonzero((view.image != BLUE).any(-1)) == 400


def test_a_far_window_opens_on_both_its_sides_to_the_frame(on):
    """Behind the screen things move the other way, and the frame before them wins."""
    image = np.broadcast_to(RED, (40, 90, 3)).copy()
    disparity = np.zeros((40, 90), np.float32)
    image[10:30, 40:60], disparity[10:30, 40:60] = BLUE, -8
    view = view_of(image, disparity, on)
    assert np.array_equal(view.image[20, :40], np.broadcast_to(RED, (40, 3)))
    assert np.array_equal(view.image[20, 60:], np.broadcast_to(RED, (30, 3)))
    assert np.array_equal(np.flatnonzero(view.holes[20]), np.arange(40, 48))
    assert np.array_equal(view.image[20, 40:60], np.broadcast_to(BLUE, (20, 3)))


@pytest.mark.parametrize("shift", [1.0, -1.0])
def test_holes_are_filled_from_the_far_side_alone(shift, on):
    rng = np.random.default_rng(6)
    image = texture(50, 120)
    image[..., 0] = rng.integers(0, 60, (50, 120))
    disparity = np.zeros((50, 120), np.float32)
    image[:, 50:80] = (250, 20, 20)
    disparity[:, 50:80] = 9
    view = view_of(image, disparity, on, shift)
    assert view.holes[:, 60:70].sum() == 0 and view.holes.sum() > 400
    inside = cv2.erode(view.holes.astype(np.uint8), np.ones((1, 3), np.uint8)) > 0
    assert view.image[inside][:, 0].max() < 60
    # a mirror image of the border, not one smeared pixel
    hole = np.flatnonzero(view.holes[20])
    assert len(np.unique(view.image[20, hole], axis=0)) > len(hole) // 2


def test_no_fill_leaves_holes_black(on):
    image = np.full((20, 60, 3), 200, np.uint8)
    disparity = np.zeros((20, 60), np.float32)
    disparity[:, 20:40] = 6
    view = view_of(image, disparity, on, fill="none")
    assert view.holes.sum() == 20 * 6
    assert not view.image[view.holes].any()
    assert (view.image[~view.holes] == 200).all()


def test_a_thin_bar_beside_a_hole_is_not_smeared_into_it(on):
    """A wire nearer than the wall, right where the wall comes out from behind a pole."""
    image = np.broadcast_to(BLUE, (30, 120, 3)).copy()
    disparity = np.zeros((30, 120), np.float32)
    image[:, 40:60], disparity[:, 40:60] = RED, 10
    image[:, 61:63], disparity[:, 61:63] = GREEN, 4
    view = view_of(image, disparity, on)
    green = (view.image[..., 1] > 100).sum(1)
    assert (green <= 3).all()
    # the wall is uncovered between x = 50 and 60, but for the wire at 57
    assert np.array_equal(view.image[15, 51:56], np.broadcast_to(BLUE, (5, 3)))


def test_an_antialiased_edge_leaves_no_ghost_of_the_old_background(on):
    """Half red, half blue pixels of the rim must not be carried over a green wall."""
    fine = np.broadcast_to(BLUE, (30, 400, 3)).astype(np.float32).copy()
    fine[:, :140] = GREEN
    fine[:, 170:270] = RED
    image = np.rint(cv2.resize(fine, (100, 30), interpolation=cv2.INTER_AREA)).astype(np.uint8)
    disparity = np.zeros((30, 100), np.float32)
    disparity[:, 43:67] = 12
    view = view_of(image, disparity, on)
    # 42.5 to 67.5 is now seen at 30.5 to 55.5, its left side over green
    left_rim = view.image[15, 28:33].astype(int)
    assert left_rim[:, 2].max() < 40, "blue of the old background"
    assert np.array_equal(view.image[15, 33:53], np.broadcast_to(RED, (20, 3)))


def test_mirrored_input_gives_the_mirrored_other_eye(street, on, psnr):
    image, disparity = street.left.image[100:150, 200:480], street.disparity[100:150, 200:480]
    right = view_of(image, disparity, on, 1.0)
    left = view_of(image[:, ::-1], disparity[:, ::-1], on, -1.0)
    assert np.mean(left.holes[:, ::-1] != right.holes) < 0.005
    assert np.mean(np.abs(left.image[:, ::-1].astype(int) - right.image).max(-1) > 2) < 0.03


def test_pairs(street, on):
    image, disparity = street.left.image[100:130, 200:400], street.disparity[100:130, 200:400]
    args = {"backend": on.name, "device": on.device}
    left, right = stereo_pair(image, disparity, **args)
    assert left is image
    assert np.array_equal(right, synthesize_view(image, disparity, 1.0, **args).image)
    left, right = stereo_pair(image, disparity, eye="left", **args)
    assert right is image
    assert np.array_equal(left, synthesize_view(image, disparity, -1.0, **args).image)
    left, right = stereo_pair(image, disparity, eye="both", **args)
    assert np.array_equal(left, synthesize_view(image, disparity, -0.5, **args).image)
    assert np.array_equal(right, synthesize_view(image, disparity, 0.5, **args).image)


# against the exact scene


def test_holes_are_what_the_source_does_not_show(street, on):
    view = view_of(street.left.image, street.disparity, on)
    near_truth = cv2.dilate((~street.visible).astype(np.uint8), np.ones((3, 5), np.uint8)) > 0
    assert np.mean(view.holes & ~near_truth) < 0.0005
    core = cv2.erode((~street.visible).astype(np.uint8), np.ones((3, 3), np.uint8)) > 0
    assert np.mean(view.holes[core]) > 0.97


@pytest.mark.parametrize("eye", ["right", "left"])
def test_quality_floors(street, eye, psnr):
    if eye == "right":
        image, disparity, truth, shift = street.left.image, street.disparity, street.right.image, 1.0
        visible, disoccluded = street.visible, street.disoccluded
    else:
        image, truth, shift = street.right.image, street.left.image, -1.0
        disparity = street.scene.disparity(street.right.depth)
        visible, outside = street.scene.visible(0.0, 1.0)
        disoccluded = ~visible & ~outside
    view = synthesize_view(image, disparity, shift)
    assert psnr(view.image, truth, visible) > 33.0
    assert psnr(view.image, truth, disoccluded) > 19.5


def test_better_than_the_usual_ways(street, psnr):
    """Rounding to whole pixels, and pulling by the source's own disparity (a rubber sheet)."""
    image, disparity, truth = street.left.image, street.disparity, street.right.image
    height, width = disparity.shape
    columns = np.arange(width, dtype=np.float32)
    rounded = image.copy()
    for y in range(height):
        order = np.argsort(disparity[y], kind="stable")
        target = np.rint(order - disparity[y, order]).astype(int)
        inside = (target >= 0) & (target < width)
        rounded[y, target[inside]] = image[y, order[inside]]
    rows = np.repeat(np.arange(height, dtype=np.float32)[:, None], width, 1)
    sheet = cv2.remap(image, columns + disparity, rows, cv2.INTER_CUBIC)
    ours = synthesize_view(image, disparity).image
    for usual in (rounded, sheet):
        assert psnr(ours, truth, street.visible) > psnr(usual, truth, street.visible) + 2.5
        assert psnr(ours, truth, street.disoccluded) > psnr(usual, truth, street.disoccluded) + 2


def test_real_pair_with_measured_disparity(data, psnr):
    """Middlebury's Teddy or Cones as it comes: the disparity of the left view, unknown where it is 0."""
    from lib_parallax.media import open_video

    folder = data / "stereo"
    with open_video(folder / "im2.png") as a, open_video(folder / "im6.png") as b:
        left, right = next(iter(a)).image, next(iter(b)).image
    disparity = cv2.imread(str(folder / "disp2.png"), cv2.IMREAD_UNCHANGED).astype(np.float32) / 4
    disparity[disparity == 0] = np.nan
    view = synthesize_view(left, disparity)
    assert psnr(view.image, right, ~view.holes) > psnr(left, right) + 8


# what goes in comes out


@pytest.mark.parametrize("dtype", ["uint8", "uint16", "float32", "float64", "float16"])
def test_numpy_in_numpy_out(dtype):
    image = texture(24, 40)
    given = image if dtype == "uint8" else image.astype(np.uint16) * 257
    if dtype.startswith("float"):
        given = (image / 255).astype(dtype)
    disparity = np.linspace(0, 6, 40)[None].repeat(24, 0)
    view = synthesize_view(given, disparity)
    assert isinstance(view.image, np.ndarray) and view.image.dtype == dtype
    assert view.image.shape == given.shape
    assert view.holes.dtype == bool and view.holes.shape == (24, 40)
    plain = synthesize_view(image, disparity)
    assert np.array_equal(view.holes, plain.holes)
    full = {"uint8": 1, "uint16": 257}.get(dtype, 1 / 255)
    assert np.abs(view.image / full - plain.image).max() <= 1


@pytest.mark.parametrize("dtype", ["uint8", "int32", "float32", "float16", "bfloat16"])
@pytest.mark.parametrize("channels_first", [False, True])
def test_torch_in_torch_out(dtype, channels_first, on):
    torch = pytest.importorskip("torch")
    image = texture(24, 40)
    expected = synthesize_view(image, np.full((24, 40), 3.0))
    given = torch.from_numpy(image).to(on.device)
    if dtype == "int32":
        given = given.to(torch.int32) * 257
    elif dtype != "uint8":
        given = (given.float() / 255).to(getattr(torch, dtype))
    if channels_first:
        given = given.permute(2, 0, 1)
    view = synthesize_view(given, torch.full((24, 40), 3.0, device=on.device), backend=on.name)
    assert view.image.dtype == given.dtype and view.image.device == given.device
    assert view.image.shape == given.shape and view.holes.dtype == torch.bool
    shown = view.image.float().cpu().numpy()
    shown = np.moveaxis(shown, 0, -1) if channels_first else shown
    full = {"uint8": 1, "int32": 257}.get(dtype, 1 / 255)
    tolerance = 2 if dtype == "bfloat16" else 1
    assert np.abs(shown / full - expected.image).max() <= tolerance
    assert np.array_equal(view.holes.cpu().numpy(), expected.holes)


def test_inputs_are_left_alone_and_views_of_memory_are_taken(on):
    image, disparity = texture(40, 60), np.random.default_rng(0).normal(0, 3, (40, 60)).astype(np.float32)
    a, b = image[::2, ::-1], disparity[::2, ::-1]
    a.setflags(write=False)
    before = a.copy(), b.copy()
    view = view_of(a, b, on)
    assert np.array_equal(a, before[0]) and np.array_equal(b, before[1])
    assert np.array_equal(view.image, view_of(before[0], before[1], on).image)


@pytest.mark.parametrize("size", [(1, 1), (1, 9), (9, 1), (2, 3), (3, 3)])
def test_tiny_pictures(size, on):
    image = np.random.default_rng(0).integers(0, 256, (*size, 3), dtype=np.uint8)
    for value in (0.0, 0.4, 1.0, 50.0, np.nan, np.inf):
        view = view_of(image, np.full(size, value), on)
        assert view.image.shape == image.shape and view.holes.shape == size


def test_one_nan_is_not_contagious(on):
    image, disparity = texture(30, 60), np.full((30, 60), 2.0, np.float32)
    whole = view_of(image, disparity, on)
    disparity[15, 30] = np.nan
    view = view_of(image, disparity, on)
    assert np.abs(view.image.astype(int) - whole.image).max() <= 1


@pytest.mark.parametrize(
    ("changes", "field"),
    [
        ({"image": np.zeros((8, 9), np.uint8)}, "image"),
        ({"image": np.zeros((8, 9, 1), np.uint8)}, "image"),
        ({"image": np.zeros((8, 9, 4), np.uint8)}, "image"),
        ({"image": np.zeros((9, 8, 3), np.uint8)}, "image"),
        ({"image": np.zeros((8, 9, 3), np.int64)}, "image"),
        ({"disparity": np.zeros((8, 9, 1))}, "disparity"),
        ({"disparity": np.zeros((7, 9))}, "image"),
        ({"image": np.zeros((0, 9, 3), np.uint8), "disparity": np.zeros((0, 9))}, "disparity"),
        ({"fill": "temporal"}, "fill"),
        ({"backend": "abacus"}, "backend"),
        ({"backend": "reference", "device": "toaster"}, "device"),
        ({"shift": np.nan}, "shift"),
    ],
)
def test_what_does_not_fit_is_refused(changes, field):
    arguments = {"image": np.zeros((8, 9, 3), np.uint8), "disparity": np.zeros((8, 9)), **changes}
    with pytest.raises(OptionError) as caught:
        synthesize_view(**arguments)
    assert caught.value.field == field
    assert "\n" not in str(caught.value) and field in str(caught.value)


def test_an_unknown_eye_is_refused():
    with pytest.raises(OptionError, match=r"eye: 'third' is not one of right, left, both") as caught:
        stereo_pair(np.zeros((8, 9, 3), np.uint8), np.zeros((8, 9)), eye="third")
    assert caught.value.field == "eye" and isinstance(caught.value, ParallaxError)


def test_the_environment_chooses_a_carrier(monkeypatch):
    from lib_parallax.warp.backends import carrier

    monkeypatch.setenv("PARALLAX_BACKEND", "reference")
    assert carrier().name == "reference"
    assert carrier("cpu").name == "cpu"
    monkeypatch.setenv("PARALLAX_BACKEND", "abacus")
    with pytest.raises(OptionError, match="abacus"):
        carrier()


def test_both_budgets_of_a_harder_scene(psnr):
    """A wider budget opens larger holes; what stays visible is as good."""
    scene = samples.street((320, 180), budget=0.05, supersample=3)
    left, right = scene.view(0.0), scene.view(1.0)
    view = synthesize_view(left.image, scene.disparity(left.depth))
    visible, _ = scene.visible(1.0, 0.0)
    assert psnr(view.image, right.image, visible) > 30
