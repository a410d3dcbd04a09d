"""The routes: what a program asks of Parallax over HTTP, under /parallax/v1.

add_routes(app, desk, guard)    # on a host's server, behind its credentials

`routes` says what there is. Requests are read by hand and not by pydantic, so that one source
runs on fastapi 0.94 with pydantic 1 and on today's, and so that `options.parse` refuses a value
in the same words as everywhere else.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING, Any

from .jobs import PREFIX
from .routes import router

if TYPE_CHECKING:
    from fastapi import FastAPI

    from ..desk import Desk

__all__ = ["PREFIX", "add_routes", "router"]


def add_routes(app: FastAPI, desk: Desk, guard: Callable[..., Any] | None = None) -> None:
    """Puts the routes on a server.

    guard  a fastapi dependency that raises for callers without credentials; it is asked before
           anything of a request's body is read
    """
    app.include_router(router(desk, guard))
    # what the server's page of routes shows may have been made before these came
    app.openapi_schema = None
