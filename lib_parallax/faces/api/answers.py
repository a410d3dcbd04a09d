"""What goes back: JSON, and every error as {"error": a sentence, "field": a name or null}."""

from __future__ import annotations

import json
import logging
import math
from collections.abc import Callable, Coroutine, Mapping
from typing import Any

from fastapi import Request, Response
from fastapi.routing import APIRoute
from starlette.exceptions import HTTPException
from starlette.requests import ClientDisconnect

from ...errors import Cancelled, ExistsError, ParallaxError
from ..places import PathRefused
from ..terminal import in_callers_words

log = logging.getLogger("parallax")


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

    def get_route_handler(self) -> Callable[[Request], Coroutine[Any, Any, Response]]:
        handler = super().get_route_handler()

        async def answered(request: Request) -> Response:
            try:
                return await handler(request)
            except Exception as error:
                return error_answer(error)

        return answered


def json_answer(value: Any, status: int = 200, headers: Mapping[str, str] | None = None) -> Response:
    """A response of plain values; a number that JSON lacks (infinite, not a number) becomes null."""
    text = json.dumps(_finite(value), ensure_ascii=False, allow_nan=False)
    return Response(text, status, dict(headers or {}), "application/json")


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
    return json_answer({"error": in_callers_words(sentence), "field": field}, status, headers)


def _verdict(error: Exception) -> tuple[int, str | None, Mapping[str, str] | None]:
    """Status, field and headers."""
    if isinstance(error, Refusal):
        return error.status, error.field, error.headers
    if isinstance(error, HTTPException):
        return error.status_code, None, getattr(error, "headers", None)
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
