"""Text within pictures: it comes back by itself and by Pillow, and the picture stays what it was."""

from __future__ import annotations

from fractions import Fraction

import numpy as np
import pytest
from PIL import Image

from lib_parallax import media
from lib_parallax.media.inscription import exif_comment, text_of
from lib_parallax.media.pictures import load_grey, load_rgb

TEXT = "Parallax: stereo, strength: 3.25, layout: half-sbs"
WIDE = 'Parallax: zoom, prompts: "0: горы \U0001f5fb"'


def picture(kind=np.uint8, gray=False):
    values = np.random.default_rng(7).integers(0, np.iinfo(kind).max, (12, 20, 3), kind)
    return values[..., 0] if gray else values


def written(path, image, text="", **settings):
    size = (image.shape[1], image.shape[0])
    with media.open_writer(path, size, rate=None, text=text, **settings) as writer:
        writer.write(image, Fraction(0))
    return path


@pytest.mark.parametrize("text", [TEXT, WIDE])
@pytest.mark.parametrize("suffix", [".png", ".jpg", ".jpeg", ".webp"])
def test_text_comes_back(tmp_path, suffix, text):
    path = written(tmp_path / f"made{suffix}", picture(), text)
    assert text_of(path) == text
    plain = written(tmp_path / f"plain{suffix}", picture())
    assert np.array_equal(load_rgb(path), load_rgb(plain))
    assert text_of(plain) == ""


@pytest.mark.parametrize("text", [TEXT, WIDE])
def test_a_png_says_it_where_others_look(tmp_path, text):
    with Image.open(written(tmp_path / "made.png", picture(), text)) as made:
        assert made.info["parameters"] == text
        made.verify()  # the sums of its chunks are right


def test_deep_pictures_keep_their_values(tmp_path):
    colour, grey = picture(np.uint16), picture(np.uint16, gray=True)
    path = written(tmp_path / "colour.png", colour, TEXT)
    assert np.array_equal(load_rgb(path), colour) and text_of(path) == TEXT
    path = written(tmp_path / "grey.png", grey, TEXT, gray=True)
    assert np.array_equal(load_grey(path), grey / np.float32(65535)) and text_of(path) == TEXT


def test_a_folder_says_it_in_every_picture(tmp_path):
    with media.open_writer(tmp_path / "frames", (20, 12), rate=None, codec="png", text=TEXT) as writer:
        for index in range(3):
            writer.write(picture(), Fraction(index))
    assert [text_of(path) for path in sorted((tmp_path / "frames").iterdir())] == [TEXT] * 3


def test_other_files_stay_without(tmp_path):
    path = written(tmp_path / "made.bmp", picture(), TEXT)
    assert np.array_equal(load_rgb(path), picture()) and text_of(path) == ""


def test_what_no_jpeg_holds_is_left_out(tmp_path):
    assert exif_comment("x" * 40_000) == b""
    assert text_of(written(tmp_path / "made.jpg", picture(), "x" * 40_000)) == ""
    assert text_of(written(tmp_path / "made.png", picture(), "x" * 40_000)) == "x" * 40_000
