"""`doctor`: what this machine has and lacks for Parallax, a line each, with its fix."""

from __future__ import annotations

import importlib
import os
import platform
import re
import shutil
import sys
import tempfile
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from importlib import metadata
from pathlib import Path
from types import ModuleType
from typing import TextIO

OK, NOTE, MISSING = "ok", "note", "missing"
CHECKOUT = Path(__file__).resolve().parents[2]
PYTHONS = ((3, 10), (3, 12))
MODULES = {"opencv-python": "cv2", "pillow": "PIL"}
CUDA_INDEX = "https://download.pytorch.org/whl/cu130"
OLDER_CUDA_INDEX = "https://download.pytorch.org/whl/cu126"
LOW_SPACE, NO_SPACE = 5 << 30, 256 << 20


@dataclass(frozen=True)
class Finding:
    """One line of the report. `level` is ok, note (works, could be better) or missing (essential)."""

    level: str
    name: str
    text: str
    fix: str = ""

    def __str__(self) -> str:
        fix = f"; fix: {self.fix}" if self.fix else ""
        return f"{self.level:8}{self.name:14}{self.text}{fix}"


@dataclass(frozen=True)
class Surroundings:
    """What the checks look at, so that a test can show them another machine."""

    python: tuple[int, ...] = sys.version_info[:3]
    load: Callable[[str], ModuleType] = importlib.import_module
    which: Callable[[str], str | None] = shutil.which
    free: Callable[[Path], int] = lambda folder: shutil.disk_usage(folder).free
    environment: Mapping[str, str] = field(default_factory=lambda: os.environ)
    checkout: Path = CHECKOUT


def run(out: TextIO, around: Surroundings | None = None) -> int:
    """Print the report; 0 when nothing essential is missing, else 1."""
    around = around or Surroundings()
    missing = 0
    for check in CHECKS:
        for finding in _guarded(check, around):
            missing += finding.level == MISSING
            print(finding, file=out, flush=True)
    print("Nothing essential is missing." if not missing else f"Missing: {missing}, see above.", file=out)
    return 1 if missing else 0


def _guarded(check: Check, around: Surroundings) -> Iterator[Finding]:
    """The findings of a check; one that breaks down is itself a finding, and the others go on."""
    try:
        yield from check(around)
    except Exception as error:
        name = check.__name__.partition("_")[2].replace("_", " ")
        yield Finding(MISSING, name, f"could not be looked at: {_one_line(error)}", "see the packages above")


def _one_line(error: BaseException) -> str:
    return " ".join(f"{type(error).__name__}: {error}".split())


def check_python(around: Surroundings) -> Iterator[Finding]:
    text = ".".join(map(str, around.python)) + f" on {platform.system()} {platform.machine()}"
    if PYTHONS[0] <= around.python[:2] <= PYTHONS[1]:
        yield Finding(OK, "Python", text)
    else:
        yield Finding(MISSING, "Python", text, "install Python 3.12; Parallax runs on 3.10 to 3.12")


def lower_bounds(checkout: Path) -> dict[str, str]:
    """The packages Parallax imports and their lowest versions, as pyproject.toml states them."""
    project = checkout / "pyproject.toml"
    if project.is_file():
        block = re.search(r"^dependencies = \[(.*?)^\]", project.read_text(encoding="utf-8"), re.S | re.M)
        lines = block.group(1).splitlines() if block else []
    else:
        lines = [line for line in metadata.requires("parallax") or [] if "extra ==" not in line]
    bounds = (re.match(r'[\s"]*([A-Za-z0-9_.-]+?)\s*>=\s*([0-9.]+)', line) for line in lines)
    return {bound.group(1): bound.group(2) for bound in bounds if bound}


def is_older(version: str, bound: str) -> bool:
    """Whether a version, of which only the leading numbers count, lies below a bound."""
    return _numbers(version) < _numbers(bound)


def _numbers(version: str) -> tuple[int, ...]:
    numbers = [int(n) for n in re.match(r"[0-9.]*", version).group().split(".") if n]  # type: ignore[union-attr]
    return tuple(numbers + [0] * (4 - len(numbers)))


def check_packages(around: Surroundings) -> Iterator[Finding]:
    for name, bound in lower_bounds(around.checkout).items():
        install = f'{Path(sys.executable).name} -m pip install "{name}>={bound}"'
        try:
            version = str(around.load(MODULES.get(name, name)).__version__)
        except ModuleNotFoundError as error:
            yield Finding(MISSING, name, f"not installed ({error})", install)
        except (ImportError, OSError) as error:
            yield Finding(MISSING, name, f"does not load: {_one_line(error)}", _fix_of_load(str(error), name))
        else:
            old = is_older(version, bound)
            yield Finding(
                MISSING if old else OK, name, version + (" is too old" if old else ""), install if old else ""
            )


def _fix_of_load(error: str, name: str) -> str:
    if re.search(r"lib(GL|EGL|glib|gthread|xcb|X11|SM|Xext)[-.\w]*\.so", error):
        return "apt install libgl1 libglib2.0-0 (dnf install mesa-libGL glib2 on Fedora)"
    if "DLL load failed" in error or "[WinError" in error:
        return "install the Visual C++ redistributable, https://aka.ms/vs/17/release/vc_redist.x64.exe"
    return f"{Path(sys.executable).name} -m pip install --force-reinstall {name}"


def check_devices(around: Surroundings) -> Iterator[Finding]:
    cores = len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count()
    yield Finding(OK, "CPU", f"{cores} core{'' if cores == 1 else 's'}")
    try:
        torch = around.load("torch")
    except (ImportError, OSError):
        return
    found = False
    if torch.cuda.is_available():
        found = True
        for index in range(torch.cuda.device_count()):
            card = torch.cuda.get_device_properties(index)
            yield Finding(OK, f"cuda:{index}", f"{card.name}, {card.total_memory / 2**30:.0f} GiB")
    for name in ("mps", "xpu"):
        device = getattr(torch.backends if name == "mps" else torch, name, None)
        if device is not None and device.is_available():
            found = True
            yield Finding(OK, name, "available")
    if found:
        return
    if not around.which("nvidia-smi"):
        yield Finding(OK, "GPU", "none found; everything is computed on the CPU")
    elif getattr(torch.version, "cuda", None) is None:
        yield Finding(
            NOTE,
            "GPU",
            "an NVIDIA GPU is here, but this torch is the CPU build",
            f"python run.py --torch-index {CUDA_INDEX} doctor",
        )
    else:
        yield Finding(
            NOTE,
            "GPU",
            f"torch for CUDA {torch.version.cuda} finds no GPU it can use",
            "update the NVIDIA driver, or for an older GPU "
            f"python run.py --torch-index {OLDER_CUDA_INDEX} doctor",
        )


def check_carriers(around: Surroundings) -> Iterator[Finding]:
    carriers = list(around.load("lib_parallax.warp.backends").available())
    if not carriers:
        yield Finding(MISSING, "warp", "no carrier works", "see numba and torch above")
    elif "cpu" not in carriers:
        yield Finding(
            NOTE, "warp", f"{', '.join(carriers)}, without the fast one for the CPU", "see numba above"
        )
    elif "cuda" not in carriers and _has_cuda(around):
        yield Finding(
            NOTE,
            "warp",
            f"{', '.join(carriers)}, without the fast one for CUDA",
            f"{Path(sys.executable).name} -m pip install cuda-core cuda-bindings",
        )
    else:
        yield Finding(OK, "warp", ", ".join(carriers))


def _has_cuda(around: Surroundings) -> bool:
    try:
        torch = around.load("torch")
    except (ImportError, OSError):
        return False
    return torch.version.cuda is not None and bool(torch.cuda.is_available())


def check_encoders(around: Surroundings) -> Iterator[Finding]:
    from ..options import CODECS

    found: dict[str, str | None] = around.load("lib_parallax.media.encoders").available()
    present = [codec for codec, reason in found.items() if reason is None]
    absent = [f"{codec} ({found.get(codec, 'unknown')})" for codec in CODECS if codec not in present]
    reinstall = f'{Path(sys.executable).name} -m pip install --force-reinstall "av>=17"'
    if not present:
        yield Finding(MISSING, "encoders", f"none: {', '.join(absent)}", reinstall)
    elif absent:
        yield Finding(NOTE, "encoders", f"{', '.join(present)}; not here: {', '.join(absent)}", reinstall)
    else:
        yield Finding(OK, "encoders", ", ".join(present))


def check_ffmpeg(around: Surroundings) -> Iterator[Finding]:
    try:
        inside = around.load("av").ffmpeg_version_info
    except (ImportError, OSError):
        return
    program = around.which("ffmpeg") or "none, and none is needed"
    yield Finding(OK, "ffmpeg", f"FFmpeg {inside} inside PyAV; program: {program}")


def check_weights(around: Surroundings) -> Iterator[Finding]:
    weights = around.load("lib_parallax.weights")
    found = [one for one in weights.listing() if one.path is not None]
    wrong = [one for one in found if one.state == "wrong"]
    here = ", ".join(one.weights.name for one in found if one not in wrong)
    if here:
        yield Finding(OK, "weights", f"{here}; kept in {weights.folder()}")
    else:
        yield Finding(
            OK,
            "weights",
            "none here and none needed: depth comes from cues, or from a file given as --depth; "
            "`parallax models` lists what there is",
        )
    for one in wrong:
        again = f"parallax models get {one.weights.name}"
        yield Finding(NOTE, "weights", f"{one.path} is damaged or another file", again)


def writable(folder: Path) -> bool:
    """Whether files can be made in a folder, or in the nearest one above it that exists."""
    while not folder.exists() and folder != folder.parent:
        folder = folder.parent
    try:
        with tempfile.TemporaryFile(dir=folder):
            return True
    except OSError:
        return False


def check_folders(around: Surroundings) -> Iterator[Finding]:
    jobs = around.load("lib_parallax.jobs.folders").default_jobs_dir()
    if writable(jobs):
        yield Finding(OK, "jobs", str(jobs))
    else:
        yield Finding(MISSING, "jobs", f"{jobs} cannot be written", "--jobs-dir PATH names another folder")
    given = around.environment.get("NUMBA_CACHE_DIR")
    kernels = around.checkout / "lib_parallax" / "warp" / "backends" / "__pycache__"
    places = [Path(given)] if given else [kernels, Path.home() / ".cache" / "numba"]
    place = next((place for place in places if writable(place)), None)
    if place:
        yield Finding(OK, "kernel cache", str(place))
    else:
        yield Finding(
            NOTE,
            "kernel cache",
            f"{places[0]} cannot be written: kernels are compiled at each start",
            "set NUMBA_CACHE_DIR to a folder that can",
        )


def check_disk(around: Surroundings) -> Iterator[Finding]:
    folder = around.load("lib_parallax.jobs.folders").default_jobs_dir()
    while not folder.exists() and folder != folder.parent:
        folder = folder.parent
    free = around.free(folder)
    text = f"{free / 2**30:.1f} GiB free at {folder}"
    fix = "free some, or name a folder on another disk with --jobs-dir"
    level = MISSING if free < NO_SPACE else NOTE if free < LOW_SPACE else OK
    yield Finding(level, "disk", text, "" if level == OK else fix)


Check = Callable[[Surroundings], Iterator[Finding]]
CHECKS: tuple[Check, ...] = (
    check_python, check_packages, check_devices, check_carriers, check_encoders, check_ffmpeg,
    check_weights, check_folders, check_disk,
)  # fmt: skip
