"""`job.json` names the weights that made the depth, their licence, and whether cues had to serve."""

from __future__ import annotations

import hashlib
import json
from dataclasses import replace

import clips
import pytest
import recursive_loop

from lib_parallax import jobs, loops
from lib_parallax.errors import OptionError, OutputError

NUMBERS = b"numbers"


@pytest.fixture
def clip(tmp_path, monkeypatch):
    monkeypatch.setenv("PARALLAX_MODELS", str(tmp_path / "models"))
    return clips.write_clip(tmp_path / "clip.mp4", [3000 * n for n in range(3)])


@pytest.fixture
def file(tmp_path):
    path = tmp_path / "mine.pth"
    path.write_bytes(NUMBERS)
    return path


def record_of(clip, tmp_path, **options):
    result = jobs.run("depth", clip, options, tmp_path / "out.mkv", jobs_dir=tmp_path / "jobs")
    return json.loads((result.folder / "job.json").read_text())


def test_cues_for_want_of_weights_are_recorded_as_the_fallback(clip, tmp_path):
    told = record_of(clip, tmp_path)
    assert told["fallback"] is True and told["weights"] == []
    assert "fallback" in told["depth"] and told["depth"] in told["notes"]


@pytest.mark.parametrize("options", [{"depth_model": "cues"}, {"depth": "clip.mp4"}])
def test_what_was_asked_for_is_no_fallback(clip, tmp_path, options, monkeypatch):
    monkeypatch.chdir(tmp_path)
    told = record_of(clip, tmp_path, **options)
    assert told["fallback"] is False and told["weights"] == []


def test_weights_are_recorded_with_licence_hash_and_source(clip, file, tmp_path, monkeypatch):
    plan = recursive_loop.plan

    def planned(source, options):
        return replace(plan(source, options), weights={"depth-anything-v2-large": file})

    monkeypatch.setattr(recursive_loop, "plan", planned)
    monkeypatch.setattr(loops, "load", lambda name: recursive_loop)
    result = jobs.run("stereo", clip, {"codec": "ffv1"}, tmp_path / "out.mkv", jobs_dir=tmp_path / "jobs")
    (weights,) = json.loads((result.folder / "job.json").read_text())["weights"]
    assert weights["name"] == "depth-anything-v2-large" and weights["source"] == str(file)
    assert weights["sha256"] == hashlib.sha256(NUMBERS).hexdigest()
    assert "not known" in weights["licence"]  # a file of one's own is not taken for the official one


def test_a_plan_knows_the_file_that_was_given(clip, file):
    from lib_parallax import media
    from lib_parallax.options import DepthOptions

    name = "streaming-video-depth-anything-small"
    options = DepthOptions(depth_model=name, depth_weights=str(file))
    with media.open_video(clip) as source:
        plan = loops.load("depth").plan(source, options)
        assert plan.weights == {"video-depth-anything-small": file} and plan.fallback is False
        file.write_bytes(b"other numbers")
        assert loops.load("depth").plan(source, options).depth != plan.depth  # another job then


def test_weights_need_their_network_named(clip, file, tmp_path):
    with pytest.raises(OptionError, match="name the network") as refusal:
        record_of(clip, tmp_path, depth_weights=str(file))
    assert refusal.value.field == "depth_weights" and not (tmp_path / "out.mkv").exists()


def test_the_result_may_not_lie_on_the_weights(clip, file, tmp_path):
    given = file.rename(tmp_path / "out.mkv")
    options = {"depth_model": "depth-anything-v2-small", "depth_weights": str(given)}
    with pytest.raises(OutputError):
        jobs.run("depth", clip, options, given, jobs_dir=tmp_path / "jobs", overwrite=True)
    assert given.read_bytes() == NUMBERS
