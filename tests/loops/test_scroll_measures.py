"""Lists of numbers as people write them: distances in any unit, heights, gains, an order."""

from __future__ import annotations

import pytest

from lib_parallax.errors import OptionError, ParallaxError
from lib_parallax.loops.scroll.bands import borders_of, land_of, rows_of
from lib_parallax.loops.scroll.measures import distances_of, numbers, order_of, plain_numbers


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("280,610,500,130,70", (280, 610, 500, 130, 70)),
        ("12.5", (12.5,)),
        ("12.5 m", (12.5,)),
        (" 12.5m , 3 m ", (12.5, 3)),
        (".5, 1., 1e3", (0.5, 1, 1000)),
        ("2 km; 300 m; 40 m", (2000, 300, 40)),
        ("1 mi, 1 yd, 1 ft, 1 in", (1609.344, 0.9144, 0.3048, 0.0254)),
        ("1 km, 5 M, 70cm, 3 mm, 2 dm", (1000, 5, 0.7, 0.003, 0.2)),
        ("3 AU, 2 au", (3, 2)),
        ("2 light years; 1 light years", (2, 1)),
        ("12,5; 3; 0,25", (12.5, 3, 0.25)),
        ("12,5 km; 300 m", (12500, 300)),
        ("5 km, 3 km", (5, 3)),
        ("5;", (5,)),
        ("5, 4,", (5, 4)),
    ],
)
def test_distances(text, expected):
    assert distances_of(text) == pytest.approx(expected, rel=1e-12)


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("0", "0; a layer must be farther away than 0"),
        ("10, 0 m", "the units differ, and some have none"),
        ("10 m, 0 m", "0 m; a layer must be farther"),
        ("10, -5", "-5; a layer must be farther"),
        ("-2 km, 1 m", "-2 km; a layer"),
        ("5 m, 3", "units differ, and some have none"),
        ("5 m, 3 parsec", "units differ, and parsec cannot"),
        ("5 leagues, 3 parsec", "units differ, and leagues, parsec cannot"),
        ("", "'' is no number"),
        ("near", "'near' is no number"),
        ("5,,3", "'' is no number"),
        ("5 3", "'5 3' is no number"),
        ("1.2.3", "'1.2.3' is no number"),
        ("nan", "'nan' is no number"),
        ("inf", "'inf' is no number"),
        ("1e99", "'1e99' is no number"),
        ("1e999", "'1e999' is no number"),
        ("--5", "'--5' is no number"),
    ],
)
def test_distances_that_cannot_be(text, said):
    with pytest.raises(OptionError) as refused:
        distances_of(text)
    assert refused.value.field == "distances" and str(refused.value).startswith("distances: ")
    assert said in str(refused.value) and "\n" not in str(refused.value)


def test_plain_numbers_have_no_units_and_no_signs_below_zero():
    assert plain_numbers("1, 0, 0.5", "gains") == (1, 0, 0.5)
    for text in ("-1", "5 m", "half"):
        with pytest.raises(OptionError, match="gains") as refused:
            plain_numbers(text, "gains")
        assert refused.value.field == "gains"
    assert numbers("5 km", "x") == [(5.0, "km")]


# heights


def test_the_authors_bands_take_the_whole_picture():
    assert borders_of("280,265,150,120,134", 5, 949) == (0, 280, 545, 695, 815, 949)


def test_the_last_band_takes_the_rest_named_or_not():
    assert borders_of("280,265,150,120", 5, 1000) == (0, 280, 545, 695, 815, 1000)
    assert borders_of("280,265,150,120,10", 5, 1000) == (0, 280, 545, 695, 815, 1000)


def test_bands_without_heights_are_all_as_high():
    assert borders_of(None, 1, 7) == (0, 7)
    assert borders_of(None, 4, 10) == (0, 2.5, 5, 7.5, 10)
    fifty = borders_of(None, 50, 50)
    assert len(fifty) == 51 and fifty[0] == 0 and fifty[-1] == 50


@pytest.mark.parametrize(
    ("heights", "count", "height", "said"),
    [
        ("500,500", 2, 949, "500+500 is more than the picture's 949 rows"),
        ("500,460,1", 3, 949, "more than the picture's 949 rows"),
        ("949", 2, 949, "949 is more than the picture's 949 rows leave for the last layer"),
        ("100,100", 4, 949, "2 heights for 4 layers"),
        ("1,1,1,1", 2, 949, "4 heights for 2 layers"),
        ("0,100", 2, 949, "a layer needs 1 row at least"),
        ("-5,100", 2, 949, "-5 is no number of 0 or more"),
        ("100 m,100", 2, 949, "100m is no number of 0 or more"),
        ("tall", 2, 949, "'tall' is no number"),
    ],
)
def test_heights_that_cannot_be(heights, count, height, said):
    with pytest.raises(OptionError) as refused:
        borders_of(heights, count, height)
    assert refused.value.field == "heights" and said in str(refused.value)


def test_more_bands_than_rows():
    with pytest.raises(OptionError, match="50 bands do not fit into 8 rows") as refused:
        borders_of(None, 50, 8)
    assert refused.value.field == "layers"


@pytest.mark.parametrize("order", [(0, 1, 2), (2, 1, 0), (1, 0, 2)])
@pytest.mark.parametrize("soft", [0, 1, 4, 30])
def test_the_bands_behind_are_whole_where_those_before_fade(order, soft):
    """So that what is drawn back to front covers every row, whatever the order."""
    rows = rows_of((0, 20, 50, 60), order, soft, 60)
    free = [1.0] * 60
    for layer in reversed(order):
        assert rows[layer].shape == (60,) and rows[layer].min() >= 0 and rows[layer].max() <= 1
        free = [rest * (1 - weight) for rest, weight in zip(free, rows[layer], strict=True)]
    assert max(free) < 1e-6
    for layer, (first, last) in enumerate(land_of((0, 20, 50, 60), soft, 60)):
        shown = [row for row in range(60) if rows[layer][row] > 0]
        assert first <= min(shown) and max(shown) < last


# order


def test_the_farthest_is_behind_and_of_two_as_far_the_later_in_front():
    assert order_of(None, (280, 610, 500, 130, 70)) == (1, 2, 0, 3, 4)
    assert order_of(None, (5, 5, 9)) == (2, 0, 1)
    assert order_of("2,0,1", (1, 2, 3)) == (2, 0, 1)
    assert order_of(None, (1,)) == (0,)


@pytest.mark.parametrize("text", ["0,1", "0,1,1", "1,2,3", "0,1,2,3", "0.5,1,2", "a,b,c", "", "-1,0,1"])
def test_orders_that_leave_one_out(text):
    with pytest.raises(ParallaxError) as refused:
        order_of(text, (1.0, 2.0, 3.0))
    assert refused.value.field == "order"
