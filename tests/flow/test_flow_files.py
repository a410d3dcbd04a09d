"""Flow made elsewhere: what is read is what was written, and what is damaged is said in a sentence."""

from __future__ import annotations

import struct
from pathlib import Path

import cv2
import numpy as np
import pytest

from lib_parallax.errors import OutputError, SourceError
from lib_parallax.flow.files import FlowSource, frame_of, read_flow, write_flo

SIZE = (7, 5)


@pytest.fixture
def field():
    return np.random.default_rng(0).normal(0, 9, (5, 7, 2)).astype(np.float32)


def kitti(path, flow, valid):
    levels = np.rint(flow * 64 + 32768)
    cv2.imwrite(str(path), np.dstack([valid, levels[..., 1], levels[..., 0]]).astype(np.uint16))


def test_flo_there_and_back(tmp_path, field):
    write_flo(tmp_path / "a.flo", field)
    found = read_flow(tmp_path / "a.flo", SIZE)
    assert np.array_equal(found.flow, field) and (found.confidence == 1).all()


def test_unknown_in_flo(tmp_path, field):
    field[2, 3] = np.nan
    write_flo(tmp_path / "a.flo", field)
    found = read_flow(tmp_path / "a.flo")
    assert found.confidence[2, 3] == 0 and (found.flow[2, 3] == 0).all()
    assert found.confidence.sum() == 34


@pytest.mark.parametrize("turned", [False, True])
def test_npy(tmp_path, field, turned):
    np.save(tmp_path / "a.npy", np.moveaxis(field, -1, 0) if turned else field.astype(np.float64))
    assert np.allclose(read_flow(tmp_path / "a.npy", SIZE).flow, field)


def test_kitti(tmp_path, field):
    valid = np.ones((5, 7))
    valid[0, 1] = 0
    kitti(tmp_path / "a.png", field, valid)
    found = read_flow(tmp_path / "a.png", SIZE)
    known = valid > 0
    assert np.abs(found.flow - field)[known].max() <= 1 / 128 + 1e-5
    assert np.array_equal(found.confidence, valid) and (found.flow[0, 1] == 0).all()


@pytest.mark.parametrize("end", ["_confidence", "_conf", "_reliable", "_reliability"])
@pytest.mark.parametrize("suffix", [".png", ".npy"])
def test_confidence_beside(tmp_path, field, end, suffix):
    field[0, 0] = np.nan
    write_flo(tmp_path / "a.flo", field)
    sure = np.random.default_rng(1).integers(0, 256, (5, 7), dtype=np.uint8)
    beside = tmp_path / f"a{end}{suffix}"
    if suffix == ".png":
        cv2.imwrite(str(beside), sure)
    else:
        np.save(beside, sure / 255)
    found = read_flow(tmp_path / "a.flo").confidence
    expected = sure / 255
    expected[0, 0] = 0
    assert found.dtype == np.float32 and np.abs(found - expected).max() < 1e-6


@pytest.mark.parametrize(
    ("name", "place"),
    [
        ("forward_000003.flo", (True, 3)),
        ("backward_000003.flo", (False, 3)),
        ("forward/000003.npy", (True, 3)),
        ("bwd/frame0003.png", (False, 3)),
        ("forward_1_2.flo", (True, 1)),
        ("backward_2_1.flo", (False, 1)),
        ("shot2_fw_10_11.flo", (True, 10)),
        ("clip7_forward_12.flo", (True, 12)),
        ("000003.flo", None),
        ("forward.flo", None),
        ("forwarding_3.flo", None),
    ],
)
def test_names(name, place):
    assert frame_of(Path(name)) == place


def test_a_folder_counts_from_its_lowest_number(tmp_path, field):
    for n in range(1, 4):
        write_flo(tmp_path / f"forward_{n}_{n + 1}.flo", field + n)
        write_flo(tmp_path / f"backward_{n + 1}_{n}.flo", field - n)
    cv2.imwrite(str(tmp_path / "forward_1_2_conf.png"), np.full((5, 7), 51, np.uint8))
    source = FlowSource(tmp_path, SIZE)
    for n in range(3):
        assert np.allclose(source.forth(n).flow, field + n + 1)
        assert np.allclose(source.back(n).flow, field - n - 1)
    assert np.allclose(source.forth(0).confidence, 0.2) and (source.back(0).confidence == 1).all()
    with pytest.raises(SourceError, match="no forward flow between frames 4 and 5"):
        source.forth(3)


def test_a_folder_that_says_the_same_twice(tmp_path, field):
    write_flo(tmp_path / "forward_1.flo", field)
    np.save(tmp_path / "fwd_1.npy", field)
    with pytest.raises(SourceError, match="one of them must go"):
        FlowSource(tmp_path, SIZE)


def test_folders_without_flow(tmp_path, field):
    with pytest.raises(SourceError, match="not a folder"):
        FlowSource(tmp_path / "none", SIZE)
    write_flo(tmp_path / "000001.flo", field)
    with pytest.raises(SourceError, match="no flow in it"):
        FlowSource(tmp_path, SIZE)


def test_another_size_names_both(tmp_path, field):
    write_flo(tmp_path / "a.flo", field)
    with pytest.raises(SourceError, match=r"7x5.*640x360"):
        read_flow(tmp_path / "a.flo", (640, 360))
    cv2.imwrite(str(tmp_path / "a_conf.png"), np.zeros((4, 4), np.uint8))
    with pytest.raises(SourceError, match=r"a_conf\.png.*4x4.*7x5"):
        read_flow(tmp_path / "a.flo", SIZE)


HUGE = 2**31 - 1


@pytest.mark.parametrize(
    ("name", "data", "says"),
    [
        ("a.flo", b"", "begins with PIEH"),
        ("a.flo", b"JUNKJUNKJUNKJUNK", "begins with PIEH"),
        ("a.flo", b"PIEH\x07\x00", "cut off"),
        ("a.flo", b"PIEH" + struct.pack("<ii", 7, 5) + bytes(100), "cut off"),
        ("a.flo", b"PIEH" + struct.pack("<ii", HUGE, HUGE) + bytes(100), "cut off"),
        ("a.flo", b"PIEH" + struct.pack("<ii", -7, 5) + bytes(400), "no size"),
        ("a.flo", b"PIEH" + struct.pack("<ii", 0, 5), "no size"),
        ("a.npy", b"", "not a whole .npy"),
        ("a.npy", b"\x93NUMPY\x01\x00", "not a whole .npy"),
        ("a.png", b"", "a.png"),
        ("a.png", b"\x89PNG\r\n\x1a\n", "a.png"),
        ("a.tif", b"", "flow is read from"),
    ],
)
def test_damaged_files(tmp_path, name, data, says):
    (tmp_path / name).write_bytes(data)
    with pytest.raises(SourceError, match=says) as caught:
        read_flow(tmp_path / name)
    assert name in str(caught.value) and "\n" not in str(caught.value)


def test_an_npy_that_claims_more_than_it_holds(tmp_path, field):
    np.save(tmp_path / "a.npy", field)
    whole = (tmp_path / "a.npy").read_bytes()
    (tmp_path / "a.npy").write_bytes(whole[:-9])
    with pytest.raises(SourceError, match="not a whole"):
        read_flow(tmp_path / "a.npy")
    (tmp_path / "a.npy").write_bytes(whole.replace(b"(5, 7, 2)", b"(5000000, 7000000, 2)"))
    with pytest.raises(SourceError, match="not a whole"):
        read_flow(tmp_path / "a.npy")


def test_arrays_that_are_no_flow(tmp_path, field):
    for values in (field[..., 0], np.zeros((5, 7, 3)), np.array(["a"]), np.zeros((0, 7, 2))):
        np.save(tmp_path / "a.npy", values)
        with pytest.raises(SourceError, match=r"a\.npy"):
            read_flow(tmp_path / "a.npy")
    np.save(tmp_path / "a.npy", np.array([{}], object), allow_pickle=True)
    with pytest.raises(SourceError, match=r"a\.npy"):
        read_flow(tmp_path / "a.npy")


def test_a_png_of_eight_bits_is_no_flow(tmp_path):
    cv2.imwrite(str(tmp_path / "a.png"), np.zeros((5, 7, 3), np.uint8))
    with pytest.raises(SourceError, match="16 bits"):
        read_flow(tmp_path / "a.png")


def test_what_is_missing(tmp_path, field):
    for name in ("a.flo", "a.npy", "a.png"):
        with pytest.raises(SourceError, match=name):
            read_flow(tmp_path / name)
    with pytest.raises(OutputError, match="cannot be written"):
        write_flo(tmp_path / "none" / "a.flo", field)
