"""A request's body as plain values: JSON or a form, its files kept on disk.

Everything here runs in a worker thread and asks the event loop only for the next piece, so that
neither decoding nor the disk ever stands in the way of other requests.
"""

from __future__ import annotations

import base64
import contextlib
import io
import json
import re
from collections.abc import Collection, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any, BinaryIO, cast

from fastapi import Request

from ...errors import OutputError
from .answers import Refusal
from .multipart import parts

if TYPE_CHECKING:
    from ..desk import Desk

_DATA_URI = re.compile(r"data:(?:[\w.+-]+/([\w.+-]+))?[^,]{0,200},")
_SUFFIXES = {"jpeg": "jpg", "quicktime": "mov", "x-matroska": "mkv", "x-msvideo": "avi"}


@dataclass(frozen=True)
class Limits:
    """The largest bodies that are taken, in bytes: `upload` streamed to disk, `json` held in memory."""

    upload: int = 8 << 30
    json: int = 256 << 20


class Uploads:
    """The files that one request brought. As a context it removes them when the request fails."""

    def __init__(self, desk: Desk):
        self._desk = desk
        self._kept: list[Path] = []

    def keep(self, field: str, name: str, data: BinaryIO) -> str:
        """Writes a file to disk; its path. Raises Refusal (507) when the disk does not take it."""
        try:
            path = self._desk.places.keep_upload(name, data)
        except OutputError as error:
            raise Refusal(507, str(error), field) from error
        self._kept.append(path)
        return str(path)

    def discard(self) -> None:
        for path in self._kept:
            path.unlink(missing_ok=True)
            with contextlib.suppress(OSError):
                path.parent.rmdir()  # each upload has a folder of its own
        self._kept.clear()

    def __enter__(self) -> Uploads:
        return self

    def __exit__(self, kind: object, *_: object) -> None:
        if kind is not None:
            self.discard()


def read(request: Request, uploads: Uploads, files: Collection[str], limits: Limits) -> dict[str, Any]:
    """The body's values by name; for what came as a file, its path.

    files  the names that may be files

    A field `options` holds more of them as a JSON object; those beside it win. Raises Refusal.
    """
    content_type = request.headers.get("content-type", "")
    kind = content_type.partition(";")[0].strip().lower()
    if kind == "multipart/form-data":
        values = _form(_arriving(request, limits.upload), content_type, uploads, files)
    elif kind == "application/json" or kind.endswith("+json") or not kind:
        values = _object(b"".join(_arriving(request, limits.json)), "the body")
        values = {
            name: _decoded(name, value, uploads) if name in files else value for name, value in values.items()
        }
    else:
        raise Refusal(415, f"the body is {kind}; send application/json or multipart/form-data")
    more = values.pop("options", {})
    more = _object(more, "options", "options") if isinstance(more, (str, bytes)) else more
    if not isinstance(more, dict):
        raise Refusal(400, "options: must be an object of option names and values", "options")
    return {**more, **values}


def _arriving(request: Request, most: int) -> Iterator[bytes]:
    """The body's pieces as they come. Raises Refusal (413) as soon as there are too many bytes."""
    from anyio import from_thread

    too_large = Refusal(413, f"the body is larger than the {most} bytes that are taken here")
    announced = request.headers.get("content-length", "0")
    if announced.isdecimal() and int(announced) > most:
        raise too_large
    stream = request.stream()

    async def following() -> bytes | None:
        return await anext(stream, None)

    while (piece := from_thread.run(following)) is not None:
        most -= len(piece)
        if most < 0:
            raise too_large
        if piece:
            yield piece


def _form(
    chunks: Iterator[bytes], content_type: str, uploads: Uploads, files: Collection[str]
) -> dict[str, Any]:
    values: dict[str, Any] = {}
    for part in parts(chunks, content_type):
        if part.filename is None:
            values[part.name] = part.text()
        elif part.name in files:
            if part.filename:  # a form's file field that was left empty has an empty name
                values[part.name] = uploads.keep(part.name, part.filename, cast(BinaryIO, part))
        else:
            raise Refusal(400, f"{part.name}: takes no file; files go into {', '.join(files)}", part.name)
    return values


def _object(text: str | bytes, what: str, field: str | None = None) -> dict[str, Any]:
    try:
        found = json.loads(text)
    except (ValueError, RecursionError) as error:
        raise Refusal(400, f"{what} is not JSON: {error}", field) from None
    if not isinstance(found, dict):
        raise Refusal(400, f"{what} must be a JSON object of names and values", field)
    return found


def _decoded(field: str, value: Any, uploads: Uploads) -> Any:
    """The path of a file sent as {"name", "data"} or as a data URI; any other value as it is."""
    if isinstance(value, str) and value.startswith("data:"):
        match = _DATA_URI.match(value)
        kind = (match and match[1]) or "bin"
        value = {"name": f"{field}.{_SUFFIXES.get(kind, kind)}", "data": value}
    if not isinstance(value, dict):
        return value
    name, data = value.get("name"), value.get("data")
    if not isinstance(name, str) or not isinstance(data, str) or len(value) != 2:
        raise Refusal(400, f'{field}: a file in JSON is {{"name": its name, "data": its base64}}', field)
    match = _DATA_URI.match(data)
    try:
        content = base64.b64decode(data[match.end() :] if match else data, validate=True)
    except ValueError:
        raise Refusal(400, f"{field}: its data is not base64", field) from None
    return uploads.keep(field, name, io.BytesIO(content))
