"""What a scroll refuses, each with a sentence, and what it only seems that it should."""

from __future__ import annotations

import numpy as np
import pytest
from scroll_painters import SIZE, Painter, scrolled

from lib_parallax import loops
from lib_parallax.errors import OptionError, ParallaxError
from lib_parallax.generate.around import Around


@pytest.mark.parametrize(
    ("values", "field", "said"),
    [
        ({"heights": "30,20,10"}, "heights", "30\\+20\\+10 is more than the picture's 40 rows"),
        ({"heights": "30,20"}, "heights", "more than the picture's 40 rows leave for the last layer"),
        ({"heights": "5"}, "heights", "1 heights for 3 layers"),
        ({"layers": "0"}, "layers", "0 is outside 1 to 256"),
        ({"layers": "50", "distances": None}, "layers", "50 bands do not fit into 40 rows"),
        ({"layers": "5000", "distances": None}, "layers", "5000 is outside 1 to 256"),
        ({"layers": "2"}, "distances", "3 for 2 layers"),
        ({"layers": "somewhere.png"}, "layers", "somewhere.png"),
        ({"distances": "1,0,2"}, "distances", "farther away than 0"),
        ({"distances": "1,-4,2"}, "distances", "-4; a layer"),
        ({"gains": "1,2"}, "gains", "2 for 3 layers"),
        ({"gains": "1,2,-1"}, "gains", "-1 is no number of 0 or more"),
        ({"order": "0,1"}, "order", "each of the 3 layers once"),
        ({"order": "0,1,1"}, "order", "must hold each of 0,1,2 once"),
        ({"direction": 1e9}, "direction", "direction"),
        ({"endless": True, "ping_pong": True}, "ping_pong", "needs no way back"),
        ({"prompt": "a", "prompts": "b.txt"}, "prompts", "one of them is enough"),
        ({"layers": "depth:2", "distances": None, "heights": "3,5"}, "heights", "heights"),
        ({"layer_prompts": "sky", "layers": "3"}, "layer_prompts", "one of them is enough"),
        ({"layer_prompts": " ; "}, "layer_prompts", "holds no words"),
        ({"duration": 36000, "fps": 240}, "duration", "are the most"),
        ({"control": "canny"}, None, "ControlNet"),
    ],
)
def test_options_that_cannot_be(values, field, said):
    with pytest.raises(ParallaxError, match=said) as refused:
        scrolled(**values)
    assert "\n" not in str(refused.value)
    if field:
        assert refused.value.field == field


def test_nothing_to_slide():
    with pytest.raises(OptionError, match="neither a picture nor a --prompt"):
        list(loops.run("scroll", None, {}, Around(Painter())))


def test_a_picture_may_be_painted_first():
    painter = Painter()
    made = list(
        loops.run(
            "scroll", None, {"prompt": "hills", "size": "48x32", "duration": 1, "fps": 3}, Around(painter)
        )
    )
    assert len(made) == 3 and made[0].image.shape == (32, 48, 3) and painter.asked[0].prompt == "hills"


@pytest.mark.parametrize(
    "values",
    [{"layers": "1"}, {"layers": "40"}, {"layers": "40", "direction": 90}, {"layers": "1", "endless": True}],
)
def test_one_layer_and_as_many_as_rows(values):
    white = np.full((*SIZE[::-1], 3), 255, np.uint8)
    images, _ = scrolled(white, Painter(colour=255), distances=None, **values)
    assert len(images) == 12 and min(int(image.min()) for image in images) == 255


@pytest.mark.parametrize(("one", "same"), [(-90, 270), (725, 5)])
def test_any_direction_is_one_of_a_turn(one, same):
    images, again = scrolled(direction=one)[0], scrolled(direction=same)[0]
    assert max(np.abs(a.astype(int) - b).max() for a, b in zip(images, again, strict=True)) == 0
