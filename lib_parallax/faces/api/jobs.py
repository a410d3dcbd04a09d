"""Requests about jobs that there are: how they stand, their ends and their files."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from typing import TYPE_CHECKING, Any, TypeVar
from urllib.parse import quote

from fastapi import Request, Response

from ...errors import OptionError, ParallaxError, SourceError
from ..limits import Busy
from ..places import PathRefused
from .answers import Refusal, json_answer
from .body import Uploads, read
from .fields import REROLL, ChoiceFields, RepaintFields, divided
from .files import file_answer

if TYPE_CHECKING:
    from ...jobs import Status
    from ..desk import Desk

T = TypeVar("T")
PREFIX = "/parallax/v1"


class Jobs:
    """Tells of a queue's jobs and ends them."""

    def __init__(self, desk: Desk):
        self._desk = desk
        self._queue = desk.queue
        self._limits = desk.limits

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
                self._desk.delete(id)
        return json_answer({**plain(request, status), "removed": not waits})

    def resumed(self, request: Request, id: str) -> Response:
        self._status(id)
        with _as_conflicts():
            status = self._desk.resume(id)
        return submitted(request, status)

    def answered(self, request: Request, id: str) -> Response:
        """Takes one of the pictures that a job asks about, or has others painted."""
        status = self._status(id)
        fields = self._fields(request, ChoiceFields)
        if status.asks is None:
            raise Refusal(409, f"the job {id} does not ask for a choice", "choice")
        number = None if fields.choice == REROLL else _number(fields.choice)
        self._queue.answer(id, fields.step, number)
        return json_answer(plain(request, self._status(id)))

    def repainted(self, request: Request, id: str) -> Response:
        self._status(id)
        fields = self._fields(request, RepaintFields)
        return submitted(request, self._desk.repaint(id, fields.step, fields.seed, fields.output))

    def _fields(self, request: Request, kind: type[T]) -> T:
        with Uploads(self._desk) as uploads:
            values = read(request, uploads, (), self._limits)
        # a form sends text; what JSON sends as a number is read the same
        text = {name: str(value) if type(value) is int else value for name, value in values.items()}
        fields, rest = divided(kind, text)
        if rest:
            raise Refusal(400, f"{min(rest)}: this route does not take it", min(rest))
        return fields

    def file(self, request: Request, id: str, name: str) -> Response:
        status = self._status(id)
        there = (*status.files, *(status.asks.pictures if status.asks is not None else ()))
        found = next((file for file in there if file.name == name), None)
        if found is None:
            raise Refusal(404, f"the job {id} has no file {name!r}")
        if not self._desk.places.gives(found.path):
            raise Refusal(403, f"{name} lies outside the folders whose files are given out here")
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
    for file in (*values["files"], *(values["asks"]["pictures"] if values["asks"] else ())):
        file["address"] = f"{at}/files/{quote(file['name'])}"
    return {"id": status.id, "address": at, **values}


def _address(request: Request, id: str) -> str:
    """A job's path on the server that was asked, below whatever this one is mounted under."""
    return f"{request.scope.get('root_path', '').rstrip('/')}{PREFIX}/jobs/{quote(id)}"


def _number(choice: str) -> int:
    if not choice.isdecimal():
        raise OptionError(f"choice: {choice!r} is neither the number of a picture nor {REROLL}", "choice")
    return int(choice)


@contextmanager
def _as_conflicts() -> Iterator[None]:
    """What is refused inside is refused for the state that the job is in."""
    try:
        yield
    except (Busy, PathRefused):
        raise
    except ParallaxError as error:
        raise Refusal(409, str(error)) from None
