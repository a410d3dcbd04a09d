import importlib.util
import io
import re
from dataclasses import replace
from pathlib import Path
from types import SimpleNamespace

import pytest

from lib_parallax.faces import doctor
from lib_parallax.options import CODECS

TREE = Path(__file__).resolve().parents[2]
GIB = 1 << 30


class Machine:
    """Modules by name; where an exception stands instead of a module, importing it raises that."""

    def __init__(self, jobs, **changed):
        cuda = SimpleNamespace(is_available=lambda: False)
        torch = SimpleNamespace(
            __version__="2.13.0+cpu",
            cuda=cuda,
            backends=SimpleNamespace(),
            version=SimpleNamespace(cuda=None),
        )
        self.modules = {
            "torch": torch,
            "av": SimpleNamespace(__version__="17.1.0", ffmpeg_version_info="8.1.1"),
            "cv2": SimpleNamespace(__version__="5.0.0"),
            "lib_parallax.warp.backends": SimpleNamespace(available=lambda: ["cpu", "reference"]),
            "lib_parallax.media.encoders": SimpleNamespace(available=lambda: dict.fromkeys(CODECS)),
            "lib_parallax.jobs.folders": SimpleNamespace(default_jobs_dir=lambda: jobs),
            "lib_parallax.weights": SimpleNamespace(listing=lambda: []),
            **changed,
        }

    def load(self, name):
        module = self.modules.get(name, SimpleNamespace(__version__="99.0"))
        if isinstance(module, Exception):
            raise module
        return module


@pytest.fixture
def around(tmp_path):
    """A machine that has it all."""
    return doctor.Surroundings(
        python=(3, 11, 7), load=Machine(tmp_path / "jobs").load, which=lambda name: None,
        free=lambda folder: 100 * GIB, environment={}, checkout=TREE,
    )  # fmt: skip


def report(around):
    out = io.StringIO()
    return doctor.run(out, around), out.getvalue()


def line(text, name):
    (found,) = [line for line in text.splitlines() if re.match(rf"\w+ +{re.escape(name)} ", line)]
    return found


def test_a_whole_machine_has_nothing_to_fix(around):
    status, text = report(around)
    assert status == 0
    lines = text.splitlines()
    assert all(line.startswith("ok ") for line in lines[:-1]) and "fix:" not in text
    for name in (
        "Python",
        "torch",
        "opencv-python",
        "CPU",
        "GPU",
        "warp",
        "encoders",
        "weights",
        "ffmpeg",
        "disk",
    ):
        assert line(text, name)
    assert "FFmpeg 8.1.1 inside PyAV" in line(text, "ffmpeg") and "cues" in line(text, "weights")


def test_this_machine_is_looked_at_without_breaking_down():
    status, text = report(None)
    assert "could not be looked at" not in text
    assert status == (1 if re.search("^missing", text, re.M) else 0)


@pytest.mark.parametrize("version", [(3, 9, 18), (3, 13, 0)])
def test_another_python_is_essential(around, version):
    status, text = report(replace(around, python=version))
    assert status == 1 and line(text, "Python").startswith("missing") and "3.12" in line(text, "Python")


def test_bounds_are_those_of_the_project_file():
    bounds = doctor.lower_bounds(TREE)
    assert bounds["torch"] == "2.1.2" and bounds["opencv-python"] == "4.8" and bounds["av"] == "17"
    assert len(bounds) == 12 and "pytest" not in bounds


@pytest.mark.parametrize(
    ("version", "bound", "older"),
    [
        ("2.1.2+cu121", "2.1.2", False),
        ("2.1.1", "2.1.2", True),
        ("2.10.0", "2.9", False),
        ("5.0.0", "4.8", False),
        ("14", "14.0.1", True),
        ("9.5rc1", "9.5", False),
    ],
)
def test_versions_are_compared_as_numbers(version, bound, older):
    assert doctor.is_older(version, bound) is older


@pytest.mark.parametrize(
    ("module", "name", "package", "fix"),
    [
        ("av", ModuleNotFoundError("No module named 'av'"), "av", 'pip install "av>=17"'),
        ("av", SimpleNamespace(__version__="12.3", ffmpeg_version_info="6.0"), "av", 'pip install "av>=17"'),
        (
            "cv2",
            ImportError("libGL.so.1: cannot open shared object file"),
            "opencv-python",
            "apt install libgl1",
        ),
        ("cv2", ImportError("libgthread-2.0.so.0: cannot open"), "opencv-python", "apt install libgl1"),
        ("torch", OSError("[WinError 126] c10.dll not found"), "torch", "vc_redist"),
    ],
)
def test_a_package_that_lacks_or_does_not_load_has_its_fix(around, tmp_path, module, name, package, fix):
    machine = Machine(tmp_path, **{module: name})
    status, text = report(replace(around, load=machine.load))
    assert status == 1
    assert line(text, package).startswith("missing") and fix in line(text, package)


def test_a_gpu_that_torch_does_not_use_has_its_fix(around):
    which = {"nvidia-smi": "/usr/bin/nvidia-smi"}.get
    status, text = report(replace(around, which=which))
    assert status == 0 and line(text, "GPU").startswith("note")
    assert "--torch-index https://download.pytorch.org/whl/cu" in line(text, "GPU")
    around.load("torch").version.cuda = "13.0"
    assert "driver" in line(report(replace(around, which=which))[1], "GPU")


def test_gpus_are_listed(around):
    card = SimpleNamespace(name="Imaginary", total_memory=24 * GIB)
    around.load("torch").cuda = SimpleNamespace(
        is_available=lambda: True, device_count=lambda: 1, get_device_properties=lambda index: card
    )
    text = report(around)[1]
    assert "Imaginary, 24 GiB" in line(text, "cuda:0") and "GPU" not in text


def test_a_gpu_without_its_carrier_has_its_fix(around, tmp_path):
    around.load("torch").cuda.is_available = lambda: True
    around.load("torch").cuda.device_count = lambda: 0
    assert "note" not in line(report(around)[1], "warp")  # AMD's, as torch says it
    around.load("torch").version.cuda = "13.0"
    assert "pip install cuda-core" in line(report(around)[1], "warp")
    around.load("lib_parallax.warp.backends").available = lambda: ["cpu", "reference", "cuda"]
    assert line(report(around)[1], "warp").startswith("ok")


def test_missing_encoders_are_named(around, tmp_path):
    found = {**dict.fromkeys(CODECS, "no such encoder"), "h264": None, "ffv1": None}
    some = SimpleNamespace(available=lambda: found)
    machine = Machine(tmp_path, **{"lib_parallax.media.encoders": some})
    status, text = report(replace(around, load=machine.load))
    assert status == 0 and line(text, "encoders").startswith("note")
    assert "not here: h265 (no such encoder), h265-10bit" in line(text, "encoders")


def test_a_check_that_breaks_down_does_not_end_the_report(around, tmp_path):
    machine = Machine(tmp_path, **{"lib_parallax.warp.backends": RuntimeError("cache is corrupt")})
    status, text = report(replace(around, load=machine.load))
    assert status == 1 and "cache is corrupt" in text and line(text, "disk")


@pytest.mark.parametrize(("free", "level", "status"), [(3 * GIB, "note", 0), (GIB // 10, "missing", 1)])
def test_disk_space(around, free, level, status):
    given, text = report(replace(around, free=lambda folder: free))
    assert given == status and line(text, "disk").startswith(level) and "--jobs-dir" in line(text, "disk")


def test_folders_that_cannot_be_written(around, tmp_path):
    blocked = tmp_path / "file"
    blocked.touch()
    machine = Machine(blocked / "jobs")
    around = replace(around, load=machine.load, environment={"NUMBA_CACHE_DIR": str(blocked / "cache")})
    status, text = report(around)
    assert status == 1 and "--jobs-dir" in line(text, "jobs")
    assert line(text, "kernel cache").startswith("note") and "NUMBA_CACHE_DIR" in line(text, "kernel cache")


def test_checking_a_folder_leaves_nothing_behind(tmp_path):
    assert doctor.writable(tmp_path / "not" / "yet")
    assert list(tmp_path.iterdir()) == []


def test_the_real_modules_are_where_doctor_looks():
    for name in ("lib_parallax.warp.backends", "lib_parallax.jobs.folders", "lib_parallax.media.encoders"):
        assert importlib.util.find_spec(name) is not None
