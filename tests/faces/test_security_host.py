"""Promises 4 and 20 of docs/security.md: in a webui."""

from __future__ import annotations

import asyncio
from types import SimpleNamespace

import pytest

pytest.importorskip("fastapi")

from starlette.requests import Request

from lib_parallax import hosts
from lib_parallax.faces import extension
from lib_parallax.hosts import settings
from lib_parallax.hosts.webui import WebUI

from security_room import refused  # isort: skip
from _security_server import basic  # isort: skip


def webui(opts=None, **flags):
    host = object.__new__(WebUI)
    options = SimpleNamespace(
        **{"listen": False, "share": False, "hide_ui_dir_config": False, "api": True, **flags}
    )
    host._shared = SimpleNamespace(cmd_opts=options, opts=opts or SimpleNamespace())
    return host


def asked(monkeypatch, host, method="GET", **headers):
    """What the door of our routes in this webui says."""
    doors = []
    monkeypatch.setattr(hosts, "detect", lambda: host)
    monkeypatch.setattr(extension, "missing", list)
    monkeypatch.setattr(extension.warm, "start", lambda: None)
    limits = SimpleNamespace(max_rate=1e6, max_rate_all=1e6)
    monkeypatch.setattr(extension, "desk", lambda: SimpleNamespace(limits=limits))
    monkeypatch.setattr("lib_parallax.faces.api.add_routes", lambda app, desk, guard: doors.append(guard))
    extension.routes(None, None)
    raw = [(name.lower().replace("_", "-").encode(), value.encode()) for name, value in headers.items()]
    raw += [] if "Host" in headers else [(b"host", b"127.0.0.1:7860")]
    request = Request({"type": "http", "method": method, "headers": raw, "client": ("127.0.0.1", 9)})
    found = refused(lambda: asyncio.run(doors[0](request)))
    return found and found[0]


def test_the_hosts_credentials_are_asked_for(monkeypatch, tmp_path):
    there = tmp_path / "who.txt"
    there.write_text("c:d,\ne:f:g\n")
    for flags, right in [
        ({"api_auth": "a:b,x:y"}, ["a:b", "x:y"]),
        ({"gradio_auth": "a:b"}, ["a:b"]),
        ({"gradio_auth_path": str(there)}, ["c:d", "e:f:g"]),
        ({"gradio_auth": "a:b", "gradio_auth_path": str(there)}, ["a:b", "c:d", "e:f:g"]),
        ({"api_auth": "a:b", "gradio_auth": "p:q"}, ["a:b"]),
        ({"api_auth": "nobody"}, []),
        ({"gradio_auth": "nobody"}, []),
    ]:
        host = webui(**flags)
        assert asked(monkeypatch, host) == 401
        for words in ("a:b", "x:y", "c:d", "e:f:g", "p:q", "nobody", "nobody:", "", ":"):
            wanted = None if words in right else 401
            assert asked(monkeypatch, host, **basic(words)) == wanted, (flags, words)
    assert asked(monkeypatch, webui()) is None


def test_pages_of_other_sites_change_nothing_there_either(monkeypatch):
    host = webui(
        cors_allow_origins="https://friend.example,", cors_allow_origins_regex=r"https://.*\.pal\.example"
    )
    for origin, status in [
        ("https://evil.example", 403),
        ("null", 403),
        ("https://friend.example", None),
        ("https://a.pal.example", None),
        ("https://a.pal.example.evil.example", 403),
        ("http://127.0.0.1:7860", None),
        ("", 403),
    ]:
        assert asked(monkeypatch, host, "POST", Origin=origin) == status, origin
        assert asked(monkeypatch, host, "GET", Origin=origin) is None
    assert asked(monkeypatch, host, "GET", Host="evil.example") == 403
    assert asked(monkeypatch, webui(listen=True), "GET", Host="film.example") is None
    assert asked(monkeypatch, webui(api_auth="a:b"), "GET", Host="film.example", **basic("a:b")) is None


@pytest.mark.parametrize(
    ("flags", "environment"),
    [
        ({"listen": True}, {}),
        ({"share": True}, {}),
        ({"ngrok": "token"}, {}),
        ({"server_name": "0.0.0.0"}, {}),
        ({"server_name": "film.example"}, {}),
        ({}, {"GRADIO_SERVER_NAME": "0.0.0.0"}),
        ({}, {"GRADIO_SHARE": "True"}),
    ],
)
def test_a_public_host_lets_nobody_name_files(flags, environment, monkeypatch):
    for name, value in environment.items():
        monkeypatch.setenv(name, value)
    monkeypatch.setattr(settings, "value", lambda key, default: default)
    host = webui(**flags)
    assert host.listens_publicly and not host.paths_allowed and host.allowed_paths == []
    monkeypatch.setattr(
        settings, "value", lambda key, default: True if key == settings.PUBLIC_PATHS else default
    )
    assert webui(**flags).paths_allowed
    assert not webui(hide_ui_dir_config=True, **flags).paths_allowed


def test_a_host_of_this_machine_does(monkeypatch):
    for flags in ({}, {"server_name": "127.0.0.1"}, {"server_name": "localhost"}, {"server_name": None}):
        assert webui(**flags).paths_allowed
    assert not webui(hide_ui_dir_config=True).paths_allowed
