"""The door of a server of our own: before everything that it has, its documentation included."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Collection, MutableMapping
from typing import Any

from starlette.datastructures import Headers, MutableHeaders
from starlette.responses import Response

from .answers import Refusal, error_answer
from .door import Door
from .rates import Rates

Scope = MutableMapping[str, Any]
Receive = Callable[[], Awaitable[MutableMapping[str, Any]]]
Send = Callable[[MutableMapping[str, Any]], Awaitable[None]]

# of every answer: what it says it is it is, pages of others do not show it, and no address of ours leaks
ALWAYS = {
    "X-Content-Type-Options": "nosniff",
    "X-Frame-Options": "SAMEORIGIN",
    "Cross-Origin-Resource-Policy": "same-origin",
    "Referrer-Policy": "same-origin",
}
PREFLIGHT = {
    "Access-Control-Allow-Methods": "GET, HEAD, POST, DELETE",
    "Access-Control-Allow-Headers": "Authorization, Content-Type, Range",
    "Access-Control-Max-Age": "600",
}


class Gate:
    """ASGI middleware.

    credentials  "user:password" that every request must bring; None lets all in
    names, rates as of `Door`
    origins      of pages that may ask from elsewhere (CORS), such as https://example.org
    """

    def __init__(
        self,
        app: Any,
        credentials: str | None = None,
        names: Collection[str] | None = None,
        origins: Collection[str] = (),
        rates: Rates | None = None,
    ):
        self._app = app
        self._origins = frozenset(origins)
        wanted = None if credentials is None else (credentials,)
        self._door = Door(wanted, names, self._origins.__contains__, rates)

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] == "lifespan":  # which has no caller
            await self._app(scope, receive, send)
            return
        headers = Headers(scope=scope)
        # a websocket has no method, and may change what it likes
        method = scope.get("method", "")
        origin = headers.get("origin", "")
        allowed = origin if origin in self._origins else None
        answer: Any = self._app
        if allowed and method == "OPTIONS" and "access-control-request-method" in headers:
            answer = Response(status_code=204, headers=PREFLIGHT)  # browsers ask this without credentials
        else:
            try:
                self._door.check(method, headers, (scope.get("client") or ("", 0))[0])
            except Refusal as refusal:
                if scope["type"] == "websocket":
                    await send({"type": "websocket.close", "code": 1008})
                    return
                answer = error_answer(refusal)
        await answer(scope, receive, _with_headers(send, allowed))


def _with_headers(send: Send, origin: str | None) -> Send:
    """Adds what every answer has, and for pages of an allowed origin that they may read it."""

    async def sending(message: MutableMapping[str, Any]) -> None:
        if message["type"] == "http.response.start":
            message.setdefault("headers", [])
            headers = MutableHeaders(scope=message)
            for name, value in ALWAYS.items():
                headers.setdefault(name, value)
            if origin is not None:
                headers["Access-Control-Allow-Origin"] = origin
                headers["Access-Control-Allow-Credentials"] = "true"
                headers["Access-Control-Expose-Headers"] = "Location, Retry-After, Content-Range, ETag"
                headers.add_vary_header("Origin")
        await send(message)

    return sending
