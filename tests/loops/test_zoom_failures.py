"""A zoom whose painting fails, on a full disk, of pictures with transparent parts; and its seams."""

from __future__ import annotations

import errno

import cv2
import numpy as np
import pytest

from lib_parallax import generate, jobs
from lib_parallax.errors import OutputError, ParallaxError
from lib_parallax.generate import Capabilities
from lib_parallax.jobs import kept
from lib_parallax.loops.store import MemoryStore
from lib_parallax.loops.zoom import frames as zoom_frames
from lib_parallax.loops.zoom.canvas import Inset, levelled
from lib_parallax.loops.zoom.course import course_of
from lib_parallax.loops.zoom.keyframes import Keyframes, enlarged
from lib_parallax.media import Nothing, open_video
from lib_parallax.options import ZoomOptions, parse

SIZE = (64, 64)
SMALL = {"prompt": "red", "keyframe_size": "64x64", "count": 6, "fps": 2, "upscaler": "none", "codec": "ffv1"}


def options(**values):
    return parse(ZoomOptions, {**SMALL, **values})


class Failing:
    """Paints what a seed decides; its picture number `fail_at` fails once."""

    name, note = "failing", "for tests"

    def __init__(self):
        self.painted, self.fail_at = 0, None

    def capabilities(self):
        return Capabilities()

    def _paint(self, request, size):
        if self.painted == self.fail_at:
            self.fail_at = None
            raise RuntimeError("no more paint")
        self.painted += 1
        rng = np.random.default_rng(request.sampling.seed)
        return cv2.resize(rng.integers(0, 256, (9, 9, 3), np.uint8), size, interpolation=cv2.INTER_CUBIC)

    def txt2img(self, request, cancel):
        return self._paint(request, request.size)

    def inpaint(self, request, cancel):
        return self._paint(request, request.image.shape[1::-1])

    def upscale(self, request, cancel):
        large = cv2.resize(request.image, None, fx=request.scale, fy=request.scale)
        return np.clip(
            large.astype(int) + np.random.default_rng(1).integers(-40, 40, large.shape), 0, 255
        ).astype(np.uint8)


@pytest.fixture
def painter():
    backend = Failing()
    generate.register(backend)
    yield backend
    generate.register(None)


def job(tmp_path, name="zoom.mkv", **values):
    return jobs.run("zoom", None, options(**values), tmp_path / name, jobs_dir=tmp_path / "jobs")


def keyframes_in(folder):
    return sorted(path.name for path in folder.glob("**/kept/keyframe-*.png"))


def test_a_generator_that_fails_at_the_fifth_picture_keeps_four(tmp_path, painter):
    whole = job(tmp_path / "whole").outputs[0].read_bytes()
    painter.painted, painter.fail_at = 0, 4
    with pytest.raises(ParallaxError, match=r"picture 4 of 6: .*no more paint; the 4 before it are kept"):
        job(tmp_path)
    assert keyframes_in(tmp_path / "jobs") == [f"keyframe-000{n}.png" for n in range(4)]
    result = job(tmp_path)
    assert painter.painted == 7 and result.outputs[0].read_bytes() == whole


def test_a_disk_that_is_full_while_painting(tmp_path, painter, monkeypatch):
    whole = job(tmp_path / "whole").outputs[0].read_bytes()
    opened = kept.open_writer

    def full(path, *args, **more):
        if path.name.endswith("keyframe-0003.png"):
            raise OSError(errno.ENOSPC, "No space left on device")
        return opened(path, *args, **more)

    monkeypatch.setattr(kept, "open_writer", full)
    with pytest.raises(OutputError, match=r"keyframe-0003\.png: cannot be written, the disk is full") as told:
        job(tmp_path)
    assert "\n" not in str(told.value) and len(keyframes_in(tmp_path / "jobs")) == 3
    monkeypatch.undo()
    assert job(tmp_path).outputs[0].read_bytes() == whole


# pictures with alpha


def see_through(path, hidden=(255, 0, 255)):
    """Half opaque in one colour, half transparent over a hidden one."""
    image = np.zeros((*SIZE, 4), np.uint8)
    image[:, :32] = (40, 90, 200, 255)
    image[:, 32:, :3] = hidden
    cv2.imwrite(str(path), image[..., [2, 1, 0, 3]])
    return path


def test_colours_under_transparent_parts_are_not_seen(tmp_path, painter):
    path = see_through(tmp_path / "a.png")
    with open_video(path) as reader:
        image = next(iter(reader)).image
        assert (image == (40, 90, 200)).all() and "transparent parts" in reader.warnings[0]
    run = {"options": options(count=1, keyframe_size=None), "jobs_dir": tmp_path / "jobs"}
    result = jobs.run("zoom", path, output=tmp_path / "z.mkv", **run)
    assert any("transparent" in text for text in result.warnings)
    rows = tmp_path / "rows.json"
    rows.write_text('[{"prompt": "a"}, {"prompt": "b", "picture": "a.png"}]')
    result = jobs.run(
        "zoom",
        None,
        options(prompt=None, prompts=str(rows), count=1),
        tmp_path / "y.mkv",
        jobs_dir=tmp_path / "j",
    )
    assert any("transparent" in text for text in result.warnings)


def test_an_opaque_picture_with_alpha_is_as_it_is(tmp_path):
    noise = np.random.default_rng(0).integers(0, 256, (*SIZE, 4), np.uint8)
    noise[..., 3] = 255
    cv2.imwrite(str(tmp_path / "a.png"), noise[..., [2, 1, 0, 3]])
    with open_video(tmp_path / "a.png") as reader:
        assert np.array_equal(next(iter(reader)).image, noise[..., :3]) and not reader.warnings


# seams


def test_what_is_painted_over_the_edge_shifts_no_colour():
    inset = Inset.of(course_of(options(), 1, SIZE), 0, SIZE)
    depth, mask = inset.depth(), inset.border(4, 3)
    rng = np.random.default_rng(2)
    canvas = rng.integers(80, 120, (*SIZE, 3)).astype(np.uint8)
    painted = rng.integers(100, 140, (*SIZE, 3)).astype(np.float32)
    image = np.rint(canvas + (painted - canvas) * mask[..., None]).astype(np.uint8)
    made = levelled(image, canvas, mask, depth, 8)
    kept_pixels, inside = mask == 0, depth > 0
    assert np.array_equal(made[kept_pixels], image[kept_pixels])
    assert np.array_equal(made[depth < -9], image[depth < -9])
    off = [
        np.abs((picture[inside].astype(float) - canvas[inside]).mean(0)).max() for picture in (image, made)
    ]
    assert off[0] > 3 and off[1] < 0.5
    band = inside & ~kept_pixels
    assert np.corrcoef(made[band].ravel(), image[band].ravel())[0, 1] > 0.6  # its texture stays


def test_an_enlarged_picture_holds_the_one_before():
    rng = np.random.default_rng(3)
    pictures = [rng.integers(0, 256, (*SIZE, 3), np.uint8) for _ in range(3)]
    upscaler, store, chosen = Failing(), MemoryStore(), options(count=2)
    course = course_of(chosen, 2, SIZE)
    large = enlarged(Keyframes(3, pictures.__getitem__), 4, upscaler, chosen, course, store, None)
    last = large[2]  # asked for first: those before it are made on the way
    assert store.picture("enlarged-0000") is not None
    inset = Inset.of(course, 1, (256, 256))
    deep = inset.depth() > 14
    assert deep.any() and np.array_equal(last[deep], inset.canvas(large[1])[deep])


def test_frames_outside_of_a_job_need_no_store(painter):
    shown = list(zoom_frames(Nothing("zoom"), options(count=1, upscaler="auto", size="96x96", fps=2)))
    assert len(shown) == 3
