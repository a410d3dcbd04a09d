"""Memory does not grow with length: a long clip peaks where a short one does."""

from __future__ import annotations

import gc
import os
import subprocess
import sys
from fractions import Fraction
from pathlib import Path

import numpy as np
import pytest

from lib_parallax import media

ROOT = Path(__file__).parents[1]
SIZE, RATE = (256, 144), 10
PEAK = """
import pathlib, resource, sys
from lib_parallax.faces.cli import main
status = main(sys.argv[1:])
told = pathlib.Path("/proc/self/status")
if told.exists():  # on Linux getrusage goes on counting from what the parent held
    print(told.read_text().partition("VmHWM:")[2].split()[0])
else:
    print(resource.getrusage(resource.RUSAGE_SELF).ru_maxrss)
sys.exit(status)
"""


def write(path, seconds):
    """A moving pattern, of one shot."""
    y, x = np.mgrid[: SIZE[1], : SIZE[0]]
    with media.open_writer(path, SIZE, rate=Fraction(RATE), quality="draft") as writer:
        for n in range(seconds * RATE):
            wave = 128 + 60 * np.sin((x + n) / 13) + 40 * np.cos(y / 9 + np.sin(n / 40))
            image = np.stack([wave, wave[::-1], 255 - wave], -1).astype(np.uint8)
            writer.write(image, Fraction(n, RATE))
    return path


def peak(source, output, jobs, fill):
    command = ["stereo", source, "-o", output, "--jobs-dir", jobs, "--fill", fill, "--quality", "draft"]
    environment = {**os.environ, "PYTHONPATH": str(ROOT), "MALLOC_ARENA_MAX": "2", "OMP_NUM_THREADS": "1"}
    argv = [sys.executable, "-c", PEAK, *map(str, command), "--quiet"]
    done = subprocess.run(argv, capture_output=True, text=True, env=environment)
    assert done.returncode == 0, done.stderr
    return int(done.stdout.split()[-1])


def test_no_decoded_picture_waits_for_the_garbage_collector(tmp_path):
    """What lies in a ring of references is freed only then: hundreds of frames late."""
    import av

    path = write(tmp_path / "film.mp4", 2)
    gc.collect()
    gc.disable()
    try:
        with media.open_video(path) as reader:
            assert len([frame.pts for frame in reader.frames()]) == 2 * RATE
        left = [thing for thing in gc.get_objects() if isinstance(thing, av.VideoFrame)]
        assert len(left) <= 2
    finally:
        gc.enable()


@pytest.mark.skipif(sys.platform == "win32", reason="there is no resource module there")
@pytest.mark.parametrize("fill", ["background", "temporal"])
def test_ten_times_as_long_takes_no_more_memory(tmp_path, fill):
    short, long = write(tmp_path / "short.mp4", 4), write(tmp_path / "long.mp4", 40)
    peak(write(tmp_path / "first.mp4", 1), tmp_path / "warm.mp4", tmp_path / "jobs", fill)
    few = peak(short, tmp_path / "a.mp4", tmp_path / "jobs", fill)
    many = peak(long, tmp_path / "b.mp4", tmp_path / "jobs", fill)
    with media.open_video(tmp_path / "b.mp4") as reader:
        assert reader.count() == 40 * RATE
    assert many < few * 1.05
