"""Many at once: clients that ask how a job stands while it runs, and now and then bring another."""

from __future__ import annotations

import base64
import contextlib
import http.client
import json
import threading
import time
from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass, field

from _security_server import ROOT, USER, Server, basic

CLIENTS = 50
POLL, POST = 0.5, 20.0  # seconds between two of a client
DOCUMENTED = {200, 202, 429}


@dataclass
class Load:
    """seconds of every status call, and how often each status came, by kind of call."""

    polls: list[float] = field(default_factory=list)
    statuses: Counter[str] = field(default_factory=Counter)
    odd: list[str] = field(default_factory=list)

    def quantile(self, share: float) -> float:
        found = sorted(self.polls)
        return found[min(len(found) - 1, int(share * len(found)))] if found else float("nan")


def load(server: Server, seconds: float) -> Load:
    """What `CLIENTS` clients met in so many seconds while jobs ran."""
    film = (server.room.films / "clip.mp4").read_bytes()
    order = {
        "source": {"name": "a.mp4", "data": base64.b64encode(film).decode()},
        "depth_model": "cues",
        "device": "cpu",
    }
    first = server.ask("POST", "stereo", order).json["address"]
    found, lock, end = Load(), threading.Lock(), time.monotonic() + seconds

    def client(number: int) -> None:
        headers = {**(basic(USER) if server.auth else {}), "Content-Type": "application/json"}
        address, begun = first, time.monotonic()
        turn = begun + POLL * number / CLIENTS
        posts = begun + POST * number / CLIENTS
        with contextlib.closing(
            http.client.HTTPConnection("127.0.0.1", server.port, timeout=60)
        ) as connection:
            while turn < end:
                time.sleep(max(0.0, turn - time.monotonic()))
                turn += POLL
                took, status, told = _asked(connection, "GET", address, None, headers)
                with lock:
                    found.polls.append(took)
                    _count(found, "GET", status, told)
                if time.monotonic() >= posts:
                    posts += POST
                    _, status, answer = _asked(
                        connection, "POST", f"{ROOT}/stereo", json.dumps(order), headers
                    )
                    with lock:
                        _count(found, "POST", status, answer)
                    address = answer.get("address", address)

    threads = [threading.Thread(target=client, args=(number,)) for number in range(CLIENTS)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    return found


def _count(found: Load, method: str, status: int, answer: Mapping[str, str]) -> None:
    found.statuses[f"{method} {status}"] += 1
    if status not in DOCUMENTED:
        found.odd.append(f"{method} {status}: {answer.get('error')}")


def _asked(
    connection: http.client.HTTPConnection,
    method: str,
    path: str,
    body: str | None,
    headers: Mapping[str, str],
) -> tuple[float, int, dict[str, str]]:
    begun = time.perf_counter()
    try:
        connection.request(method, path, body, dict(headers))
        response = connection.getresponse()
        content = response.read()
    except (OSError, http.client.HTTPException):
        connection.close()
        return time.perf_counter() - begun, 0, {}
    return time.perf_counter() - begun, response.status, json.loads(content)
