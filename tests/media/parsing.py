"""Small parsers of MP4 boxes, Matroska elements and H.264 NAL units, written from their specifications."""

import struct

CONTAINERS = {b"moov", b"trak", b"mdia", b"minf", b"stbl", b"edts", b"udta", b"sv3d", b"proj"}


def mp4_boxes(data, at=0, end=None, path=""):
    """{path: [payload, ...]} of every box, such as moov/trak/mdia/minf/stbl/stsd/avc1/st3d."""
    found = {}
    end = len(data) if end is None else end
    while at + 8 <= end:
        size, kind = struct.unpack_from(">I4s", data, at)
        head = 8
        if size == 1:
            (size,) = struct.unpack_from(">Q", data, at + 8)
            head = 16
        elif size == 0:
            size = end - at
        assert size >= head and at + size <= end, f"box {kind} of {size} bytes does not fit at {at}"
        name = f"{path}/{kind.decode('latin1')}".lstrip("/")
        found.setdefault(name, []).append(data[at + head : at + size])
        inner = None
        if kind in CONTAINERS:
            inner = at + head
        elif kind == b"stsd":
            inner = at + head + 8
        elif path.endswith("stsd") and kind in (b"avc1", b"hvc1", b"av01", b"apcn", b"vp09"):
            inner = at + head + 78
        if inner is not None:
            for key, values in mp4_boxes(data, inner, at + size, name).items():
                found.setdefault(key, []).extend(values)
        at += size
    return found


def sample_entry_order(data):
    """Kinds of the boxes in the first video sample entry, in order."""
    (entry,) = [
        v[0] for k, v in mp4_boxes(data).items() if k.endswith("stsd/avc1") or k.endswith("stsd/hvc1")
    ]
    kinds, at = [], 78
    while at + 8 <= len(entry):
        size, kind = struct.unpack_from(">I4s", entry, at)
        kinds.append(kind)
        at += size
    return kinds


def first_sample(data):
    """The bytes at the first chunk offset of the first track."""
    boxes = mp4_boxes(data)
    (table,) = boxes["moov/trak/mdia/minf/stbl/stco"][:1]
    (offset,) = struct.unpack_from(">I", table, 8)
    return data[offset : offset + 64]


EBML_MASTERS = {0x18538067, 0x1654AE6B, 0xAE, 0xE0}  # Segment, Tracks, TrackEntry, Video


def ebml(data, at=0, end=None):
    """{element id: [payload, ...]} of a Matroska file, down to the video settings."""
    found = {}
    end = len(data) if end is None else end
    while at < end:
        identity, at = _vint(data, at, keep_marker=True)
        size, at = _vint(data, at)
        stop = end if size is None else min(end, at + size)
        if identity in EBML_MASTERS:
            for key, values in ebml(data, at, stop).items():
                found.setdefault(key, []).extend(values)
        else:
            found.setdefault(identity, []).append(data[at:stop])
        at = stop
    return found


def _vint(data, at, keep_marker=False):
    first = data[at]
    length = 9 - first.bit_length()
    value = int.from_bytes(data[at : at + length], "big")
    if not keep_marker:
        value &= (1 << 7 * length) - 1
        if value == (1 << 7 * length) - 1:
            value = None
    return value, at + length


def stereo_mode(data):
    return [int.from_bytes(v, "big") for v in ebml(data).get(0x53B8, [])]


def frame_packings(packet):
    """(type, content interpretation) of every frame packing SEI in an H.264 sample of 4-byte NAL lengths."""
    found, at = [], 0
    while at + 4 <= len(packet):
        (size,) = struct.unpack_from(">I", packet, at)
        nal = packet[at + 4 : at + 4 + size]
        at += 4 + size
        if nal and nal[0] & 0x1F == 6:
            found += _messages(nal[1:].replace(b"\0\0\3", b"\0\0"))
    return found


def _messages(body):
    found, at = [], 0
    while at + 2 < len(body):
        kind = size = 0
        while body[at] == 0xFF:
            kind, at = kind + 255, at + 1
        kind, at = kind + body[at], at + 1
        while body[at] == 0xFF:
            size, at = size + 255, at + 1
        size, at = size + body[at], at + 1
        if kind == 45:
            bits = "".join(f"{b:08b}" for b in body[at : at + size])
            zeros = bits.index("1")  # frame_packing_arrangement_id, ue(v)
            at_type = 2 * zeros + 1 + 1  # then the cancel flag
            found.append((int(bits[at_type : at_type + 7], 2), int(bits[at_type + 8 : at_type + 14], 2)))
        at += size
    return found
