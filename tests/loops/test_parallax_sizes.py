"""At which size a move looks at its picture, and what is written beside it."""

from __future__ import annotations

from fractions import Fraction

import cv2
import numpy as np
import pytest

from lib_parallax import loops
from lib_parallax.errors import OptionError
from lib_parallax.loops.parallax import plan
from lib_parallax.loops.parallax.layers import as_fine
from lib_parallax.loops.parallax.pictures import working_size
from lib_parallax.loops.source import Given
from lib_parallax.options import ParallaxOptions, parse

BLANK = np.zeros((48, 64, 3), np.uint8)


@pytest.mark.parametrize(
    ("picture", "view", "zoom", "size"),
    [
        ((4000, 2000), (4000, 2000), 1.0, (4000, 2000)),
        ((4000, 2000), (1600, 800), 1.0, (2400, 1200)),
        ((4000, 2000), (1600, 800), 0.75, (3200, 1600)),  # nearer needs more of it
        ((4000, 2000), (1600, 800), 0.1, (4000, 2000)),
        ((4000, 2000), (80, 40), 1.0, (1080, 540)),  # but enough for depth
        ((400, 200), (80, 40), 1.0, (400, 200)),
    ],
)
def test_a_picture_is_looked_at_no_larger_than_can_be_seen(picture, view, zoom, size):
    assert working_size(picture, view, zoom) == size


def test_a_small_view_of_a_large_picture_does_not_flicker(tmp_path):
    """Columns in turn black and white, far narrower than a pixel of the view, are grey in it."""
    stripes = np.zeros((2160, 3840, 3), np.uint8)
    stripes[:, ::2] = 255
    cv2.imwrite(str(tmp_path / "stripes.png"), stripes)
    np.save(tmp_path / "depth.npy", np.zeros((8, 8), np.float32))
    options = {"depth": str(tmp_path / "depth.npy"), "size": "640x360", "duration": 0.2, "fps": 10}
    for frame in loops.run("parallax", tmp_path / "stripes.png", {**options, "behind": "stretch"}):
        assert frame.image.std() < 8 and abs(frame.image.mean() - 127.5) < 3


def test_rays_that_look_for_holes_meet_every_pixel():
    assert as_fine((64, 48), 480) == (640, 480)
    assert as_fine((640, 480), 48) == (640, 480)


def test_pixels_that_are_not_square_stay_so():
    source = Given([BLANK] * 3)
    source.sample_aspect = Fraction(16, 15)
    made = plan(source, parse(ParallaxOptions, {"depth_model": "cues"}))
    assert made.sample_aspect == Fraction(16, 15)
    half = plan(source, parse(ParallaxOptions, {"depth_model": "cues", "layout": "half-sbs"}))
    assert half.sample_aspect == Fraction(32, 15)


def test_depth_is_written_beside_the_move_alone(tmp_path):
    source = Given([BLANK], "picture")
    values = {"depth_model": "cues", "save_depth": str(tmp_path / "depth.mkv")}
    companion = plan(source, parse(ParallaxOptions, values)).companions["depth"]
    assert companion.path == tmp_path / "depth.mkv" and companion.gray
    with pytest.raises(OptionError, match="save_depth"):
        plan(source, parse(ParallaxOptions, {**values, "show": "mask"}))


@pytest.mark.parametrize(
    "values", [{"zoom": "0"}, {"zoom": "1000000000"}, {"height": "3"}, {"offset_x": "1e6"}]
)
def test_a_camera_out_of_all_measure_is_refused(values):
    (name,) = values
    with pytest.raises(OptionError, match=f"{name}: .* at frame 0 is not in"):
        plan(Given([BLANK], "picture"), parse(ParallaxOptions, {"depth_model": "cues", **values}))
