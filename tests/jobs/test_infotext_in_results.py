"""The options in the pictures that a job makes, as the page takes them back."""

from __future__ import annotations

import numpy as np
import pytest
import recursive_loop
from PIL import Image

from lib_parallax import jobs, loops
from lib_parallax.faces.restore import from_file
from lib_parallax.media.inscription import text_of
from lib_parallax.options import StereoOptions, parse

GIVEN = {"strength": 3.25, "convergence": 0.5, "size": (640, 360), "seed": 7}


@pytest.fixture
def made(monkeypatch, tmp_path):
    """Runs the small loop over a folder of three pictures, or over one of them."""
    monkeypatch.setattr(loops, "load", lambda name: recursive_loop)
    (tmp_path / "clip").mkdir()
    for index in range(3):
        image = np.full((16, 32, 3), 60 * index, np.uint8)
        Image.fromarray(image).save(tmp_path / "clip" / f"{index}.png")

    def run(source, output, **options):
        return jobs.run(
            "stereo", tmp_path / source, {**GIVEN, **options}, tmp_path / output, jobs_dir=tmp_path / "jobs"
        ).outputs

    return run


def everything(**options):
    return dict(vars(parse(StereoOptions, {**GIVEN, **options})))


@pytest.mark.parametrize("name", ["out.png", "out.jpg", "out.webp"])
def test_a_still_brings_its_options_back(made, name):
    (path,) = made("clip/1.png", name)
    assert from_file(path) == ("stereo", everything())


def test_every_frame_of_every_result_does(made, tmp_path):
    outputs = made("clip", "out", layout="separate", save_depth=str(tmp_path / "depth"))
    frames = [path for folder in outputs for path in folder.iterdir()]
    assert len(frames) == 9
    for path in frames:
        assert from_file(path) == ("stereo", everything(layout="separate"))  # but for where depth was written


def test_the_same_job_gives_the_same_bytes(made):
    (one,), (other,) = made("clip/1.png", "one.png"), made("clip/1.png", "other.png")
    assert one.read_bytes() == other.read_bytes()


def test_nothing_is_said_where_it_is_not_wanted(made):
    (path,) = made("clip/1.png", "out.png", infotext=False)
    assert text_of(path) == ""
