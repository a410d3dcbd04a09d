"""Frames into a WebP that moves: each is encoded by itself and put down at once, so that memory stays even.

The file is laid out as in Google's "WebP Container Specification": RIFF chunks, of which VP8X says what is
there, ANIM how often it is played, and an ANMF holds a frame.
"""

from __future__ import annotations

import struct
from collections.abc import Iterator
from fractions import Fraction
from pathlib import Path
from typing import BinaryIO

import numpy as np

from ..types import Size
from .inscription import exif_comment
from .pictures import encode_picture

UNIT = Fraction(1, 1000)  # seconds: what a WebP counts in
LEAST = 11  # units; of 10 and less, browsers make a hundred
MOST = 16383  # pixels of a side
_LONGEST = (1 << 24) - 1  # units that a frame can be shown
_ANIMATED, _EXIF, _ALPHA = 0x02, 0x08, 0x10
_DO_NOT_BLEND = 0x02
_PICTURE = (b"ALPH", b"VP8 ", b"VP8L")


def write_webp(
    part: Path, size: Size, frames: Iterator[tuple[np.ndarray, int, int]], quality: str, text: str = ""
) -> None:
    """Writes a WebP that begins again for ever to `part`.

    frames  RGB `[H, W, 3]` or RGBA `[H, W, 4]` uint8, and the units at which each is shown and at which it
            ends. One that is like the one before it makes that one longer
    text    is kept as in stills
    """
    exif = exif_comment(text).removeprefix(b"Exif\0\0") if text else b""
    with open(part, "wb") as file:
        file.write(b"RIFF\0\0\0\0WEBP")
        flags = _ANIMATED | _ALPHA | (_EXIF if exif else 0)
        _chunk(file, b"VP8X", struct.pack("<I", flags) + _three(size[0] - 1) + _three(size[1] - 1))
        _chunk(file, b"ANIM", struct.pack("<IH", 0, 0))
        held, begun, ends = b"", 0, 0
        for image, start, end in frames:
            data = _picture_chunks(encode_picture(image, ".webp", quality))
            if held and data != held:
                _put(file, size, held, start - begun)
            if data != held:
                held, begun = data, start
            ends = end
        _put(file, size, held, ends - begun)
        if exif:
            _chunk(file, b"EXIF", exif)
        length = file.tell()
        file.seek(4)
        file.write(struct.pack("<I", length - 8))


def _put(file: BinaryIO, size: Size, data: bytes, units: int) -> None:
    place = _three(0) + _three(0) + _three(size[0] - 1) + _three(size[1] - 1)
    _chunk(file, b"ANMF", place + _three(min(units, _LONGEST)) + bytes([_DO_NOT_BLEND]) + data)


def _picture_chunks(still: bytes) -> bytes:
    """The chunks of a still that hold its picture, padded as they were."""
    found, at = b"", 12
    while at < len(still):
        (length,) = struct.unpack_from("<I", still, at + 4)
        after = at + 8 + length + length % 2
        if still[at : at + 4] in _PICTURE:
            found += still[at:after]
        at = after
    return found


def _chunk(file: BinaryIO, name: bytes, content: bytes) -> None:
    file.write(name + struct.pack("<I", len(content)) + content + b"\0" * (len(content) % 2))


def _three(number: int) -> bytes:
    return number.to_bytes(3, "little")
