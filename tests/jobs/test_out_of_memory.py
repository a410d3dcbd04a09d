"""A job whose device has too little memory: it ends, and says what it did instead."""

from __future__ import annotations

import cv2
import numpy as np
import pytest
import torch

from lib_parallax import jobs, samples
from lib_parallax.depth.pretrained import PretrainedRunner
from lib_parallax.depth.singly import Singly
from lib_parallax.errors import ParallaxError
from lib_parallax.weights import runner

FRAMES = 7
SIDE = 64  # pixels at which the network looks at pictures


class Brightness(Singly):
    """Depth from brightness, by a network that a device has room for only so many pixels of."""

    name, note, kind, batch = "brightness", "depth comes from brightness", "relative", 4

    def __init__(self, room):
        self._runner = PretrainedRunner(lambda *where: torch.nn.Identity(), self.name, "cpu")
        self._runner.at_once, self._runner.cpu_left = 4, True
        self.room, self.seen = room, []

    def _infer(self, images):
        side = int(SIDE * self._runner.scale)
        small = np.stack([cv2.resize(image, (side, side)) for image in images])
        height, width = images[0].shape[:2]

        def job(network):
            if self._runner.cpu_left and small.shape[0] * side * side > self.room:
                raise torch.cuda.OutOfMemoryError("CUDA out of memory. Tried to allocate 20.00 MiB")
            self.seen.append((len(images), side))
            return network(torch.from_numpy(small).float().mean(3))

        found = self._runner.run(job).numpy()
        return np.stack([cv2.resize(values, (width, height)) for values in found])


@pytest.fixture
def source(tmp_path):
    folder = tmp_path / "clip"
    folder.mkdir()
    for n in range(FRAMES):
        image = samples.street((64, 36), motion="pan", time=0.5 + n / 10, supersample=2).view().image
        cv2.imwrite(str(folder / f"{n:03d}.png"), image[..., ::-1])
    return folder


@pytest.mark.parametrize(
    ("room", "told", "seen"),
    [
        (4 * 64 * 64, [], {(4, 64), (3, 64)}),
        (64 * 64, ["fewer"], {(1, 64)}),
        (50 * 50, ["fewer", "75%"], {(1, 48)}),
        (0, ["fewer", "75%", "50%", "CPU"], {(1, 32)}),
    ],
)
def test_each_step_is_told_once_and_the_job_ends(source, tmp_path, monkeypatch, room, told, seen):
    estimator = Brightness(room)
    monkeypatch.setattr("lib_parallax.depth.load", lambda *asked, **how: estimator)
    options = {"fill": "background", "steadiness": "off", "sharpen_depth": False}
    result = jobs.run("stereo", source, options, tmp_path / "out", jobs_dir=tmp_path / "jobs")
    assert result.frames == FRAMES and len(list((tmp_path / "out").iterdir())) == FRAMES
    warnings = [text for text in result.warnings if "memory ran out" in text]
    assert [any(word in text for text in warnings) for word in told] == [True] * len(told)
    assert len(warnings) == len(told)
    assert set(estimator.seen) == seen
    (record,) = jobs.list_jobs(tmp_path / "jobs")
    assert record.state == "done" and set(warnings) <= set(record.values["warnings"])


def test_a_painter_without_memory_says_what_helps():
    from lib_parallax.generate.around import _told

    for error in (MemoryError(), torch.cuda.OutOfMemoryError("x"), RuntimeError("CUDA error: out of memory")):
        assert "a smaller size needs less" in _told(error)
    assert "shape" in _told(RuntimeError("shape mismatch"))


def test_the_ladder_has_an_end():
    running = Brightness(0)._runner
    for _ in range(1 + len(runner.SMALLER)):
        running.make_room()
    with pytest.raises(ParallaxError, match="out of memory on cpu even at half"):
        running.make_room()
