"""A real webui with Parallax linked in, started for these tests on this machine alone.

PARALLAX_WEBUI names the webui's folder, PARALLAX_WEBUI_PYTHON its Python (default: that of the
folder's own venv). Its data (models, extensions, settings, results) lie in a temporary folder,
so the webui itself stays as it was.
"""

from __future__ import annotations

import base64
import contextlib
import json
import os
import socket
import subprocess
import sys
import time
import urllib.error
import urllib.request
from pathlib import Path

import pytest

PROJECT = Path(__file__).resolve().parents[2]
sys.path.insert(0, str(PROJECT / "tests" / "browser"))  # the browser, and the tab as a person uses it
PATIENCE = 600  # seconds that a webui may take to start on a slow machine
FLAGS = (
    "--skip-torch-cuda-test", "--skip-version-check", "--api", "--server-name", "127.0.0.1",
    "--disable-console-progressbars",
)  # fmt: skip
ON_CPU = {
    "AUTOMATIC1111": (
        "--use-cpu", "all", "--no-half", "--no-half-vae", "--precision", "full",
        "--do-not-download-clip", "--no-download-sd-model",
    ),
    "Forge": ("--always-cpu", "--all-in-fp32"),
}  # fmt: skip


def webui_folder() -> Path:
    named = os.environ.get("PARALLAX_WEBUI")
    if not named:
        pytest.skip("PARALLAX_WEBUI is not set: it names the folder of a webui to try the extension in")
    return Path(named)


def webui_python(folder: Path) -> str:
    own = folder / "venv" / ("Scripts/python.exe" if os.name == "nt" else "bin/python")
    return os.environ.get("PARALLAX_WEBUI_PYTHON") or str(own)


@pytest.fixture(scope="session")
def models(tmp_path_factory, data) -> Path:
    """A data folder with the tiny checkpoint, its settings pointing at the tiny text encoder."""
    root = tmp_path_factory.mktemp("webui-data")
    folder = root / "models" / "Stable-diffusion"
    folder.mkdir(parents=True)
    source = data / "webui-models"
    name = "tiny-sd15"
    os.symlink(source / f"{name}.safetensors", folder / f"{name}.safetensors")
    text = (source / f"{name}.yaml").read_text()
    (folder / f"{name}.yaml").write_text(text.replace("clip-tiny", str(source / "clip-tiny")))
    (root / "extensions").mkdir()
    os.symlink(PROJECT, root / "extensions" / "parallax", target_is_directory=True)
    return root


def _desktop(data: Path) -> Path:
    """A folder with the command that shows a folder on Linux; here it writes down which in `shown.txt`."""
    command = data / "bin" / "xdg-open"
    command.parent.mkdir(exist_ok=True)
    command.write_text(f'#!/bin/sh\nprintf %s "$1" > "{data}/shown.txt"\n')
    command.chmod(0o755)
    return command.parent


class Webui:
    """A running webui, asked over HTTP."""

    def __init__(self, folder: Path, data: Path, *flags: str, auth: str | None = None):
        with socket.socket() as probe:
            probe.bind(("127.0.0.1", 0))
            port = probe.getsockname()[1]
        self.kind = "Forge" if (folder / "modules_forge").is_dir() else "AUTOMATIC1111"
        self.address, self.auth, self.data = f"http://127.0.0.1:{port}", auth, data
        self.log = data / f"log-{port}.txt"
        self.python = webui_python(folder)
        checkpoint = data / "models" / "Stable-diffusion" / "tiny-sd15.safetensors"
        command = [
            self.python,
            "launch.py",
            *FLAGS,
            *ON_CPU[self.kind],
            "--port",
            str(port),
            "--data-dir",
            str(data),
        ]
        if self.kind == "Forge":  # whose page gets none of its own scripts where its data lie elsewhere
            command += ["--gradio-allowed-path", str(folder)]
        command += ["--ckpt", str(checkpoint), *(["--api-auth", auth] if auth else []), *flags]
        environment = {k: v for k, v in os.environ.items() if k not in ("PYTHONPATH", "VIRTUAL_ENV")}
        environment |= {
            "HF_HUB_OFFLINE": "1", "TRANSFORMERS_OFFLINE": "1", "GRADIO_ANALYTICS_ENABLED": "False",
            "OMP_NUM_THREADS": "1", "SD_WEBUI_RESTARTING": "1", "PYTHONUNBUFFERED": "1",
            "PATH": f"{_desktop(data)}{os.pathsep}{os.environ['PATH']}",
        }  # fmt: skip
        with open(self.log, "wb") as log:
            self.process = subprocess.Popen(
                command, cwd=folder, env=environment, stdout=log, stderr=log, stdin=subprocess.DEVNULL
            )
        self._wait()

    def _wait(self) -> None:
        deadline = time.monotonic() + PATIENCE
        while time.monotonic() < deadline:
            if self.process.poll() is not None:
                pytest.fail(f"the webui ended while starting:\n{self.log.read_text()[-3000:]}")
            if "Startup time" in self.log.read_text(errors="replace"):
                with contextlib.suppress(OSError):
                    if self.ask("/sdapi/v1/options")[0] in (200, 401):
                        return
            time.sleep(1)
        self.close()
        pytest.fail(f"the webui did not answer in {PATIENCE} s:\n{self.log.read_text()[-3000:]}")

    def close(self) -> None:
        self.process.terminate()
        try:
            self.process.wait(20)
        except subprocess.TimeoutExpired:
            self.process.kill()
            self.process.wait()

    def ask(self, path: str, body: object = None, method: str | None = None, auth: bool = True):
        """Status and answer (JSON where it is JSON, else bytes) of a request."""
        headers = {"Content-Type": "application/json"}
        if auth and self.auth:
            headers["Authorization"] = "Basic " + base64.b64encode(self.auth.encode()).decode()
        content = None if body is None else json.dumps(body).encode()
        request = urllib.request.Request(self.address + path, content, headers, method=method)
        try:
            with urllib.request.urlopen(request, timeout=120) as answer:
                status, kind, got = answer.status, answer.headers.get_content_type(), answer.read()
        except urllib.error.HTTPError as error:
            status, kind, got = error.code, error.headers.get_content_type(), error.read()
        return status, json.loads(got) if kind == "application/json" else got

    def wait_for(self, id: str, *states: str) -> dict:
        """The job when it is in one of these states."""
        deadline = time.monotonic() + 180
        while time.monotonic() < deadline:
            job = self.ask(f"/parallax/v1/jobs/{id}")[1]
            if job["state"] in states:
                return job
            assert job["state"] in ("queued", "running"), job
            time.sleep(0.3)
        pytest.fail(f"the job {id} did not come to {states}: {job}")

    def paint(self) -> bytes:
        """A small picture made by the webui's own model."""
        body = {"prompt": "a red disc", "seed": 1, "steps": 4, "width": 128, "height": 128}
        status, answer = self.ask("/sdapi/v1/txt2img", body)
        assert status == 200, answer
        return base64.b64decode(answer["images"][0])


def packages(python: str) -> set[str]:
    """What is installed for a Python, as name==version."""
    code = (
        "import importlib.metadata as m;"
        "print('\\n'.join(f'{d.metadata[\"Name\"]}=={d.version}' for d in m.distributions()))"
    )
    done = subprocess.run([python, "-c", code], capture_output=True, text=True, check=True)
    return set(done.stdout.split())


@pytest.fixture
def installed():
    return packages


@pytest.fixture(scope="session")
def before() -> set[str]:
    """What the webui had installed before it was started with the extension."""
    return packages(webui_python(webui_folder()))


@pytest.fixture(scope="session")
def webui(models, before):
    """A webui without credentials."""
    started = Webui(webui_folder(), models)
    yield started
    started.close()


@pytest.fixture(scope="session")
def guarded(models, before, tmp_path_factory):
    """A webui that others may reach, so that it asks for a name and a password, and that speaks German."""
    settings = tmp_path_factory.mktemp("german") / "settings.json"
    settings.write_text(json.dumps({"localization": "de_DE"}))
    # --server-name keeps it on this machine all the same
    started = Webui(webui_folder(), models, "--listen", "--ui-settings-file", str(settings), auth="me:secret")
    yield started
    started.close()


@pytest.fixture(scope="module")
def chromium():
    from chromium import browser

    with browser() as running:
        yield running


@pytest.fixture(scope="session")
def artefacts(tmp_path_factory) -> Path:
    """Where screenshots go: the folder that PARALLAX_ARTEFACTS names, or a temporary one."""
    path = Path(os.environ.get("PARALLAX_ARTEFACTS") or tmp_path_factory.mktemp("screenshots"))
    path.mkdir(parents=True, exist_ok=True)
    return path


if sys.platform == "win32":
    collect_ignore_glob = ["*"]  # linking a folder needs rights there that tests do not have
