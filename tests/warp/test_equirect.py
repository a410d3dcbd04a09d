import math

import numpy as np
import pytest

from lib_parallax.errors import OptionError
from lib_parallax.warp.equirect import MAX_SIDE, hang, vr180, vr180_side
from lib_parallax.warp.layouts import pack, packed_size


def ramps(width, height):
    """uint16 picture whose red is 200 times the column and whose green is 200 times the row,
    so that a sample tells where it was taken."""
    y, x = np.mgrid[:height, :width]
    return np.stack([200 * x, 200 * y, np.full_like(x, 60000)], 2).astype(np.uint16)


def directions(side):
    angle = (np.arange(side) + 0.5) * math.pi / side - math.pi / 2
    return angle, angle


def seen(width, height, side, fov, sample_aspect=1.0):
    """Where each pixel of the square looks at the picture: (x, y, inside), by formula."""
    longitude, latitude = directions(side)
    focal = width / 2 / math.tan(math.radians(fov) / 2)
    x = np.broadcast_to(focal * np.tan(longitude) + (width - 1) / 2, (side, side))
    y = focal * sample_aspect * np.tan(latitude)[:, None] / np.cos(longitude) + (height - 1) / 2
    inside = (np.abs(x - (width - 1) / 2) <= width / 2) & (np.abs(y - (height - 1) / 2) <= height / 2)
    return x, y, inside


@pytest.mark.parametrize("fov", [50, 90, 140])
def test_every_direction_lands_where_the_formula_says(fov):
    width, height = 200, 120
    side = vr180_side(width, fov)
    square = np.zeros((side, side, 3), np.uint16)
    hang(ramps(width, height), square, fov)
    x, y, inside = seen(width, height, side, fov)
    assert np.array_equal(square[..., 2] > 0, inside)
    # Away from the border the filter sees nothing but the ramp: 0.04 of a pixel is 8 of its steps.
    margin = 12
    core = inside & (np.abs(x - 99.5) < 100 - margin) & (np.abs(y - 59.5) < 60 - margin)
    assert core.sum() > 100
    assert np.abs(square[..., 0] - 200 * x)[core].max() < 8
    assert np.abs(square[..., 1] - 200 * y)[core].max() < 8
    assert (square[..., 2][inside] == 60000).all()


def test_known_angles():
    # 90 degrees across 200 pixels: the plane is 100 pixels away, so 45 degrees is the edge and
    # the direction whose tangent is 1/2 lies half way between centre and edge.
    side = 314
    square = np.zeros((side, side, 3), np.uint16)
    hang(ramps(200, 200), square, 90)
    middle = side // 2
    for tangent, column in ((0.5, 149.5), (-0.5, 49.5), (0.25, 124.5)):
        position = (math.atan(tangent) + math.pi / 2) / math.pi * side - 0.5
        low = math.floor(position)
        found = np.interp(position, [low, low + 1], square[middle, low : low + 2, 0] / 200)
        assert abs(found - column) < 0.02
        found = np.interp(position, [low, low + 1], square[low : low + 2, middle, 1] / 200)
        assert abs(found - column) < 0.02


def test_the_side_keeps_the_resolution_of_the_centre():
    assert vr180_side(200, 90) == 314
    square = np.zeros((314, 314, 3), np.uint16)
    hang(ramps(200, 200), square, 90)
    step = np.diff(square[157, 152:162, 0].astype(int))
    assert np.abs(step - 200).max() <= 2
    for width, fov in ((1920, 90), (640, 60), (100, 33)):
        exact = math.pi * width / 2 / math.tan(math.radians(fov) / 2)
        side = vr180_side(width, fov)
        assert side % 2 == 0 and abs(side - exact) <= 1


def test_the_side_obeys_its_bounds():
    assert vr180_side(7680, 40) == MAX_SIDE
    assert vr180_side(1920, 90, (2000, 4000)) == 1000
    assert vr180_side(1920, 90, (4000, 901)) == 900
    assert vr180_side(1, 170) == 2
    assert packed_size((1920, 1080), "vr180", fov=90, cap=(5760, 2880)) == (5760, 2880)


def test_the_centre_keeps_its_value():
    rng = np.random.default_rng(0)
    picture = np.full((100, 100, 3), 40, np.uint8)
    picture[49:51, 49:51] = rng.integers(100, 200, (2, 2, 3))
    square = np.zeros((vr180_side(100, 90),) * 2 + (3,), np.uint8)
    hang(picture, square, 90)
    middle = len(square) // 2
    centre = square[middle - 1 : middle + 1, middle - 1 : middle + 1]
    assert np.abs(centre.astype(int) - picture[49:51, 49:51]).max() <= 2


@pytest.mark.parametrize("dtype", [np.uint8, np.uint16])
def test_a_plain_picture_stays_plain_and_the_rest_black(dtype):
    full = np.iinfo(dtype).max
    plain = np.full((33, 57, 3), full, dtype)
    packed = pack(plain, plain, "vr180", fov=77)
    assert set(np.unique(packed)) == {0, full}
    assert (packed[0] == 0).all() and (packed[:, 0] == 0).all()


def test_each_eye_has_its_own_half():
    left = np.full((20, 40, 3), 100, np.uint8)
    right = np.full((20, 40, 3), 200, np.uint8)
    packed = vr180(left, right, fov=90)
    side = packed.shape[0]
    assert set(np.unique(packed[:, :side])) == {0, 100}
    assert set(np.unique(packed[:, side:])) == {0, 200}


def test_what_is_farthest_behind_the_screen_is_seen_at_infinity():
    # A point `behind` percent behind the screen lies that much farther left in the left view;
    # hung up, both eyes must look at it in the same direction.
    width, behind = 400, 3.0
    apart = width * behind / 100
    left, right = (np.zeros((60, width, 3), np.uint8) for _ in range(2))
    left[:, 100:104] = 255
    right[:, 100 + int(apart) : 104 + int(apart)] = 255
    packed = vr180(left, right, fov=80, behind=behind)
    side = packed.shape[0]
    row = packed[side // 2].astype(float).mean(-1)
    columns = np.arange(side)
    directions = [(half * columns).sum() / half.sum() for half in (row[:side], row[side:])]
    assert abs(directions[0] - directions[1]) < 0.05


def test_a_squeezed_picture_gets_its_height_back():
    tall = np.full((100, 100, 3), 255, np.uint8)
    squares = [np.zeros((200, 200, 3), np.uint8) for _ in range(2)]
    hang(tall, squares[0], 60, sample_aspect=1)
    hang(tall, squares[1], 60, sample_aspect=2)
    heights = [np.count_nonzero(s[:, 100, 0]) for s in squares]
    expected = [2 * math.degrees(math.atan(math.tan(math.radians(30)) / a)) * 200 / 180 for a in (1, 2)]
    assert np.abs(np.array(heights) - expected).max() <= 2


def test_fine_detail_does_not_alias_where_many_pixels_become_one():
    stripes = np.zeros((400, 800, 3), np.uint8)
    stripes[:, ::2] = 255
    square = np.zeros((200, 200, 3), np.uint8)
    hang(stripes, square, 100)
    inside = square[100, 60:140, 0].astype(float)
    assert np.abs(inside - 127.5).max() < 8


@pytest.mark.parametrize("size", [(2, 2), (2, 3), (3, 2), (8, 8)])
def test_the_smallest_pictures_pass(size):
    picture = np.full((size[1], size[0], 3), 9, np.uint8)
    assert (pack(picture, picture, "vr180", fov=20) == 9).any()


@pytest.mark.parametrize("fov", [0, -5, 171, float("nan")])
def test_angles_that_no_flat_picture_fills_are_refused(fov):
    with pytest.raises(OptionError, match="fov") as refusal:
        vr180_side(100, fov)
    assert refusal.value.field == "fov"
