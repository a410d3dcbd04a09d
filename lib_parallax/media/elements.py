"""Surgery on Matroska files: the display size of the video track, which FFmpeg's muxer is not told of.

RFC 8794 (EBML) and RFC 9559 (Matroska). The track is written with a placeholder for a name; its bytes make
room for the display size, and what is left becomes Void, so that nothing behind it moves.
"""

from __future__ import annotations

from collections.abc import Iterator
from fractions import Fraction
from pathlib import Path

from ..types import Size
from .tags import StereoTag

PLACEHOLDER = "-" * 24

_SEGMENT, _TRACKS, _TRACK_ENTRY, _VIDEO = 0x18538067, 0x1654AE6B, 0xAE, 0xE0
_NAME, _VOID = 0x536E, 0xEC
_DISPLAY_WIDTH, _DISPLAY_HEIGHT, _DISPLAY_UNIT = 0x54B0, 0x54BA, 0x54B2


def display_size(size: Size, sample_aspect: Fraction, tag: StereoTag | None) -> Size:
    """What a player should show: of one eye, for layouts that hold two views in a frame."""
    width, height = round(size[0] * sample_aspect), size[1]
    layout = tag.layout if tag is not None else None
    if layout in ("sbs", "column"):
        width //= 2
    elif layout in ("tb", "row"):
        height //= 2
    return max(1, width), max(1, height)


def set_display_size(path: Path, size: Size) -> None:
    """Writes DisplayWidth and DisplayHeight of the first video track. Needs the placeholder name."""
    with open(path, "r+b") as file:
        head = file.read(1 << 20)
        start, length = _find_video_track(head)
        entry = head[start : start + length]
        file.seek(start)
        file.write(_rebuilt(entry, size))


def _find_video_track(data: bytes) -> tuple[int, int]:
    """Where the content of the first TrackEntry with a Video element lies."""
    for identity, at, length in _elements(data, 0, len(data)):
        if identity == _SEGMENT:
            for inner, place, size in _elements(data, at, min(len(data), at + length)):
                if inner == _TRACKS:
                    for kind, begin, extent in _elements(data, place, place + size):
                        kinds = [k for k, _, _ in _elements(data, begin, begin + extent)]
                        if kind == _TRACK_ENTRY and _VIDEO in kinds:
                            return begin, extent
    raise ValueError("no video track in the Matroska header")


def _rebuilt(entry: bytes, size: Size) -> bytes:
    """The TrackEntry's content, as long as before, with the display size in it and without its name."""
    parts = []
    for identity, at, length in _elements(entry, 0, len(entry)):
        content = entry[at : at + length]
        if identity == _VIDEO:
            kept = [
                _element(kind, content[a : a + n])
                for kind, a, n in _elements(content, 0, len(content))
                if kind not in (_DISPLAY_WIDTH, _DISPLAY_HEIGHT, _DISPLAY_UNIT)
            ]
            shown = [
                _element(kind, value.to_bytes(4, "big"))
                for kind, value in ((_DISPLAY_WIDTH, size[0]), (_DISPLAY_HEIGHT, size[1]))
            ]
            content = b"".join(kept + shown)
        if identity != _NAME:
            parts.append(_element(identity, content))
    data = b"".join(parts)
    room = len(entry) - len(data)
    if room < 2:
        raise ValueError("no room for the display size in the Matroska header")
    return data + bytes([_VOID, 0x80 | (room - 2)]) + bytes(room - 2)


def _elements(data: bytes, at: int, end: int) -> Iterator[tuple[int, int, int]]:
    """(id, offset of the content, its length) of the elements between two offsets."""
    while at < end:
        width = 9 - data[at].bit_length()
        identity = int.from_bytes(data[at : at + width], "big")
        at += width
        width = 9 - data[at].bit_length()
        length = int.from_bytes(data[at : at + width], "big") & ((1 << 7 * width) - 1)
        if length == (1 << 7 * width) - 1:
            length = end - at - width
        at += width
        yield identity, at, length
        at += length


def _element(identity: int, content: bytes) -> bytes:
    width = 1
    while len(content) >= (1 << 7 * width) - 1:
        width += 1
    length = (len(content) | 1 << 7 * width).to_bytes(width, "big")
    return identity.to_bytes((identity.bit_length() + 7) // 8, "big") + length + content
