"""A result over HTTP, whole or in the ranges that a playing browser asks for (RFC 9110, section 14)."""

from __future__ import annotations

import re
from collections.abc import Iterator
from email.utils import formatdate
from pathlib import Path
from urllib.parse import quote

from fastapi import Request, Response
from fastapi.responses import StreamingResponse

from .answers import Refusal

CHUNK = 1 << 20
# a result that is a page runs its own script and reaches nothing: not the server, and not its credentials
POLICY = (
    "default-src 'none'; script-src 'unsafe-inline'; style-src 'unsafe-inline'; img-src data: blob:; "
    "frame-ancestors 'self'; sandbox allow-scripts"
)


def file_answer(request: Request, path: Path, name: str, media_type: str) -> Response:
    """The file, or what the request's conditions and range make of it.

    Raises Refusal: 404 when the file is gone, 416 for a range beyond its end.
    """
    try:
        facts = path.stat()
    except OSError:
        raise Refusal(404, f"{name}: the file is not there any more") from None
    size, etag = facts.st_size, f'"{facts.st_mtime_ns:x}-{facts.st_size:x}"'
    headers = {
        "Accept-Ranges": "bytes",
        "ETag": etag,
        "Last-Modified": formatdate(facts.st_mtime, usegmt=True),
        "Cache-Control": "private, no-cache",  # kept, but asked after: a result can be replaced
        "Content-Disposition": f"inline; filename*=UTF-8''{quote(Path(name).name, safe='')}",
        "X-Content-Type-Options": "nosniff",
        **contained(media_type),
    }
    if _names(request.headers.get("if-none-match", ""), etag):
        return Response(status_code=304, headers=headers)
    unchanged = request.headers.get("if-range", etag) == etag
    wanted = _range(request.headers.get("range", ""), size) if unchanged else None
    start, end = wanted or (0, size)
    if wanted:
        headers["Content-Range"] = f"bytes {start}-{end - 1}/{size}"
    headers["Content-Length"] = str(end - start)
    status = 206 if wanted else 200
    if request.method == "HEAD":
        return Response(status_code=status, headers=headers, media_type=media_type)
    return StreamingResponse(_bytes(path, start, end), status, headers, media_type)


def contained(media_type: str) -> dict[str, str]:
    """The header that keeps a page among the results to itself; none for what runs nothing."""
    kind, _, exact = media_type.partition("/")
    runs_nothing = kind in ("video", "audio") or (kind == "image" and not exact.startswith("svg"))
    return {} if runs_nothing else {"Content-Security-Policy": POLICY}


def _names(listed: str, etag: str) -> bool:
    """Whether an If-None-Match names this file as it is."""
    tags = [tag.strip().removeprefix("W/") for tag in listed.split(",")]
    return etag in tags or "*" in tags


def _range(header: str, size: int) -> tuple[int, int] | None:
    """First byte and the one behind the last of a request for one range.

    None for none, and for several or one that is malformed: the standard lets those have the whole.
    Raises Refusal (416) for one that holds no byte of the file.
    """
    match = re.fullmatch(r"bytes=\s*(\d{0,19})-(\d{0,19})\s*", header)
    if match is None or not (match[1] or match[2]):
        return None
    if not match[1]:
        start, end = max(0, size - int(match[2])), size
    else:
        start = int(match[1])
        end = min(size, int(match[2]) + 1) if match[2] else size
        if match[2] and int(match[2]) < start:
            return None
    if start >= end:
        raise Refusal(
            416, f"the file has {size} bytes, none of them in {header}",
            headers={"Content-Range": f"bytes */{size}"},
        )  # fmt: skip
    return start, end


def _bytes(path: Path, start: int, end: int) -> Iterator[bytes]:
    with open(path, "rb") as file:
        file.seek(start)
        left = end - start
        while left and (piece := file.read(min(CHUNK, left))):
            left -= len(piece)
            yield piece
