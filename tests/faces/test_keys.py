"""Which frames an animation would paint, as the page and the routes tell it."""

from __future__ import annotations

import re

import cv2
import numpy as np
import pytest

from lib_parallax.errors import OptionError
from lib_parallax.faces.desk import open_desk
from lib_parallax.faces.tab.keys_panel import keys_shown, numbers_in, written
from lib_parallax.faces.words import Words


@pytest.fixture
def desk(tmp_path):
    opened = open_desk(jobs_dir=tmp_path / "jobs", results=tmp_path / "results", allowed=[tmp_path])
    yield opened
    opened.close()


@pytest.fixture
def clip(tmp_path):
    """Seven frames of one surface that moves, six of another."""
    folder = tmp_path / "clip"
    folder.mkdir()
    number = 0
    for frames, soft, mean in ((7, 2, 60), (6, 6, 190)):
        noise = np.random.default_rng(soft).normal(size=(140, 180, 3)).astype(np.float32)
        noise = cv2.GaussianBlur(noise, (0, 0), soft)
        big = np.clip(mean + 40 * noise / noise.std(), 0, 255).astype(np.uint8)
        for t in range(frames):
            cv2.imwrite(str(folder / f"{number:04d}.png"), big[t : t + 64, 2 * t : 2 * t + 96])
            number += 1
    return folder


def test_suggested_keys_begin_every_shot_and_heed_the_options(desk, clip):
    found = desk.keys("animate", clip, {"keys": "every:3"})
    assert [key.index for key in found.keys] == [0, 3, 6, 7, 10]
    assert found.cuts == (0, 7) and found.frames == 13
    # what is chosen already, or everything, is no answer to the question which
    assert desk.keys("animate", clip, {"keys": "5"}) == desk.keys("animate", clip, {"keys": "all"})
    assert {0, 7} <= {key.index for key in desk.keys("animate", clip, {}).keys}
    with pytest.raises(OptionError, match="stereo: has no keys"):
        desk.keys("stereo", clip, {})


def test_numbers_of_the_field():
    assert numbers_in("0, 12,31") == {0, 12, 31}
    assert numbers_in("coverage") == numbers_in("") == numbers_in("what") == set()
    assert written([0, 12, 31]) == "0,12,31" and written([]) == "coverage"


def test_a_button_with_a_picture_for_every_key(clip):
    html = keys_shown(clip, [0, 7], Words())
    assert re.findall(r'data-key="(\d+)"', html) == ["0", "7"]
    pictures = re.findall(r'src="(data:image/jpeg;base64,[^"]+)"', html)
    assert len(set(pictures)) == 2


def test_the_route(desk, clip, tmp_path, monkeypatch):
    pytest.importorskip("fastapi")
    from test_api import Server

    from lib_parallax.faces import serve

    monkeypatch.setenv("XDG_DATA_HOME", str(tmp_path / "data"))
    with Server(serve.build_app(desk)) as server:
        status, _, told = server.post("animate/keys", {"source": str(clip), "keys": "every:6"})
        assert (status, told) == (200, {"keys": [0, 6, 7], "cuts": [0, 7], "count": 13})
        status, _, told = server.post("animate/keys", {"source": str(clip), "keys": "some"})
        assert (status, told["field"]) == (400, "keys")
        assert server.post("animate/keys", {"source": "/etc/passwd"})[0] == 403
        assert server.post("stereo/keys", {"source": str(clip)})[0] == 404
