"""A multipart body (RFC 7578) part by part as it arrives, so that no upload is ever held in memory."""

from __future__ import annotations

from collections import deque
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from importlib import import_module
from typing import Any

from .answers import Refusal

MOST_PARTS = 200
MOST_TEXT = 1 << 20  # bytes of a field that is no file
MOST_HEADERS = 1 << 14  # bytes of a part's own headers

_BEGIN, _NAME, _VALUE, _BODY, _DATA, _END = range(6)


class Part:
    """One field: its name, its file's name (None for plain text), and its bytes to be read once."""

    def __init__(self, name: str, filename: str | None, pieces: Iterator[bytes]):
        self.name = name
        self.filename = filename
        self._pieces = pieces
        self._left = b""

    def read(self, size: int = -1) -> bytes:
        """The next bytes, at most `size`; b"" at the part's end."""
        if size < 0:
            return self._left + b"".join(self._pieces)
        while not self._left:
            piece = next(self._pieces, None)
            if piece is None:
                return b""
            self._left = piece
        given, self._left = self._left[:size], self._left[size:]
        return given

    def text(self) -> str:
        """The part as text. Raises Refusal (413) when it is longer than a field may be."""
        found = bytearray()
        for piece in self._pieces:
            found += piece
            if len(found) > MOST_TEXT:
                raise Refusal(413, f"{self.name}: longer than {MOST_TEXT} bytes; is it a file?", self.name)
        return found.decode("utf-8", "replace")


def parts(chunks: Iterator[bytes], content_type: str) -> Iterator[Part]:
    """The parts of a body in order; each must be read before the next is asked for, or is passed over.

    Raises Refusal (400) for a body that is not what its header says.
    """
    events = _events(chunks, content_type)
    count = 0
    for kind, _ in events:
        if kind != _BEGIN:
            continue
        count += 1
        if count > MOST_PARTS:
            raise Refusal(400, f"the form has more than {MOST_PARTS} fields")
        name, filename = _disposition(events)
        pieces = _pieces(events)
        yield Part(name, filename, pieces)
        for _ in pieces:
            pass


def _disposition(events: Iterator[tuple[int, bytes]]) -> tuple[str, str | None]:
    """Name and file name from a part's headers."""
    headers: list[tuple[bytes, bytes]] = []
    size, before = 0, _VALUE
    for kind, data in events:
        if kind == _BODY:
            break
        size += len(data)
        if size > MOST_HEADERS:
            raise Refusal(400, "the form has a field with too long a header")
        if kind == _NAME:
            # both may come in pieces
            headers.append((headers.pop()[0] + data, b"") if before == _NAME else (data, b""))
        elif headers:
            headers.append((headers[-1][0], headers.pop()[1] + data))
        before = kind
    found = next((value for name, value in headers if name.lower() == b"content-disposition"), b"")
    _, values = _library().parse_options_header(found)
    name = values.get(b"name", b"").decode("utf-8", "replace")
    if not name:
        raise Refusal(400, "the form has a field without a name")
    filename = values.get(b"filename")
    return name, None if filename is None else filename.decode("utf-8", "replace")


def _pieces(events: Iterator[tuple[int, bytes]]) -> Iterator[bytes]:
    for kind, data in events:
        if kind == _END:
            return
        yield data


def _events(chunks: Iterator[bytes], content_type: str) -> Iterator[tuple[int, bytes]]:
    """What the parser finds, as (kind, data)."""
    library = _library()
    _, values = library.parse_options_header(content_type)
    boundary = values.get(b"boundary")
    if not boundary:
        raise Refusal(400, "the form's Content-Type names no boundary")
    found: deque[tuple[int, bytes]] = deque()
    ended: list[bool] = []

    def put(kind: int) -> Callable[..., None]:
        def with_data(data: bytes, start: int, end: int) -> None:
            found.append((kind, bytes(data[start:end])))

        def without() -> None:
            found.append((kind, b""))

        return with_data if kind in (_NAME, _VALUE, _DATA) else without

    with _readable():
        parser = library.MultipartParser(
            boundary,
            {
                "on_part_begin": put(_BEGIN),
                "on_header_field": put(_NAME),
                "on_header_value": put(_VALUE),
                "on_headers_finished": put(_BODY),
                "on_part_data": put(_DATA),
                "on_part_end": put(_END),
                "on_end": lambda: ended.append(True),
            },
        )
    for chunk in chunks:
        with _readable():
            parser.write(chunk)
        while found:
            yield found.popleft()
    if not ended:
        raise Refusal(400, "the form ends before its last field does")


@contextmanager
def _readable() -> Iterator[None]:
    """Refuses what the parser does: it raises ValueErrors in every version."""
    try:
        yield
    except ValueError as error:
        raise Refusal(400, f"the form cannot be read: {error}") from None


def _library() -> Any:
    """python-multipart under its name of today, or that of releases before 0.0.13."""
    try:
        return import_module("python_multipart.multipart")
    except ModuleNotFoundError:
        return import_module("multipart.multipart")
