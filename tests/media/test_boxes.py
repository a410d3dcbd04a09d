import struct

import pytest

from lib_parallax.media.boxes import box, finish_mp4, full_box


def movie(offsets, media, big=False):
    """ftyp, mdat, moov with one video track whose chunks lie at `offsets`."""
    entry = box(b"avc1", bytes(78) + box(b"avcC", b"\1\2\3") + box(b"pasp", struct.pack(">2I", 1, 1)))
    form, kind = (">%dQ", b"co64") if big else (">%dI", b"stco")
    table = full_box(kind, struct.pack(">I", len(offsets)) + struct.pack(form % len(offsets), *offsets))
    stbl = box(b"stbl", full_box(b"stsd", struct.pack(">I", 1) + entry) + table)
    handler = full_box(b"hdlr", struct.pack(">I4s12x", 0, b"vide") + b"\0")
    trak = box(b"trak", box(b"mdia", handler + box(b"minf", stbl)))
    return box(b"ftyp", b"isom" + bytes(4)) + box(b"mdat", media) + box(b"moov", trak)


@pytest.mark.parametrize("big", [False, True])
def test_offsets_follow_the_media_data(tmp_path, big):
    path = tmp_path / "a.mp4"
    media = b"first!second"
    path.write_bytes(movie([24, 30], media, big))
    before = path.stat().st_size
    finish_mp4(path, full_box(b"st3d", b"\2"))
    data = path.read_bytes()
    assert len(data) == before + 13
    assert data.index(b"moov") < data.index(b"mdat")
    assert data.index(b"avcC") < data.index(b"st3d") < data.index(b"pasp")
    at = data.index(b"co64" if big else b"stco") + 12
    offsets = struct.unpack_from(">2Q" if big else ">2I", data, at)
    assert [data[o : o + 6] for o in offsets] == [b"first!", b"second"]


def test_offsets_that_outgrow_32_bits_become_64(tmp_path, monkeypatch):
    """As a film of 4 GB would: the limit is brought down instead."""
    from lib_parallax.media import boxes

    path = tmp_path / "a.mp4"
    path.write_bytes(movie([24], b"media"))
    real = boxes._moved
    monkeypatch.setattr(boxes, "_moved", lambda moov, at, end: real(moov, at, end + 0xFFFFFFFF))
    finish_mp4(path)
    data = path.read_bytes()
    assert b"stco" not in data
    (offset,) = struct.unpack_from(">Q", data, data.index(b"co64") + 12)
    assert data[offset : offset + 5] == b"media"


def test_large_media_is_moved_in_pieces(tmp_path, monkeypatch):
    from lib_parallax.media import boxes

    monkeypatch.setattr(boxes, "_CHUNK", 7)
    path = tmp_path / "a.mp4"
    media = bytes(range(256)) * 3
    path.write_bytes(movie([24], media))
    finish_mp4(path)
    data = path.read_bytes()
    (offset,) = struct.unpack_from(">I", data, data.index(b"stco") + 12)
    assert data[offset : offset + len(media)] == media


def test_a_file_without_a_video_track_is_refused(tmp_path):
    path = tmp_path / "a.mp4"
    path.write_bytes(movie([24], b"media").replace(b"vide", b"soun"))
    with pytest.raises(ValueError, match="video sample entry"):
        finish_mp4(path, full_box(b"st3d", b"\2"))
