"""The editor of a scroll's layers: what is told of them, and what options become of a wish."""

from __future__ import annotations

import base64
import json
from dataclasses import replace

import cv2
import numpy as np
import pytest

from lib_parallax.errors import OptionError
from lib_parallax.faces.desk import open_desk
from lib_parallax.faces.layer_edits import edited, read, written
from lib_parallax.faces.tab import source
from lib_parallax.faces.tab.bands import editor
from lib_parallax.faces.tab.bands_panel import answer
from lib_parallax.faces.words import Words
from lib_parallax.loops.source import Given
from lib_parallax.options import ScrollOptions, parse

PICTURE = np.full((200, 300, 3), 90, np.uint8)
BANDS = {"heights": "80,60", "distances": "300, 100, 50", "gains": "1, 0.5, 1"}


def layers(values):
    return read(parse(ScrollOptions, values), Given([PICTURE], "picture"))


def wished(values, *wishes):
    """The options after one wish upon the other."""
    values = dict(values)
    for wish in wishes:
        before = layers(values)
        values |= written(before, edited(before, wish))
        values = {name: value for name, value in values.items() if value != ""}
    return values


def test_borders_become_heights_and_keep_their_order():
    assert wished(BANDS, {"does": "borders", "borders": [100.4, 150]}) == {
        **BANDS,
        "layers": "3",
        "heights": "100,50",
    }
    crossed = layers(wished(BANDS, {"does": "borders", "borders": [199.7, -20]}))
    assert crossed.borders == (0, 198, 199, 200)
    thirds = wished({}, {"does": "borders", "borders": [66.7, 150]})
    assert thirds == {"layers": "3", "heights": "67,83"}
    with pytest.raises(OptionError, match="1 borders for 3"):
        edited(layers(BANDS), {"does": "borders", "borders": [5]})


def test_a_band_is_parted_and_removed_with_all_that_is_its():
    parted = wished(BANDS, {"does": "add", "at": 100})
    assert parted == {
        "layers": "4",
        "heights": "80,20,40",
        "distances": "300, 100, 100, 50",
        "gains": "1, 0.5, 0.5, 1",
    }
    less = wished(parted, {"does": "drop", "layer": 2})
    assert less == {**BANDS, "layers": "3", "heights": "80,60"}
    first = wished(BANDS, {"does": "drop", "layer": 0})
    assert (first["heights"], first["distances"], first["gains"]) == ("140", "100, 50", "0.5, 1")
    one = wished(BANDS, *({"does": "drop", "layer": 0},) * 2)
    assert one["layers"] == "1" and "heights" not in one and layers(one).borders == (0, 200)
    with pytest.raises(OptionError, match="the last one stays"):
        edited(layers(one), {"does": "drop", "layer": 0})
    thin = {"heights": "1,1"}
    with pytest.raises(OptionError, match="too low"):
        edited(layers(thin), {"does": "add", "at": 0})


def test_an_order_moves_with_the_bands_and_is_left_out_where_it_is_usual():
    turned = wished(BANDS, {"does": "shift", "layer": 0, "by": 1})
    assert turned["order"] == "1,0,2"
    assert wished(turned, {"does": "add", "at": 10})["order"] == "2,0,1,3"
    assert wished(turned, {"does": "drop", "layer": 1}).get("order") is None
    assert "order" not in wished(turned, {"does": "shift", "layer": 0, "by": -1})
    assert wished(BANDS, {"does": "shift", "layer": 2, "by": 5}) == BANDS


def test_the_first_distance_that_is_typed_brings_the_others_with_it():
    typed = wished({"layers": "3"}, {"does": "distances", "layer": 1, "text": "80 m"})
    assert typed["distances"] == "128 m, 80 m, 50 m"
    mixed = wished(BANDS, {"does": "distances", "layer": 0, "text": "1.5"})
    assert mixed["distances"] == "1.5, 100, 50" and layers(mixed).order == (1, 2, 0)
    comma = wished({"layers": "2", "distances": "10; 5"}, {"does": "distances", "layer": 1, "text": "2,5"})
    assert layers(comma).distances == ("10", "2,5") and comma["distances"] == "10; 2,5"
    assert "gains" not in wished(BANDS, {"does": "gains", "layer": 1, "text": "1"})


@pytest.mark.parametrize(
    ("wish", "sentence"),
    [
        ({"does": "distances", "layer": 0, "text": "-3"}, "farther away than 0"),
        ({"does": "distances", "layer": 0, "text": "x"}, "is no number"),
        ({"does": "distances", "layer": 0, "text": "1; 2"}, "more than one"),
        ({"does": "distances", "layer": 0, "text": ""}, "needs one"),
        ({"does": "distances", "layer": 7, "text": "1"}, "no layer 7"),
        ({"does": "gains", "layer": "0", "text": "1"}, "not a number"),
        ({"does": "soft", "value": -4}, "soft"),
        ({"does": "soft", "value": None}, "soft"),
        ({"does": "borders", "borders": "ab"}, "not a number"),
        ({"does": "add", "at": float("nan")}, "not a number"),
        ({"does": "dance"}, "dance"),
        ({}, "None"),
    ],
)
def test_wishes_that_cannot_be(wish, sentence):
    with pytest.raises(OptionError, match=sentence):
        before = layers(BANDS)
        written(before, edited(before, wish))


def test_layers_that_are_no_bands_have_no_borders():
    found = layers({"layers": "depth:4"})
    assert found.borders is None and found.count == 4
    assert written(found, replace(found, order=(1, 0, 2, 3))) == {"order": "1,0,2,3"}
    with pytest.raises(OptionError, match="only bands"):
        edited(found, {"does": "add", "at": 5})


@pytest.fixture
def desk(tmp_path):
    opened = open_desk(jobs_dir=tmp_path / "jobs", results=tmp_path / "results", allowed=[tmp_path])
    yield opened
    opened.close()


def asked(desk, values, file=None, **question):
    if file is None:
        file = desk.places.allowed[0] / "picture.png"
        if not file.exists():
            cv2.imwrite(str(file), PICTURE)
    given = source.read([source.PATH, "", str(file), "", "", True, ""])
    return answer(desk, "scroll", json.dumps({"number": 4, **question}), given, values)


def test_what_is_told(desk):
    told, changes = asked(desk, BANDS)
    assert changes == {} and (told["number"], told["kind"], told["borders"]) == (4, "bands", (80, 140))
    assert (told["width"], told["height"], told["order"]) == (300, 200, (0, 1, 2))
    # 300 pixels in 16 steps of 5 s
    assert [layer["speed"] for layer in told["layers"]] == ["0.625 px/s", "0.938 px/s", "3.75 px/s"]
    head, _, data = told["picture"].partition(",")
    image = cv2.imdecode(np.frombuffer(base64.b64decode(data), np.uint8), cv2.IMREAD_COLOR)
    assert head == "data:image/jpeg;base64" and image.shape == PICTURE.shape
    assert "picture" not in asked(desk, BANDS, seen=told["key"])[0]
    json.dumps(told)


def test_a_wish_is_written_and_a_refused_one_leaves_all_as_it_is(desk):
    told, changes = asked(desk, BANDS, wish={"does": "borders", "borders": [50, 60]})
    assert told["borders"] == (50, 60) and changes == {"layers": "3", "heights": "50,10"}
    told, changes = asked(desk, BANDS, wish={"does": "distances", "layer": 1, "text": "0"})
    assert "farther away than 0" in told["error"] and changes == {}
    assert told["borders"] == (80, 140) and told["layers"][1]["distance"] == "100"


def test_without_a_source_with_a_strange_one_and_with_options_that_mean_nothing(desk, tmp_path_factory):
    nothing = source.read([source.UPLOAD, "", "", "", "", True, ""])
    assert answer(desk, "scroll", "{}", nothing, BANDS) == ({"number": None, "kind": ""}, {})
    assert answer(desk, "scroll", "[" * 9999, nothing, {})[0]["kind"] == ""
    stranger = tmp_path_factory.mktemp("elsewhere") / "a.png"
    cv2.imwrite(str(stranger), PICTURE)
    assert "outside" in asked(desk, {}, stranger)[0]["error"]
    told, changes = asked(desk, {"heights": "80,<b>"}, wish={"does": "add", "at": 3})
    assert "'<b>'" in told["error"] and told["kind"] == "" and changes == {}


def test_layers_that_are_found_are_seen_when_they_are_asked_for(desk):
    values = {"layers": "depth:2", "duration": 1}
    plain, _ = asked(desk, values)
    assert plain["kind"] == "found" and plain["borders"] == () and plain["layers"][0]["speed"] == ""
    found, _ = asked(desk, values, seen=plain["key"], find=True)
    assert found["key"] != plain["key"] and found["picture"] != plain["picture"]


def test_the_editors_words_are_escaped():
    table = {"Add band": '<b>"&', "Distance": "'>"}
    html = editor("scroll", Words(table))
    assert "&lt;b&gt;&quot;&amp;" in html and "<b>" not in html and "&#x27;&gt;" in html


def test_the_sub_tab_has_the_editor_and_what_is_basic_first(desk):
    pytest.importorskip("gradio", reason="gradio is not installed")
    from lib_parallax.faces import tab
    from lib_parallax.faces.tab import labels, preview_panel

    page = tab.build(desk)
    names = [block.elem_id for block in page.blocks.values() if getattr(block, "elem_id", None)]
    places = [
        names.index(f"parallax_scroll_{item}") for item in ("card", "bands", "prompt", "heights", "gains")
    ]
    assert places == sorted(places) and "parallax_zoom_bands" not in names
    assert next(iter(labels.groups("scroll"))) == "Basic"
    assert preview_panel.views("scroll") == ["Result", "Layers", "Mask"]


def test_options_of_layers_come_back_from_a_results_text_and_a_preset(desk):
    from lib_parallax import infotext, presets

    values = {**BANDS, "order": "1,0,2", "soft": 9.0}
    loop, found = infotext.from_text(infotext.to_text("scroll", values))
    assert loop == "scroll" and parse(ScrollOptions, found) == parse(ScrollOptions, values)
    presets.save("mine", "scroll", {"heights": "80,60", "order": "1,0,2"}, desk.presets)
    assert presets.load("mine", "scroll", desk.presets)["order"] == "1,0,2"
