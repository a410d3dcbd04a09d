"""The routes of a zoom that asks, and of one with a picture painted anew, on a real server."""

from __future__ import annotations

import pytest

from lib_parallax.faces.desk import open_desk

pytest.importorskip("fastapi")

from test_api import Server

from lib_parallax.faces import serve

ZOOM = {
    "prompt": "red\nblue", "count": 1, "keyframe_size": "64x64", "fps": 4, "generator": "classical",
    "pick": "ask", "candidates": 2, "upscaler": "none",
}  # fmt: skip


@pytest.fixture
def server(tmp_path, monkeypatch):
    monkeypatch.setenv("XDG_DATA_HOME", str(tmp_path / "data"))
    desk = open_desk(jobs_dir=tmp_path / "jobs", results=tmp_path / "results")
    with Server(serve.build_app(desk)) as running:
        yield running
    desk.close()


def asks(server, address):
    while True:
        _, _, job = server.get(address)
        if job["asks"] is not None:
            return job
        assert job["state"] in ("queued", "running"), job["error"]


def test_a_job_asks_is_answered_and_painted_anew(server):
    _, _, made = server.post("zoom", ZOOM)
    at = made["address"]
    job = asks(server, at)
    asked = job["asks"]
    assert job["progress"]["stage"] == "waiting for a choice" and (asked["step"], asked["last"]) == (0, 1)
    assert [p["name"] for p in asked["pictures"]] == ["candidate-0000-00.png", "candidate-0000-01.png"]
    status, headers, content = server.get(asked["pictures"][1]["address"])
    assert status == 200 and headers["content-type"] == "image/png" and content[:4] == b"\x89PNG"

    assert server.post(f"{at}/choice", {"step": 0, "choice": "maybe"})[2]["field"] == "choice"
    assert server.post(f"{at}/choice", {"step": 0, "choice": "7"})[0] == 400
    assert server.post(f"{at}/choice", {"step": 1, "choice": "0"})[2]["field"] == "step"
    assert server.post(f"{at}/choice", {"step": 0, "choice": "0", "why": 1})[2]["field"] == "why"
    assert server.post(f"{at}/choice", {"step": 0, "choice": "reroll"})[0] == 200
    assert asks(server, at)["asks"]["pictures"][0]["name"] == "candidate-0000-02.png"
    assert server.post(f"{at}/choice", {"step": 0, "choice": 1})[0] == 200
    asks(server, at)
    assert server.post(f"{at}/choice", {"step": 1, "choice": "0"})[0] == 200
    done = server.ended(at)
    assert done["state"] == "done" and done["asks"] is None
    assert server.post(f"{at}/choice", {"step": 1, "choice": "0"})[0] == 409
    assert server.get(asked["pictures"][1]["address"])[0] == 404

    status, _, answer = server.post(f"{at}/repaint", {"step": 1, "seed": 5, "output": "anew.mp4"})
    assert status == 202
    asks(server, answer["address"])
    assert server.post(f"{answer['address']}/choice", {"step": 1, "choice": "0"})[0] == 200
    anew = server.ended(answer["address"])
    assert anew["state"] == "done" and anew["options"]["step_seeds"] == "1:5"
    assert [file["name"] for file in anew["files"]] == ["anew.mp4"]
    status, _, refused = server.post(f"{at}/repaint", {"step": 2})
    assert status == 400 and refused["field"] == "step"


def test_a_preview_needs_no_source(server):
    plain = {**ZOOM, "pick": "auto"}
    status, headers, content = server.post("zoom/preview", {**plain, "picture": "mask"})
    assert status == 200 and headers["content-type"] == "image/png" and content[:4] == b"\x89PNG"
    assert server.post("zoom/preview", {**plain, "index": 1})[2]["field"] == "index"
    assert server.post("zoom/preview", {**plain, "picture": "depth"})[2]["field"] == "picture"
    assert server.post("stereo/preview", {})[2]["field"] == "source"
