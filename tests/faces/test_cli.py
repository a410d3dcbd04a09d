from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest

from lib_parallax import jobs
from lib_parallax.errors import Cancelled, OptionError, OutputError
from lib_parallax.faces import bench, cli
from lib_parallax.options import LOOP_OPTIONS, StereoOptions, describe, parse
from lib_parallax.types import Event


class Recorder:
    """Stands for jobs.run: keeps what it was called with, tells events, and gives a result or raises."""

    def __init__(self):
        self.calls = []
        self.error = None

    def __call__(self, loop, source, options, output, **keywords):
        self.calls.append((loop, source, options, output, keywords))
        tell = keywords["on_event"]
        tell(Event("job", data={"folder": "/jobs/1", "outputs": [output], "resumed": None}))
        tell(Event("progress", data={"done": 2, "total": 3, "fps": 5.0, "seconds_left": 0.2}))
        tell(Event("warning", "one frame was damaged"))
        if self.error is not None:
            raise self.error
        return jobs.JobResult(
            (Path(output or "clip_LR.mp4"),),
            ("one frame was damaged",),
            {"lines": ["disparity 0.4 to 2.1 % of width"]},
            Path("/jobs/1"),
            3,
            3,
            1.5,
        )


@pytest.fixture
def ran(monkeypatch):
    recorder = Recorder()
    monkeypatch.setattr(jobs, "run", recorder)
    return recorder


def one_sentence(text: str) -> str:
    lines = text.splitlines()
    assert len(lines) == 1, text
    assert "Traceback" not in text
    return lines[0]


def test_every_option_has_its_flag_and_arrives(ran):
    values = {
        "size": "64x32", "codec": "vp9", "quality": "draft", "bitrate": "2.5", "keyframe_seconds": "1",
        "seed": "7", "backend": "cpu", "device": "cpu",
        "depth": "d.mkv", "depth_model": "cues", "depth_every": "4", "depth_size": "392",
        "depth_weights": "w.pth", "depth_precision": "fp32", "depth_flow": "motion-vectors",
        "edge_bias": "-2",
        "steadiness": "light", "save_depth": "s", "layout": "half-tb", "eye": "both",
        "strength": "3.5", "convergence": "0.25", "near_limit": "1", "far_limit": "2", "fill": "none",
        "anaglyph_colours": "amber-blue", "anaglyph_method": "grey", "fov": "100", "size_cap": "640x480",
        "sound": "s.wav", "sound_start": "1", "sound_fade": "2", "sound_volume": "-3",
        "ambience": "a.wav @ -6 dB; b.wav", "music": "calm", "music_volume": "-12",
    }  # fmt: skip
    flags = {o.name: o.flag for o in describe(StereoOptions) if o.kind != "bool"}
    assert set(values) == set(flags)
    argv = ["stereo", "in.mp4", "-o", "out.mp4", "--floating-window", "--no-name-tags"]
    for name, text in values.items():
        argv += [flags[name], text]
    assert cli.main(argv) == 0
    ((loop, source, options, output, keywords),) = ran.calls
    assert (loop, source, output) == ("stereo", "in.mp4", "out.mp4")
    assert options == parse(StereoOptions, {**values, "floating_window": True, "name_tags": False})
    assert options.size == (64, 32) and options.strength == 3.5 and options.seed == 7
    assert keywords["jobs_dir"] is None and keywords["overwrite"] is False and keywords["resume"] is True


def test_nothing_given_is_the_defaults(ran):
    assert cli.main(["stereo", "in.mp4"]) == 0
    assert ran.calls[0][2] == StereoOptions() and ran.calls[0][3] is None


def test_job_flags_arrive(ran):
    argv = ["stereo", "in.mp4", "-o", "o", "--overwrite", "--no-resume", "--jobs-dir", "j"]
    assert cli.main(argv) == 0
    keywords = ran.calls[0][4]
    assert (keywords["overwrite"], keywords["resume"], keywords["jobs_dir"]) == (True, False, "j")


def test_flags_go_before_the_preset(ran, tmp_path):
    preset = tmp_path / "mine.json"
    preset.write_text('{"layout": "half-sbs", "strength": 4}')
    assert cli.main(["stereo", "in.mp4", "--preset", str(preset), "--strength", "1.5"]) == 0
    options = ran.calls[0][2]
    assert (options.layout, options.strength) == ("half-sbs", 1.5)


def test_the_end_is_told_on_stdout(ran, capsys):
    assert cli.main(["stereo", "in.mp4", "-o", "out.mp4"]) == 0
    out, err = capsys.readouterr()
    assert out.splitlines() == [
        "out.mp4",
        f"3 frames; 2.0 fps; job {Path('/jobs/1')}",
        "disparity 0.4 to 2.1 % of width",
        "warning: one frame was damaged",
    ]
    assert err == "warning: one frame was damaged\n"


def test_quiet_says_nothing(ran, capsys):
    assert cli.main(["stereo", "in.mp4", "-o", "out.mp4", "--quiet"]) == 0
    assert capsys.readouterr() == ("", "")


@pytest.mark.parametrize(
    ("argv", "word"),
    [
        (["stereo"], "SOURCE"),
        (["stereo", "in.mp4", "--strenght", "3"], "did you mean --strength?"),
        (["stereo", "in.mp4", "--stren", "3"], "unknown option --stren"),
        (["stereo", "in.mp4", "--strength"], "expected one argument"),
        (["stereo", "in.mp4", "--strength", "11"], "strength: 11.0 is outside 0.0 to 10.0 % of width"),
        (["stereo", "in.mp4", "--strength", "-1"], "strength: -1.0 is outside"),
        (["stereo", "in.mp4", "--strength", "much"], "strength: 'much' is not a number"),
        (["stereo", "in.mp4", "--layout", "sideways"], "layout: 'sideways' is not one of full-sbs"),
        (["stereo", "in.mp4", "--size", "12"], "size: '12' is not a size"),
        (["stereo", "in.mp4", "more.mp4"], "more.mp4"),
        (["stereo", "in.mp4", "--preset", "toaster"], "toaster"),
        (["sterio", "in.mp4"], "sterio"),
        (["--fast"], "--fast"),
        (["jobs", "burn"], "burn"),
        (["bench", "nothing-such"], "no benchmark 'nothing-such'"),
    ],
)
def test_misuse_is_one_sentence_and_status_2(ran, capsys, argv, word):
    assert cli.main(argv) == 2
    out, err = capsys.readouterr()
    assert word in one_sentence(err)
    assert out == "" and ran.calls == []


@pytest.mark.parametrize(
    ("error", "status", "words"),
    [
        (OutputError("out.mp4: exists already; --overwrite replaces it"), 2, "out.mp4: exists already"),
        (OptionError("two\nlines"), 2, "two lines"),
        (Cancelled("stopped; the same command goes on"), 130, "stopped"),
        (KeyboardInterrupt(), 130, "stopped"),
        (ZeroDivisionError("division\nby zero"), 1, "a fault of Parallax"),
    ],
)
def test_what_is_raised_becomes_a_sentence_and_a_status(ran, capsys, error, status, words):
    ran.error = error
    assert cli.main(["stereo", "in.mp4", "-o", "out.mp4", "--quiet"]) == status
    sentence = one_sentence(capsys.readouterr().err)
    assert words in sentence
    if status == 1:
        assert str(Path("/jobs/1/log.txt")) in sentence

    assert cli.main(["stereo", "in.mp4", "-o", "out.mp4", "--quiet", "--debug"]) == status
    err = capsys.readouterr().err
    assert "Traceback" in err and err.splitlines()[-1] == sentence


def test_version_and_help(capsys):
    with pytest.raises(SystemExit) as ended:
        cli.main(["--version"])
    assert ended.value.code == 0 and capsys.readouterr().out == "parallax 0.1.0\n"
    assert cli.main([]) == 0
    told = capsys.readouterr().out
    assert all(loop in told for loop in LOOP_OPTIONS)


@pytest.mark.parametrize("loop", LOOP_OPTIONS)
def test_help_names_every_option_with_range_unit_and_default(loop, capsys):
    with pytest.raises(SystemExit) as ended:
        cli.main([loop, "--help"])
    assert ended.value.code == 0
    text = " ".join(capsys.readouterr().out.split())
    for o in describe(LOOP_OPTIONS[loop]):
        assert o.flag in text
        assert not o.unit or o.kind == "size" or o.unit in text
        assert o.group in text
    if loop == "stereo":
        assert "(0 to 10 % of width; default 2.5)" in text
        assert "--floating-window, --no-floating-window" in text and "(default off)" in text


def test_help_imports_nothing_heavy():
    code = (
        "import sys\n"
        "from lib_parallax.faces import cli\n"
        "cli.build_parser().format_help()\n"
        "heavy = 'torch numba av cv2 scipy tqdm lib_parallax.jobs'.split()\n"
        "print([name for name in heavy if name in sys.modules])\n"
    )
    root = Path(cli.__file__).parents[2]
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, cwd=root, check=True)
    assert done.stdout.strip() == "[]"


def test_the_module_runs():
    root = Path(cli.__file__).parents[2]
    argv = [sys.executable, "-m", "lib_parallax", "stereo", "in.mp4", "--strength", "x"]
    done = subprocess.run(argv, capture_output=True, text=True, cwd=root, check=False)
    assert done.returncode == 2 and done.stdout == ""
    assert one_sentence(done.stderr) == "strength: 'x' is not a number"


def test_jobs_are_listed_and_cleaned(tmp_path, capsys):
    from lib_parallax.jobs.record import new_record

    about = {"source": {"path": "in.mp4"}, "output": "out.mp4", "frames": 3, "total": 9}
    done = new_record(tmp_path, {"loop": "stereo", "state": "done", **about}, "in")
    dead = new_record(tmp_path, {"loop": "stereo", "state": "running", **about}, "in")
    assert done.id != dead.id
    assert cli.main(["jobs", "--jobs-dir", str(tmp_path)]) == 0
    head, *lines = capsys.readouterr().out.splitlines()
    assert head.split() == ["JOB", "STATE", "BEGUN", "FRAMES", "SOURCE", "->", "RESULT"]
    begun = str(done.values["times"]["created"])[:16].replace("T", " ")
    told = {tuple(line.split("  ")[0:1]) + tuple(line.split()[1:]) for line in lines}
    rest = (*begun.split(), "3/9", "in.mp4", "->", "out.mp4")
    assert told == {(done.id, "done", *rest), (dead.id, "interrupted", *rest)}
    assert cli.main(["jobs", "clean", "--jobs-dir", str(tmp_path)]) == 0
    assert capsys.readouterr().out == "1 job removed\n"
    assert [path.name for path in tmp_path.iterdir()] == [dead.id]


def test_presets_are_listed(capsys):
    assert cli.main(["presets"]) == 0
    assert any(line.startswith("quest ") for line in capsys.readouterr().out.splitlines())


@pytest.fixture
def checkout(tmp_path):
    folder = tmp_path / "benchmarks"
    folder.mkdir()
    code = (
        '"""Counts its arguments.\n\nMore."""\nimport sys\nimport lib_parallax\nsys.exit(len(sys.argv[1:]))\n'
    )
    (folder / "count_words.py").write_text(code)
    (folder / "_shared.py").write_text("")
    (tmp_path / "lib_parallax").mkdir()
    (tmp_path / "lib_parallax" / "__init__.py").write_text("")
    return tmp_path


def test_benchmarks_are_listed_and_run_with_their_arguments(checkout, capsys):
    bench.list_benchmarks(checkout)
    assert capsys.readouterr().out == "count-words  Counts its arguments.\n"
    assert bench.run("count-words", ["a", "--b", "c"], checkout) == 3
    assert bench.run("count_words", [], checkout) == 0
    with pytest.raises(OptionError, match="did you mean count-words"):
        bench.run("count-word", [], checkout)


def test_bench_hands_on_what_follows_the_name(monkeypatch):
    seen = []
    monkeypatch.setattr(bench, "run", lambda name, rest: seen.append((name, rest)) or 5)
    assert cli.main(["bench", "speed", "--frames", "3", "x"]) == 5
    assert seen == [("speed", ["--frames", "3", "x"])]


def test_a_batch_lists_its_errors_at_the_end(tmp_path, capsys, monkeypatch):
    from lib_parallax import samples

    monkeypatch.chdir(tmp_path)
    (tmp_path / "in" / "inner").mkdir(parents=True)
    samples.write_clip(tmp_path / "in" / "inner" / "clip.mp4", size=(96, 64), seconds=0.2)
    (tmp_path / "in" / "bad.png").write_bytes(b"no picture")
    arguments = ["batch", "in", "--layout", "half-sbs", "--jobs-dir", "jobs"]
    assert cli.main(arguments) == cli.REFUSED
    out, err = capsys.readouterr()
    assert (tmp_path / "in-stereo" / "inner" / "clip_LR.mp4").is_file()
    assert "1 done, 1 failed" in out
    assert err.strip().splitlines()[-1].startswith(str(tmp_path / "in" / "bad.png"))
    (tmp_path / "in" / "bad.png").unlink()
    assert cli.main(arguments) == cli.FINISHED
    assert "0 done, 1 skipped" in capsys.readouterr().out


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        (["batch"], "DIR"),
        (["batch", "nowhere"], "no such folder"),
        (["batch", ".", "--loop", "nope"], "nope"),
        (["batch", ".", "--strngth", "3"], "--strength"),
        (["batch", ".", "-o", "."], "sources"),
    ],
)
def test_a_misused_batch_is_refused_in_one_sentence(arguments, words, tmp_path, capsys, monkeypatch):
    monkeypatch.chdir(tmp_path)
    assert cli.main(arguments) == cli.REFUSED
    err = capsys.readouterr().err.strip()
    assert words in err and "\n" not in err
