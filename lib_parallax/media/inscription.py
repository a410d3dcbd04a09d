"""Text within a picture's file, where the webui and its friends look for it.

In PNG a chunk of text under a key (https://www.w3.org/TR/png-3/#11textinfo), in JPEG and WebP the
"user comment" of EXIF 2.3. Both are put together here byte by byte, so that the same text gives
the same file whatever wrote the picture.
"""

from __future__ import annotations

import struct
import zlib
from pathlib import Path

from .picture_files import open_picture

KEY = "parameters"
_HEADER = 33  # a PNG's signature and its first chunk, after which text may stand
_EXIF, _COMMENT = 0x8769, 0x9286
_LONG, _UNDEFINED = 4, 7
_UNICODE = b"UNICODE\0"
_MOST_EXIF = 65_000  # bytes: a JPEG's segment holds 65533


def in_png(png: bytes, text: str) -> bytes:
    """A PNG file with `text` under "parameters": as tEXt where Latin-1 holds it, else as iTXt."""
    key = KEY.encode()
    try:
        kind, content = b"tEXt", key + b"\0" + text.encode("latin-1")
    except UnicodeEncodeError:
        # not compressed, no language, the key not translated
        kind, content = b"iTXt", key + b"\0\0\0\0\0" + text.encode()
    check = zlib.crc32(kind + content)
    chunk = struct.pack(">I", len(content)) + kind + content + struct.pack(">I", check)
    return png[:_HEADER] + chunk + png[_HEADER:]


def exif_comment(text: str) -> bytes:
    """An EXIF block whose user comment is `text`; empty for one that would not fit into a JPEG."""
    comment = _UNICODE + text.encode("utf-16-be")
    if len(comment) > _MOST_EXIF:
        return b""
    # A header of 8 bytes, then two directories of one entry each (2 + 12 + 4 bytes), then the comment.
    first = struct.pack(">2sHIHHHIII", b"MM", 42, 8, 1, _EXIF, _LONG, 1, 26, 0)
    second = struct.pack(">HHHIII", 1, _COMMENT, _UNDEFINED, len(comment), 44, 0)
    return b"Exif\0\0" + first + second + comment


def text_of(path: Path) -> str:
    """The text in a picture's file, "" where there is none. Raises SourceError for one that is too large, and
    what Pillow raises for what is no picture."""
    with open_picture(path) as picture:
        text = picture.info.get(KEY)
        comment = picture.getexif().get_ifd(_EXIF).get(_COMMENT)
    if text is None and isinstance(comment, bytes) and comment.startswith(_UNICODE):
        return comment[len(_UNICODE) :].decode("utf-16-be", "replace")
    return str(text or "")
