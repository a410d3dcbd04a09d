"""run.py from an empty folder, with the real pip and venv; tiny wheels made here stand for the packages."""

import base64
import hashlib
import importlib.util
import json
import os
import re
import signal
import subprocess
import sys
import zipfile
from importlib import metadata
from pathlib import Path

import pytest
from packaging.requirements import Requirement
from packaging.utils import canonicalize_name

TREE = Path(__file__).resolve().parents[1]
posix = pytest.mark.skipif(os.name == "nt", reason="stands on POSIX signals and scripts")
LOCK = """\
# [run]
torch==1.0
deeper==1.0
absent==1.0 ; python_version < "3"

# [test] the rest
pytest==1.0
"""
MAIN = """\
import os, sys
from importlib.metadata import version
print(version("torch"), os.getcwd(), *sys.argv[1:])
sys.exit(7 if "fail" in sys.argv else 0)
"""
PYTEST = "import os, sys\nprint('suite', os.getcwd(), os.environ['OMP_NUM_THREADS'], *sys.argv[1:])\n"


@pytest.fixture(scope="module")
def run():
    spec = importlib.util.spec_from_file_location("run", TREE / "run.py")
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


def write_wheel(folder, name, version, requires=(), files=None):
    tag = f"{name}-{version}"
    files = dict(files or {f"{name}.py": f"__version__ = {version!r}\n"})
    files[f"{tag}.dist-info/METADATA"] = (
        f"Metadata-Version: 2.1\nName: {name}\nVersion: {version}\n"
        + "".join(f"Requires-Dist: {other}\n" for other in requires)
    )
    files[f"{tag}.dist-info/WHEEL"] = "Wheel-Version: 1.0\nRoot-Is-Purelib: true\nTag: py3-none-any\n"
    record = "".join(
        f"{path},sha256={base64.urlsafe_b64encode(hashlib.sha256(text.encode()).digest()).decode().rstrip('=')},"
        f"{len(text.encode())}\n"
        for path, text in files.items()
    )
    files[f"{tag}.dist-info/RECORD"] = record + f"{tag}.dist-info/RECORD,,\n"
    with zipfile.ZipFile(folder / f"{tag}-py3-none-any.whl", "w") as wheel:
        for path, text in files.items():
            wheel.writestr(path, text)


class Checkout:
    """A checkout with a lock of its own, and a machine whose pip knows one folder of wheels."""

    def __init__(self, folder):
        self.root, self.wheels, self.programs = folder / "checkout", folder / "wheels", folder / "programs"
        self.elsewhere = folder / "elsewhere"
        for made in (self.root / "lib_parallax", self.wheels, self.programs, self.elsewhere):
            made.mkdir(parents=True)
        (self.root / "run.py").write_bytes((TREE / "run.py").read_bytes())
        (self.root / "requirements.lock").write_text(LOCK)
        (self.root / "lib_parallax" / "__init__.py").touch()
        (self.root / "lib_parallax" / "__main__.py").write_text(MAIN)
        # A file that would shadow the standard library's, among somebody's videos.
        (self.elsewhere / "runpy.py").write_text("raise SystemExit('the wrong runpy')")
        write_wheel(self.wheels, "torch", "1.0", ["nvidia_gigabytes==1.0"])
        write_wheel(self.wheels, "nvidia_gigabytes", "1.0")
        write_wheel(self.wheels, "deeper", "1.0")
        write_wheel(self.wheels, "pytest", "1.0", files={"pytest/__main__.py": PYTEST})

    def add_cpu_torch(self):
        write_wheel(self.wheels, "torch", "1.0+cpu")

    def add_gpu(self):
        program = self.programs / "nvidia-smi"
        program.write_text("#!/bin/sh\necho 'GPU 0: Imaginary (UUID: GPU-0)'\n")
        program.chmod(0o755)

    @property
    def stamp(self):
        return json.loads((self.root / ".venv" / "parallax.json").read_text())

    def installed(self):
        found = (self.root / ".venv").glob("lib/*/site-packages/*.dist-info")
        return {path.name.partition("-")[0] for path in found} - {"pip", "setuptools"}

    def popen(self, *arguments, python=sys.executable):
        environment = {k: v for k, v in os.environ.items() if not k.startswith(("PIP_", "PYTHON", "OMP_"))}
        environment.update(
            PIP_CONFIG_FILE=os.devnull, PIP_NO_INDEX="1", PIP_FIND_LINKS=str(self.wheels),
            PATH=f"{self.programs}:/usr/bin:/bin",
        )  # fmt: skip
        return subprocess.Popen(
            [python, str(self.root / "run.py"), *arguments],
            cwd=self.elsewhere, env=environment, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True,
        )  # fmt: skip

    def call(self, *arguments, python=sys.executable):
        """Exit status, standard output and standard error of run.py, called from another folder."""
        process = self.popen(*arguments, python=python)
        out, err = process.communicate(timeout=300)
        return process.returncode, out.strip(), err


@pytest.fixture
def checkout(tmp_path):
    return Checkout(tmp_path)


@posix
def test_first_call_installs_and_later_calls_go_straight_through(checkout):
    checkout.add_cpu_torch()
    status, out, err = checkout.call("stereo", "a b.mp4")
    assert (status, out) == (0, f"1.0+cpu {checkout.elsewhere} stereo a b.mp4")
    assert "making .venv" in err and "CPU build" in err
    assert checkout.installed() == {"torch", "deeper"}

    assert checkout.call("fail") == (7, f"1.0+cpu {checkout.elsewhere} fail", "")

    status, out, err = checkout.call("test", "-k", "x")
    assert (status, out) == (0, f"suite {checkout.root} 1 -k x")
    assert "making .venv" not in err
    assert checkout.installed() == {"torch", "deeper", "pytest"}
    assert checkout.call("test")[2] == checkout.call("demo")[2] == ""

    # Moved elsewhere, it still finds itself.
    checkout.root = checkout.root.rename(checkout.root.with_name("moved"))
    assert checkout.call("demo") == (0, f"1.0+cpu {checkout.elsewhere} demo", "")

    # A pin that cannot be had stops the call, and spoils nothing.
    lock = checkout.root / "requirements.lock"
    lock.write_text(LOCK.replace("deeper==1.0", "deeper==2.0"))
    status, out, err = checkout.call("demo")
    assert (status, out) == (1, "") and "deeper==2.0" in err.splitlines()[-1]
    lock.write_text(LOCK)
    assert checkout.call("demo") == (0, f"1.0+cpu {checkout.elsewhere} demo", "")

    # Another source of torch replaces the one that is there, and is remembered.
    other = checkout.wheels.with_name("other")
    other.mkdir()
    write_wheel(other, "torch", "1.0+cu99")
    status, out, err = checkout.call("--torch-index", str(other), "demo")
    assert (status, out) == (0, f"1.0+cu99 {checkout.elsewhere} demo")
    assert checkout.call("demo") == (0, f"1.0+cu99 {checkout.elsewhere} demo", "")


@posix
def test_without_a_gpu_cuda_is_refused_and_the_next_call_starts_afresh(checkout):
    status, out, err = checkout.call("demo")
    assert (status, out) == (1, "")
    assert "CPU build" in err and "--torch-index" in err and "Traceback" not in err
    assert checkout.installed() == set() and checkout.stamp == {}
    checkout.add_cpu_torch()
    # Also when it is called with the very Python that is made anew.
    status, out, err = checkout.call("demo", python=str(checkout.root / ".venv" / "bin" / "python"))
    assert status == 0 and out.startswith("1.0+cpu") and "anew" in err


@posix
def test_with_a_gpu_the_cuda_build_comes_with_what_it_needs(checkout):
    checkout.add_cpu_torch()
    checkout.add_gpu()
    assert checkout.call("demo")[1].startswith("1.0 ")
    assert checkout.installed() == {"torch", "nvidia_gigabytes", "deeper"}


@posix
def test_a_killed_installation_is_not_taken_for_a_whole_one(checkout):
    import fcntl

    checkout.add_cpu_torch()
    first = checkout.popen("demo")
    line = ""
    while "everything else" not in line:
        line = first.stderr.readline()
        assert line, "run.py ended before it could be killed"
    first.send_signal(signal.SIGKILL)
    first.communicate()
    assert checkout.stamp == {}

    # The next one waits for the lock (also for a pip that outlived its run.py), then begins anew.
    with open(checkout.root / "requirements.lock", "rb") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        second = checkout.popen("demo")
        assert "waiting" in second.stderr.readline()
        fcntl.flock(lock, fcntl.LOCK_UN)
    out, err = second.communicate(timeout=300)
    assert (second.returncode, out.strip()) == (0, f"1.0+cpu {checkout.elsewhere} demo")
    assert "anew" in err


@posix
def test_a_venv_of_somebody_else_is_left_alone(checkout):
    (checkout.root / ".venv").mkdir()
    (checkout.root / ".venv" / "treasure").touch()
    status, _, err = checkout.call("demo")
    assert status == 1 and "not made by run.py" in err
    assert (checkout.root / ".venv" / "treasure").exists()


@posix
def test_usage_is_printed_without_installing(checkout):
    status, out, err = checkout.call("--help")
    assert status == 0 and "usage: python run.py demo" in out and err == ""
    assert not (checkout.root / ".venv").exists()


@pytest.mark.parametrize(
    ("system", "gpu", "first"),
    [
        (
            "linux",
            False,
            ("torch==2.13.0+cpu", ["--extra-index-url", "https://download.pytorch.org/whl/cpu"]),
        ),
        ("linux", True, ("torch===2.13.0", [])),
        ("win32", False, ("torch==2.13.0", [])),
        (
            "win32",
            True,
            ("torch==2.13.0+cu130", ["--extra-index-url", "https://download.pytorch.org/whl/cu130"]),
        ),
        ("darwin", False, ("torch==2.13.0", [])),
    ],
)
def test_which_torch_is_asked_for(run, system, gpu, first):
    assert run.torch_choices(system, gpu, None)[0][:2] == first
    index = "https://example.org/simple"
    assert run.torch_choices(system, gpu, index)[0][:2] == ("torch==2.13.0", ["--index-url", index])


def test_the_rest_is_sought_on_pypi_too(run, tmp_path):
    for index, beside in (("https://u", "--extra-index-url"), (str(tmp_path), "--find-links")):
        ((_, where, _),) = run.torch_choices("linux", True, index)
        assert run.beside_pypi(where) == [beside, index]
    assert run.beside_pypi(["--extra-index-url", "u"]) == ["--extra-index-url", "u"]


def test_torch_index_is_taken_out_of_the_arguments(run, tmp_path):
    assert run.split_arguments(["demo", "--torch-index", "u", "-x"]) == (["demo", "-x"], "u")
    assert run.split_arguments(["--torch-index=u", "demo"]) == (["demo"], "u")
    with pytest.raises(run.Failure, match="--torch-index"):
        run.split_arguments(["demo", "--torch-index"])


@pytest.mark.parametrize(
    ("printed", "advice"),
    [
        ("OSError: [Errno 28] No space left on device\n", "disk is full"),
        ("failed: [Errno -2] Name or service not known\nERROR: No matching distribution found\n", "network"),
        ("The virtual environment was not created because ensurepip is not\n", "python3-venv"),
        ("ERROR: No matching distribution found for numba==9\n", "numba==9"),
    ],
)
def test_a_failure_says_what_to_do(run, printed, advice):
    assert advice in run.explain(printed.splitlines(keepends=True))


def test_an_unsupported_python_looks_for_another_or_says_so(run, monkeypatch):
    monkeypatch.setattr(run, "PYTHON", "3.9")
    monkeypatch.setattr(run, "read_stamp", lambda: None)
    assert not run.python_fits()
    present = {"python3.11": b"3.11 cpython /opt/my python/bin/python3.11\n"}

    def answer(command, **_):
        if command[0] not in present and "-3.11" not in command:
            raise FileNotFoundError
        return present["python3.11"]

    monkeypatch.setattr(run.subprocess, "check_output", answer)
    assert run.other_python() == "/opt/my python/bin/python3.11"
    monkeypatch.setattr(run.subprocess, "check_output", lambda *_, **__: b"3.9 cpython /usr/bin/python3.9\n")
    with pytest.raises(run.Failure, match=r"3\.10, 3\.11 or 3\.12"):
        run.other_python()


PLACES = [
    {"python_version": python, "sys_platform": system, "platform_system": name}
    for python in ("3.10", "3.11", "3.12")
    for system, name in (("linux", "Linux"), ("darwin", "Darwin"), ("win32", "Windows"))
]


def pins_at(run, place):
    """name -> version, as the lock has it for a Python and platform."""
    pins = {}
    for requirement in map(Requirement, run.read_lock(tests=True)):
        if requirement.marker is None or requirement.marker.evaluate(place):
            (specifier,) = requirement.specifier
            assert specifier.operator == "==", requirement
            name = canonicalize_name(requirement.name)
            assert name not in pins, f"{name} is pinned twice for {place}"
            pins[name] = specifier.version
    return pins


@pytest.mark.parametrize("place", PLACES, ids=lambda p: f"{p['python_version']}-{p['sys_platform']}")
def test_the_lock_fulfils_the_project_file(run, place):
    pins = pins_at(run, place)
    block = re.search(
        r"^dependencies = \[.*?^lint = ", (TREE / "pyproject.toml").read_text(), re.S | re.M
    ).group()
    wanted = [Requirement(text) for text in re.findall(r'"([^"]+>=[^"]+)"', block)]
    assert len(wanted) > 9
    for requirement in wanted:
        assert requirement.specifier.contains(pins[canonicalize_name(requirement.name)]), requirement
    assert {"ruff", "mypy"} <= pins.keys()


def test_the_lock_is_whole(run):
    """Whatever a pinned package needs is pinned too, in a version that it accepts."""
    pins = pins_at(run, {})
    for name, version in pins.items():
        try:
            installed = metadata.distribution(name)
        except metadata.PackageNotFoundError:
            continue
        if installed.version.partition("+")[0] != version:
            continue
        for requirement in map(Requirement, installed.requires or ()):
            of_cuda = requirement.name.startswith(("nvidia", "cuda", "triton"))
            if not of_cuda and (requirement.marker is None or requirement.marker.evaluate({"extra": ""})):
                pin = pins.get(canonicalize_name(requirement.name))
                assert pin is not None, f"{name} needs {requirement}, which is not in the lock"
                assert requirement.specifier.contains(pin), f"{name} needs {requirement}, the lock has {pin}"
