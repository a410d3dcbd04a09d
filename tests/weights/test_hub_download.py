"""`models get owner/name` with the real huggingface_hub, from a small hub on this machine."""

from __future__ import annotations

import hashlib
import http.server
import json
import os
import subprocess
import sys
import threading

import pytest

pytest.importorskip("huggingface_hub")

COMMIT = "a" * 40
PAGE = "---\nlicense: {licence}\n---\n# A model\n"
TENSORS = bytes(range(256)) * 8192
CHUNK = 10 << 20  # what huggingface_hub writes at a time


class Hub(http.server.ThreadingHTTPServer):
    """Has one model, owner/name, with these files; breaks the first download of `breaks` off halfway."""

    daemon_threads = True

    def __init__(self, files, breaks=None):
        super().__init__(("127.0.0.1", 0), Answer)
        self.files = files
        self.breaks = breaks
        self.asked = []
        threading.Thread(target=self.serve_forever, daemon=True).start()


class Answer(http.server.BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.0"

    def log_message(self, *_):
        pass

    def do_HEAD(self):
        self.do_GET()

    def do_GET(self):
        path, files = self.path.partition("?")[0], self.server.files
        if path.startswith("/api/models/owner/name/revision/"):
            self.give(
                {"id": "owner/name", "sha": COMMIT, "siblings": [{"rfilename": name} for name in files]}
            )
        elif path.startswith("/api/models/owner/name/tree/"):
            kinds = [{"type": "file", "path": n, "size": len(f), "oid": oid(f)} for n, f in files.items()]
            self.give(kinds)
        elif path.startswith(f"/owner/name/resolve/{COMMIT}/"):
            self.give_file(path.removeprefix(f"/owner/name/resolve/{COMMIT}/"))
        else:
            self.give({"error": "not found"}, 404, {"X-Error-Code": "RepoNotFound"})

    def give_file(self, name):
        content, span = self.server.files[name], self.headers.get("Range")
        start = int(span.removeprefix("bytes=").partition("-")[0]) if span else 0
        headers = {"ETag": f'"{oid(content)}"', "X-Repo-Commit": COMMIT, "Accept-Ranges": "bytes"}
        if span:
            headers["Content-Range"] = f"bytes {start}-{len(content) - 1}/{len(content)}"
        broken = self.command == "GET" and name == self.server.breaks
        if self.command == "GET":
            self.server.asked.append((name, start))
        if broken:
            self.server.breaks = None
        self.send(206 if span else 200, content[start:], headers, len(content) // 2 if broken else None)

    def give(self, value, status=200, headers=None):
        self.send(status, json.dumps(value).encode(), {"Content-Type": "application/json", **(headers or {})})

    def send(self, status, content, headers, only=None):
        self.send_response(status)
        for key, value in {**headers, "Content-Length": len(content)}.items():
            self.send_header(key, str(value))
        self.end_headers()
        if self.command == "GET":
            self.wfile.write(content[:only])


def oid(content):
    return hashlib.sha1(content).hexdigest()


@pytest.fixture
def hub():
    started = []

    def start(licence="apache-2.0", weights="model.safetensors", **more):
        files = {
            "README.md": PAGE.format(licence=licence).encode(), "config.json": b"{}", weights: TENSORS,
            "model.fp16.safetensors": b"half", "code.py": b"print()", "picture.jpg": b"",
        }  # fmt: skip
        started.append(Hub(files, **more))
        return started[-1]

    yield start
    for one in started:
        one.shutdown()
        one.server_close()


@pytest.fixture
def parallax(tmp_path):
    """Runs a command in a process of its own, for huggingface_hub reads its environment at import."""

    def run(hub, *arguments):
        outside = {
            key: value for key, value in os.environ.items() if not key.startswith(("HF_", "PARALLAX_"))
        }
        environment = {
            **outside, "HF_ENDPOINT": f"http://127.0.0.1:{hub.server_address[1]}", "NO_PROXY": "127.0.0.1",
            "HF_HOME": str(tmp_path / "hub"), "PARALLAX_MODELS": str(tmp_path / "models"),
        }  # fmt: skip
        command = [sys.executable, "-m", "lib_parallax", "models", *arguments]
        return subprocess.run(
            command, env=environment, capture_output=True, text=True, stdin=subprocess.DEVNULL
        )

    return run


def last_line(text):
    return text.strip().splitlines()[-1]


def test_what_is_needed_comes_and_nothing_else(hub, parallax):
    server = hub()
    ended = parallax(server, "get", "owner/name")
    assert ended.returncode == 0, ended.stderr
    folder = last_line(ended.stdout)
    assert sorted(os.listdir(folder)) == ["README.md", "config.json", "model.safetensors"]
    with open(os.path.join(folder, "model.safetensors"), "rb") as file:
        assert file.read() == TENSORS
    taken = len(server.asked)
    assert parallax(server, "get", "owner/name").returncode == 0
    assert len(server.asked) == taken, "what is here is not fetched again"


def test_pickled_weights_come_where_there_are_no_others(hub, parallax):
    server = hub(weights="pytorch_model.bin")
    del server.files["model.fp16.safetensors"]
    ended = parallax(server, "get", "owner/name")
    assert ended.returncode == 0, ended.stderr
    assert "pytorch_model.bin" in os.listdir(last_line(ended.stdout))


def test_a_broken_download_goes_on_where_it_broke(hub, parallax):
    server = hub(breaks="model.safetensors")
    whole = server.files["model.safetensors"] = TENSORS * 12
    ended = parallax(server, "get", "owner/name")
    if ended.returncode:
        ended = parallax(server, "get", "owner/name")
    assert ended.returncode == 0, ended.stderr
    with open(os.path.join(last_line(ended.stdout), "model.safetensors"), "rb") as file:
        assert file.read() == whole
    starts = [start for name, start in server.asked if name == "model.safetensors"]
    assert starts == [0, CHUNK]


def test_a_licence_that_needs_a_yes(hub, parallax):
    server = hub(licence="cc-by-nc-4.0")
    ended = parallax(server, "get", "owner/name")
    assert ended.returncode == 2
    assert "owner/name is for non-commercial use only (cc-by-nc-4.0)" in last_line(ended.stderr)
    assert {name for name, _ in server.asked} == {"README.md"}
    assert parallax(server, "get", "owner/name", "--yes").returncode == 0
    assert parallax(server, "get", "owner/name").returncode == 0, "a yes is remembered"


def test_no_such_model(hub, parallax):
    ended = parallax(hub(), "get", "owner/other")
    assert ended.returncode == 2 and "owner/other could not be fetched" in last_line(ended.stderr)
