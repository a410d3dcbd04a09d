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
import time
from collections.abc import Collection, Iterator
from pathlib import Path
from typing import TYPE_CHECKING, Any, BinaryIO, cast

from fastapi import Request

from ...errors import OutputError
from ..limits import Limits
from .answers import Refusal
from .multipart import parts

if TYPE_CHECKING:
    from ..desk import Desk

_DATA_URI = re.compile(r"data:(?:[\w.+-]+/([\w.+-]+))?[^,]{0,200},")
_SUFFIXES = {"jpeg": "jpg", "quicktime": "mov", "x-matroska": "mkv", "x-msvideo": "avi"}


MOST_VALUES = 200_000  # in a JSON text: each takes much more memory than the two letters it may have
STALL = 30.0  # seconds without a byte after which nobody waits for more
PATIENCE = 60.0  # seconds that any body may take; a longer one must come at
SLOWEST = 16_384  # bytes a second


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
    coding = request.headers.get("content-encoding", "identity").strip().lower()
    if coding != "identity":
        raise Refusal(415, f"the body is packed as {coding}; send it as it is")
    if kind == "multipart/form-data":
        chunks = _arriving(request, limits.upload_bytes)
        values = _form(chunks, content_type, uploads, files, limits.json_bytes)
    elif kind == "application/json" or kind.endswith("+json") or not kind:
        values = _object(b"".join(_arriving(request, limits.json_bytes)), "the body", limits)
        values = {
            name: _decoded(name, value, uploads) if name in files else value for name, value in values.items()
        }
    else:
        raise Refusal(415, f"the body is {kind}; send application/json or multipart/form-data")
    more = values.pop("options", {})
    more = _object(more.encode(), "options", limits, "options") if isinstance(more, str) else more
    if not isinstance(more, dict):
        raise Refusal(400, "options: must be an object of option names and values", "options")
    return {**more, **values}


def _arriving(request: Request, most: int) -> Iterator[bytes]:
    """The body's pieces as they come. Raises Refusal: 413 as soon as there are too many bytes, 408 where
    they come so slowly that somebody may want to hold a thread."""
    from anyio import fail_after, from_thread

    too_large = Refusal(413, f"the body is larger than the {most} bytes that are taken here")
    announced = request.headers.get("content-length", "0")
    if announced.isdecimal() and int(announced) > most:
        raise too_large
    stream = request.stream()

    begun, come = time.monotonic(), 0

    async def following() -> bytes | None:
        try:
            with fail_after(STALL):
                return await anext(stream, None)
        except TimeoutError:
            raise Refusal(408, f"nothing came of the body for {STALL:g} s") from None

    while (piece := from_thread.run(following)) is not None:
        come += len(piece)
        if come > most:
            raise too_large
        if time.monotonic() - begun > PATIENCE + come / SLOWEST:
            raise Refusal(408, "the body comes too slowly")
        if piece:
            yield piece


def _form(
    chunks: Iterator[bytes], content_type: str, uploads: Uploads, files: Collection[str], most_text: int
) -> dict[str, Any]:
    values: dict[str, Any] = {}
    for part in parts(chunks, content_type):
        if part.filename is None:
            text = values[part.name] = part.text()
            most_text -= len(text)
            if most_text < 0:
                raise Refusal(413, "the form's texts are longer together than what is taken here", part.name)
        elif part.name in files:
            if part.filename:  # a form's file field that was left empty has an empty name
                values[part.name] = uploads.keep(part.name, part.filename, cast(BinaryIO, part))
        else:
            raise Refusal(400, f"{part.name}: takes no file; files go into {', '.join(files)}", part.name)
    return values


def _object(text: bytes, what: str, limits: Limits, field: str | None = None) -> dict[str, Any]:
    # within a text they count as well, but no text of ours has so many
    if sum(map(text.count, (b",", b"[", b"{"))) > MOST_VALUES:
        raise Refusal(413, f"{what} holds more than {MOST_VALUES} values", field)
    try:
        found = json.loads(text.decode("utf-8-sig"))
    except RecursionError:
        found = None
    except ValueError as error:
        raise Refusal(400, f"{what} is not JSON: {error}", field) from None
    if found is None or depth(found) > limits.max_nesting:
        raise Refusal(400, f"{what} is nested deeper than {limits.max_nesting} levels", field)
    if not isinstance(found, dict):
        raise Refusal(400, f"{what} must be a JSON object of names and values", field)
    return found


def depth(value: Any) -> int:
    """How many lists and objects of a JSON value lie within each other."""
    deepest, level = 0, [value]
    while level := [item for item in level if isinstance(item, (dict, list)) and item]:
        deepest += 1
        level = [inner for item in level for inner in (item.values() if isinstance(item, dict) else item)]
    return deepest


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
