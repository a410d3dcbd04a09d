"""Promise 16 of docs/security.md: many at once, on a server in a process of its own."""

from __future__ import annotations

import pytest

pytest.importorskip("fastapi")

import security_room  # noqa: F401 - it tells where the attacks lie

from _security_load import CLIENTS, load  # isort: skip
from _security_server import opened  # isort: skip

SECONDS = 5.0


def test_fifty_clients(tmp_path):
    with opened(tmp_path) as server:
        met = load(server, SECONDS)
        assert met.odd == [] and server.alive
        assert len(met.polls) >= CLIENTS and met.statuses["POST 202"] >= 1
