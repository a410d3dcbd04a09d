"""A server in a process of its own with a secret beside what it may read, and a client that can be rude."""

from __future__ import annotations

import base64
import contextlib
import hashlib
import http.client
import json
import os
import re
import signal
import socket
import subprocess
import sys
import threading
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from lib_parallax import samples
from lib_parallax.media.pictures import encode_picture

TREE = Path(__file__).resolve().parents[1]
ROOT = "/parallax/v1"
USER = "user:pass:wörd"
MARK = b"nobody-may-read-this"
SECONDS = 60.0  # after which an answer is waited for no longer


@dataclass(frozen=True)
class Answer:
    status: int
    headers: Mapping[str, str]
    body: bytes

    @property
    def json(self) -> Any:
        return json.loads(self.body)


class Canary:
    """A socket of this machine that nobody should connect to. `sung` counts those who did."""

    def __init__(self) -> None:
        self._socket = socket.create_server(("127.0.0.1", 0))
        self.port = self._socket.getsockname()[1]
        self.sung = 0
        threading.Thread(target=self._listen, daemon=True).start()

    def _listen(self) -> None:
        with contextlib.suppress(OSError):
            while True:
                connection, _ = self._socket.accept()
                self.sung += 1
                connection.close()

    def close(self) -> None:
        self._socket.close()


class Room:
    """films/ may be read and written, secret/ not; links in films/ lead there."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder.resolve()
        self.films, self.secret = self.folder / "films", self.folder / "secret"
        for made in (self.films / "linked", self.secret / "deep"):
            made.mkdir(parents=True)
        samples.write_clip(self.films / "clip.mp4", size=(64, 36), seconds=0.2)
        street = samples.street((64, 36)).view(0.0).image
        picture = encode_picture(street, ".png", "draft", text=MARK.decode())
        for place in (self.films / "still.png", self.secret / "key.png", self.secret / "deep" / "key.png"):
            place.write_bytes(picture)
        (self.secret / "key.txt").write_bytes(MARK)
        (self.secret / "words.json").write_text(json.dumps({"0": MARK.decode()}))
        (self.secret / "film.mp4").write_bytes((self.films / "clip.mp4").read_bytes())
        with contextlib.suppress(OSError):
            os.symlink(self.secret, self.films / "way-out")
            os.symlink(self.secret / "key.png", self.films / "link.png")
            os.symlink(self.secret / "key.png", self.films / "linked" / "000.png")
        self.canary = Canary()
        self._before = self._secrets()

    def _secrets(self) -> dict[str, str]:
        files = [p for p in sorted(self.secret.rglob("*")) if p.is_file()]
        return {str(p): hashlib.sha256(p.read_bytes()).hexdigest() for p in files}

    def harmed(self) -> bool:
        """Whether anything of the secret was changed, or anything made beside the rooms."""
        there = {path.name for path in self.folder.iterdir()}
        return self._secrets() != self._before or not there <= {"films", "secret", "data", "jobs", "results"}

    def is_inside(self, path: str) -> bool:
        real = Path(os.path.realpath(path))
        inner = (self.films, self.folder / "results", self.folder / "jobs", self.folder / "data")
        return any(folder == real or folder in real.parents for folder in inner)


class Server:
    """`parallax serve` in `room`, and requests to it; with the credentials where it asks for some."""

    def __init__(self, room: Room, *flags: str, auth: bool = True) -> None:
        self.room, self.auth = room, auth
        environment = {**os.environ, "PYTHONPATH": str(TREE), "XDG_DATA_HOME": str(room.folder / "data")}
        command = [
            sys.executable,
            "-m",
            "lib_parallax",
            "serve",
            "--port",
            "0",
            "--allow-path",
            str(room.films),
        ]
        command += ["--jobs-dir", str(room.folder / "jobs"), "--output-dir", str(room.folder / "results")]
        command += [*(["--auth", USER] if auth else []), *flags]
        self._process = subprocess.Popen(
            command,
            cwd=room.films,
            env=environment,
            stdout=subprocess.PIPE,
            stderr=subprocess.DEVNULL,
            text=True,
        )
        assert self._process.stdout is not None
        found = re.search(r"http://127\.0\.0\.1:(\d+)", self._process.stdout.readline())
        if found is None:
            raise RuntimeError("the server does not start")
        self.port = int(found[1])

    def __enter__(self) -> Server:
        return self

    def __exit__(self, *_: object) -> None:
        self._process.send_signal(signal.SIGINT)
        try:
            self._process.wait(SECONDS)
        except subprocess.TimeoutExpired:  # a job is at a long frame; it would be gone on with
            self._process.kill()
            self._process.wait()

    @property
    def alive(self) -> bool:
        return self._process.poll() is None

    def peak(self) -> int:
        """Bytes of memory that it has held at most since `forget_peak`; 0 where the system does not tell."""
        with contextlib.suppress(OSError, AttributeError):
            status = Path(f"/proc/{self._process.pid}/status").read_text()
            return int(re.search(r"VmHWM:\s*(\d+)", status)[1]) * 1024  # type: ignore[index]
        return 0

    def forget_peak(self) -> None:
        with contextlib.suppress(OSError):
            Path(f"/proc/{self._process.pid}/clear_refs").write_text("5")

    def ask(
        self, method: str, path: str, body: Any = None, headers: Mapping[str, str] | None = None
    ) -> Answer:
        """`body` is bytes, or a value that is sent as JSON."""
        sent = {**(basic(USER) if self.auth else {}), **(headers or {})}
        if body is not None and not isinstance(body, bytes):
            body = json.dumps(body).encode()
            sent.setdefault("Content-Type", "application/json")
        path = path if path.startswith("/") else f"{ROOT}/{path}"
        connection = http.client.HTTPConnection("127.0.0.1", self.port, timeout=SECONDS)
        with contextlib.closing(connection):
            connection.putrequest(method, path, skip_host="Host" in sent)
            for name, value in sent.items():
                connection.putheader(name, value)
            if body is not None:
                connection.putheader("Content-Length", str(len(body)))
            connection.endheaders()
            if body is not None:
                with contextlib.suppress(ConnectionError):  # it may have refused before all was sent
                    connection.send(body)
            response = connection.getresponse()
            found = {name.lower(): value for name, value in response.getheaders()}
            return Answer(response.status, found, response.read())

    def raw(self, request: bytes, seconds: float = 2.0) -> bytes:
        """What comes back for bytes that need not be a request."""
        with socket.create_connection(("127.0.0.1", self.port), timeout=seconds) as connection:
            connection.sendall(request)
            found = b""
            with contextlib.suppress(OSError):
                while piece := connection.recv(1 << 16):
                    found += piece
            return found

    def form(self, path: str, fields: Mapping[str, str], files: Mapping[str, tuple[str, bytes]]) -> Answer:
        """A form with files by field: name and content."""
        edge = "edge-of-a-part"
        made = b""
        for name, text in fields.items():
            made += f'--{edge}\r\nContent-Disposition: form-data; name="{name}"\r\n\r\n{text}\r\n'.encode()
        for name, (filename, content) in files.items():
            about = f'form-data; name="{name}"; filename="{filename}"'
            made += f"--{edge}\r\nContent-Disposition: {about}\r\n\r\n".encode("utf-8", "surrogatepass")
            made += content + b"\r\n"
        made += f"--{edge}--\r\n".encode()
        return self.ask("POST", path, made, {"Content-Type": f"multipart/form-data; boundary={edge}"})


def basic(words: str) -> dict[str, str]:
    return {"Authorization": f"Basic {base64.b64encode(words.encode()).decode()}"}


@contextlib.contextmanager
def opened(folder: Path, *flags: str, auth: bool = True) -> Iterator[Server]:
    room = Room(folder)
    try:
        with Server(room, *flags, auth=auth) as server:
            yield server
    finally:
        room.canary.close()
