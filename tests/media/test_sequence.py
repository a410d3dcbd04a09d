from fractions import Fraction

import numpy as np
import pytest
from PIL import Image

from lib_parallax.errors import SourceError
from lib_parallax.media import open_video
from lib_parallax.media.sequence import natural_key


def save(path, value, size=(20, 10)):
    Image.fromarray(np.full((size[1], size[0], 3), value, np.uint8)).save(path)


def test_folders_are_read_in_natural_order(tmp_path):
    for number in (1, 2, 10, 9, 100):
        save(tmp_path / f"Frame{number}.png", number)
    (tmp_path / "notes.txt").write_text("not a picture")
    (tmp_path / ".hidden.png").write_bytes(b"")
    (tmp_path / "sub").mkdir()
    reader = open_video(tmp_path)
    assert reader.kind == "folder" and reader.size == (20, 10)
    assert reader.names == ["Frame1", "Frame2", "Frame9", "Frame10", "Frame100"]
    assert [int(f.image[0, 0, 0]) for f in reader] == [1, 2, 9, 10, 100]
    assert [f.pts for f in reader] == [Fraction(n, 30) for n in range(5)]
    assert [f.pts for f in open_video(tmp_path, rate=Fraction(24000, 1001))][1] == Fraction(1001, 24000)


def test_natural_order_of_odd_names():
    names = ["a10b2", "a2b10", "a2b9", "10", "9", "b", "A3"]
    assert sorted(names, key=natural_key) == ["9", "10", "a2b9", "a2b10", "A3", "a10b2", "b"]


def test_a_damaged_picture_is_replaced_and_told(tmp_path):
    for number in range(4):
        save(tmp_path / f"{number}.png", 10 * number)
    data = (tmp_path / "2.png").read_bytes()
    (tmp_path / "2.png").write_bytes(data[:40])
    reader = open_video(tmp_path)
    assert [int(f.image[0, 0, 0]) for f in reader] == [0, 10, 10, 30]
    assert [int(f.image[0, 0, 0]) for f in reader.frames(2)] == [10, 30]
    (warning,) = reader.warnings
    assert "2.png" in warning
    (tmp_path / "0.png").write_bytes(b"")
    assert [int(f.image[0, 0, 0]) for f in open_video(tmp_path)] == [10, 10, 10, 30]


def test_pictures_of_another_size_are_refused(tmp_path):
    save(tmp_path / "a.png", 0)
    save(tmp_path / "b.png", 0, (21, 10))
    with pytest.raises(SourceError, match=r"b\.png.*21x10.*20x10"):
        open_video(tmp_path)


def test_one_picture_is_one_frame(tmp_path):
    save(tmp_path / "a.jpg", 77)
    reader = open_video(tmp_path / "a.jpg")
    assert (reader.kind, reader.rate, reader.count(), reader.names) == ("picture", None, 1, [])
    (frame,) = reader
    assert frame.pts == 0 and np.abs(frame.image.astype(int) - 77).max() <= 2
    assert list(reader.frames(1)) == []


@pytest.mark.parametrize("orientation", range(1, 9))
def test_photographs_are_turned_upright(tmp_path, orientation):
    from PIL import ImageOps

    pixels = np.random.default_rng(0).integers(0, 256, (6, 9, 3), dtype=np.uint8)
    picture = Image.fromarray(pixels)
    exif = picture.getexif()
    exif[0x0112] = orientation
    picture.save(tmp_path / "a.png", exif=exif)
    with Image.open(tmp_path / "a.png") as stored:
        expected = np.asarray(ImageOps.exif_transpose(stored))
    reader = open_video(tmp_path / "a.png")
    assert np.array_equal(next(iter(reader)).image, expected)
    assert reader.size == (expected.shape[1], expected.shape[0])


@pytest.mark.parametrize("mode", ["L", "P", "RGBA", "1", "CMYK", "LA"])
def test_any_kind_of_picture_is_rgb(tmp_path, mode):
    picture = Image.new("RGB", (20, 10), (200, 200, 200)).convert(mode)
    path = tmp_path / ("a.tif" if mode == "CMYK" else "a.png")
    picture.save(path)
    (frame,) = open_video(path)
    assert frame.image.shape == (10, 20, 3) and frame.image.dtype == np.uint8


def test_mixed_depths_take_the_first(tmp_path):
    import cv2

    save(tmp_path / "a.png", 100)
    cv2.imwrite(str(tmp_path / "b.png"), np.full((10, 20, 3), 100 * 257, np.uint16))
    assert [(f.image.dtype, int(f.image[0, 0, 0])) for f in open_video(tmp_path)] == [(np.uint8, 100)] * 2
