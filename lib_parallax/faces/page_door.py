"""Which files the page's server gives out: gradio would give whoever asks every file of the folders it knows.

ASGI middleware of `parallax ui`. A webui gives out its own files by its own rules.
"""

from __future__ import annotations

import os
import re
from pathlib import Path
from typing import TYPE_CHECKING, Any

from starlette.datastructures import MutableHeaders

from ..jobs import list_jobs
from .api.answers import Refusal, error_answer
from .api.files import contained
from .proxy import SUFFIX

if TYPE_CHECKING:
    from .desk import Desk
    from .places import Places

_FILE = re.compile(r"/+(?:gradio_api/+)?file[=/](?P<path>.*)", re.DOTALL)


class PageDoor:
    """Lets requests for files through where they are results, or gradio's own.

    cache  the folder of gradio's copies, which it guards itself
    """

    def __init__(self, app: Any, desk: Desk, cache: Path):
        self._app, self._places, self._cache = app, desk.places, Path(os.path.realpath(cache))

    async def __call__(self, scope: Any, receive: Any, send: Any) -> None:
        from anyio import to_thread

        asked = _FILE.fullmatch(scope.get("path", "")) if scope["type"] == "http" else None
        if asked is None:
            await self._app(scope, receive, send)
        elif await to_thread.run_sync(self._gives, asked["path"]):
            await self._app(scope, receive, _containing(send))
        else:
            await error_answer(Refusal(403, "this file is not given out"))(scope, receive, send)

    def _gives(self, text: str) -> bool:
        if "\0" in text or re.match(r"[A-Za-z][A-Za-z0-9+.-]+:", text) or text.startswith(("//", "\\\\")):
            return False
        real = Path(os.path.realpath(text))
        return self._cache in real.parents or is_result(real, self._places)


def _containing(send: Any) -> Any:
    """A page among the results runs apart from the page that shows it."""

    async def sending(message: Any) -> None:
        if message["type"] == "http.response.start":
            headers = MutableHeaders(scope=message)
            headers.update(contained(headers.get("content-type", "")))
        await send(message)

    return sending


def is_result(real: Path, places: Places) -> bool:
    """Whether a file, free of links, is a job's result or what the page plays for one."""
    if places.results in real.parents:
        return True
    if places.jobs in real.parents:
        return real.parent.parent == places.jobs and real.name.endswith(SUFFIX)
    made = {
        Path(os.path.realpath(path))
        for record in list_jobs(places.jobs)
        for path in record.values.get("outputs") or [record.output]
    }
    return real in made or real.parent in made
