"""The preview of a camera move is a frame of the rendered move, with nothing painted behind things."""

from __future__ import annotations

import clips
import cv2
import numpy as np
import pytest

from lib_parallax import loops
from lib_parallax.errors import OptionError
from lib_parallax.faces.preview import frames_of, preview

SIZE = (96, 64)
FRAMES = 6


@pytest.fixture(scope="module")
def still(tmp_path_factory):
    """A near square before a far ground: a picture, and options that name its depth."""
    folder = tmp_path_factory.mktemp("still")
    image = np.random.default_rng(3).integers(0, 256, (SIZE[1], SIZE[0], 3), np.uint8)
    depth = np.zeros(SIZE[::-1], np.float32)
    depth[20:44, 30:60] = 1
    cv2.imwrite(str(folder / "still.png"), image)
    np.save(folder / "depth.npy", depth)
    values = {"depth": str(folder / "depth.npy"), "duration": FRAMES / 10, "fps": 10, "move": "horizontal"}
    return folder / "still.png", {**values, "height": "0.4"}


@pytest.mark.parametrize(
    "values", [{"behind": "stretch"}, {"behind": "blank"}, {"alpha": "green"}, {"layout": "half-sbs"}]
)
def test_it_is_the_frame_of_the_move(still, values):
    source, options = still
    options = {**options, **values}
    made = list(loops.run("parallax", source, {"behind": "stretch", **options}))
    seen = preview("parallax", source, options, 2)
    assert np.array_equal(seen.pictures["result"], made[2].image)
    assert not np.array_equal(seen.pictures["result"], made[0].image)
    assert (seen.index, seen.count, seen.size) == (2, FRAMES, SIZE)


def test_it_shows_what_the_move_uncovers(still):
    source, options = still
    (*_, cut) = list(loops.run("parallax", source, {**options, "behind": "blank"}))
    seen = preview("parallax", source, options, FRAMES - 1)
    magenta = (seen.pictures["holes"] == (255, 0, 255)).all(axis=2)
    assert magenta.any() and np.array_equal(magenta, cut.extra["holes"])
    assert seen.depth.dtype == np.uint16 and seen.depth[32, 45] == 65535 and seen.depth[2, 2] == 0
    assert any("painted behind things" in note for note in seen.notes)


def test_parts_of_a_move_and_what_is_to_be_painted_are_seen_as_the_move(still):
    source, options = still
    plain = preview("parallax", source, options, 2).pictures["result"]
    for values in ({"show": "layers"}, {"behind": "paint", "generator": "classical"}):
        assert np.array_equal(preview("parallax", source, {**options, **values}, 2).pictures["result"], plain)
    clear = preview("parallax", source, {**options, "alpha": "holes"}, 2).pictures["result"]
    assert clear.shape == plain.shape and (clear == 0).all(axis=2).any()


def test_a_picture_has_the_frames_of_its_move(still):
    source, options = still
    assert frames_of("parallax", source, options) == FRAMES
    for index in (-1, FRAMES):
        with pytest.raises(OptionError, match="6 frames") as told:
            preview("parallax", source, options, index)
        assert told.value.field == "index"


def test_a_film_has_its_own(tmp_path):
    path = tmp_path / "clip.mp4"
    clips.write_clip(path, [3003 * n for n in range(4)], size=(64, 48))
    options = {"depth_model": "cues", "duration": 100}
    assert frames_of("parallax", path, options) == 4
    seen = preview("parallax", path, options, 3)
    assert seen.count == 4
    assert abs(seen.pictures["source"].mean() - clips.picture(3, 64, 48).mean()) < 3
    assert not any("painted behind things" in note for note in seen.notes)


def test_words_alone_have_none(still):
    with pytest.raises(OptionError, match="needs a picture"):
        preview("parallax", None, {"prompt": "a valley"})


def test_a_frame_without_a_camera_is_named(still):
    source, options = still
    with pytest.raises(OptionError, match="frame 4"):
        preview("parallax", source, {**options, "zoom": "1/abs(t-4)"}, 1)
