"""A job from its source to its result, with a small recursive loop in the place of a real one."""

from __future__ import annotations

import json
import os
import shutil
import signal
import subprocess
import sys
import time
from fractions import Fraction
from pathlib import Path

import numpy as np
import pytest
import recursive_loop

from lib_parallax import jobs, loops, media
from lib_parallax.errors import Cancelled, OptionError, OutputError, SourceError
from lib_parallax.jobs import journal as journal_module
from lib_parallax.jobs.record import WORK
from lib_parallax.jobs.targets import Target, codec_of
from lib_parallax.types import CancelToken, Event

FRAMES = 18
# one line a closed segment: 4 + 4 + 2 frames of the first shot, 4 + 4 of the second
SEGMENTS = 5


def picture(index: int) -> np.ndarray:
    image = np.zeros((16, 32, 3), np.uint8)
    image[..., 0] = index * 13 % 256
    image[:, (index * 2) % 32, 1] = 255
    image[..., 2] = np.arange(32, dtype=np.uint8) * 8
    return image


@pytest.fixture
def source(tmp_path):
    """A folder of 18 pictures."""
    import cv2

    folder = tmp_path / "clip"
    folder.mkdir()
    for index in range(FRAMES):
        cv2.imwrite(str(folder / f"shot{index}.png"), picture(index)[..., ::-1])
    return folder


@pytest.fixture
def film(tmp_path):
    """The same as a lossless video."""
    path = tmp_path / "clip.mkv"
    with media.open_writer(path, (32, 16), rate=Fraction(10), codec="ffv1") as writer:
        for index in range(FRAMES):
            writer.write(picture(index), Fraction(index, 10))
    return path


@pytest.fixture(autouse=True)
def loop(monkeypatch):
    monkeypatch.setattr(loops, "load", lambda name: recursive_loop)
    monkeypatch.setattr(recursive_loop, "delay", 0.0)


@pytest.fixture
def run(tmp_path):
    def run_job(source, output, options=None, **keywords):
        keywords.setdefault("jobs_dir", tmp_path / "jobs")
        return jobs.run("stereo", source, {"codec": "ffv1", **(options or {})}, output, **keywords)

    return run_job


def contents(path: Path) -> dict[str, bytes]:
    """Name and bytes of a result, a file or a folder."""
    if path.is_dir():
        return {inner.name: inner.read_bytes() for inner in path.iterdir()}
    return {"": path.read_bytes()}


def expected() -> list[np.ndarray]:
    """What the loop must give for the clip, computed beside it."""
    result, mean, seen = [], None, 0
    for index in range(FRAMES):
        if index in recursive_loop.CUTS:
            mean, seen = None, 0
        image = picture(index).astype(np.float32)
        mean = image if mean is None else 0.8 * mean + 0.2 * image
        seen += 1
        shown = mean.round().astype(np.uint8)
        shown[:2, : 2 * seen] = 255
        result.append(shown)
    return result


def test_a_folder_comes_back_with_its_names_and_pictures(run, source, tmp_path):
    result = run(source, tmp_path / "out")
    assert result.outputs == (tmp_path / "out",)
    names = {path.name for path in (tmp_path / "out").iterdir()}
    assert names == {f"shot{index}.png" for index in range(FRAMES)}
    for index, truth in enumerate(expected()):
        with media.open_video(tmp_path / "out" / f"shot{index}.png") as reader:
            assert np.array_equal(next(iter(reader)).image, truth)
    assert (result.frames, result.made) == (FRAMES, FRAMES)
    assert result.warnings == ("the sun went down",)
    assert result.report == {"lines": ["comfort: pleasant"], "share": 0.5}


def test_a_video_to_a_folder_counts_from_zero(run, film, tmp_path):
    run(film, tmp_path / "out")
    names = sorted(path.name for path in (tmp_path / "out").iterdir())
    assert names == [f"{index:06d}.png" for index in range(FRAMES)]


def test_a_video_has_every_frame_and_time(run, film, tmp_path):
    result = run(film, tmp_path / "new" / "out.mkv")
    with media.open_video(result.outputs[0]) as reader:
        frames = list(reader)
    assert [frame.pts for frame in frames] == [Fraction(index, 10) for index in range(FRAMES)]
    distance = [np.abs(f.image.astype(int) - t).mean() for f, t in zip(frames, expected(), strict=True)]
    assert max(distance) < 12  # chroma is stored at half size
    assert list((tmp_path / "new").iterdir()) == [result.outputs[0]]


def test_the_record_tells_what_was_done_and_the_work_is_gone(run, film, tmp_path):
    result = run(film, tmp_path / "out.mkv", {"strength": 3})
    assert sorted(path.name for path in result.folder.iterdir()) == ["job.json", "log.txt"]
    told = json.loads((result.folder / "job.json").read_text())
    assert told["state"] == "done" and told["loop"] == "stereo"
    assert told["options"]["strength"] == 3 and told["seed"] == 0
    assert told["source"]["path"] == str(film) and told["source"]["size"] == film.stat().st_size
    assert told["warnings"] == ["the sun went down"] and told["report"]["share"] == 0.5
    assert told["notes"] == ["depth is made up"]
    assert told["frames"] == told["total"] == FRAMES
    assert {"python", "parallax", "av", "numpy"} <= told["versions"].keys()
    assert {"created", "finished"} <= told["times"].keys()
    assert "finished" in (result.folder / "log.txt").read_text()


def test_companions_are_written_beside_the_result(run, film, tmp_path):
    options = {"layout": "separate", "save_depth": str(tmp_path / "depth")}
    result = run(film, tmp_path / "out.mkv", options)
    assert result.outputs == (tmp_path / "out_L.mkv", tmp_path / "out_R.mkv", tmp_path / "depth")
    with media.open_video(tmp_path / "out_L.mkv") as left, media.open_video(tmp_path / "out_R.mkv") as right:
        for a, b in zip(left, right, strict=True):
            assert np.abs(a.image[:, ::-1].astype(int) - b.image).mean() < 12
    assert len(list((tmp_path / "depth").iterdir())) == FRAMES
    import cv2

    depth = cv2.imread(str(tmp_path / "depth" / "000003.png"), cv2.IMREAD_UNCHANGED)
    mean = picture(0).astype(np.float32)
    for index in (1, 2, 3):
        mean = 0.8 * mean + 0.2 * picture(index)
    assert depth.dtype == np.uint16 and depth.shape == (16, 32)
    assert np.abs(depth - mean[..., 0] * 257).max() <= 1


def test_a_still(run, source, tmp_path):
    run(source / "shot3.png", tmp_path / "out.png")
    with media.open_video(tmp_path / "out.png") as reader:
        image = next(iter(reader)).image
    truth = picture(3)
    truth[:2, :2] = 255
    assert np.array_equal(image, truth)


def test_events_tell_the_job_and_every_frame(run, film, tmp_path):
    told: list[Event] = []
    run(film, tmp_path / "out.mkv", on_event=told.append)
    assert told[0].kind == "job" and told[0].data["outputs"] == [str(tmp_path / "out.mkv")]
    done = [event.data["done"] for event in told if event.kind == "progress"]
    assert done == list(range(FRAMES + 1))
    assert {event.kind for event in told} == {"job", "note", "progress", "warning", "report"}


# resuming


@pytest.mark.parametrize("output", ["out.mkv", "out", "out.mp4"])
def test_a_stop_at_any_moment_is_made_good_to_the_byte(run, film, tmp_path, monkeypatch, output):
    """The job's folder as it was before and after every line of the journal is resumed from there."""
    options = {"save_depth": str(tmp_path / "depth.mkv"), "codec": "ffv1" if "mkv" in output else "h264"}
    results = [tmp_path / output, tmp_path / "depth.mkv"]
    moments: list[Path] = []
    append = journal_module.Journal._append

    def snapshot():
        moments.append(tmp_path / f"moment{len(moments)}")
        shutil.copytree(tmp_path / "jobs", moments[-1])

    def watched(self, line):
        snapshot()
        append(self, line)
        snapshot()

    with monkeypatch.context() as patch:
        patch.setattr(journal_module.Journal, "_append", watched)
        first = run(film, results[0], options)
    assert len(moments) == 2 * (SEGMENTS + 2)  # segments, the end, and placing
    whole = [contents(path) for path in results]

    # by lines written; the last segment counts when the end is known
    done = [0, 4, 8, 10, 14, 14, FRAMES, FRAMES]
    for number, moment in enumerate(moments):
        for path in results:
            shutil.rmtree(path) if path.is_dir() else path.unlink()
        again = run(film, results[0], options, jobs_dir=moment)
        assert [contents(path) for path in results] == whole, f"moment {number}"
        assert again.report == first.report and again.warnings == first.warnings
        assert again.frames == FRAMES
        assert again.made == FRAMES - done[(number + 1) // 2]
        assert [path.name for path in moment.iterdir()] == [again.folder.name]


def test_a_stop_while_results_take_their_places(run, film, tmp_path, monkeypatch):
    from lib_parallax.jobs import assemble

    options = {"save_depth": str(tmp_path / "depth.mkv")}
    whole = run(film, tmp_path / "out.mkv", options, jobs_dir=tmp_path / "other").outputs
    truth = [contents(path) for path in whole]
    for path in whole:
        path.unlink()
    place = assemble.place

    class Killed(BaseException):
        pass

    def die_before_the_main_one(work, target):
        if target.name == "out.mkv":
            raise Killed
        place(work, target)

    with monkeypatch.context() as patch:
        patch.setattr(assemble, "place", die_before_the_main_one)
        with pytest.raises(Killed):
            run(film, tmp_path / "out.mkv", options)
    assert (tmp_path / "depth.mkv").exists() and not (tmp_path / "out.mkv").exists()
    run(film, tmp_path / "out.mkv", options)
    assert [contents(path) for path in whole] == truth


def start_slowly(source, output, jobs_dir, seconds_a_frame=0.1):
    script = Path(recursive_loop.__file__)
    options = ["--codec", "ffv1", "--jobs-dir", str(jobs_dir)]
    argv = [
        sys.executable,
        str(script),
        str(seconds_a_frame),
        "stereo",
        str(source),
        "-o",
        str(output),
        *options,
    ]
    root = str(Path(jobs.__file__).parents[2])
    paths = [root, *filter(None, [os.environ.get("PYTHONPATH")])]
    environment = {**os.environ, "PYTHONPATH": os.pathsep.join(paths)}
    return subprocess.Popen(argv, cwd=root, env=environment, stderr=subprocess.PIPE, text=True)


def wait_for_segments(jobs_dir, number, process, patience=60.0):
    deadline = time.monotonic() + patience
    while time.monotonic() < deadline:
        lines = [len(path.read_bytes().splitlines()) for path in jobs_dir.glob(f"*/{WORK}/journal.jsonl")]
        if lines and lines[0] >= number:
            return
        assert process.poll() is None, "the job ended before it could be killed"
        time.sleep(0.02)
    raise AssertionError("the job closed no segment")


def test_kill_9_and_the_same_command_again(run, film, tmp_path):
    whole = contents(run(film, tmp_path / "out.mkv", jobs_dir=tmp_path / "other").outputs[0])
    (tmp_path / "out.mkv").unlink()
    process = start_slowly(film, tmp_path / "out.mkv", tmp_path / "jobs")
    try:
        wait_for_segments(tmp_path / "jobs", 2, process)
        with pytest.raises(OutputError, match=f"process {process.pid} is writing it"):
            run(film, tmp_path / "out.mkv")
    finally:
        process.kill()
        process.communicate()
    assert not (tmp_path / "out.mkv").exists()
    (record,) = jobs.list_jobs(tmp_path / "jobs")
    assert record.state == "interrupted" and 8 <= record.frames < FRAMES
    result = run(film, tmp_path / "out.mkv")
    assert result.folder == record.folder
    assert 0 < result.made <= FRAMES - 8
    assert contents(tmp_path / "out.mkv") == whole


def test_cancel_keeps_what_is_done(run, film, tmp_path):
    token = CancelToken()

    def stop_at_nine(event):
        if event.kind == "progress" and event.data["done"] == 9:
            token.cancel()

    with pytest.raises(Cancelled):
        run(film, tmp_path / "out.mkv", on_event=stop_at_nine, cancel=token)
    (record,) = jobs.list_jobs(tmp_path / "jobs")
    assert record.state == "cancelled" and record.frames == 8
    assert not (tmp_path / "out.mkv").exists()
    result = run(film, tmp_path / "out.mkv")
    assert result.made == FRAMES - 8 and result.folder == record.folder


def test_no_resume_starts_anew(run, film, tmp_path):
    with pytest.raises(Cancelled):
        run(film, tmp_path / "out.mkv", cancel=cancelled())
    result = run(film, tmp_path / "out.mkv", resume=False)
    assert result.made == FRAMES
    assert [record.folder for record in jobs.list_jobs(tmp_path / "jobs")] == [result.folder]


def test_other_options_are_another_job(run, film, tmp_path):
    with pytest.raises(Cancelled):
        run(film, tmp_path / "out.mkv", cancel=cancelled())
    result = run(film, tmp_path / "out.mkv", {"strength": 1})
    assert [record.state for record in jobs.list_jobs(tmp_path / "jobs")] == ["cancelled", "done"]
    assert jobs.clean(tmp_path / "jobs") == [result.folder.name]
    assert [record.state for record in jobs.list_jobs(tmp_path / "jobs")] == ["cancelled"]
    assert len(jobs.clean(tmp_path / "jobs", unfinished=True)) == 1
    assert (tmp_path / "out.mkv").exists()


def cancelled() -> CancelToken:
    token = CancelToken()
    token.cancel()
    return token


# refusals


def test_an_existing_result_is_refused_and_overwritten_on_request(run, film, tmp_path):
    (tmp_path / "out.mkv").write_bytes(b"mine")
    with pytest.raises(OutputError, match=r"out\.mkv: exists already"):
        run(film, tmp_path / "out.mkv")
    assert (tmp_path / "out.mkv").read_bytes() == b"mine"
    assert jobs.list_jobs(tmp_path / "jobs") == []
    run(film, tmp_path / "out.mkv", overwrite=True)
    assert (tmp_path / "out.mkv").read_bytes() != b"mine"


def test_a_result_that_appears_meanwhile_is_not_replaced(run, film, tmp_path):
    def intrude(event):
        if event.kind == "report":
            (tmp_path / "out.mkv").write_bytes(b"mine")

    with pytest.raises(OutputError, match="exists already"):
        run(film, tmp_path / "out.mkv", on_event=intrude)
    assert (tmp_path / "out.mkv").read_bytes() == b"mine"
    result = run(film, tmp_path / "out.mkv", overwrite=True)
    assert result.made == 0 and result.frames == FRAMES


def test_a_folder_that_holds_more_than_frames_is_never_replaced(run, film, tmp_path):
    out = tmp_path / "out"
    out.mkdir()
    run(film, out)  # an empty folder is no result
    with pytest.raises(OutputError, match="exists already"):
        run(film, out)
    run(film, out, overwrite=True)
    (out / "diary.txt").write_text("dear")
    with pytest.raises(OutputError, match=r"holds diary\.txt"):
        run(film, out, overwrite=True)
    assert (out / "diary.txt").read_text() == "dear"
    assert sorted(path.name for path in tmp_path.iterdir()) == ["clip.mkv", "jobs", "out"]


@pytest.mark.parametrize("output", ["clip", "clip/shot1.png"])
def test_the_source_is_never_replaced(run, source, tmp_path, output):
    before = contents(source)
    with pytest.raises(OutputError):
        run(source, tmp_path / output, overwrite=True)
    with pytest.raises(OutputError, match="an input of this job"):
        run(source / "shot1.png", tmp_path / output, overwrite=True)
    assert contents(source) == before


def test_a_still_of_a_clip_is_refused(run, film, tmp_path):
    with pytest.raises(OutputError, match=f"has {FRAMES}"):
        run(film, tmp_path / "out.png")


def test_a_folder_behind_a_file_is_refused_before_the_work(run, film, tmp_path):
    with pytest.raises(OutputError, match="is a file, not a folder"):
        run(film, film / "out.mkv")
    with pytest.raises(OutputError, match="is a file, not a folder"):
        run(film, tmp_path / "out.mkv", jobs_dir=film / "jobs")
    assert jobs.list_jobs(tmp_path / "jobs") == []


def test_a_missing_source_is_named(run, tmp_path):
    with pytest.raises(SourceError, match=r"nothing\.mp4"):
        run(tmp_path / "nothing.mp4", tmp_path / "out.mkv")
    assert not (tmp_path / "jobs").exists()


def test_unknown_loops_and_options_are_refused(run, film, tmp_path):
    with pytest.raises(OptionError, match="known are stereo"):
        jobs.run("stereoo", film, {}, tmp_path / "out.mkv")
    with pytest.raises(OptionError, match="strength: 11"):
        run(film, tmp_path / "out.mkv", {"strength": 11})


@pytest.mark.parametrize(
    ("output", "codec", "words"),
    [
        ("out.avi", "h264", "use .mp4"),
        ("out.mp4", "prores", "cannot hold prores; use .mov, .mkv"),
        ("out.webm", "h264", "cannot hold h264"),
    ],
)
def test_a_container_that_cannot_hold_it_is_refused_early(run, film, tmp_path, output, codec, words):
    with pytest.raises(OutputError, match=words):
        run(film, tmp_path / output, {"codec": codec})
    assert not (tmp_path / "jobs").exists()


def test_two_results_at_one_path_are_refused(run, film, tmp_path):
    with pytest.raises(OutputError, match="written twice"):
        run(film, tmp_path / "out.mkv", {"save_depth": str(tmp_path / "out.mkv")})


def test_a_full_disk_is_said_and_resumed(run, film, tmp_path, monkeypatch):
    import errno

    from lib_parallax.jobs import encoders

    write = encoders.OneFile.write
    written = []

    def fills(self, image, frame, number):
        written.append(number)
        if len(written) == 7:
            raise OSError(errno.ENOSPC, "No space left on device")
        write(self, image, frame, number)

    with monkeypatch.context() as patch:
        patch.setattr(encoders.OneFile, "write", fills)
        with pytest.raises(OutputError, match="the disk is full"):
            run(film, tmp_path / "out.mkv")
    assert not (tmp_path / "out.mkv").exists()
    (record,) = jobs.list_jobs(tmp_path / "jobs")
    assert record.state == "failed" and record.frames == 4
    assert run(film, tmp_path / "out.mkv").made == FRAMES - 4


def test_a_result_on_another_disk_is_copied_and_renamed(run, film, tmp_path, monkeypatch):
    import errno

    from lib_parallax.jobs import place

    replace = place.os.replace

    def across(source, target):
        if "jobs" in Path(source).parts and "jobs" not in Path(target).parts:
            raise OSError(errno.EXDEV, "Invalid cross-device link")
        replace(source, target)

    whole = [contents(run(film, tmp_path / name).outputs[0]) for name in ("a.mkv", "a")]
    monkeypatch.setattr(place.os, "replace", across)
    options = [run(film, tmp_path / "b" / name).outputs[0] for name in ("a.mkv", "a")]
    assert [contents(path) for path in options] == whole
    assert sorted(path.name for path in (tmp_path / "b").iterdir()) == ["a", "a.mkv"]


def test_a_fault_in_the_loop_is_logged_and_raised_as_it_is(run, film, tmp_path, monkeypatch):
    def broken(*arguments, **keywords):
        raise ZeroDivisionError("sums")
        yield

    with monkeypatch.context() as patch:
        patch.setattr(recursive_loop, "frames", broken)
        with pytest.raises(ZeroDivisionError):
            run(film, tmp_path / "out.mkv")
    (record,) = jobs.list_jobs(tmp_path / "jobs")
    assert record.state == "failed"
    assert "Traceback" in (record.folder / "log.txt").read_text()
    assert run(film, tmp_path / "out.mkv").frames == FRAMES


def test_a_name_is_found_when_none_is_given(run, film, tmp_path, monkeypatch):
    (tmp_path / "here").mkdir()
    monkeypatch.chdir(tmp_path / "here")
    assert run(film, None).outputs == (tmp_path / "here" / "clip_TAG.mkv",)
    assert run(film, None, {"name_tags": False}).outputs == (tmp_path / "here" / "clip-stereo.mkv",)


@pytest.mark.skipif(sys.platform == "win32", reason="signals are another thing there")
def test_ctrl_c_stops_between_frames_with_one_sentence_and_130(run, film, tmp_path):
    process = start_slowly(film, tmp_path / "out.mkv", tmp_path / "jobs")
    try:
        wait_for_segments(tmp_path / "jobs", 1, process)
        process.send_signal(signal.SIGINT)
        _, said = process.communicate(timeout=60)
    finally:
        process.kill()
        process.wait()
    assert process.returncode == 130
    assert said.splitlines()[-1].startswith("stopped; the same command goes on from frame ")
    assert "Traceback" not in said
    (record,) = jobs.list_jobs(tmp_path / "jobs")
    assert record.state == "cancelled" and record.frames >= 4
    assert run(film, tmp_path / "out.mkv").made < FRAMES


def test_an_interrupt_right_after_the_journals_line_keeps_the_segment(run, film, tmp_path, monkeypatch):
    close_segment = journal_module.Journal.close_segment

    def interrupted(self, *arguments):
        close_segment(self, *arguments)
        raise KeyboardInterrupt

    with monkeypatch.context() as patch:
        patch.setattr(journal_module.Journal, "close_segment", interrupted)
        with pytest.raises(Cancelled, match="goes on from frame"):
            run(film, tmp_path / "out.mkv")
    assert run(film, tmp_path / "out.mkv").made == FRAMES - 4


@pytest.mark.parametrize(
    ("output", "depth"), [("out", "out/depth"), ("a/out.mkv", "a"), ("out.mkv", "out.mkv/depth.mkv")]
)
def test_a_result_inside_another_is_refused(run, film, tmp_path, output, depth):
    with pytest.raises(OutputError, match=r"lies inside .* name another path"):
        run(film, tmp_path / output, {"save_depth": str(tmp_path / depth)})


def test_a_picture_too_small_for_the_codec_is_refused_before_the_work(run, film, tmp_path):
    with pytest.raises(OptionError, match="av1 takes pictures from 64x64 on, not 32x16"):
        run(film, tmp_path / "out.mp4", {"codec": "av1"})
    assert not (tmp_path / "jobs").exists()


@pytest.mark.parametrize(
    ("name", "size", "bit_depth", "codec"),
    [
        ("a.webm", (640, 480), 10, "av1-10bit"),
        ("a.webm", (640, 480), 8, "vp9"),
        ("a.mp4", (640, 480), 10, "h265-10bit"),
        ("a.mp4", (32, 8), 10, "h264"),
    ],
)
def test_auto_keeps_ten_bits_where_an_encoder_takes_them(tmp_path, name, size, bit_depth, codec):
    target = Target("main", tmp_path / name)
    assert codec_of(target, "auto", size, bit_depth) == codec


def test_errors_in_a_segment_and_in_joining_name_the_result(run, film, tmp_path, monkeypatch):
    from lib_parallax.jobs import encoders

    def refused(path):
        raise OutputError(f"{path}: cannot be written: out of luck")

    for place in ("open_writer", "join"):
        with monkeypatch.context() as patch:
            if place == "join":
                patch.setattr(encoders.media, "join", lambda segments, output, **_: refused(output))
            else:
                patch.setattr(encoders.media, "open_writer", lambda path, size, **_: refused(path))
            with pytest.raises(OutputError) as caught:
                run(film, tmp_path / "out.mkv")
        assert str(caught.value) == f"{tmp_path / 'out.mkv'}: cannot be written: out of luck"


@pytest.mark.skipif(sys.platform != "linux", reason="names there are always text")
def test_names_that_are_no_utf8(run, film, tmp_path):
    source, output = (
        Path(os.fsdecode(os.fsencode(tmp_path) + name)) for name in (b"/a\xe9.mkv", b"/b\xe9.mkv")
    )
    film.rename(source)
    result = run(source, output)
    assert result.outputs == (output,) and output.exists()
    (record,) = jobs.list_jobs(tmp_path / "jobs")
    assert record.output == str(output) and record.source == str(source)
    assert "a\\udce9.mkv" in (record.folder / "log.txt").read_text(encoding="utf-8")
