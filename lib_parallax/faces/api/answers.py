"""What goes back: JSON, and every error as {"error": a sentence, "field": a name or null}."""

from __future__ import annotations

import json
import logging
import math
from collections.abc import Callable, Coroutine, Iterator, Mapping
from contextlib import contextmanager, nullcontext
from typing import Any

from fastapi import Request, Response
from fastapi.routing import APIRoute
from starlette.exceptions import HTTPException
from starlette.requests import ClientDisconnect

from ...errors import Cancelled, ExistsError, ParallaxError
from ..limits import Busy
from ..places import PathRefused
from ..terminal import in_callers_words

log = logging.getLogger("parallax")

LONGEST = 2000  # characters of an error: some name what was sent


class Posts:
    """Counts the requests with a body that are worked on; asked by the event loop alone.

    Each holds one of the server's few threads, so that too many would leave none to tell how jobs stand.
    """

    def __init__(self, most: int):
        self._free = most

    @contextmanager
    def one(self) -> Iterator[None]:
        """Raises Refusal (429) where there are too many."""
        if not self._free:
            raise Refusal(429, "too much is being sent or worked on at once; ask again soon",
                          headers={"Retry-After": "1"})  # fmt: skip
        self._free -= 1
        try:
            yield
        finally:
            self._free += 1


class Refusal(Exception):
    """A request that is answered with an error of this status."""

    def __init__(
        self, status: int, sentence: str, field: str | None = None, headers: Mapping[str, str] | None = None
    ):
        super().__init__(sentence)
        self.status = status
        self.field = field
        self.headers = headers


class JsonErrorsRoute(APIRoute):
    """A route that answers whatever is raised in it itself, whoever's server it is on."""

    posts: Posts | None = None

    def get_route_handler(self) -> Callable[[Request], Coroutine[Any, Any, Response]]:
        handler = super().get_route_handler()

        async def answered(request: Request) -> Response:
            counted = (
                self.posts.one() if self.posts is not None and request.method == "POST" else nullcontext()
            )
            try:
                with counted:
                    return await handler(request)
            except Exception as error:
                return error_answer(error)

        return answered


def counting(posts: Posts) -> type[JsonErrorsRoute]:
    """Such routes, which share a count of the requests with a body."""
    return type("CountingRoute", (JsonErrorsRoute,), {"posts": posts})


def json_answer(value: Any, status: int = 200, headers: Mapping[str, str] | None = None) -> Response:
    """A response of plain values; a number that JSON lacks (infinite, not a number) becomes null."""
    text = json.dumps(_finite(value), ensure_ascii=False, allow_nan=False)
    # half a pair of surrogates, which a request may hold, becomes the escape that JSON has for it
    content = text.encode("utf-8", "backslashreplace")
    always = {"Cache-Control": "no-store", "X-Content-Type-Options": "nosniff"}
    return Response(content, status, {**always, **(headers or {})}, "application/json")


def error_answer(error: Exception) -> Response:
    """The answer to what was raised; a fault of ours goes to the log with its traceback."""
    status, field, headers = _verdict(error)
    sentence = str(error)
    if isinstance(error, HTTPException):
        sentence = str(error.detail)
    elif isinstance(error, ClientDisconnect):
        sentence = "the request ended before its body did"
    elif status == 500:
        log.error("a request failed", exc_info=error)
        sentence = f"{type(error).__name__}: this is a fault of Parallax, its log tells more"
    sentence = in_callers_words(sentence)
    if len(sentence) > LONGEST:
        sentence = f"{sentence[:LONGEST]} ..."
    return json_answer({"error": sentence, "field": field}, status, headers)


def _verdict(error: Exception) -> tuple[int, str | None, Mapping[str, str] | None]:
    """Status, field and headers."""
    if isinstance(error, Refusal):
        return error.status, error.field, error.headers
    if isinstance(error, HTTPException):
        return error.status_code, None, getattr(error, "headers", None)
    if isinstance(error, Busy):
        return 429, None, {"Retry-After": str(round(error.wait))}
    if isinstance(error, (ExistsError, Cancelled)):
        return 409, error.field, None
    if isinstance(error, ParallaxError):
        return 403 if isinstance(error, PathRefused) else 400, error.field, None
    return (400 if isinstance(error, ClientDisconnect) else 500), None, None


def _finite(value: Any) -> Any:
    if isinstance(value, float):
        return value if math.isfinite(value) else None
    if isinstance(value, Mapping):
        return {str(key): _finite(item) for key, item in value.items()}
    if isinstance(value, (list, tuple)):
        return [_finite(item) for item in value]
    return value
