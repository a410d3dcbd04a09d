"""A host's credentials before our routes on its server: it guards only its own."""

from __future__ import annotations

from collections.abc import Callable, Mapping

from starlette.exceptions import HTTPException
from starlette.requests import Request

from .auth import brings


def guard(credentials: Mapping[str, str]) -> Callable[[Request], None] | None:
    """A dependency that lets in who brings one of these (name to password); None where there are none."""
    wanted = [f"{name}:{password}".encode() for name, password in credentials.items()]
    if not wanted:
        return None

    def check(request: Request) -> None:
        header = request.headers.get("authorization", "")
        # all are compared, so that the time taken does not tell which name is known
        if not sum(brings(header, each) for each in wanted):
            raise HTTPException(
                401, "user and password are needed", {"WWW-Authenticate": 'Basic realm="Parallax"'}
            )

    return check
