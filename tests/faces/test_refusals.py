"""What is asked for wrongly is refused in one sentence that says what is meant."""

import json

import numpy as np
import pytest

from lib_parallax import jobs, loops, presets
from lib_parallax.errors import DepthFileError, OptionError, meant, unusable_device
from lib_parallax.faces import cli
from lib_parallax.faces.api.answers import error_answer
from lib_parallax.faces.api.capabilities import preset_list
from lib_parallax.faces.api.fields import with_preset
from lib_parallax.jobs import presets_folder
from lib_parallax.options import StereoOptions, parse


def said(capsys, *argv):
    assert cli.main(list(argv)) == 2
    (line,) = capsys.readouterr().err.splitlines()
    return line


def test_no_source_is_not_the_current_folder(capsys, tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    at = ("--jobs-dir", str(tmp_path / "jobs"))
    for nothing in ("", "  "):
        assert "stereo needs one" in said(capsys, "stereo", nothing, "-o", "out.mp4", *at)
        assert "a folder is needed" in said(capsys, "batch", nothing, "-o", "out", *at)
    with pytest.raises(OptionError, match="needs one"):
        loops.run("stereo", "")


@pytest.mark.parametrize("address", ["https://example.org/a.mp4", "rtsp://camera/1", "FILE:///a.mp4"])
def test_an_address_is_no_file(capsys, tmp_path, address):
    line = said(capsys, "stereo", address, "-o", "out.mp4", "--jobs-dir", str(tmp_path / "jobs"))
    assert line.startswith(f"source: {address} is an address; only files and folders")


def test_a_windows_path_is_no_address(capsys, tmp_path):
    line = said(capsys, "stereo", "C:\\film.mp4", "-o", "o.mp4", "--jobs-dir", str(tmp_path / "jobs"))
    assert "no such file" in line


@pytest.mark.parametrize(
    ("options", "wanted"),
    [({"layout": "ful-sbs"}, "full-sbs"), ({"strenght": 2}, "strength"), ({"codec": "h256"}, "h265")],
)
def test_what_was_probably_meant(options, wanted):
    with pytest.raises(OptionError, match=f"did you mean {wanted}\\?"):
        parse(StereoOptions, options)


def test_nothing_is_guessed_from_far_off():
    assert meant("xyz", ["stereo", "depth"]) == ""
    with pytest.raises(OptionError, match="did you mean quest"):
        presets.load("qest")


def test_cuda_where_there_is_none():
    for torch_says in ("Torch not compiled with CUDA enabled", "Found no NVIDIA driver on your system."):
        refused = unusable_device("cuda:0", AssertionError(torch_says))
        assert refused.field == "device" and "there is no CUDA here" in str(refused)
        assert torch_says not in str(refused)
    other = unusable_device("cuda:7", RuntimeError("CUDA error: invalid device ordinal\nmore"))
    assert str(other) == "device: 'cuda:7' cannot be used here: CUDA error: invalid device ordinal"


def test_a_fault_of_the_depth_file_is_about_the_depth(tmp_path):
    picture = np.zeros((32, 48, 3), np.uint8)
    with pytest.raises(DepthFileError) as refused:
        next(loops.run("stereo", picture, {"depth": str(tmp_path / "missing.mkv")}))
    answer = error_answer(refused.value)
    assert answer.status_code == 400 and json.loads(answer.body)["field"] == "depth"
    with pytest.raises(DepthFileError) as refused:
        (tmp_path / "torn.mkv").write_bytes(b"no video")
        next(loops.run("stereo", picture, {"depth": str(tmp_path / "torn.mkv")}))
    assert refused.value.field == "depth"


@pytest.fixture
def mine(tmp_path):
    """A preset that the page saved, beside the jobs."""
    folder = presets_folder(tmp_path / "jobs")
    presets.save("My glasses", "stereo", {"layout": "anaglyph", "strength": 4.0}, folder)
    return tmp_path / "jobs"


@pytest.fixture
def ran(monkeypatch):
    asked = []

    def run(loop, source, options, output, **keywords):
        asked.append(options)
        raise OptionError("enough")

    monkeypatch.setattr(jobs, "run", run)
    return asked


def test_the_command_line_knows_presets_of_the_page(capsys, mine, ran):
    at = ("--jobs-dir", str(mine))
    said(capsys, "stereo", "in.mp4", "--preset", "My glasses", "--strength", "1", *at)
    assert (ran[0].layout, ran[0].strength) == ("anaglyph", 1.0)
    assert "did you mean My glasses?" in said(capsys, "stereo", "in.mp4", "--preset", "my glases", *at)
    assert "is not known" in said(capsys, "depth", "in.mp4", "--preset", "My glasses", *at)
    assert cli.main(["presets", *at]) == 0
    assert "My glasses    your own, for stereo" in capsys.readouterr().out


def test_a_batch_knows_them_too(mine, tmp_path):
    from lib_parallax.faces import batch

    order, _ = batch.parse([str(tmp_path), "--preset", "My glasses", "--jobs-dir", str(mine)])
    assert order.options["layout"] == "anaglyph"


def test_the_routes_know_them_by_name_alone(mine):
    folder = presets_folder(mine)
    assert with_preset("stereo", "My glasses", {"strength": 2}, folder)["layout"] == "anaglyph"
    listed = {(one["name"], one["loop"]): one for one in preset_list(folder)}
    assert listed["My glasses", "stereo"]["options"]["strength"] == 4.0 and ("quest", "stereo") in listed
    for other in (str(folder / "stereo" / "My glasses.json"), "My glass"):
        with pytest.raises(OptionError) as refused:
            with_preset("stereo", other, {}, folder)
        assert refused.value.field == "preset"
    (folder / "stereo" / "My glasses.json").write_text("{")
    assert "My glasses" not in {one["name"] for one in preset_list(folder)}
