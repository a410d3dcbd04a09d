"""Promises 1 to 7 of docs/security.md: who may come in."""

from __future__ import annotations

import pytest

pytest.importorskip("fastapi")

from starlette.datastructures import Headers

from lib_parallax.faces import cli, serve
from lib_parallax.faces.api import door

from security_room import opened_here, refused, through  # isort: skip
from _security_auth import bypasses, strangers  # isort: skip
from _security_server import USER, basic  # isort: skip


def test_nothing_answers_without_the_credentials(tmp_path):
    with opened_here(tmp_path, auth=USER) as server:
        assert through(bypasses(server, whole=False)) == []
        assert server.ask("GET", "jobs").status == 200  # with them it does


def test_all_credentials_are_compared_in_constant_time(monkeypatch):
    compared = []

    def compare(a, b):
        assert isinstance(a, bytes) and isinstance(b, bytes)
        compared.append(b)
        return a == b

    monkeypatch.setattr(door.secrets, "compare_digest", compare)
    asked = door.Door(["a:b", "c:dé"])
    for words, status in [("a:b", None), ("c:dé", None), ("a:d", 401), ("", 401), ("x" * 9999, 401)]:
        compared.clear()
        found = refused(asked.check, "GET", Headers(basic(words)), "here")
        assert (found and found[0]) == status and len(compared) == 2
    assert refused(door.Door([]).check, "GET", Headers(basic("a:b")), "here")[0] == 401


@pytest.mark.parametrize(
    ("command", "host"),
    [
        ("serve", "0.0.0.0"),
        ("serve", "::"),
        ("serve", "192.168.1.5"),
        ("serve", ""),
        ("serve", "example.org"),
        ("serve", "127.0.0.1.evil.example"),
        ("ui", "0.0.0.0"),
    ],
)
def test_it_does_not_start_open_to_others(command, host, capsys, monkeypatch):
    monkeypatch.setattr(serve, "listen", lambda *_: pytest.fail("it listens"))
    assert cli.main([command, "--host", host]) == 2
    said = capsys.readouterr()
    assert said.out == "" and len(said.err.splitlines()) == 1 and "--auth user:password" in said.err


def test_a_name_that_leads_elsewhere_does_not_open_it(capsys, monkeypatch):
    class Bound:
        def getsockname(self):
            return ("10.0.0.7", 7870)

        def close(self):
            pass

    monkeypatch.setattr(serve, "listen", lambda *_: [Bound()])
    assert cli.main(["serve", "--host", "localhost"]) == 2
    assert "--auth" in capsys.readouterr().err


def test_pages_of_other_sites_neither_change_nor_read(tmp_path):
    friend = "https://friend.example"
    with opened_here(tmp_path, names=serve.LOOPBACK_NAMES, origins=[friend]) as server:
        assert through(strangers(server)) == []
        answer = server.ask("GET", "jobs", None, {"Origin": friend})
        assert (
            answer.headers["access-control-allow-origin"] == friend
            and "origin" in answer.headers["vary"].lower()
        )
        asked = {"Origin": friend, "Access-Control-Request-Method": "POST"}
        answer = server.ask("OPTIONS", "depth", None, asked)
        assert answer.status == 204 and "POST" in answer.headers["access-control-allow-methods"]
        assert server.ask("POST", "depth", {}, {"Origin": friend}).status == 400  # let in, and lacks a source
        own = f"http://127.0.0.1:{server.port}"
        assert server.ask("POST", "depth", {}, {"Origin": own}).status == 400
    with opened_here(tmp_path / "b", auth=USER, origins=[friend]) as server:
        server.auth = False
        assert server.ask("OPTIONS", "depth", None, asked).status == 204  # browsers ask this without any
        assert server.ask("POST", "depth", {}, {"Origin": friend}).status == 401


def test_a_server_of_this_machine_answers_by_its_own_names():
    asked = door.Door(names=serve.names_of("127.0.0.1", None))
    for host, status in [
        ("localhost:1", None),
        ("127.0.0.1", None),
        ("[::1]:7", None),
        ("evil.example", 403),
        ("", 403),
        ("localhost.evil.example", 403),
        ("127.0.0.1@evil.example", 403),
    ]:
        found = refused(asked.check, "GET", Headers({"host": host}), "here")
        assert (found and found[0]) == status, host
    assert (
        serve.names_of("127.0.0.1", "a:b") is None
    )  # with credentials a site has nothing to gain by its name


def test_a_header_that_should_be_there_once():
    twice = Headers(
        raw=[(b"authorization", b"Basic x"), (b"authorization", basic("a:b")["Authorization"].encode())]
    )
    assert refused(door.Door(["a:b"]).check, "GET", twice, "here")[0] == 400


def test_every_answer_says_what_it_is(tmp_path):
    with opened_here(tmp_path) as server:
        for path in ("jobs", "nothing", "/docs", "/openapi.json", "/nothing"):
            headers = server.ask("GET", path).headers
            assert (
                headers["x-content-type-options"] == "nosniff" and headers["x-frame-options"] == "SAMEORIGIN"
            )
            assert headers["cross-origin-resource-policy"] == "same-origin" and "server" not in headers
