"""The door before our routes on a host's server: it guards only its own."""

from __future__ import annotations

from collections.abc import Awaitable, Callable

from starlette.requests import Request

from .door import Door


def guard(door: Door) -> Callable[[Request], Awaitable[None]]:
    """A dependency of fastapi that raises for who may not come in."""

    async def check(request: Request) -> None:  # waits for nothing, so it needs no thread
        door.check(request.method, request.headers, request.client.host if request.client else "")

    return check
