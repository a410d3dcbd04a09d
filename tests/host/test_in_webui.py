"""Parallax inside a real webui: tab, settings, routes, jobs, and the webui's own work beside it."""

from __future__ import annotations

import base64
import io
import threading
import time

import numpy as np
import pytest
from PIL import Image

from lib_parallax import media, samples


@pytest.fixture(scope="session")
def clip(webui):
    """A short film among the webui's results, where its path may be named."""
    folder = webui.data / "outputs" / "films"
    folder.mkdir(parents=True, exist_ok=True)
    samples.write_clip(folder / "clip.mp4", size=(192, 108), seconds=1)
    return folder / "clip.mp4"


@pytest.fixture(scope="session")
def long_clip(webui):
    folder = webui.data / "outputs" / "long"
    folder.mkdir(parents=True, exist_ok=True)
    samples.write_clip(folder / "long.mp4", size=(320, 180), seconds=8)
    return folder / "long.mp4"


def test_the_tab_is_there(webui):
    status, config = webui.ask("/config")
    assert status == 200
    ids = {part["props"].get("elem_id") for part in config["components"]}
    assert {"parallax_stereo_generate", "parallax_depth_generate"} <= ids
    assert "parallax_missing" not in ids


def test_the_settings_are_there(webui):
    parts = {part["props"].get("elem_id"): part["props"] for part in webui.ask("/config")[1]["components"]}
    assert parts["setting_parallax_depth_model"]["value"] == "auto"
    assert parts["setting_parallax_memory"]["value"] == "step aside"


def test_a_stereo_job_by_the_routes(webui, clip):
    picture = webui.paint()
    status, answer = webui.ask("/parallax/v1/stereo", {"source": str(clip), "layout": "half-sbs"})
    assert status == 202, answer
    job = webui.wait_for(answer["id"], "done")
    assert job["options"]["device"] == "cpu"  # --use-cpu all
    name = job["files"][0]["name"]
    assert (webui.data / "outputs" / "parallax" / "results" / name).is_file()
    status, film = webui.ask(f"/parallax/v1/jobs/{answer['id']}/files/{name}")
    assert status == 200
    (webui.data / "got.mp4").write_bytes(film)
    with media.open_video(webui.data / "got.mp4") as reader:
        assert reader.size == (192, 108) and reader.count() == 25
    assert webui.paint() == picture


def test_progress_interrupt_and_the_webuis_own_work(webui, long_clip):
    status, answer = webui.ask("/parallax/v1/stereo", {"source": str(long_clip)})
    assert status == 202, answer
    webui.wait_for(answer["id"], "running")
    shown = {}
    deadline = time.monotonic() + 60
    while not shown.get("progress") and time.monotonic() < deadline:
        shown = webui.ask("/sdapi/v1/progress")[1]
        time.sleep(0.2)
    assert "parallax" in shown["state"]["job"] and 0 < shown["progress"] <= 1

    # the webui's own picture waits for its turn while the job holds the queue
    painted = []
    painter = threading.Thread(target=lambda: painted.append(webui.paint()))
    painter.start()
    time.sleep(1)
    assert not painted
    webui.ask("/sdapi/v1/interrupt", {})
    assert webui.wait_for(answer["id"], "cancelled")["error"].startswith("cancelled")
    painter.join(60)
    assert Image.open(io.BytesIO(painted[0])).size == (128, 128)

    assert webui.ask(f"/parallax/v1/jobs/{answer['id']}/resume", {})[0] in (200, 202)
    assert webui.wait_for(answer["id"], "done")["progress"]["done"] == 200


def test_a_batch(webui, clip, long_clip):
    order = {"loop": "depth", "folder": str(clip.parent.parent / "films")}
    status, answer = webui.ask("/parallax/v1/batch", order)
    assert status == 202, answer
    job = webui.wait_for(answer["id"], "done")
    assert job["batch"]["done"] == 1 and not job["batch"]["errors"]


def test_a_preview(webui):
    picture = np.zeros((90, 160, 3), np.uint8)
    picture[30:60, 50:90] = 220
    packed = io.BytesIO()
    Image.fromarray(picture).save(packed, "PNG")
    body = {"source": {"name": "a.png", "data": base64.b64encode(packed.getvalue()).decode()}}
    status, answer = webui.ask("/parallax/v1/depth/preview", body)
    assert status == 200 and Image.open(io.BytesIO(answer)).size == (160, 90)


@pytest.mark.parametrize("path", ["/etc/passwd", "../../../etc/passwd"])
def test_other_files_stay_closed(webui, path):
    status, answer = webui.ask("/parallax/v1/stereo", {"source": path})
    assert status == 403 and answer["field"] == "source"


def test_credentials_are_asked_for(guarded):
    assert guarded.ask("/parallax/v1/jobs", auth=False)[0] == 401
    assert guarded.ask("/parallax/v1/jobs")[0] == 200


def test_nothing_that_was_installed_has_moved(webui, before, installed):
    assert before <= installed(webui.python)


def test_painting_is_stopped_within_a_step_and_goes_on(webui):
    painted = {"prompt": "a red disc", "generator": "webui", "count": 2, "steps": 30}
    order = {**painted, "keyframe_size": "128x128", "upscaler": "none", "speed": "2", "fps": 8}
    whole = webui.ask("/parallax/v1/zoom", {**order, "output": "whole.mkv", "codec": "ffv1"})[1]
    assert webui.wait_for(whole["id"], "done")["error"] is None

    parts = webui.ask("/parallax/v1/zoom", {**order, "output": "parts.mkv", "codec": "ffv1"})[1]
    deadline = time.monotonic() + 120
    step = 0
    while not 1 < step < 29 and time.monotonic() < deadline:
        step = webui.ask("/sdapi/v1/progress?skip_current_image=true")[1]["state"]["sampling_step"]
    webui.ask("/sdapi/v1/interrupt", {})
    webui.wait_for(parts["id"], "cancelled")
    # the host is free again, and paints to the end
    assert Image.open(io.BytesIO(webui.paint())).size == (128, 128)

    assert webui.ask(f"/parallax/v1/jobs/{parts['id']}/resume", {})[0] == 202
    webui.wait_for(parts["id"], "done")
    results = webui.data / "outputs" / "parallax" / "results"
    assert (results / "parts.mkv").read_bytes() == (results / "whole.mkv").read_bytes()


def test_a_pictures_options_are_in_it_as_the_webui_has_them(webui):
    body = {"source": {"name": "a.png", "data": base64.b64encode(webui.paint()).decode()}, "strength": 3.5}
    job = webui.ask("/parallax/v1/stereo", {**body, "output": "told.png"})[1]
    webui.wait_for(job["id"], "done")
    packed = base64.b64encode((webui.data / "outputs/parallax/results/told.png").read_bytes()).decode()
    said = webui.ask("/sdapi/v1/png-info", {"image": f"data:image/png;base64,{packed}"})[1]
    assert "Parallax: stereo" in said["info"] and "strength: 3.5" in said["info"]

    webui.ask("/sdapi/v1/options", {"enable_pnginfo": False})
    try:
        job = webui.ask("/parallax/v1/stereo", {**body, "output": "silent.png"})[1]
        webui.wait_for(job["id"], "done")
    finally:
        webui.ask("/sdapi/v1/options", {"enable_pnginfo": True})
    with Image.open(webui.data / "outputs/parallax/results/silent.png") as silent:
        assert "parameters" not in silent.info
