"""Animate as a job, from files to files: sound, byte for byte the same, stopped, killed and gone on with."""

from __future__ import annotations

import json
import os
import subprocess
import sys
import time
from fractions import Fraction
from pathlib import Path

import av
import clips
import cv2
import inverting_painter
import numpy as np
import pytest

from lib_parallax import generate, jobs, media
from lib_parallax.errors import Cancelled
from lib_parallax.faces.cli import main
from lib_parallax.types import CancelToken

SIZE = (64, 48)
FRAMES = 9
KEYS = "0,4,8"


def picture(number, seed=1):
    noise = np.random.default_rng(seed).normal(size=(90, 120, 3)).astype(np.float32)
    noise = cv2.GaussianBlur(noise, (0, 0), 3)
    big = np.clip(128 + 40 * noise / noise.std(), 0, 255).astype(np.uint8)
    return big[number : number + SIZE[1], 2 * number : 2 * number + SIZE[0]].copy()


@pytest.fixture
def film(tmp_path):
    """A frame in ten seconds, so that every key may begin a segment."""
    path = tmp_path / "film.mkv"
    with media.open_writer(path, SIZE, rate=Fraction(1, 10), codec="ffv1") as writer:
        for number in range(FRAMES):
            writer.write(picture(number), Fraction(10 * number))
    return path


@pytest.fixture
def painted(tmp_path):
    folder = tmp_path / "painted"
    folder.mkdir()
    for number in map(int, KEYS.split(",")):
        cv2.imwrite(str(folder / f"{number:05d}-3735928559.png"), picture(number, seed=2)[..., ::-1])
    return folder


@pytest.fixture
def painter():
    backend = inverting_painter.Inverting()
    generate.register(backend)
    yield backend
    generate.register(None)


@pytest.fixture
def run(tmp_path):
    def run_job(source, name, values, **keywords):
        values = {"codec": "ffv1", "paint_from": 100, **values}
        keywords.setdefault("jobs_dir", tmp_path / "jobs")
        return jobs.run("animate", source, values, tmp_path / name, **keywords)

    return run_job


def kept_sound(path):
    with av.open(str(path)) as container:
        return [b"".join(bytes(p) for p in container.demux(s)) for s in container.streams.audio[:1]]


def read(path):
    with media.open_video(path) as reader:
        return [frame.image for frame in reader], [frame.pts for frame in reader]


@pytest.mark.parametrize("fps", [None, 15.0])
def test_sound_stays(run, painted, tmp_path, fps):
    ticks = [3000 * number for number in range(FRAMES)]
    film = clips.write_everything(tmp_path / "talk.mkv", ticks, SIZE, audio_start=0.0, seconds=0.3)
    result = run(film, "out.mkv", {"stylised": str(painted), "fps": fps})
    (before,), (after,) = kept_sound(film), kept_sound(result.outputs[0])
    assert len(after) > 0.9 * len(before) and after in before
    images, _ = read(result.outputs[0])
    assert len(images) == (FRAMES if fps is None else 5)


def test_a_folder_of_keys_needs_neither_prompt_nor_generator(film, painted, tmp_path, monkeypatch):
    def nobody(*_, **__):
        raise AssertionError("a generator was asked for")

    monkeypatch.setattr(generate, "load", nobody)
    place = ["--jobs-dir", str(tmp_path / "jobs"), "--quiet", "--stylised", str(painted), "--keys", KEYS]
    assert main(["animate", str(film), "-o", str(tmp_path / "out"), *place]) == 0
    names = sorted(path.name for path in (tmp_path / "out").iterdir())
    assert names == [f"{number:06d}.png" for number in range(FRAMES)]
    for key in (0, 4, 8):
        assert np.array_equal(cv2.imread(str(tmp_path / "out" / names[key]))[..., ::-1], picture(key, seed=2))
    assert main(["animate", str(film), "-o", str(tmp_path / "out.mp4"), *place]) == 0
    images, times = read(tmp_path / "out.mp4")
    assert len(images) == FRAMES and times == [Fraction(10 * number) for number in range(FRAMES)]


def test_the_record_says_how_many_keys_and_how_much_was_filled(run, film, painter):
    result = run(film, "out.mkv", {"prompt": "oil", "keys": KEYS})
    told = json.loads((result.folder / "job.json").read_text())
    assert told["report"] == result.report and result.report["keys"] == 3
    assert result.report["painted"] == 0 and result.report["closed"] > 0
    assert told["state"] == "done" and any("inverts" in note for note in told["notes"])
    kept = {path.name for path in (result.folder / "kept").iterdir()}
    assert {"key-000000.png", "key-000004.png", "prompt-000008.txt", "survey.txt"} <= kept


def test_twice_gives_the_same_bytes(run, film, painter, tmp_path):
    values = {"prompt": "oil", "keys": KEYS}
    first = run(film, "a.mkv", values).outputs[0].read_bytes()
    again = run(film, "b.mkv", values, jobs_dir=tmp_path / "other").outputs[0].read_bytes()
    assert first == again and painter.asked == 6


@pytest.mark.parametrize("values", [{}, {"fps": 1.0}, {"neighbours": 2}])
def test_stopped_between_keys_and_gone_on_with(run, film, painter, values):
    values = {"prompt": "oil", "keys": KEYS, **values}
    whole = run(film, "whole.mkv", values)
    token = CancelToken()
    stop_at = whole.frames - 2

    def stop(event):
        if event.kind == "progress" and event.data["done"] == stop_at:
            token.cancel()

    with pytest.raises(Cancelled):
        run(film, "out.mkv", values, on_event=stop, cancel=token)
    asked = painter.asked
    result = run(film, "out.mkv", values)
    assert painter.asked == asked and 0 < result.made < whole.frames
    assert result.outputs[0].read_bytes() == whole.outputs[0].read_bytes()
    assert result.report == whole.report


def test_killed_while_keys_are_painted(run, film, painter, tmp_path):
    whole = run(film, "whole.mkv", {"prompt": "oil", "keys": KEYS}, jobs_dir=tmp_path / "other")
    root = Path(jobs.__file__).parents[2]
    paths = [str(root), *filter(None, [os.environ.get("PYTHONPATH")])]
    process = subprocess.Popen(
        [sys.executable, inverting_painter.__file__, film, tmp_path / "out.mkv", tmp_path / "jobs", KEYS],
        env={**os.environ, "PYTHONPATH": os.pathsep.join(paths)},
        cwd=root,
    )
    try:
        deadline = time.monotonic() + 300
        while not list((tmp_path / "jobs").glob("*/kept/key-000000.png")):
            assert process.poll() is None and time.monotonic() < deadline
            time.sleep(0.05)
    finally:
        process.kill()
        process.wait()
    asked = painter.asked
    result = run(film, "out.mkv", {"prompt": "oil", "keys": KEYS})
    assert painter.asked == asked + 2  # the first key was there already
    assert result.outputs[0].read_bytes() == whole.outputs[0].read_bytes()
    assert result.folder.parent == tmp_path / "jobs"


def test_a_folder_of_frames_comes_back_with_its_names(run, painted, tmp_path):
    source = tmp_path / "shots"
    source.mkdir()
    for number in range(FRAMES):
        cv2.imwrite(str(source / f"take_{number}.png"), picture(number)[..., ::-1])
    result = run(source, "out", {"stylised": str(painted)})
    assert sorted(path.name for path in result.outputs[0].iterdir()) == [
        f"take_{number}.png" for number in range(FRAMES)
    ]
