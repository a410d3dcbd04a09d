"""Opening a picture's file so that a few kilobytes cannot ask for gigabytes of memory, nor start a program.

Pillow tells a format by the content and not by the name, and has readers that hand the content to others
(EPS to Ghostscript): those of plain pictures alone are let at it. How large a picture says that it is stands
in its first bytes, and is looked at before anything is decoded.
"""

from __future__ import annotations

import struct
from collections.abc import Iterator
from contextlib import contextmanager
from functools import cache
from pathlib import Path
from typing import Any, BinaryIO

from ..errors import SourceError
from ..types import Size

MOST_PIXELS = 178_956_970  # as many as Pillow reads
_FORMATS = ("AVIF", "BMP", "DIB", "GIF", "JPEG", "JPEG2000", "MPO", "PNG", "PPM", "TIFF", "WEBP")
_PNG = b"\x89PNG\r\n\x1a\n"
_TIFF_WIDTH, _TIFF_HEIGHT = 256, 257
_TIFF_NUMBERS = {3: "H", 4: "I", 16: "Q"}


def check_pixels(path: Path, size: Size) -> None:
    """Raises SourceError for a picture of more than MOST_PIXELS."""
    if size[0] * size[1] > MOST_PIXELS:
        raise SourceError(
            f"{path}: {size[0]}x{size[1]} is too large; {MOST_PIXELS / 1e6:.0f} million pixels are the most "
            "that are read"
        )


@contextmanager
def open_picture(path: Path) -> Iterator[Any]:
    """The file as a PIL.Image, nothing decoded yet. Raises SourceError for one that is too large, and what
    Pillow raises for what is no picture."""
    from PIL import Image

    try:
        opened = Image.open(path, formats=_formats())
    except Image.DecompressionBombError as error:
        raise SourceError(f"{path}: the picture is too large ({error})") from error
    with opened:
        check_pixels(path, opened.size)
        yield opened


@cache
def _formats() -> tuple[str, ...]:
    """Those that this Pillow has."""
    from PIL import Image

    Image.init()
    return tuple(name for name in _FORMATS if name in Image.OPEN)


def claimed_size(path: Path) -> Size | None:
    """(width, height) that a PNG or TIFF says it has; None for a file that is neither."""
    try:
        with open(path, "rb") as file:
            head = file.read(24)
            if head.startswith(_PNG) and len(head) == 24:
                return struct.unpack(">II", head[16:24])
            return _tiff_size(file, head) if head[:2] in (b"II", b"MM") else None
    except (struct.error, OSError, OverflowError):
        return None


def holds_its_chunks(data: memoryview) -> bool:
    """Whether every chunk of a PNG is as long as it says; so is what is no PNG.

    OpenCV takes memory for a chunk before it looks whether there is one.
    """
    at = len(_PNG)
    if data[:at] != _PNG:
        return True
    while at + 8 <= len(data):
        length, kind = struct.unpack_from(">I4s", data, at)
        at += 12 + length
        if at > len(data):
            return False
        if kind == b"IEND":
            break
    return True


def _tiff_size(file: BinaryIO, head: bytes) -> Size | None:
    """Of the first directory, TIFF 6.0 or BigTIFF."""
    order = "<" if head[:2] == b"II" else ">"
    (magic,) = struct.unpack(f"{order}H", head[2:4])
    if magic not in (42, 43):
        return None
    big = magic == 43
    count_as, entry, number = ("Q", 20, "Q") if big else ("H", 12, "I")
    (at,) = struct.unpack(order + number, head[8:16] if big else head[4:8])
    file.seek(at)
    (count,) = struct.unpack(order + count_as, file.read(struct.calcsize(count_as)))
    found = {_TIFF_WIDTH: 0, _TIFF_HEIGHT: 0}
    for _ in range(min(count, 4096)):
        field = file.read(entry)
        tag, kind = struct.unpack(f"{order}HH", field[:4])
        if tag in found and kind in _TIFF_NUMBERS:
            (value,) = struct.unpack_from(order + _TIFF_NUMBERS[kind], field, 12 if big else 8)
            found[tag] = max(found[tag], value)  # of one that says it twice, whichever is worse
    return found[_TIFF_WIDTH], found[_TIFF_HEIGHT]
