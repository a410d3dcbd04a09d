"""The command line with the real stereo loop, from file to file."""

from __future__ import annotations

import errno
import json
import os
import signal
import subprocess
import sys
import time
from fractions import Fraction
from pathlib import Path

import clips
import cv2
import numpy as np
import pytest

from lib_parallax import media
from lib_parallax.faces.cli import main
from lib_parallax.jobs.record import WORK

ROOT = Path(__file__).parents[1]
QUICK = ["--fill", "background"]
POSIX = os.name == "posix"


@pytest.fixture(autouse=True)
def at_home(tmp_path, monkeypatch):
    """Jobs in a folder of the test's own, for this process and its children."""
    monkeypatch.setenv("XDG_DATA_HOME", str(tmp_path / "data"))
    monkeypatch.setenv("LOCALAPPDATA", str(tmp_path / "data"))
    monkeypatch.setenv("HOME", str(tmp_path / "home"))
    monkeypatch.chdir(tmp_path)


@pytest.fixture
def clip(tmp_path):
    return clips.write_clip(tmp_path / "clip.mp4", [3000 * n for n in range(6)])


def stereo(*arguments, jobs="jobs"):
    return main(["stereo", *map(str, arguments), "--jobs-dir", str(jobs), "--quiet", *QUICK])


def refused(capsys, *arguments, words=(), output=None):
    """Status 2, one sentence with these words, nothing left behind."""
    before = sorted(Path().rglob("*")) if output is None else None
    capsys.readouterr()
    assert stereo(*arguments) == 2
    said = capsys.readouterr()
    assert said.out == "" and said.err.count("\n") == 1 and "Traceback" not in said.err
    for word in words:
        assert str(word) in said.err, said.err
    for path in (Path("out.mp4"), Path("out")):
        assert not path.exists()
    if before is not None:
        after = [p for p in sorted(Path().rglob("*")) if "jobs" not in p.parts]
        assert after == [p for p in before if "jobs" not in p.parts]
    return said.err


def test_a_clip_becomes_three_dimensional(clip, capsys):
    assert stereo(clip, "-o", "out.mp4") == 0
    assert capsys.readouterr().err == ""
    with media.open_video("out.mp4") as reader:
        assert reader.size == (128, 48)
        assert [f.pts for f in reader] == [Fraction(n, 30) for n in range(6)]
    (record,) = Path("jobs").glob("*/job.json")
    told = json.loads(record.read_text())
    assert told["state"] == "done" and told["frames"] == 6 and not told["warnings"]
    assert "cues" in told["depth"] and told["report"]["lines"]


# bad input


def test_a_missing_file(capsys):
    refused(capsys, "nothing.mp4", "-o", "out.mp4", words=["nothing.mp4", "no such file"])


def test_a_file_that_is_not_video(tmp_path, capsys):
    (tmp_path / "poem.mp4").write_text("Shall I compare thee to a summer's day?\n" * 50)
    refused(capsys, "poem.mp4", "-o", "out.mp4", words=["poem.mp4"])
    (tmp_path / "empty.mkv").write_bytes(b"")
    refused(capsys, "empty.mkv", "-o", "out.mp4", words=["empty.mkv"])
    (tmp_path / "poem.png").write_bytes(b"not a picture")
    refused(capsys, "poem.png", "-o", "out.png", words=["poem.png"])


def test_sound_without_pictures(tmp_path, capsys):
    import av

    with av.open("song.mp4", "w") as container:
        stream = container.add_stream("aac", rate=48000)
        stream.codec_context.layout = "stereo"
        for packet in clips.tone_packets(stream, 0.3, 440):
            container.mux(packet)
    refused(capsys, "song.mp4", "-o", "out.mp4", words=["song.mp4"])


def test_no_frames(tmp_path, capsys):
    (tmp_path / "bare").mkdir()
    refused(capsys, "bare", "-o", "out.mp4", words=["bare", "no pictures"])
    import av

    with av.open("none.mkv", "w") as container:
        clips.add_video(container, (64, 48))
        container.start_encoding()
    refused(capsys, "none.mkv", "-o", "out.mp4", words=["none.mkv"])


def test_depth_of_another_length(clip, tmp_path, capsys):
    (tmp_path / "depth").mkdir()
    for n in range(5):
        cv2.imwrite(f"depth/{n}.png", np.full((24, 32), 40000, np.uint16))
    refused(
        capsys, clip, "-o", "out.mp4", "--depth", "depth", words=["depth holds 5 frames", "the source has 6"]
    )
    refused(capsys, clip, "-o", "out.mp4", "--depth", "no-depth.mkv", words=["no-depth.mkv", "no such file"])


@pytest.mark.skipif(not POSIX, reason="permissions are another thing there")
@pytest.mark.parametrize("what", ["output", "jobs"])
def test_an_unwritable_folder(clip, tmp_path, what):
    """In a process that is not root, who may write everywhere."""
    open_to_all(tmp_path)
    for name in ("locked", "open"):
        (tmp_path / name).mkdir()
        (tmp_path / name).chmod(0o555 if name == "locked" else 0o777)
    output = "locked/out.mp4" if what == "output" else "open/out.mp4"
    jobs = "open/jobs" if what == "output" else "locked/jobs"
    code = (
        "import os, sys\n"
        "from lib_parallax.faces.cli import main\n"
        # everything is imported by then: another user may not be let to Python's own files
        "assert main(['stereo', 'clip.mp4', '-o', 'warm.mp4', '--jobs-dir', 'warm', '--quiet']) == 0\n"
        "if os.getuid() == 0: os.setgroups([]); os.setgid(65534); os.setuid(65534)\n"
        f"sys.exit(main(['stereo', 'clip.mp4', '-o', {output!r}, '--jobs-dir', {jobs!r}, '--quiet']))"
    )
    done = python("-c", code)
    assert done.returncode == 2, done.stderr
    assert done.stderr.count("\n") == 1 and "locked" in done.stderr
    assert "no permission" in done.stderr.lower() or "permission denied" in done.stderr.lower()
    assert not list((tmp_path / "locked").iterdir()) and not (tmp_path / "open" / "out.mp4").exists()


def open_to_all(path):
    """Lets another user reach a folder of this test run."""
    path.chmod(0o777)
    for parent in path.parents:
        if parent.name.startswith("pytest-") or parent.parent.name.startswith("pytest-"):
            parent.chmod(parent.stat().st_mode | 0o055)


def python(*arguments, **keywords):
    paths = [str(ROOT), *filter(None, [os.environ.get("PYTHONPATH")])]
    environment = {**os.environ, "PYTHONPATH": os.pathsep.join(paths)}
    return subprocess.run(
        [sys.executable, *arguments], capture_output=True, text=True, env=environment, timeout=300, **keywords
    )


@pytest.mark.parametrize("where", ["frame", "end", "join"])
def test_a_full_disk(clip, capsys, monkeypatch, where):
    from lib_parallax.jobs import encoders

    def full(*arguments, **keywords):
        raise OSError(errno.ENOSPC, "No space left on device")

    with monkeypatch.context() as patch:
        if where == "join":
            patch.setattr(encoders.media, "join", full)
        else:
            patch.setattr(encoders.OneFile, "write" if where == "frame" else "close", full)
        refused(capsys, clip, "-o", "out.mp4", words=["the disk is full"])
    assert not list(Path().glob("**/*.part*"))
    assert stereo(clip, "-o", "out.mp4") == 0  # with room again the same command goes on


def test_a_really_full_file(clip, capsys):
    """The system says no in the middle of an encoder's own writing."""
    resource = pytest.importorskip("resource")
    hard = resource.getrlimit(resource.RLIMIT_FSIZE)[1]
    code = (
        "import resource, signal, sys\n"
        "signal.signal(signal.SIGXFSZ, signal.SIG_IGN)\n"
        f"resource.setrlimit(resource.RLIMIT_FSIZE, (20000, {hard}))\n"
        "from lib_parallax.faces.cli import main\n"
        "sys.exit(main(sys.argv[1:]))"
    )
    big = clips.write_clip("big.mp4", [3000 * n for n in range(30)], size=(160, 120))
    command = ["stereo", str(big), "-o", "out.mkv", "--codec", "ffv1", "--jobs-dir", "jobs", *QUICK]
    stereo(clip, "-o", "warm.mp4")  # numba's cache is filled without a limit
    environment = {**os.environ, "PYTHONPATH": str(ROOT)}
    done = subprocess.run(
        [sys.executable, "-c", code, *command, "--quiet"], capture_output=True, text=True, env=environment
    )
    assert done.returncode == 2, done.stderr
    assert "Traceback" not in done.stderr and done.stderr.strip().count("\n") == 0
    assert not Path("out.mkv").exists()


@pytest.mark.parametrize(
    ("flags", "words"),
    [
        (["--strength", "11"], ["strength", "11", "0.0 to 10.0"]),
        (["--strength", "nan"], ["strength"]),
        (["--convergence", "-0.1"], ["convergence"]),
        (["--eye", "third"], ["eye", "third", "right, left, both"]),
        (["--size", "0x0"], ["size"]),
        (["--fov", "wide"], ["fov", "not a number"]),
        (["--seed", "-1"], ["seed"]),
        (["--layout", "sbs"], ["layout", "full-sbs"]),
        (["--strenght", "3"], ["--strenght", "--strength"]),
        (["--backend", "abacus"], ["backend", "abacus"]),
        (["--depth-model", "crystal-ball"], ["crystal-ball"]),
        (["--depth-model", "depth-anything-v2-small"], ["depth-anything-v2-small"]),
        (["--preset", "hologram"], ["hologram"]),
    ],
)
def test_options_out_of_range(clip, capsys, flags, words):
    refused(capsys, clip, "-o", "out.mp4", *flags, words=words)


def test_an_existing_result(clip, capsys):
    Path("out.mkv").write_bytes(b"mine")
    assert stereo(clip, "-o", "out.mkv") == 2
    assert "exists already" in capsys.readouterr().err and Path("out.mkv").read_bytes() == b"mine"
    assert stereo(clip, "-o", "out.mkv", "--overwrite") == 0
    assert Path("out.mkv").read_bytes() != b"mine"


def test_debug_shows_where(capsys):
    assert main(["stereo", "nothing.mp4", "-o", "out.mp4", "--jobs-dir", "jobs", "--debug"]) == 2
    assert "Traceback" in capsys.readouterr().err


# converted as far as it goes


def test_a_truncated_source_is_converted_as_far_as_it_goes(tmp_path, capsys):
    whole = clips.write_clip("whole.mkv", [3000 * n for n in range(40)], g=10)
    data = whole.read_bytes()
    Path("cut.mkv").write_bytes(data[: int(len(data) * 0.6)])
    assert main(["stereo", "cut.mkv", "-o", "out.mp4", "--jobs-dir", "jobs", *QUICK]) == 0
    said = capsys.readouterr().err
    (record,) = Path("jobs").glob("*/job.json")
    told = json.loads(record.read_text())
    assert told["state"] == "done" and 5 < told["frames"] < 40
    assert any("cut.mkv" in warning for warning in told["warnings"])
    assert told["warnings"][0].split(": ")[-1] in said
    with media.open_video("out.mp4") as reader:
        assert len(list(reader)) == told["frames"]


def test_a_source_damaged_in_the_middle(capsys):
    whole = clips.write_clip("whole.mp4", [3000 * n for n in range(40)], size=(160, 120), g=10)
    data = bytearray(whole.read_bytes())
    middle = data.index(b"mdat") + len(data) // 3
    data[middle : middle + 400] = np.random.default_rng(0).bytes(400)
    Path("hurt.mp4").write_bytes(data)
    assert stereo("hurt.mp4", "-o", "out.mp4") == 0
    told = json.loads(next(Path("jobs").glob("*/job.json")).read_text())
    assert told["frames"] == 40 and any("hurt.mp4: damaged" in warning for warning in told["warnings"])


# converted whole


@pytest.mark.parametrize("size", [(8, 8), (33, 17), (64, 49)])
@pytest.mark.parametrize("layout", ["full-sbs", "half-tb", "anaglyph"])
def test_odd_and_small_sizes(tmp_path, size, layout):
    Path("pictures").mkdir()
    for n in range(3):
        cv2.imwrite(f"pictures/{n}.png", clips.picture(n, *size))
    assert stereo("pictures", "-o", "out.mkv", "--layout", layout, "--codec", "ffv1") == 0
    with media.open_video("out.mkv") as reader:
        assert len(list(reader)) == 3


def test_one_frame(tmp_path):
    cv2.imwrite("one.png", clips.picture(1, 40, 30))
    assert stereo("one.png", "-o", "out.png") == 0
    with media.open_video("out.png") as reader:
        assert reader.size == (80, 30)
    single = clips.write_clip("one.mp4", [0])
    assert stereo(single, "-o", "out.mp4") == 0
    with media.open_video("out.mp4") as reader:
        assert len(list(reader)) == 1


def test_variable_rate_rotation_two_sounds_and_subtitles_come_through(tmp_path):
    ticks = [0, 3003, 6006, 12012, 15015, 30030, 33033, 36036, 90090, 93093]
    source = clips.write_everything(tmp_path / "phone.mp4", ticks, size=(64, 48))
    clips.rotate(source, 90)
    with media.open_video(source) as reader:
        assert reader.size == (48, 64)
        given = [f.pts for f in reader]
    assert stereo(source, "-o", "out.mp4") == 0
    with media.open_video("out.mp4") as reader:
        frames = list(reader)
        assert reader.size == (96, 64) and reader.rotation == 0
        assert [f.pts for f in frames] == given
        assert [a.language for a in reader.audio] == ["eng", "fra"]
        assert [s.language for s in reader.subtitles] == ["deu"]
        assert [c.title for c in reader.chapters] == ["One", "Two"]
        assert reader.metadata["title"] == "A walk"
    for number, (language, pitch) in enumerate((("eng", 440), ("fra", 880))):
        assert clips.tones_of("out.mp4", number) == (
            language, pytest.approx(0, abs=0.03), pytest.approx(pitch, abs=5)
        )  # fmt: skip
    # upright: the left eye is the source, turned
    with media.open_video(source) as reader:
        for frame, shown in zip(reader, frames, strict=True):
            assert np.abs(frame.image.astype(int) - shown.image[:, :48]).mean() < 6


def test_saved_depth_gives_the_same_bytes(clip):
    assert stereo(clip, "-o", "first", "--save-depth", "depth", "--no-infotext") == 0
    assert stereo(clip, "-o", "second", "--depth", "depth", "--no-infotext") == 0
    assert stereo(clip, "-o", "third.mkv", "--save-depth", "depth.mkv", "--codec", "ffv1") == 0
    assert stereo(clip, "-o", "fourth.mkv", "--depth", "depth.mkv", "--codec", "ffv1") == 0
    names = sorted(p.name for p in Path("first").iterdir())
    assert names == [f"{n:06d}.png" for n in range(6)]
    for name in names:
        assert Path("first", name).read_bytes() == Path("second", name).read_bytes()
    assert Path("third.mkv").read_bytes() == Path("fourth.mkv").read_bytes()


def test_the_same_command_gives_the_same_bytes(clip):
    assert stereo(clip, "-o", "a.mp4", jobs="a") == 0
    assert stereo(clip, "-o", "b.mp4", jobs="b") == 0
    assert Path("a.mp4").read_bytes() == Path("b.mp4").read_bytes()


# killed


def shots_clip(path, shots=6, length=12, size=(160, 96)):
    """Pans over pictures that have nothing in common, cut hard."""
    with media.open_writer(path, size, rate=Fraction(15), codec="ffv1") as writer:
        for shot in range(shots):
            rng = np.random.default_rng(shot)
            wide = cv2.GaussianBlur(
                rng.integers(0, 256, (size[1], size[0] + 80, 3), dtype=np.uint8), (0, 0), 4 + shot
            )
            wide = cv2.normalize(wide, None, 0, 255, cv2.NORM_MINMAX) // (1 + shot % 3)
            wide[..., shot % 3] //= 3
            for n in range(length):
                picture = np.ascontiguousarray(wide[:, 3 * n : 3 * n + size[0]])
                writer.write(picture, Fraction(shot * length + n, 15))
    return path


@pytest.mark.skipif(not POSIX, reason="kill -9 is a thing of POSIX")
def test_kill_9_and_the_same_command_again(tmp_path):
    source = shots_clip(tmp_path / "shots.mkv")
    options = ["--save-depth", "depth.mkv", "--fill", "temporal"]

    def command(jobs):
        return ["stereo", str(source), "-o", "out.mp4", *options, "--jobs-dir", jobs, "--quiet"]

    environment = {**os.environ, "PYTHONPATH": str(ROOT)}
    process = subprocess.Popen([sys.executable, "-m", "lib_parallax", *command("jobs")], env=environment)
    try:
        deadline = time.monotonic() + 120
        while not any(p.read_bytes().count(b"\n") >= 2 for p in Path("jobs").glob(f"*/{WORK}/journal.jsonl")):
            assert process.poll() is None, "the job ended before it could be killed"
            assert time.monotonic() < deadline, "the job closed no segment"
            time.sleep(0.005)
        process.send_signal(signal.SIGKILL)
    finally:
        process.kill()
        process.wait()
    assert not Path("out.mp4").exists() and not Path("depth.mkv").exists()
    assert main(command("jobs")) == 0
    resumed = Path("out.mp4").read_bytes(), Path("depth.mkv").read_bytes()
    (record,) = Path("jobs").glob("*/log.txt")
    assert "resumed with" in record.read_text()
    for name in ("out.mp4", "depth.mkv"):
        Path(name).unlink()
    assert main(command("other")) == 0
    assert (Path("out.mp4").read_bytes(), Path("depth.mkv").read_bytes()) == resumed
    with media.open_video("out.mp4") as reader:
        assert len(list(reader)) == 72


# real clips


def test_the_start_of_a_real_clip(data):
    with media.open_video(data / "clips" / "tokyo-walk.mp4") as reader:
        assert reader.count() == 195
        frames = reader.frames()
        from lib_parallax.loops.source import Given
        from lib_parallax.loops.stereo import frames as convert
        from lib_parallax.options import StereoOptions, parse

        few = Given([next(frames) for _ in range(2)])
        frames.close()
        done = list(convert(few, parse(StereoOptions, {"size": "640x360"})))
    assert [f.image.shape for f in done] == [(360, 1280, 3)] * 2
    assert done[1].pts - done[0].pts == Fraction(1, 15)


def test_a_hardware_codec_that_is_not_here_is_refused_before_the_first_frame(tmp_path, capsys):
    from lib_parallax.faces.cli import main
    from lib_parallax.media import encoders

    if encoders.available()["h264-nvenc"] is None:
        pytest.skip("this machine has NVENC")
    picture = tmp_path / "a.png"
    cv2.imwrite(str(picture), np.zeros((96, 160, 3), np.uint8))
    result = tmp_path / "b.mp4"
    jobs_dir = str(tmp_path / "jobs")
    command = ["stereo", str(picture), "-o", str(result), "--codec", "h264-nvenc"]
    status = main([*command, "--jobs-dir", jobs_dir])
    said = capsys.readouterr().err.strip().splitlines()
    assert status == 2 and not result.exists()
    assert "h264-nvenc cannot be used on this machine" in said[-1]
