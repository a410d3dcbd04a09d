"""The webui's install hook, tried on an environment that is pinned as a webui's is."""

from __future__ import annotations

import importlib.util
import subprocess
import sys
from pathlib import Path

import pytest

HOOK = Path(__file__).resolve().parents[1] / "install.py"
PINNED = ["numpy==1.26.2", "opencv-python==4.11.0.86"]


def freeze(python: Path) -> set[str]:
    done = subprocess.run(
        [python, "-m", "pip", "freeze", "--all"], capture_output=True, text=True, check=True
    )
    return set(done.stdout.split())


@pytest.fixture(scope="module")
def webui(tmp_path_factory) -> Path:
    """The Python of an environment with a webui's numpy and OpenCV."""
    root = tmp_path_factory.mktemp("webui") / "venv"
    subprocess.run([sys.executable, "-m", "venv", root], check=True)
    python = root / ("Scripts/python.exe" if sys.platform == "win32" else "bin/python")
    done = subprocess.run([python, "-m", "pip", "install", "-q", *PINNED], capture_output=True, text=True)
    if done.returncode != 0:
        pytest.skip(f"no package index can be reached: {done.stderr.strip().splitlines()[-1:]}")
    return python


def start(python: Path, folder: Path, skip: bool = False) -> str:
    """Runs the hook as a webui does, from the webui's root; what it printed."""
    (folder / "launch.py").write_text(f"class args:\n    skip_install = {skip}\n")
    done = subprocess.run(
        [python, HOOK], cwd=folder, env={"PYTHONPATH": str(folder), "PATH": "/usr/bin:/bin"},
        capture_output=True, text=True,
    )  # fmt: skip
    assert done.returncode == 0, done.stderr
    return done.stdout


def test_only_additions(webui, tmp_path):
    before = freeze(webui)
    assert start(webui, tmp_path, skip=True) == "" and freeze(webui) == before
    assert "installing" in start(webui, tmp_path)
    after = freeze(webui)
    assert before < after
    added = {line.split("==")[0].lower() for line in after - before}
    assert {"av", "numba", "scipy", "safetensors", "tqdm"} <= added
    assert not added & {"numpy", "opencv-python", "torch"}
    assert start(webui, tmp_path) == ""  # nothing is missing any more
    code = "import av, numba, scipy, cv2, numpy; assert numpy.__version__ == '1.26.2'"
    subprocess.run([webui, "-c", code], check=True)


def test_without_a_network_the_webui_starts(webui, tmp_path):
    (tmp_path / "launch.py").write_text("class args:\n    skip_install = False\n")
    (tmp_path / "sitecustomize.py").write_text("import sys; sys.modules['av'] = None\n")
    code = (
        "import importlib.util as u, runpy, sys; find = u.find_spec;"
        "u.find_spec = lambda name, *rest: None if name == 'av' else find(name, *rest);"
        f"runpy.run_path({str(HOOK)!r})"
    )
    environment = {"PYTHONPATH": str(tmp_path), "PATH": "/usr/bin:/bin", "PIP_INDEX_URL": "http://127.0.0.1:9/",
                   "PIP_RETRIES": "0", "PIP_FORCE_REINSTALL": "1"}  # fmt: skip
    (tmp_path / "sitecustomize.py").unlink()
    done = subprocess.run([webui, "-c", code], cwd=tmp_path, env=environment, capture_output=True, text=True)
    assert done.returncode == 0, done.stderr
    assert "could not be installed" in done.stdout and "Traceback" not in done.stdout + done.stderr


def test_constraints_name_everything_once():
    spec = importlib.util.spec_from_file_location("parallax_install", HOOK)
    hook = importlib.util.module_from_spec(spec)
    before = sys.modules.get("launch")
    sys.modules["launch"] = type("launch", (), {"args": type("args", (), {"skip_install": True})})
    try:
        spec.loader.exec_module(hook)
    finally:
        sys.modules.pop("launch")
        if before is not None:
            sys.modules["launch"] = before
    lines = hook.constraints()
    names = [line.split("==")[0].lower().replace("_", "-") for line in lines]
    assert len(names) == len(set(names)) and "numpy" in names
    assert hook.missing({"sys": "sys", "no_such_module": "none>=1"}) == ["none>=1"]
