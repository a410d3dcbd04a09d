"""What is seen of a zoom before it is made: the first step, or of saved keyframes any frame."""

from __future__ import annotations

import cv2
import numpy as np
import pytest

from lib_parallax import generate, loops
from lib_parallax.errors import OptionError
from lib_parallax.faces import preview_zoom
from lib_parallax.faces.preview import frames_of, preview
from lib_parallax.generate import Capabilities

PAINT = {"prompt": "red\ngreen", "keyframe_size": "640x320", "steps": 30, "count": 9, "candidates": 3}


class Flat:
    """Paints one tone first, then stripes, and remembers what it was asked for."""

    name, note = "flat", "painted flat, for tests"

    def __init__(self):
        self.asked = []

    def capabilities(self):
        return Capabilities()

    def _paint(self, request, size):
        self.asked.append(request)
        image = np.full((size[1], size[0], 3), 60, np.uint8)
        if len(self.asked) > 1:
            image[::2] = 200
        return image

    def txt2img(self, request, cancel):
        return self._paint(request, request.size)

    def inpaint(self, request, cancel):
        return self._paint(request, request.image.shape[1::-1])


@pytest.fixture(autouse=True)
def flat():
    preview_zoom.first_step.cache_clear()
    backend = Flat()
    generate.register(backend)
    yield backend
    generate.register(None)


def test_the_first_step_is_painted_small_and_quickly(flat):
    seen = preview("zoom", None, PAINT)
    first, around, mask = (seen.pictures[name] for name in ("source", "result", "mask"))
    assert first.shape == around.shape == mask.shape == (256, 512, 3)
    assert [r.prompt for r in flat.asked] == ["red", "green"]
    assert {r.sampling.steps for r in flat.asked} == {6}
    assert (first == 60).all() and (around[100:150, 220:300] == 60).all() and (around[:40] != 60).any()
    assert np.array_equal(mask[:40], around[:40]) and (mask[128, 256] == 20).all()
    assert (seen.count, seen.size, seen.depth) == (1, (640, 320), None)
    assert any("512x256 in 6 steps" in text for text in seen.notes)


def test_another_look_paints_nothing_and_other_words_do(flat, tmp_path):
    preview("zoom", None, PAINT)
    preview("zoom", None, PAINT)
    assert len(flat.asked) == 2
    rows = tmp_path / "rows.txt"
    for text, painted in (("blue", 4), ("blue and gold", 6)):
        rows.write_text(text)
        preview("zoom", None, {**PAINT, "prompt": None, "prompts": str(rows)})
        assert len(flat.asked) == painted


def test_a_picture_is_the_first_one(flat, tmp_path):
    cv2.imwrite(str(tmp_path / "a.png"), np.full((64, 96, 3), 7, np.uint8))
    seen = preview("zoom", tmp_path / "a.png", {"prompt": "red"})
    assert (seen.pictures["source"] == 7).all() and len(flat.asked) == 1


def test_any_frame_of_saved_keyframes(flat, tmp_path):
    for number, tone in enumerate((30, 120, 210)):
        cv2.imwrite(str(tmp_path / f"keyframe-{number}.png"), np.full((80, 128, 3), tone, np.uint8))
    values = {"keyframes": str(tmp_path), "fps": 5, "size": "1920x1200"}
    film = list(loops.run("zoom", None, {**values, "size": "960x600", "upscaler": "none"}))
    for index in (0, 7, 10):
        seen = preview("zoom", None, values, index)
        assert np.array_equal(seen.pictures["result"], film[index].image)
        assert (seen.index, seen.count, seen.size) == (index, 11, (1920, 1200))
    assert not flat.asked and frames_of("zoom", None, values) == 11
    with pytest.raises(OptionError, match="11 frames") as refused:
        preview("zoom", None, values, 11)
    assert refused.value.field == "index"


def test_what_cannot_be_previewed():
    with pytest.raises(OptionError, match="first step"):
        preview("zoom", None, PAINT, 3)
    with pytest.raises(OptionError, match="needs words"):
        preview("zoom", None, {})
    with pytest.raises(OptionError, match="source"):
        preview("stereo", None, {})
