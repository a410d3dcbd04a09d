"""`parallax serve`: its flags, its end, and the examples of docs/api.md against it."""

from __future__ import annotations

import os
import re
import shutil
import signal
import subprocess
import sys
from pathlib import Path

import pytest

from lib_parallax import media, samples
from lib_parallax.faces import cli, serve

pytest.importorskip("fastapi")

TREE = Path(__file__).resolve().parents[2]
API = (TREE / "docs" / "api.md").read_text(encoding="utf-8")


class Started:
    """The command in a process of its own, in a folder with films/clip.mp4 and clip.mp4."""

    def __init__(self, folder, *flags):
        environment = {**os.environ, "PYTHONPATH": str(TREE), "XDG_DATA_HOME": str(folder / "data")}
        command = [sys.executable, "-m", "lib_parallax", "serve", "--port", "0", *flags]
        self.process = subprocess.Popen(
            command, cwd=folder, env=environment, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True
        )
        line = self.process.stdout.readline()
        self.address = re.search(r"http://[^/ ]+", line).group()
        self.folders = self.process.stdout.readline()

    def stop(self, by=signal.SIGINT):
        self.process.send_signal(by)
        out, err = self.process.communicate(timeout=60)
        return self.process.returncode, out, err


@pytest.fixture(scope="module")
def folder(tmp_path_factory):
    at = tmp_path_factory.mktemp("serve").resolve()
    (at / "films").mkdir()
    samples.write_clip(at / "films" / "clip.mp4", size=(96, 54), seconds=0.2)
    shutil.copy(at / "films" / "clip.mp4", at / "clip.mp4")
    return at


def test_the_examples_of_the_docs(folder):
    server = Started(folder, "--auth", "user:password", "--allow-path", "films")
    try:
        assert server.folders.split(": ")[1].strip() == str(folder / "films")
        (client,) = re.findall(r"^```python client.py\n(.*?)^```$", API, re.DOTALL | re.MULTILINE)
        assert 25 < len(client.splitlines()) < 36
        (folder / "client.py").write_text(client)
        run = [sys.executable, "client.py", server.address]
        told = subprocess.run(
            [*run, "clip.mp4", "clip-3d.mp4", "layout=half-sbs"],
            cwd=folder, capture_output=True, text=True, check=True,
        )  # fmt: skip
        assert told.stdout.splitlines()[-1] == "done 5 of 5"
        with media.open_video(folder / "clip-3d.mp4") as reader:
            assert reader.size == (96, 54) and reader.count() == 5
        told = subprocess.run(
            [*run, "clip.mp4", "x.mp4", "layout=3d"], cwd=folder, capture_output=True, text=True
        )
        assert told.returncode == 1 and told.stderr.startswith("layout: '3d' is not one of")

        if shutil.which("curl"):
            (curls,) = (block for block in re.findall(r"^```sh\n(.*?)^```$", API, re.DOTALL | re.MULTILINE)
                        if "curl" in block)  # fmt: skip
            script = curls.replace("http://127.0.0.1:7870", server.address)
            told = subprocess.run(
                ["sh", "-e", "-c", script], cwd=folder, capture_output=True, text=True, check=True
            )
            assert told.stdout.count('"address"') >= 3 and '"error": "' not in told.stdout
            assert (folder / "frame.png").read_bytes().startswith(b"\x89PNG")
    finally:
        status, _, err = server.stop()
    assert (status, err) == (0, "")


@pytest.mark.parametrize(
    ("flags", "words"),
    [
        (["--port", "http"], "not a port"),
        (["--port", "65536"], "not a port"),
        (["--port", "-1"], "not a port"),
        (["--auth", "user"], "user:password"),
        (["--auth", ":password"], "user:password"),
        (["--auth", "user:"], "user:password"),
        (["--allow-path", "no-such-folder"], "not a folder"),
        (["--host", "no.such.host.invalid", "--auth", "a:b"], "cannot listen"),
        (["--cors-origin", "*"], "not an origin"),
        (["--cors-origin", "null"], "not an origin"),
        (["--max-queue", "none"], "max_queue"),
        (["--max-upload", "0"], "outside"),
        (["--strength", "2"], "unknown option"),
    ],
)
def test_misuse_is_one_sentence(flags, words, capsys):
    assert cli.main(["serve", *flags]) == 2
    said = capsys.readouterr()
    assert said.out == "" and len(said.err.splitlines()) == 1 and words in said.err


def test_a_port_in_use(capsys):
    (socket,) = serve.listen("127.0.0.1", 0)
    with socket:
        socket.listen()
        assert cli.main(["serve", "--port", str(socket.getsockname()[1])]) == 2
    assert "in use" in capsys.readouterr().err


@pytest.mark.parametrize(
    ("host", "local"),
    [("127.0.0.1", True), ("127.9.9.9", True), ("localhost", True), ("::1", True), ("0.0.0.0", False),
     ("::", False), ("192.168.1.5", False), ("example.org", False)],
)  # fmt: skip
def test_what_only_this_machine_reaches(host, local):
    assert serve.is_loopback(host) == local


@pytest.mark.parametrize(
    ("host", "named", "allowed"),
    [
        ("127.0.0.1", [], ["."]),
        ("0.0.0.0", [], []),
        ("0.0.0.0", ["films"], ["films"]),
        ("127.0.0.1", ["films"], ["films"]),
    ],
)
def test_folders_that_may_be_named(folder, monkeypatch, host, named, allowed):
    monkeypatch.chdir(folder)
    assert serve.allowed_folders(named, host) == [(folder / name).resolve() for name in allowed]


def test_addresses():
    assert serve.address_of(("127.0.0.1", 80)) == "http://127.0.0.1:80"
    assert serve.address_of(("::1", 80, 0, 0)) == "http://[::1]:80"
