"""A server in this process for the tests of what it refuses, and the attacks of `bench security`."""

from __future__ import annotations

import asyncio
import contextlib
import sys
import threading
import time
from pathlib import Path

TREE = Path(__file__).resolve().parents[2]
sys.path.insert(0, str(TREE / "benchmarks"))

from _security_server import Canary, Room, Server  # noqa: E402

from lib_parallax.faces import serve  # noqa: E402
from lib_parallax.faces.desk import open_desk  # noqa: E402
from lib_parallax.faces.limits import Limits  # noqa: E402

FREE = {"max_rate": 1e6, "max_rate_all": 1e6}
__all__ = ["FREE", "TREE", "Canary", "Here", "Room", "desk_of", "opened_here", "refused", "through"]


class Here(Server):
    """The same client, of an application in this process."""

    def __init__(self, room, app, auth):
        import uvicorn

        self.room, self.auth = room, auth
        config = uvicorn.Config(app, port=0, **{**serve.SERVER, "log_level": "critical"})
        self._server = uvicorn.Server(config)
        self._thread = threading.Thread(target=self._server.run)

    def __enter__(self):
        self._thread.start()
        while not self._server.started:
            assert self._thread.is_alive()
            time.sleep(0.01)
        self.port = self._server.servers[0].sockets[0].getsockname()[1]
        return self

    def __exit__(self, *_):
        self._server.should_exit = True
        self._thread.join()

    @property
    def alive(self):
        return self._thread.is_alive()


def desk_of(room, **limits):
    folder = room.folder
    desk = open_desk(jobs_dir=folder / "jobs", results=folder / "results", allowed=[room.films])
    desk.limits = Limits(**{**FREE, **limits})
    return desk


@contextlib.contextmanager
def opened_here(folder, monkeypatch=None, *, auth=None, names=None, origins=(), **limits):
    """The server in a room below `folder`; with `monkeypatch` the current folder is the room's films."""
    room = Room(folder)
    if monkeypatch is not None:
        monkeypatch.chdir(room.films)
    desk = desk_of(room, **limits)
    try:
        app = serve.build_app(desk, auth, names, origins=origins)
        with Here(room, app, auth is not None) as server:
            server.desk = desk
            yield server
    finally:
        room.canary.close()
        desk.close()


def through(attacks):
    """What got through of attacks, which must be some."""
    tried = list(attacks)
    assert tried
    return [(what, got) for what, got in tried if got is not None]


def refused(check, *arguments):
    """The status and headers of what a door refuses; None where it lets in."""
    from lib_parallax.faces.api.answers import Refusal

    try:
        made = check(*arguments)
        if asyncio.iscoroutine(made):
            asyncio.run(made)
    except Refusal as refusal:
        return refusal.status, dict(refusal.headers or {})
    return None
