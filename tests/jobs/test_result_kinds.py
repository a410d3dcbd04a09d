"""Results beside plain video and pictures: with transparency, GIF, moving WebP; and stopped ones of them."""

from __future__ import annotations

import shutil
from fractions import Fraction

import moving_loop
import numpy as np
import pytest
from PIL import Image

from lib_parallax import jobs, loops, media
from lib_parallax.errors import OptionError, OutputError
from lib_parallax.jobs import journal as journal_module


@pytest.fixture(autouse=True)
def loop(monkeypatch):
    monkeypatch.setattr(loops, "load", lambda name: moving_loop)
    monkeypatch.setattr(moving_loop, "alpha", False)
    monkeypatch.setattr(moving_loop, "count", moving_loop.FRAMES)


@pytest.fixture
def source(tmp_path):
    path = tmp_path / "photo.png"
    Image.fromarray(moving_loop.picture(0)[..., :3]).save(path)
    return path


@pytest.fixture
def run(tmp_path, source):
    def run_job(output, options=None, **keywords):
        keywords.setdefault("jobs_dir", tmp_path / "jobs")
        path = tmp_path / output if output is not None else None
        return jobs.run("stereo", source, options or {}, path, **keywords)

    return run_job


def frames_of(path) -> int:
    with Image.open(path) as image:
        return getattr(image, "n_frames", 1)


@pytest.mark.parametrize(
    ("output", "codec", "alpha"),
    [
        ("out.gif", "auto", False), ("out.webp", "auto", False), ("out.webp", "auto", True),
        ("out.mov", "auto", True), ("out.webm", "auto", True),
    ],
)  # fmt: skip
def test_a_stopped_one_goes_on_to_the_same_bytes(run, tmp_path, monkeypatch, output, codec, alpha):
    monkeypatch.setattr(moving_loop, "alpha", alpha)
    moments, append = [], journal_module.Journal._append

    def watched(self, line):
        append(self, line)
        moments.append(tmp_path / f"moment{len(moments)}")
        shutil.copytree(tmp_path / "jobs", moments[-1])

    with monkeypatch.context() as patch:
        patch.setattr(journal_module.Journal, "_append", watched)
        run(output, {"codec": codec})
    whole = (tmp_path / output).read_bytes()
    for moment in (moments[0], moments[2]):  # one segment is there; all are, and nothing is joined
        (tmp_path / output).unlink()
        again = run(output, {"codec": codec}, jobs_dir=moment)
        assert again.made < moving_loop.FRAMES and (tmp_path / output).read_bytes() == whole
    if output[-4:] in (".gif", "webp"):
        assert frames_of(tmp_path / output) == moving_loop.FRAMES


def test_a_folder_keeps_transparency(run, tmp_path, monkeypatch):
    monkeypatch.setattr(moving_loop, "alpha", True)
    run("out")
    for index in range(moving_loop.FRAMES):
        with Image.open(tmp_path / "out" / f"{index:06d}.png") as image:
            assert np.array_equal(np.asarray(image), moving_loop.picture(index))


def test_a_companion_may_have_it_beside_a_result_that_has_not(run, tmp_path):
    result = run("out.mov", {"layout": "separate", "codec": "prores"})
    assert [path.name for path in result.outputs] == ["out.mov", "out_layers.mov"]
    kinds = []
    for path in result.outputs:
        import av

        with av.open(str(path)) as container:
            kinds.append(container.streams.video[0].codec_context.pix_fmt[:4])
    assert kinds[1] == "yuva" and kinds[0] != "yuva"


@pytest.mark.parametrize("suffix", [".webp", ".gif"])
def test_of_one_frame_a_webp_is_a_still(run, tmp_path, monkeypatch, suffix):
    monkeypatch.setattr(moving_loop, "count", None)
    run(f"out{suffix}")
    assert frames_of(tmp_path / f"out{suffix}") == 1
    with Image.open(tmp_path / f"out{suffix}") as image:
        assert image.size == moving_loop.SIZE


@pytest.mark.parametrize(
    ("output", "codec", "error", "words"),
    [
        ("out.mp4", "auto", OutputError, r"\.mp4 files hold no transparency with vp9; use \.mov"),
        ("out.mov", "h264", OptionError, "h264 holds no transparency; use prores, vp9"),
        ("out.webm", "av1", OptionError, "av1 holds no transparency"),
    ],
)
def test_what_holds_no_transparency_is_refused_before_the_work(
    run, tmp_path, monkeypatch, output, codec, error, words
):
    monkeypatch.setattr(moving_loop, "alpha", True)
    with pytest.raises(error, match=words):
        run(output, {"codec": codec})
    assert not (tmp_path / "jobs").exists()


def test_a_jpeg_of_it_is_refused(run, monkeypatch):
    monkeypatch.setattr(moving_loop, "alpha", True)
    monkeypatch.setattr(moving_loop, "count", None)
    with pytest.raises(OutputError, match=r"\.jpg files hold no transparency; use \.png"):
        run("out.jpg")


def test_left_unnamed_it_is_a_mov(run, tmp_path, monkeypatch):
    monkeypatch.setattr(moving_loop, "alpha", True)
    assert run(None, folder=tmp_path / "results").outputs[0].suffix == ".mov"


def test_no_loop_makes_a_page_of_frames(run):
    with pytest.raises(OutputError, match=r"\.html pages show one picture with its depth"):
        run("out.html")


def test_sound_is_left_out_of_a_gif_and_that_is_said(tmp_path, monkeypatch):
    from lib_parallax.samples import write_clip

    clip = write_clip(tmp_path / "clip.mp4", (64, 36), 0.4, Fraction(25))
    monkeypatch.setattr(moving_loop, "count", None)
    notes = []
    result = jobs.run(
        "stereo", clip, {}, tmp_path / "out.gif", jobs_dir=tmp_path / "jobs",
        on_event=lambda event: notes.append(event.text) if event.kind == "note" else None,
    )  # fmt: skip
    assert "out.gif: holds no sound; the source's is left out" in notes and result.warnings == ()
    with pytest.raises(OptionError, match="is a moving picture, which holds no sound"):
        jobs.run("stereo", clip, {"sound": str(clip)}, tmp_path / "b.gif", jobs_dir=tmp_path / "jobs")


def test_a_large_one_warns(run, monkeypatch):
    from lib_parallax.media import animation

    monkeypatch.setattr(animation, "WIDE", 32)
    assert "make a very large GIF" in run("out.gif").warnings[0]


def test_a_moving_webp_keeps_the_options(run, tmp_path):
    from lib_parallax.media.inscription import text_of

    run("out.webp")
    assert "Parallax" in text_of(tmp_path / "out.webp") or "stereo" in text_of(tmp_path / "out.webp")


def test_proxies_and_readers_take_them_as_any_video(run, tmp_path, monkeypatch):
    monkeypatch.setattr(moving_loop, "alpha", True)
    run("out.webm")
    with media.open_video(tmp_path / "out.webm") as reader:
        assert reader.count() == moving_loop.FRAMES and next(iter(reader)).image.shape[2] == 3
