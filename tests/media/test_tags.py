import struct
from fractions import Fraction

import av
import clips
import numpy as np
import parsing
import pytest

from lib_parallax.media import StereoTag, join, name_tag, open_video, open_writer

ENTRY = "moov/trak/mdia/minf/stbl/stsd/avc1"


def written(path, tag, codec="h264", size=(64, 48), count=3, **options):
    with open_writer(
        path, size, rate=Fraction(25), codec=codec, quality="draft", stereo=tag, **options
    ) as writer:
        for number in range(count):
            writer.write(clips.picture(number, *size), Fraction(number, 25))
    return path.read_bytes()


@pytest.mark.parametrize(
    ("tag", "mode"),
    [
        (StereoTag("sbs"), 2),
        (StereoTag("sbs", right_first=True), 4),
        (StereoTag("tb"), 1),
        (StereoTag("sbs", half=True), 2),
    ],
)
def test_mp4_carries_st3d(tmp_path, tag, mode):
    data = written(tmp_path / "a.mp4", tag)
    (st3d,) = parsing.mp4_boxes(data)[f"{ENTRY}/st3d"]
    assert st3d == bytes([0, 0, 0, 0, mode])
    assert f"{ENTRY}/sv3d" not in parsing.mp4_boxes(data)
    order = parsing.sample_entry_order(data)
    assert order.index(b"avcC") < order.index(b"st3d")
    assert all(order.index(b"st3d") < order.index(kind) for kind in (b"pasp", b"colr") if kind in order)


@pytest.mark.parametrize(
    "tag", [None, StereoTag("row"), StereoTag("anaglyph"), StereoTag("tb", right_first=True)]
)
def test_mp4_says_nothing_where_it_has_no_word(tmp_path, tag):
    assert f"{ENTRY}/st3d" not in parsing.mp4_boxes(written(tmp_path / "a.mp4", tag))


def test_vr180_carries_the_projection(tmp_path):
    tag = StereoTag("sbs", projection="vr180", fov=90)
    boxes = parsing.mp4_boxes(written(tmp_path / "a.mp4", tag))
    assert boxes[f"{ENTRY}/st3d"] == [bytes([0, 0, 0, 0, 2])]
    (svhd,) = boxes[f"{ENTRY}/sv3d/svhd"]
    assert svhd[:4] == bytes(4) and svhd.endswith(b"\0")
    assert boxes[f"{ENTRY}/sv3d/proj/prhd"] == [bytes(16)]
    (equi,) = boxes[f"{ENTRY}/sv3d/proj/equi"]
    _, top, bottom, left, right = struct.unpack(">5I", equi)
    assert (top, bottom) == (0, 0)
    assert left == right == 0.25 * 2**32


def test_the_index_stands_in_front_and_its_offsets_hold(tmp_path):
    data = written(tmp_path / "a.mp4", StereoTag("sbs", projection="vr180"), count=12)
    kinds = [k for k in parsing.mp4_boxes(data) if "/" not in k]
    assert kinds.index("moov") < kinds.index("mdat")
    sample = parsing.first_sample(data)
    (length,) = struct.unpack_from(">I", sample)
    assert sample[4] & 0x1F in (5, 6) and length < len(data)
    frames = list(open_video(tmp_path / "a.mp4"))
    assert len(frames) == 12
    assert np.abs(frames[11].image.astype(int) - clips.picture(11, 64, 48)).mean() < 6


@pytest.mark.parametrize(
    ("tag", "mode"),
    [
        (StereoTag("sbs"), 1),
        (StereoTag("sbs", right_first=True), 11),
        (StereoTag("tb"), 3),
        (StereoTag("tb", right_first=True), 2),
        (StereoTag("checkerboard"), 5),
        (StereoTag("row"), 7),
        (StereoTag("column", right_first=True), 8),
        (StereoTag("anaglyph"), 10),
        (StereoTag("anaglyph", colours="green-magenta"), 12),
    ],
)
def test_matroska_carries_its_stereo_mode(tmp_path, tag, mode):
    assert parsing.stereo_mode(written(tmp_path / "a.mkv", tag)) == [mode]


def test_webm_carries_the_modes_it_knows(tmp_path):
    assert parsing.stereo_mode(written(tmp_path / "a.webm", StereoTag("sbs"), "vp9")) == [1]
    assert parsing.stereo_mode(written(tmp_path / "b.webm", StereoTag("row"), "vp9")) == []


@pytest.mark.parametrize(
    ("tag", "packing"),
    [
        (StereoTag("sbs"), (3, 1)),
        (StereoTag("sbs", right_first=True), (3, 2)),
        (StereoTag("tb", half=True), (4, 1)),
        (StereoTag("column"), (1, 1)),
        (StereoTag("row", right_first=True), (2, 2)),
        (StereoTag("checkerboard"), (0, 1)),
    ],
)
def test_h264_says_it_in_its_stream(tmp_path, tag, packing):
    written(tmp_path / "a.mp4", tag)
    with av.open(str(tmp_path / "a.mp4")) as container:
        first = next(p for p in container.demux(video=0) if p.size)
        assert parsing.frame_packings(bytes(first)) == [packing]


def test_flat_h264_says_nothing(tmp_path):
    written(tmp_path / "a.mp4", None)
    with av.open(str(tmp_path / "a.mp4")) as container:
        assert parsing.frame_packings(bytes(next(container.demux(video=0)))) == []


@pytest.mark.parametrize(
    ("tag", "aspect"),
    [
        (StereoTag("sbs", half=True), Fraction(2)),
        (StereoTag("tb", half=True), Fraction(1, 2)),
        (StereoTag("sbs"), Fraction(1)),
        (None, Fraction(1)),
    ],
)
def test_half_layouts_keep_the_aspect_of_the_whole_picture(tmp_path, tag, aspect):
    data = written(tmp_path / "a.mp4", tag, sample_aspect=aspect)
    pasp = parsing.mp4_boxes(data).get(f"{ENTRY}/pasp", [struct.pack(">2I", 1, 1)])[0]
    assert Fraction(*struct.unpack(">2I", pasp)) == aspect
    assert open_video(tmp_path / "a.mp4").sample_aspect == aspect


def test_matroska_half_sbs_shows_one_eye_at_full_width(tmp_path):
    tag = StereoTag("sbs", half=True)
    elements = parsing.ebml(written(tmp_path / "a.mkv", tag, sample_aspect=Fraction(2)))
    assert [int.from_bytes(elements[i][0], "big") for i in (0x54B0, 0x54BA)] == [64, 48]


@pytest.mark.parametrize("suffix", [".mp4", ".mkv"])
def test_joining_keeps_and_sets_the_tags(tmp_path, suffix):
    tag = StereoTag("sbs", half=True)
    written(tmp_path / "segment.mp4", tag, sample_aspect=Fraction(2))
    out = tmp_path / f"out{suffix}"
    join([tmp_path / "segment.mp4"], out, source=None, stereo=tag, sample_aspect=Fraction(2))
    if suffix == ".mp4":
        boxes = parsing.mp4_boxes(out.read_bytes())
        assert boxes[f"{ENTRY}/st3d"] == [bytes([0, 0, 0, 0, 2])]
        assert boxes[f"{ENTRY}/pasp"] == [struct.pack(">2I", 2, 1)]
    else:
        assert parsing.stereo_mode(out.read_bytes()) == [1]
    with av.open(str(out)) as container:
        assert parsing.frame_packings(bytes(next(container.demux(video=0)))) == [(3, 1)]
    assert open_video(out).sample_aspect == 2


@pytest.mark.parametrize(
    ("tag", "name"),
    [
        (None, ""),
        (StereoTag("sbs"), "_LRF_Full_SBS"),
        (StereoTag("sbs", right_first=True), "_RLF_Full_SBS"),
        (StereoTag("sbs", half=True), "_LR"),
        (StereoTag("tb", half=True), "_TB"),
        (StereoTag("tb"), "_TBF_Full_TB"),
        (StereoTag("sbs", projection="vr180"), "_180_LR"),
        (StereoTag("anaglyph"), "_anaglyph"),
    ],
)
def test_file_names_say_the_layout(tag, name):
    assert name_tag(tag) == name


def test_an_unknown_layout_is_refused():
    with pytest.raises(ValueError, match="diagonal"):
        StereoTag("diagonal")
