"""Subtitle tracks carried into a result: copied, or their text put into the container's own kind."""

from __future__ import annotations

import io
import re
import struct
from typing import Any

from .boxes import box, full_box

_TEXT = {"subrip", "srt", "text", "ass", "ssa", "mov_text", "webvtt"}
_COPIED = {
    ".mp4": {"mov_text", "dvd_subtitle"},
    ".m4v": {"mov_text", "dvd_subtitle"},
    ".mov": {"mov_text"},
    ".mkv": {"subrip", "srt", "ass", "ssa", "webvtt", "dvd_subtitle", "hdmv_pgs_subtitle", "dvb_subtitle"},
    ".webm": {"webvtt"},
}
_TARGET = {".mp4": "mov_text", ".m4v": "mov_text", ".mov": "mov_text", ".mkv": "subrip", ".webm": "webvtt"}


_LONGEST = 65535  # a sample of timed text counts its bytes in 16 bits


def way(codec: str, suffix: str) -> str | None:
    """ "copy", the codec to convert to, or None where the container has no place for it."""
    if codec in _COPIED[suffix]:
        return "copy"
    return _TARGET[suffix] if codec in _TEXT else None


def template(codec: str) -> Any:
    """An open input container whose only stream is an empty track of `codec`, to make an output's from."""
    import av

    if codec == "mov_text":
        return av.open(io.BytesIO(_empty_mp4()), format="mov")
    if codec == "webvtt":
        return av.open(io.BytesIO(b"WEBVTT\n\n00:00.000 --> 00:01.000\n-\n"), format="webvtt")
    return av.open(io.BytesIO(b"1\n00:00:00,000 --> 00:00:01,000\n-\n"), format="srt")


def convert(payload: bytes, codec: str, target: str) -> bytes | None:
    """A packet's payload in another text codec; None for one that shows nothing."""
    text = plain_text(payload, codec)
    if not text:
        return None
    data = text.encode("utf-8")
    if target != "mov_text":
        return data
    data = data[:_LONGEST].decode("utf-8", "ignore").encode("utf-8")  # never half a letter
    return struct.pack(">H", len(data)) + data


def plain_text(payload: bytes, codec: str) -> str:
    """What a subtitle packet shows, without its markup, lines apart by newlines."""
    if codec == "mov_text":
        if len(payload) < 2:
            return ""
        (length,) = struct.unpack_from(">H", payload)
        return payload[2 : 2 + length].decode("utf-8", "replace").strip()
    text = payload.decode("utf-8", "replace")
    if codec in ("ass", "ssa"):
        text = text.split(",", 8)[-1]
    text = re.sub(r"\{\\[^}]*\}", "", text).replace("\\N", "\n").replace("\\n", "\n").replace("\\h", " ")
    text = re.sub(r"</?[a-zA-Z][^<>]*>", "", text)
    return text.replace("\r\n", "\n").strip()


def _empty_mp4() -> bytes:
    """An MP4 of one timed-text track (3GPP TS 26.245) without samples: white 18-point text on nothing."""
    matrix = struct.pack(">9i", 0x10000, 0, 0, 0, 0x10000, 0, 0, 0, 0x40000000)
    style = struct.pack(">3H2B4B", 0, 0, 1, 0, 18, 255, 255, 255, 255)
    look = struct.pack(">IBb4B4h", 0, 1, -1, 0, 0, 0, 0, 0, 0, 0, 0) + style
    fonts = box(b"ftab", struct.pack(">HHB", 1, 1, 5) + b"Serif")
    entry = box(b"tx3g", struct.pack(">6xH", 1) + look + fonts)
    nothing = struct.pack(">I", 0)
    table = (
        full_box(b"stsd", struct.pack(">I", 1) + entry)
        + full_box(b"stts", nothing)
        + full_box(b"stsc", nothing)
        + full_box(b"stsz", nothing * 2)
        + full_box(b"stco", nothing)
    )
    reference = box(b"dinf", full_box(b"dref", struct.pack(">I", 1) + full_box(b"url ", b"", flags=1)))
    media = (
        full_box(b"mdhd", struct.pack(">4I2H", 0, 0, 1000, 0, 0x55C4, 0))
        + full_box(b"hdlr", struct.pack(">I4s12x", 0, b"sbtl") + b"\0")
        + box(b"minf", full_box(b"nmhd", b"") + reference + box(b"stbl", table))
    )
    track_header = struct.pack(">5I8x4h", 0, 0, 1, 0, 0, 0, 0, 0, 0) + matrix + struct.pack(">2I", 0, 0)
    movie_header = struct.pack(">4IiH10x", 0, 0, 1000, 0, 0x10000, 0x100) + matrix + struct.pack(">24xI", 2)
    track = box(b"trak", full_box(b"tkhd", track_header, flags=7) + box(b"mdia", media))
    return box(b"ftyp", b"isom\0\0\2\0isom") + box(b"moov", full_box(b"mvhd", movie_header) + track)
