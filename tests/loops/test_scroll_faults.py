"""Records that somebody has tampered with, options that would never end, and networks read but once."""

from __future__ import annotations

import json
import shutil

import cv2
import numpy as np
import pytest
from scroll_painters import Painter, picture, scrolled

from lib_parallax import depth
from lib_parallax.errors import OptionError, ParallaxError
from lib_parallax.jobs.kept import FolderStore


@pytest.fixture(scope="module")
def kept(tmp_path_factory):
    """What a job keeps."""
    folder = tmp_path_factory.mktemp("job") / "kept"
    scrolled(store=FolderStore(folder))
    return folder


@pytest.fixture
def stranger(kept, tmp_path):
    """A copy of it whose texts are changed by a function, shown again by a job of its own."""

    def shown(name, change):
        folder = tmp_path / "strips"
        shutil.copytree(kept, folder)
        path = folder / f"{name}.txt"
        text = change(json.loads(path.read_text()))
        path.write_text(text if isinstance(text, str) else json.dumps(text))
        return scrolled(strips=str(folder), store=FolderStore(tmp_path / "own"))[0]

    return shown


def piece(**values):
    def change(told):
        told["pieces"][2].update(values)
        return told

    return change


def without(name):
    return lambda told: {key: value for key, value in told.items() if key != name}


def test_what_was_kept_is_shown_again(stranger):
    assert np.array_equal(stranger("scroll", dict), scrolled()[0])


def test_a_record_names_no_files_elsewhere(stranger, tmp_path):
    secret = tmp_path / "secret.png"
    cv2.imwrite(str(secret), np.zeros((15, 12, 3), np.uint8))
    for name in (str(secret.with_suffix("")), "../secret", "layer-0-step-0001-0/../../x"):
        with pytest.raises(OptionError, match=r"step-0001\.txt is damaged") as refused:
            stranger("step-0001", piece(name=name))
        assert refused.value.field == "strips"
        shutil.rmtree(tmp_path / "strips")
        shutil.rmtree(tmp_path / "own", ignore_errors=True)


@pytest.mark.parametrize(
    ("name", "change"),
    [
        ("scroll", lambda told: {**told, "size": [300000, 300000]}),
        ("scroll", lambda told: {**told, "size": [-3, 40]}),
        ("scroll", lambda told: {**told, "size": "60x40"}),
        ("scroll", lambda told: {**told, "layers": 10**9}),
        ("scroll", lambda told: {**told, "direction": "left"}),
        ("scroll", lambda told: {**told, "distances": [1, 0, float("nan")]}),
        ("scroll", lambda told: {**told, "periods": [[0, 0], None, None]}),
        ("scroll", lambda told: {**told, "kind": "masks"}),
        ("scroll", without("size")),
        ("scroll", lambda told: '{"a":' * 100_000),
        ("scroll", lambda told: [told]),
        ("step-0001", without("pieces")),
        ("step-0001", lambda told: {"pieces": "abc"}),
        ("step-0001", piece(layer=3)),
        ("step-0001", piece(layer=-1)),
        ("step-0001", piece(x=float("inf"))),
        ("step-0001", piece(x=10**30)),
        ("step-0001", piece(width=0)),
        ("things", lambda told: {"thing": 3}),
        ("things", lambda told: [{"x": 0, "y": 0, "width": 5, "height": 5, "layer": 3}]),
    ],
)
def test_a_damaged_record_is_refused(stranger, name, change):
    with pytest.raises(OptionError, match=rf"strips: {name}\.txt is damaged"):
        stranger(name, change)


def test_pictures_of_a_record_must_be_what_it_says(stranger):
    with pytest.raises(ParallaxError, match="changed"):
        stranger("step-0001", piece(width=10**9))


@pytest.mark.parametrize(
    ("values", "field", "said"),
    [
        ({"step_seconds": 0.04, "duration": 36000, "fps": 1}, "step_seconds", "900000 steps"),
        ({"gains": "1e12,1,1"}, "gains", "outside 0 to 100"),
        ({"distances": ",".join("1" * 300)}, "layers", "300 is outside 1 to 256"),
        ({"layer_prompts": ";".join("a" * 300), "distances": None}, "layers", "301 is outside 1 to 256"),
        ({"layers": "9" * 5000, "distances": None}, "layers", "layers"),
        ({"rim": 31}, "rim", "31 of the picture's 60 pixels"),
        ({"rim": 21, "direction": 90}, "rim", "21 of the picture's 40 pixels"),
        ({"strips": "a\0b"}, "strips", "holds no scroll"),
        ({"size": [float("inf"), 2]}, "size", "is not a size"),
    ],
)
def test_options_that_would_not_end(values, field, said):
    with pytest.raises(OptionError, match=said) as refused:
        scrolled(**values)
    assert refused.value.field == field


def test_a_rim_of_half_the_picture_is_painted():
    assert len(scrolled(rim=30)[0]) == 12


@pytest.mark.parametrize("values", [{"distances": "2, 1"}, {"distances": None, "order": "1,0"}])
def test_masks_with_fewer_distances_than_layers(values, tmp_path):
    for number, top in enumerate((10, 25)):
        mask = np.zeros((40, 60), np.uint8)
        mask[top : top + 10, 10:50] = 255
        cv2.imwrite(str(tmp_path / f"{number}.png"), mask)
    with pytest.raises(OptionError, match=r"3 layers \(background, 0, 1\).* of 2; give one for each"):
        scrolled(layers=str(tmp_path), **values)


def test_a_folder_of_something_else_is_no_folder_of_masks(tmp_path):
    for number in range(300):
        (tmp_path / f"{number}.png").touch()
    with pytest.raises(OptionError, match="300 pictures; 256 masks are the most"):
        scrolled(layers=str(tmp_path), distances=None)


def test_a_depth_network_is_read_once(monkeypatch):
    made, load = [], depth.load
    monkeypatch.setattr(depth, "load", lambda *args, **kept: made.append(args) or load(*args, **kept))
    painter = Painter(colour=90)
    scrolled(picture((48, 32)), painter, layers="depth:2", distances=None)
    assert len(painter.asked) >= 3
    assert len(made) == 2, "once by the plan, which names it, and once for all steps"
