"""The routes of a camera move, on a real server: from a picture, and from words alone."""

from __future__ import annotations

import cv2
import numpy as np
import pytest

from lib_parallax.faces.desk import open_desk

pytest.importorskip("fastapi")

from test_api import ROOT, Server

from lib_parallax.faces import serve

MOVE = {"duration": 0.4, "fps": 10, "size": "64x48", "generator": "classical", "height": "0:(0.1), 3:(0.3)"}


@pytest.fixture
def server(tmp_path, monkeypatch):
    monkeypatch.setenv("XDG_DATA_HOME", str(tmp_path / "data"))
    desk = open_desk(jobs_dir=tmp_path / "jobs", results=tmp_path / "results", allowed=[tmp_path])
    with Server(serve.build_app(desk)) as running:
        yield running
    desk.close()


@pytest.fixture
def still(tmp_path):
    image = np.random.default_rng(3).integers(0, 256, (48, 64, 3), np.uint8)
    cv2.imwrite(str(tmp_path / "still.png"), image)
    np.save(tmp_path / "depth.npy", np.tile(np.linspace(0, 1, 48, dtype=np.float32)[:, None], (1, 64)))
    return {"source": str(tmp_path / "still.png"), "depth": str(tmp_path / "depth.npy")}


def test_a_move_through_a_picture(server, still):
    status, _, made = server.post("parallax", {**MOVE, **still})
    assert status == 202
    done = server.ended(made["address"])
    assert done["state"] == "done" and done["progress"]["done"] == 4
    assert [file["name"].rpartition(".")[2] for file in done["files"]] == ["mp4"]
    status, headers, content = server.post(
        "parallax/preview", {**MOVE, **still, "index": 3, "picture": "holes"}
    )
    assert status == 200 and headers["content-type"] == "image/png" and content[:4] == b"\x89PNG"
    assert server.post("parallax/preview", {**MOVE, **still, "index": 4})[2]["field"] == "index"


def test_words_alone(server):
    status, _, made = server.post("parallax", {**MOVE, "prompt": "a valley"})
    assert status == 202 and server.ended(made["address"])["state"] == "done"
    status, _, refused = server.post("parallax/preview", {**MOVE, "prompt": "a valley"})
    assert status == 400 and refused["field"] == "source"


def test_schedules_that_are_none_are_refused_with_their_frame(server, still):
    _, _, made = server.post("parallax", {**MOVE, **still, "zoom": "1/abs(t-2)"})
    if "address" in made:
        made = server.ended(made["address"])
    assert "frame 2" in made["error"]


def test_it_is_in_the_description(server):
    _, _, told = server.get("/openapi.json")
    assert {f"{ROOT}/parallax", f"{ROOT}/parallax/preview"} <= told["paths"].keys()
