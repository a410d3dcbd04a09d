import shutil
import sys
import types
from fractions import Fraction
from pathlib import Path

import av
import numpy as np
import pytest

from lib_parallax import jobs, media
from lib_parallax.errors import OutputError
from lib_parallax.faces import demo
from lib_parallax.faces.flags import Misused

RATE, FRAMES, SIZE = 12, 6, (96, 64)


def write_small_clip(path):
    """A stand-in for the sample clip: a moving gradient and a tone."""
    y, x = np.mgrid[: SIZE[1], : SIZE[0]]
    with av.open(str(path), "w") as container:
        video = container.add_stream("libx264", rate=RATE)
        video.width, video.height = SIZE
        video.pix_fmt = "yuv420p"
        sound = container.add_stream("aac", rate=48000, layout="mono")
        for i in range(FRAMES):
            image = np.stack([(3 * x + 9 * i) % 256, (4 * y) % 256, (x + y) % 256], 2).astype(np.uint8)
            container.mux(video.encode(av.VideoFrame.from_ndarray(image, format="rgb24")))
        container.mux(video.encode())
        tone = np.sin(np.arange(48000 * FRAMES // RATE) * 2 * np.pi * 440 / 48000).astype(np.float32)[None]
        frame = av.AudioFrame.from_ndarray(0.3 * tone, format="fltp", layout="mono")
        frame.sample_rate = 48000
        frame.time_base = Fraction(1, 48000)
        frame.pts = 0
        container.mux(sound.encode(frame))
        container.mux(sound.encode())
    return Path(path)


@pytest.fixture
def rendered(monkeypatch):
    """The paths that the sample clip was rendered to, small instead of in full."""
    paths = []

    def write_clip(path):
        paths.append(Path(path))
        return write_small_clip(path)

    monkeypatch.setitem(
        sys.modules, "lib_parallax.samples.clip", types.SimpleNamespace(write_clip=write_clip)
    )
    return paths


@pytest.fixture
def converted(monkeypatch):
    """What jobs.run was asked for; it hands the source over as the result."""
    calls = []

    def run(loop, source, options, output, **rest):
        calls.append((loop, Path(source), options, Path(output), rest["overwrite"]))
        shutil.copyfile(source, output)
        return jobs.JobResult((Path(output),), (), {}, Path(output).parent, FRAMES, FRAMES, 1.0)

    monkeypatch.setattr(jobs, "run", run)
    return calls


def test_renders_converts_and_says_where(tmp_path, rendered, converted, capsys):
    folder = tmp_path / "new" / "demo"
    assert demo.run(["--folder", str(folder)]) == 0
    assert rendered == [folder / "street.mp4"]
    ((loop, source, options, output, overwrite),) = converted
    assert (loop, source, overwrite) == ("stereo", folder / "street.mp4", True)
    assert options["layout"] == "full-sbs" and output.parent == folder and output.suffix == ".mp4"
    said = capsys.readouterr().out
    assert str(output) in said
    assert "96x64" in said and "12 frames a second" in said and "with sound" in said
    assert "Open it with" in said


def test_the_folder_is_in_the_current_one_by_default(tmp_path, rendered, converted, monkeypatch):
    monkeypatch.chdir(tmp_path)
    assert demo.run([]) == 0
    assert (tmp_path / "parallax-demo" / "street.mp4").is_file()


def test_a_second_call_keeps_the_clip_and_converts_again(tmp_path, rendered, converted):
    for _ in range(2):
        assert demo.run(["--folder", str(tmp_path), "--quiet"]) == 0
    assert len(rendered) == 1 and len(converted) == 2


@pytest.mark.parametrize("content", [b"", b"not a video at all"])
def test_a_broken_clip_is_rendered_anew(tmp_path, rendered, converted, content):
    (tmp_path / "street.mp4").write_bytes(content)
    assert demo.run(["--folder", str(tmp_path)]) == 0
    assert len(rendered) == 1


def test_what_cannot_be_is_refused(tmp_path, rendered, converted):
    (tmp_path / "taken").write_text("a file")
    with pytest.raises(OutputError, match="taken"):
        demo.run(["--folder", str(tmp_path / "taken")])
    for args in (["--fodler", "x"], ["extra"], ["--folder", ""]):
        with pytest.raises(Misused):
            demo.run(args)
    assert not rendered and not converted


def test_the_result_is_a_3d_video_with_sound(tmp_path, rendered, monkeypatch):
    real = jobs.run

    def run(*args, **keywords):
        return real(*args, jobs_dir=tmp_path / "jobs", **keywords)

    monkeypatch.setattr(jobs, "run", run)
    assert demo.run(["--folder", str(tmp_path / "demo")]) == 0
    results = [p for p in (tmp_path / "demo").iterdir() if p.name != "street.mp4"]
    assert [p.name for p in results] == ["street_LRF_Full_SBS.mp4"]
    with media.open_video(results[0]) as reader:
        assert reader.size == (2 * SIZE[0], SIZE[1])
        assert reader.count() == FRAMES and reader.rate == RATE
        assert len(reader.audio) == 1
