"""Who may come in, for a server of our own: HTTP Basic (RFC 7617), and no foreign web pages."""

from __future__ import annotations

import base64
import secrets
from collections.abc import Awaitable, Callable, Collection, MutableMapping
from typing import Any
from urllib.parse import SplitResult, urlsplit

from .answers import json_answer

Scope = MutableMapping[str, Any]
Receive = Callable[[], Awaitable[MutableMapping[str, Any]]]
Send = Callable[[MutableMapping[str, Any]], Awaitable[None]]

SAFE_METHODS = ("GET", "HEAD", "OPTIONS")


class Gate:
    """ASGI middleware before everything that a server has, its documentation included.

    credentials  "user:password" that every request must bring; None lets all in
    names        the names by which the server may be called, None for any. A page of another site
                 can make its own name point at this machine, and then is no stranger to its browser.

    A request that changes something and comes from a page of another origin is refused: browsers
    send forms, with remembered credentials, wherever a page tells them to.
    """

    def __init__(self, app: Any, credentials: str | None = None, names: Collection[str] | None = None):
        self._app = app
        self._names = names
        self._wanted = None if credentials is None else credentials.encode()

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        headers = {name: value.decode("latin-1") for name, value in scope.get("headers", ())}
        # a lifespan has no caller; a websocket has no method, and may change what it likes
        asked = scope["type"] != "lifespan"
        refused = self._refusal(scope.get("method", ""), headers) if asked else None
        if refused is None:
            await self._app(scope, receive, send)
        elif scope["type"] == "websocket":
            await send({"type": "websocket.close", "code": 1008})
        else:
            status, sentence, extra = refused
            await json_answer({"error": sentence, "field": None}, status, extra)(scope, receive, send)

    def _refusal(self, method: str, headers: dict[bytes, str]) -> tuple[int, str, dict[str, str]] | None:
        host = headers.get(b"host", "")
        if self._names is not None and _parted(f"//{host}").hostname not in self._names:
            return 403, f"this server is not called {host!r}; start it with --auth to reach it so", {}
        if self._wanted is not None and not brings(headers.get(b"authorization", ""), self._wanted):
            challenge = {"WWW-Authenticate": 'Basic realm="Parallax", charset="UTF-8"'}
            return 401, "user and password are needed", challenge
        origin = headers.get(b"origin")
        if method not in SAFE_METHODS and origin is not None and _parted(origin).netloc != host:
            return 403, f"a page of {origin} may not ask for this", {}
        return None


def _parted(address: str) -> SplitResult:
    """An address in its parts, all empty where it is none."""
    try:
        return urlsplit(address)
    except ValueError:
        return urlsplit("")


def brings(authorization: str, wanted: bytes) -> bool:
    """Whether an Authorization header holds these credentials; its time does not tell how nearly."""
    scheme, _, encoded = authorization.partition(" ")
    try:
        given = base64.b64decode(encoded.strip(), validate=True)
    except ValueError:
        given = b""
    return secrets.compare_digest(given, wanted) and scheme.lower() == "basic"
