"""Servers and a browser for the tests of the page; each is skipped, with a notice, where it is missing.

PARALLAX_CHROMIUM   the browser (see chromium.py)
PARALLAX_GRADIO3    a Python with gradio 3.41.2 (.ci/run makes one): harness.py serves the tab there as well
PARALLAX_ARTEFACTS  a folder for screenshots
"""

from __future__ import annotations

import contextlib
import os
import re
import subprocess
import sys
import time
import urllib.request
from dataclasses import dataclass
from fractions import Fraction
from pathlib import Path

import pytest
from chromium import browser

HERE = Path(__file__).resolve().parent
ROOT = HERE.parents[1]
SIZE, SECONDS = (480, 270), 2
SECONDS_TO_START = 120


@dataclass(frozen=True)
class Site:
    """A running server.

    name     its gradio
    folder   one that it lets be named
    in_host  the tab is one of several, as in a webui
    """

    name: str
    address: str
    folder: Path
    in_host: bool


@pytest.fixture(scope="session")
def clip(tmp_path_factory) -> Path:
    from lib_parallax.samples.clip import write_clip

    return write_clip(tmp_path_factory.mktemp("clip") / "street.mp4", SIZE, SECONDS, Fraction(25))


@pytest.fixture(scope="session", params=["gradio6", "gradio3"])
def site(request, tmp_path_factory):
    folder = tmp_path_factory.mktemp(f"site-{request.param}")
    (folder / "media").mkdir()
    with _served(_command(request.param, folder), folder) as address:
        yield Site(request.param, address, folder / "media", in_host=request.param == "gradio3")


def _command(name: str, folder: Path) -> list[str]:
    given = ["--port", "0", "--allow-path", str(folder / "media"), "--jobs-dir", str(folder / "jobs")]
    given += ["--output-dir", str(folder / "results")]
    if name == "gradio6":
        pytest.importorskip("gradio", minversion="6", reason="gradio 6 is not installed")
        return [sys.executable, "-m", "lib_parallax", "ui", "--no-browser", *given]
    python = os.environ.get("PARALLAX_GRADIO3")
    if not python:
        pytest.skip("PARALLAX_GRADIO3 is not set: it names a Python with gradio 3.41.2")
    return [python, str(HERE / "harness.py"), *given]


@contextlib.contextmanager
def _served(command: list[str], folder: Path):
    """Starts a server and gives its address, which it says in its first line."""
    environment = {**os.environ, "PYTHONPATH": str(ROOT), "XDG_DATA_HOME": str(folder / "data")}
    log = folder / "server.log"
    with log.open("w") as out:
        server = subprocess.Popen(command, cwd=folder, env=environment, stdout=out, stderr=out)
    try:
        yield _address(server, log)
    finally:
        server.terminate()
        try:
            server.wait(timeout=30)
        except subprocess.TimeoutExpired:
            server.kill()
            server.wait()


def _address(server: subprocess.Popen, log: Path) -> str:
    for _ in range(SECONDS_TO_START * 10):
        found = re.search(r"http://127\.0\.0\.1:\d+", log.read_text())
        if found:
            with contextlib.suppress(OSError), urllib.request.urlopen(found[0] + "/", timeout=10):
                return found[0]
        if server.poll() is not None:
            break
        time.sleep(0.1)
    raise AssertionError(f"the server does not answer:\n{log.read_text()}")


@pytest.fixture(scope="module")
def chromium():
    """A browser. It ends with its module, since its event loop would be in the way of others' tests."""
    with browser() as running:
        yield running


@pytest.fixture(scope="session")
def artefacts(tmp_path_factory) -> Path:
    folder = os.environ.get("PARALLAX_ARTEFACTS")
    path = Path(folder) if folder else tmp_path_factory.mktemp("screenshots")
    path.mkdir(parents=True, exist_ok=True)
    return path
