"""Options and schedules as the numbers of a frame's effects."""

import numpy as np
import pytest

from lib_parallax.errors import OptionError
from lib_parallax.loops.parallax.effects import EffectsOver, colour_of, depth_at
from lib_parallax.loops.parallax.ranges import EFFECTS
from lib_parallax.options import ParallaxOptions
from lib_parallax.warp.effects import Effects

DEPTH = np.linspace(0, 1, 100, dtype=np.float32)[None].repeat(50, 0)


def planned(frames=10, **options):
    return EffectsOver.of(ParallaxOptions(seed=7, **options), frames, 30.0)


def test_options_at_rest_are_effects_at_rest():
    found = planned().at(3)
    assert found == Effects(fog_colour=found.fog_colour, seed=7)
    assert not planned().moving
    assert np.allclose(found.fog_colour, Effects.fog_colour, atol=0.002)


def test_every_effect_of_the_options_is_read():
    numbers = dict.fromkeys(EFFECTS, "0.25")
    found = planned(**numbers, particles="snow").at(0)
    assert {name: getattr(found, name) for name in EFFECTS} == dict.fromkeys(EFFECTS, 0.25)
    assert found.particles == "snow"


def test_schedules_move():
    found = planned(vignette="0:(0), 8:(0.8)", fog="0.5")
    assert set(found.moving) == {"vignette"}
    assert [round(found.at(frame).vignette, 6) for frame in (0, 4, 8, 9)] == [0, 0.4, 0.8, 0.8]
    assert found.at(4).fog == 0.5


@pytest.mark.parametrize("name", EFFECTS)
def test_a_value_out_of_range_is_refused_before_rendering_with_its_frame(name):
    with pytest.raises(OptionError, match=f"{name}: .* at frame 7 is not in") as e:
        planned(**{name: "0:(0.5), 6:(0.5), 7:(-2)"})
    assert e.value.field == name


def test_a_division_by_zero_names_option_and_frame():
    with pytest.raises(OptionError, match=r"grain: .*frame 4"):
        planned(grain="0.1/(t-4)*0")


def test_rounding_beyond_a_range_is_no_error():
    assert planned(fog="1 + 0.0000001").at(0).fog == 1


def test_a_misspelt_schedule_names_its_option():
    with pytest.raises(OptionError, match="sepia") as e:
        planned(sepia="0:(sin(")
    assert e.value.field == "sepia"


def test_a_point_is_sharp_where_the_picture_has_it():
    picture = np.random.default_rng(2).integers(0, 256, (50, 100, 3), np.uint8)
    by_point = planned(sharp_point="0.25, 0.5", blur_far="1", blur_near="1", sharp_at="0:(0), 5:(1)")
    by_depth = planned(sharp_at=str(depth_at((0.25, 0.5), DEPTH)), blur_far="1", blur_near="1")
    flat = np.full((50, 100), 0.9, np.float32)
    made = by_point.applied(picture, flat, 3, relief=DEPTH)
    assert (made == by_depth.applied(picture, flat, 3)).all()
    assert (made != picture).any()


@pytest.mark.parametrize("point", ["1", "a,b", "0.5,0.5,0.5", "0.5,1.5", "nan,0", ""])
def test_what_is_no_point_is_refused(point):
    with pytest.raises(OptionError, match="sharp_point") as e:
        planned(sharp_point=point)
    assert e.value.field == "sharp_point"


def test_a_point_looks_past_unknown_depth_and_single_pixels():
    depth = np.full((50, 50), 0.4, np.float32)
    depth[25, 25], depth[24, 25] = 1, np.nan
    assert depth_at((0.5, 0.5), depth) == pytest.approx(0.4)
    with pytest.raises(OptionError, match="not known"):
        depth_at((0.5, 0.5), np.full((50, 50), np.nan, np.float32))


def test_at_rest_a_frame_comes_back_itself():
    picture = np.zeros((50, 100, 3), np.uint8)
    assert planned().applied(picture, DEPTH, 4) is picture


def test_particles_of_a_seamless_loop_close_and_else_go_on():
    picture = np.zeros((50, 100, 3), np.uint8)
    far = np.zeros((50, 100), np.float32)
    closed = planned(60, particles="snow", particle_amount="1")
    first, last = closed.applied(picture, far, 0), closed.applied(picture, far, 60)
    assert np.abs(first.astype(int) - last).max() <= 1
    going = planned(60, particles="snow", particle_amount="1", seamless=False)
    assert np.abs(going.applied(picture, far, 0).astype(int) - going.applied(picture, far, 60)).max() > 1


def test_colours():
    assert colour_of("#ff8000") == pytest.approx((1, 128 / 255, 0))
    for wrong in ("red", "#fff", "#12345g", ""):
        with pytest.raises(OptionError, match="fog_colour"):
            colour_of(wrong)
