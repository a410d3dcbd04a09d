"""A zoom painted by a real inpainting pipeline, if a tiny one: nothing drifts, nothing is left to chance."""

from __future__ import annotations

import json

import numpy as np
import pytest

from lib_parallax import jobs
from lib_parallax.errors import Cancelled
from lib_parallax.faces.cli import main
from lib_parallax.loops.store import MemoryStore
from lib_parallax.loops.zoom import frames as zoom_frames
from lib_parallax.loops.zoom.canvas import Inset
from lib_parallax.loops.zoom.course import course_of
from lib_parallax.media import Nothing
from lib_parallax.options import ZoomOptions, parse
from lib_parallax.types import CancelToken

pytest.importorskip("diffusers")
SIDE = 64  # what a laptop paints in seconds; nothing here depends on it


@pytest.fixture(scope="module")
def tiny(request) -> str:
    return str(request.getfixturevalue("data") / "diffusers-models" / "tiny-sd15-inpainting")


def options(tiny, **more):
    given = {
        "generator": "diffusers", "checkpoint": tiny, "prompt": "a green hill\na house\na town",
        "keyframe_size": f"{SIDE}x{SIDE}", "upscaler": "none", "fps": 4, "steps": 1, "codec": "ffv1", **more,
    }  # fmt: skip
    return parse(ZoomOptions, given)


def test_twenty_steps_shift_no_colour(tiny):
    chosen, store = options(tiny, count=20, fps=1), MemoryStore()
    list(zoom_frames(Nothing("zoom"), chosen, store=store))
    inset = Inset.of(course_of(chosen, 20, (SIDE, SIDE)), 0, (SIDE, SIDE))
    quarter = slice(SIDE // 4, -SIDE // 4)
    for step in range(20):
        inner, outer = (store.picture(f"keyframe-{n:04d}").astype(np.float64) for n in (step, step + 1))
        kept = store.picture(f"mask-{step + 1:04d}")[quarter, quarter, 0] == 0
        assert kept.mean() > 0.6
        reduced = inset.canvas(inner.astype(np.uint8))[quarter, quarter]
        centre = outer[quarter, quarter]
        assert np.abs(centre[kept].mean(0) - reduced[kept].mean(0)).max() <= 1
        assert np.abs(inner.mean((0, 1)) - reduced.mean((0, 1))).max() <= 1


def test_twice_from_the_command_line_and_once_interrupted(tiny, tmp_path):
    chosen = options(tiny, count=6)

    def command(name, where):
        given = ["--generator", "diffusers", "--checkpoint", tiny, "--prompt", chosen.prompt, "--count", "6"]
        given += ["--keyframe-size", f"{SIDE}x{SIDE}", "--upscaler", "none", "--fps", "4", "--steps", "1"]
        place = ["-o", str(tmp_path / name), "--jobs-dir", str(tmp_path / where), "--quiet"]
        return main(["zoom", *given, "--codec", "ffv1", *place])

    assert command("one.mkv", "a") == 0 and command("two.mkv", "b") == 0
    whole = (tmp_path / "one.mkv").read_bytes()
    assert whole == (tmp_path / "two.mkv").read_bytes()

    token = CancelToken()

    def stop(event):
        if event.kind == "stage" and "picture 4" in event.text:
            token.cancel()

    with pytest.raises(Cancelled):
        where = {"jobs_dir": tmp_path / "c", "cancel": token, "on_event": stop}
        jobs.run("zoom", None, chosen, tmp_path / "three.mkv", **where)
    (stopped,) = jobs.list_jobs(tmp_path / "c")
    assert len(list((stopped.folder / "kept").glob("keyframe-*.png"))) == 4
    assert command("three.mkv", "c") == 0
    assert whole == (tmp_path / "three.mkv").read_bytes()
    (record,) = jobs.list_jobs(tmp_path / "c")
    assert record.id == stopped.id and json.loads((record.folder / "job.json").read_text())["state"] == "done"
