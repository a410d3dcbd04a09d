"""The preview of a scroll is a frame of the rendered scroll wherever nothing has to be painted first."""

from __future__ import annotations

from itertools import pairwise

import cv2
import numpy as np
import pytest

from lib_parallax import loops
from lib_parallax.errors import OptionError
from lib_parallax.faces.desk import open_desk
from lib_parallax.faces.preview import frames_of, preview
from lib_parallax.faces.preview_scroll import HINTED, UNFOUND, UNLIFTED
from lib_parallax.loops.store import MemoryStore

SIZE = (96, 64)
# three bands, of which the nearest crosses the picture in 8 s: 12 pixels a second
BANDS = {
    "heights": "20,24", "distances": "40, 20, 10", "duration": 4, "fps": 5, "smoothness": 8,
    "step_seconds": 1, "soft": 0, "generator": "classical",
}  # fmt: skip
LAST = 19  # 3.8 s


@pytest.fixture(scope="module")
def still(tmp_path_factory):
    folder = tmp_path_factory.mktemp("still")
    image = np.random.default_rng(3).integers(0, 256, (SIZE[1], SIZE[0], 3), np.uint8)
    depth = np.zeros(SIZE[::-1], np.float32)
    depth[30:, 40:] = 1
    cv2.imwrite(str(folder / "still.png"), image)
    np.save(folder / "depth.npy", depth)
    return folder / "still.png"


@pytest.fixture(scope="module")
def painted(still):
    """The scroll as it is rendered, and what was kept of it."""
    from lib_parallax.loops.source import opened
    from lib_parallax.options import ScrollOptions, parse

    store = MemoryStore()
    with opened(still) as reader:
        made = loops.load("scroll").frames(reader, parse(ScrollOptions, BANDS), store=store)
        return [frame.image for frame in made], store


def new_in(seen) -> np.ndarray:
    """Where a preview says that land is new."""
    return seen.pictures["mask"][..., 0] >= 127


def test_what_is_known_is_as_it_is_rendered_and_new_land_is_the_edge_drawn_out(still, painted):
    frames, _ = painted
    for index in (0, 7, LAST):
        seen = preview("scroll", still, BANDS, index)
        new, made, result = new_in(seen), frames[index], seen.pictures["result"]
        beside = new.copy()  # half a pixel of what is new is mixed into its neighbour
        beside[:, :-2] |= new[:, 2:]
        assert np.array_equal(result[~beside], made[~beside])
        widths = new.sum(axis=1)
        for row, speed in ((10, 3), (30, 6), (60, 12)):
            assert abs(widths[row] - speed * index / 5) <= 1
            if widths[row] > 4:
                assert (result[row, -widths[row] + 2 :] == result[row, -1]).all()
        assert (HINTED in seen.notes) == (index > 0)
    assert (seen.index, seen.count, seen.size) == (LAST, 20, SIZE)
    assert frames_of("scroll", still, BANDS) == 20


def test_layers_are_told_apart_with_borders_and_figures(still):
    seen = preview("scroll", still, {**BANDS, "distances": "400 m, 20 m, 10 m", "size": "480x320"})
    picture, image = seen.pictures["layers"].astype(int), seen.pictures["source"].astype(int)
    assert (picture[[100, 220], 400] == 255).all()  # 20 and 44 rows of 64
    tints = [
        (picture[a:b, 300:] - image[a:b, 300:] * 0.65).mean(axis=(0, 1))
        for a, b in ((0, 98), (102, 218), (222, 320))
    ]
    assert min(np.abs(a - b).max() for a, b in pairwise(tints)) > 30
    labels = (picture[:, :120] == 20).all(axis=2).any(axis=1)
    assert labels[50] and labels[160] and labels[270] and not labels[100:104].any()


def test_layers_by_depth_are_cut_where_the_depth_steps(still):
    depth = str(still.parent / "depth.npy")
    seen = preview("scroll", still, {"layers": "depth:2", "depth": depth, "size": "192x128", "duration": 1})
    picture = seen.pictures["layers"]
    white = (picture == 255).all(axis=2)
    assert white[64:, 76:84].any(axis=1).mean() > 0.9 and white[56:64, 90:].any(axis=0).mean() > 0.9
    assert not white[:50, 100:].any()


def test_strips_that_were_painted_are_seen_as_they_are_without_a_source(painted, tmp_path):
    frames, store = painted
    for name, text in store._texts.items():
        (tmp_path / f"{name}.txt").write_text(text, encoding="utf-8")
    for name, image in store._pictures.items():
        cv2.imwrite(str(tmp_path / f"{name}.png"), image[..., ::-1])
    seen = preview("scroll", None, {**BANDS, "heights": "20,24", "strips": str(tmp_path)}, LAST)
    assert not new_in(seen).any() and HINTED not in seen.notes
    # at the end of all land, what is drawn out beyond it is mixed in
    assert np.array_equal(seen.pictures["result"][:, :-1], frames[LAST][:, :-1])


def test_a_loop_is_hinted_from_its_nearest_lap(still):
    options = {**BANDS, "heights": None, "distances": "1", "layers": "1", "endless": True, "duration": 12}
    first, middle, late = (preview("scroll", still, options, index) for index in (0, 30, 59))
    assert not new_in(first).any()
    assert not new_in(middle)[:, -20:].any() and new_in(middle)[:, 30:70].all()  # the first column is back
    assert np.array_equal(middle.pictures["result"][:, -20:], first.pictures["result"][:, 4:24])
    assert new_in(late)[:, 0].all() and not new_in(late)[:, 3:].any()


def test_words_ask_no_network(still):
    seen = preview(
        "scroll", still, {"layer_prompts": "sky; hills", "object_prompts": "a boat", "duration": 1}
    )
    assert {UNFOUND, UNLIFTED} <= set(seen.notes)
    assert (seen.pictures["layers"][:, 90:] != 255).any(axis=2).all()  # no border


def test_speeds_are_those_of_the_whole_result(still, tmp_path):
    big = tmp_path / "big.png"
    cv2.imwrite(str(big), np.zeros((1200, 1920, 3), np.uint8))
    seen = preview("scroll", big, {"layers": "3", "endless": True, "duration": 40})
    assert seen.pictures["result"].shape == (600, 960, 3) and seen.size == (1920, 1200)
    widths = [
        new_in(preview("scroll", big, {"layers": "1", "rim": rim, "duration": 1}))[300].sum()
        for rim in (0, 200)
    ]
    assert widths[1] - widths[0] == 100
    assert any("instead of 15, so" in note for note in seen.notes)


def test_what_is_refused(still, tmp_path):
    with pytest.raises(OptionError, match="the scroll has 20 frames"):
        preview("scroll", still, BANDS, 20)
    with pytest.raises(OptionError, match="needs a picture"):
        preview("scroll", None, {"prompt": "a lake"})
    with pytest.raises(OptionError, match="heights"):
        preview("scroll", still, {"heights": "400,10"})
    with pytest.raises(OptionError, match="strips"):
        preview("scroll", None, {"strips": str(tmp_path)})


def test_the_route(still, tmp_path):
    pytest.importorskip("fastapi")
    from test_api import Server

    from lib_parallax.faces import serve

    desk = open_desk(jobs_dir=tmp_path / "jobs", results=tmp_path / "results", allowed=[still.parent])
    with Server(serve.build_app(desk)) as server:
        asked = {**BANDS, "source": str(still), "index": 7, "picture": "layers"}
        status, headers, content = server.post("scroll/preview", asked)
        assert status == 200 and headers["content-type"] == "image/png" and content[:4] == b"\x89PNG"
        assert server.post("scroll/preview", {**asked, "picture": "depth"})[2]["field"] == "picture"
    desk.close()
