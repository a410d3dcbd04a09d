"""Surgery on MP4 and QuickTime files: boxes put into the video sample entry, the index moved to the front.

ISO/IEC 14496-12. The media data is shifted in place, from its end backwards, so that neither memory nor a
second copy of the file is needed.
"""

from __future__ import annotations

import os
import struct
from collections.abc import Iterator
from pathlib import Path
from typing import BinaryIO

_CHUNK = 4 << 20
_VISUAL_ENTRY = 78  # bytes of VisualSampleEntry before its child boxes
_LAST = (b"clap", b"pasp", b"colr", b"btrt", b"fiel")  # optional boxes that must stay behind st3d


def box(kind: bytes, payload: bytes) -> bytes:
    return struct.pack(">I4s", 8 + len(payload), kind) + payload


def full_box(kind: bytes, payload: bytes, version: int = 0, flags: int = 0) -> bytes:
    return box(kind, struct.pack(">I", version << 24 | flags) + payload)


def finish_mp4(path: Path, entry_boxes: bytes = b"") -> None:
    """Puts `entry_boxes` into the first video track's sample entry, and the index before the media data.

    For files as FFmpeg writes them: one moov at the end. A file of another form is left as it is, except
    that boxes to be inserted are then refused with ValueError.
    """
    with open(path, "r+b") as file:
        top = list(_top_boxes(file))
        kinds = [kind for kind, _, _ in top]
        if kinds.count(b"moov") != 1 or kinds[-1] != b"moov" or b"mdat" not in kinds:
            if entry_boxes:
                raise ValueError(f"{path}: not an MP4 file with its index at the end")
            return
        _, start, size = top[-1]
        file.seek(start)
        moov = _with_entry_boxes(file.read(size), entry_boxes)
        insert_at = next(offset for kind, offset, _ in top if kind not in (b"ftyp",))
        moov = _moved(moov, insert_at, start)
        file.truncate(start)
        _shift(file, insert_at, start, len(moov))
        file.seek(insert_at)
        file.write(moov)
        file.flush()
        os.fsync(file.fileno())


def _top_boxes(file: BinaryIO) -> Iterator[tuple[bytes, int, int]]:
    """(kind, offset, size) of the boxes of a file."""
    end = file.seek(0, 2)
    at = 0
    while at + 8 <= end:
        file.seek(at)
        size, kind = struct.unpack(">I4s", file.read(8))
        if size == 1:
            (size,) = struct.unpack(">Q", file.read(8))
        elif size == 0:
            size = end - at
        if size < 8:
            return
        yield kind, at, size
        at += size


def children(data: bytes, skip: int = 8) -> Iterator[tuple[bytes, int, int]]:
    """(kind, offset, size) of the boxes inside a box's bytes, after `skip` bytes of its own."""
    at = skip
    while at + 8 <= len(data):
        size, kind = struct.unpack_from(">I4s", data, at)
        if size < 8 or at + size > len(data):
            return
        yield kind, at, size
        at += size


def _with_entry_boxes(moov: bytes, added: bytes) -> bytes:
    if not added:
        return moov
    done = False

    def edit(data: bytes, path: tuple[bytes, ...]) -> bytes:
        nonlocal done
        parts = [data[:8]]
        for kind, at, size in children(data):
            child = data[at : at + size]
            if not done and kind == path[0]:
                if kind == b"stsd":
                    child, done = _edit_stsd(child, added), True
                elif kind != b"trak" or _is_video(child):
                    child = edit(child, path[1:])
            parts.append(child)
        return _resized(b"".join(parts))

    edited = edit(moov, (b"trak", b"mdia", b"minf", b"stbl", b"stsd"))
    if not done:
        raise ValueError("no video sample entry to put the 3D tags into")
    return edited


def _is_video(trak: bytes) -> bool:
    for kind, at, size in children(trak):
        if kind == b"mdia":
            mdia = trak[at : at + size]
            for inner, start, _ in children(mdia):
                if inner == b"hdlr":
                    return mdia[start + 16 : start + 20] == b"vide"
    return False


def _edit_stsd(stsd: bytes, added: bytes) -> bytes:
    """The boxes go behind the codec's own and before clap, pasp and their like, as the RFC asks."""
    (entry_size,) = struct.unpack_from(">I", stsd, 16)
    entry = stsd[16 : 16 + entry_size]
    position = len(entry)
    for kind, at, _ in children(entry, 8 + _VISUAL_ENTRY):
        if kind in _LAST:
            position = at
            break
    entry = _resized(entry[:position] + added + entry[position:])
    return _resized(stsd[:16] + entry + stsd[16 + entry_size :])


def _resized(data: bytes) -> bytes:
    return struct.pack(">I", len(data)) + data[4:]


def _moved(moov: bytes, insert_at: int, end: int) -> bytes:
    """Chunk offsets raised by the size of the index in front; 64 bits wide where 32 do not hold them."""
    wide = end + len(moov) + (1 << 20) > 0xFFFFFFFF
    if wide:
        moov = _map_offsets(moov, 0, insert_at, wide)
    return _map_offsets(moov, len(moov), insert_at, wide)


def _map_offsets(data: bytes, shift: int, insert_at: int, wide: bool) -> bytes:
    parts = [data[:8]]
    for kind, at, size in children(data):
        child = data[at : at + size]
        if kind in (b"trak", b"mdia", b"minf", b"stbl"):
            child = _map_offsets(child, shift, insert_at, wide)
        elif kind in (b"stco", b"co64"):
            (count,) = struct.unpack_from(">I", child, 12)
            form = ">%dI" if kind == b"stco" else ">%dQ"
            offsets = [o + shift * (o >= insert_at) for o in struct.unpack_from(form % count, child, 16)]
            if wide or kind == b"co64":
                child = full_box(b"co64", struct.pack(f">I{count}Q", count, *offsets))
            else:
                child = full_box(b"stco", struct.pack(f">I{count}I", count, *offsets))
        parts.append(child)
    return _resized(b"".join(parts))


def _shift(file: BinaryIO, start: int, end: int, distance: int) -> None:
    """Bytes start..end moved towards the end of the file."""
    while end > start:
        begin = max(start, end - _CHUNK)
        file.seek(begin)
        data = file.read(end - begin)
        file.seek(begin + distance)
        file.write(data)
        end = begin
