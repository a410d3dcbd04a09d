"""Requests about jobs that there are: how they stand, their ends and their files."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from typing import TYPE_CHECKING, Any
from urllib.parse import quote

from fastapi import Request, Response

from ...errors import ParallaxError, SourceError
from .answers import Refusal, json_answer
from .files import file_answer

if TYPE_CHECKING:
    from ...jobs import Queue, Status

PREFIX = "/parallax/v1"


class Jobs:
    """Tells of a queue's jobs and ends them."""

    def __init__(self, queue: Queue):
        self._queue = queue

    def listed(self, request: Request) -> Response:
        return json_answer({"jobs": [plain(request, status) for status in self._queue.statuses()]})

    def shown(self, request: Request, id: str) -> Response:
        return json_answer(plain(request, self._status(id)))

    def ended(self, request: Request, id: str) -> Response:
        """Cancels a job that waits or runs; forgets one that has ended."""
        status = self._status(id)
        waits = status.state in ("queued", "running")
        with _as_conflicts():
            if waits:
                status = self._queue.cancel(id)
            else:
                self._queue.delete(id)
        return json_answer({**plain(request, status), "removed": not waits})

    def resumed(self, request: Request, id: str) -> Response:
        self._status(id)
        with _as_conflicts():
            status = self._queue.resume(id)
        return submitted(request, status)

    def file(self, request: Request, id: str, name: str) -> Response:
        found = next((file for file in self._status(id).files if file.name == name), None)
        if found is None:
            raise Refusal(404, f"the job {id} has no file {name!r}")
        return file_answer(request, found.path, found.name, found.type)

    def _status(self, id: str) -> Status:
        try:
            return self._queue.status(id)
        except SourceError as error:
            raise Refusal(404, str(error)) from None


def submitted(request: Request, status: Status) -> Response:
    """The answer to what was queued: where to ask after it."""
    at = _address(request, status.id)
    return json_answer({"id": status.id, "address": at}, 202, {"Location": at})


def plain(request: Request, status: Status) -> dict[str, Any]:
    """A job as its route tells it: with its address, and those of its files."""
    values, at = status.plain(), _address(request, status.id)
    for file in values["files"]:
        file["address"] = f"{at}/files/{quote(file['name'])}"
    return {"id": status.id, "address": at, **values}


def _address(request: Request, id: str) -> str:
    """A job's path on the server that was asked, below whatever this one is mounted under."""
    return f"{request.scope.get('root_path', '').rstrip('/')}{PREFIX}/jobs/{quote(id)}"


@contextmanager
def _as_conflicts() -> Iterator[None]:
    """What is refused inside is refused for the state that the job is in."""
    try:
        yield
    except ParallaxError as error:
        raise Refusal(409, str(error)) from None
