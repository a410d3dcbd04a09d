"""The route that reads schedules, on a real server."""

from __future__ import annotations

import pytest

from lib_parallax.faces.desk import open_desk

pytest.importorskip("fastapi")

from fastapi import FastAPI, HTTPException
from test_api import Server

from lib_parallax.faces import serve
from lib_parallax.faces.api import add_routes
from lib_parallax.faces.api.timeline import LARGEST
from lib_parallax.timeline import Schedule

CURVE = "timeline/curve"


@pytest.fixture
def desk(tmp_path, monkeypatch):
    monkeypatch.setenv("XDG_DATA_HOME", str(tmp_path / "data"))
    opened = open_desk(jobs_dir=tmp_path / "jobs", results=tmp_path / "results")
    yield opened
    opened.close()


@pytest.fixture
def server(desk):
    with Server(serve.build_app(desk)) as running:
        yield running


def test_keys_and_curve_of_a_text(server):
    text = '0:(1), 30:(1.2*sin(t/10)), "max_f-1":(s/fps) sine'
    status, _, told = server.post(CURVE, {"text": text, "frames": 60, "fps": 25, "seed": 50})
    assert status == 200 and told["text"] == text and told["told"] == ""
    assert told["keys"] == [
        {"frame": 0, "value": 1.0, "way": "linear"},
        {"frame": 30, "value": "1.2*sin(t/10)", "way": ""},
        {"frame": 58, "value": "s/fps", "way": "sine", "place": "max_f-1"},
    ]
    schedule = Schedule.parse(text, 60, 50, 25)
    assert (told["frames"][0], told["frames"][-1], told["last"]) == (0, 59, 59)
    assert set(range(60)) <= set(told["frames"])
    assert told["values"] == pytest.approx([schedule.at(frame) for frame in told["frames"]])
    assert told["at"] == pytest.approx([schedule.at(frame) for frame in (0, 30, 58)])


def test_keys_become_a_text(server):
    keys = [{"frame": 40, "value": 2, "way": "step"}, {"frame": 0, "value": "t/2", "way": ""}]
    status, _, told = server.post(CURVE, {"keys": keys})
    assert (status, told["text"]) == (200, "0:(t/2), 40:(2) step")


def test_a_frame_without_a_value_is_named_and_null(server):
    _, _, told = server.post(CURVE, {"text": "1/(t-30)", "frames": 61})
    assert "at frame 30" in told["told"]
    gap = told["frames"].index(30)
    assert told["values"][gap] is None and told["values"][gap - 1] is not None


@pytest.mark.parametrize(
    ("body", "says"),
    [
        ({"text": "0:(1), 30:(2"}, "at character 11"),
        ({"text": "0:(__import__('os'))"}, "at character"),
        ({"text": "audio.bass"}, "there is no sound here"),
        ({"keys": []}, "at least one"),
        ({"keys": [{"frame": 3, "value": 1}, {"frame": 3, "value": 2}]}, "two keys for frame 3"),
        ({"keys": [{"frame": 0, "value": "1), 5:(("}]}, "never closed"),
        ({}, "either text or keys"),
        ({"text": "1", "keys": [{"frame": 0, "value": 1}]}, "either text or keys"),
        ({"text": "1", "frames": 0}, "outside 1"),
        ({"text": "1", "points": 3}, "points"),
    ],
)
def test_refusals(server, body, says):
    status, _, told = server.post(CURVE, body)
    assert status == 400 and says in told["error"]


def test_a_body_too_large_is_refused(server):
    assert server.post(CURVE, {"text": " " * LARGEST})[0] == 413
    assert server.post_form(CURVE, {"text": " " * LARGEST})[0] == 413


def test_a_long_schedule_is_answered_in_few_samples(server):
    _, _, told = server.post(CURVE, {"text": "t", "frames": 10**6})
    assert len(told["frames"]) == len(told["values"]) == 2000 and told["last"] == 10**6 - 1


def test_it_is_behind_the_guard_and_in_the_documentation(desk):
    def closed():
        raise HTTPException(401, "no")

    app = FastAPI()
    add_routes(app, desk, closed)
    with Server(app) as server:
        assert server.post(CURVE, {"text": "1"})[0] == 401
        described = app.openapi()["paths"][f"/parallax/v1/{CURVE}"]["post"]
    body = described["requestBody"]["content"]["application/json"]["schema"]["properties"]
    assert {"text", "keys", "frames", "fps", "seed"} == set(body)
