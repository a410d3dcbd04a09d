"""The matrix and range of a file, against H.273's own formulas in float64."""

from fractions import Fraction

import av
import numpy as np
import pytest

from lib_parallax.media import Colour, open_video, open_writer
from lib_parallax.media.colour import from_rgb, grey_levels, of_frame, rescaled, to_grey, to_rgb

WEIGHTS = {1: (0.2126, 0.0722), 6: (0.299, 0.114), 7: (0.212, 0.087), 9: (0.2627, 0.0593)}


def exact_rgb(y, u, v, matrix, limited, bits):
    kr, kb = WEIGHTS[matrix]
    step, top = 1 << (bits - 8), (1 << bits) - 1
    luma = (y - 16 * step) / (219 * step) if limited else y / top
    span = 224 * step if limited else top
    cb, cr = (u - 128 * step) / span, (v - 128 * step) / span
    red, blue = luma + 2 * (1 - kr) * cr, luma + 2 * (1 - kb) * cb
    green = (luma - kr * red - kb * blue) / (1 - kr - kb)
    return np.clip(np.stack([red, green, blue], axis=-1), 0, 1)


def yuv_frame(values, pixel_format, bits):
    frame = av.VideoFrame(32, 16, pixel_format)
    for plane, value in zip(frame.planes, values, strict=True):
        kind = np.uint8 if bits == 8 else np.uint16
        np.frombuffer(plane, kind)[:] = value
    return frame


@pytest.mark.parametrize("matrix", WEIGHTS)
@pytest.mark.parametrize("value_range", [1, 2])
@pytest.mark.parametrize(("pixel_format", "bits"), [("yuv420p", 8), ("yuv444p", 8), ("yuv420p10le", 10)])
def test_decoding_follows_matrix_and_range(matrix, value_range, pixel_format, bits):
    step = 1 << (bits - 8)
    for values in ((120, 110, 150), (60, 140, 120), (200, 128, 128)):
        values = [v * step for v in values]
        frame = yuv_frame(values, pixel_format, bits)
        frame.colorspace, frame.color_range = matrix, value_range
        colour = of_frame(frame)
        assert (colour.matrix, colour.range) == (matrix, value_range)
        image = to_rgb(frame, colour)
        assert image.dtype == (np.uint8 if bits == 8 else np.uint16)
        expected = exact_rgb(*map(float, values), matrix, value_range == 1, bits)
        assert np.abs(image / np.iinfo(image.dtype).max - expected).max() < (1.1 / 255 if bits == 8 else 1e-4)


@pytest.mark.parametrize("matrix", WEIGHTS)
@pytest.mark.parametrize("value_range", [1, 2])
@pytest.mark.parametrize(("pixel_format", "kind", "levels"), [
    ("yuv444p", np.uint8, 2.0), ("yuv420p", np.uint8, 3.0),
    ("yuv444p10le", np.uint16, 0.6), ("yuv422p10le", np.uint16, 1.0),
])  # fmt: skip
def test_there_and_back_is_within_the_rounding(matrix, value_range, pixel_format, kind, levels):
    y, x = np.mgrid[0:48, 0:64]
    unit = np.stack([x / 160 + 0.2, y / 120 + 0.2, 0.5 + 0 * x], axis=-1)
    image = np.rint(unit * np.iinfo(kind).max).astype(kind)
    colour = Colour(matrix=matrix, range=value_range)
    frame = from_rgb(image, pixel_format, colour)
    assert frame.format.name == pixel_format
    back = to_rgb(frame, colour)
    # Chroma at half size is itself half a level off here; 8-bit coding rounds three times on the way.
    inside = np.abs(back.astype(float) - image)[2:-2, 2:-2] * 255 / np.iinfo(kind).max
    assert inside.mean() < levels / 2
    assert inside.max() <= levels + 0.01


@pytest.mark.parametrize("pixel_format", ["bgr0", "rgb24", "gbrp"])
def test_rgb_formats_are_exact(pixel_format):
    image = np.random.default_rng(0).integers(0, 256, (14, 22, 3), dtype=np.uint8)
    assert np.array_equal(to_rgb(from_rgb(image, pixel_format, Colour()), Colour(matrix=0)), image)


def test_deep_rgb_keeps_its_bits():
    image = np.random.default_rng(0).integers(0, 65536, (14, 22, 3), dtype=np.uint16)
    assert np.array_equal(to_rgb(from_rgb(image, "gbrp16le", Colour()), Colour(matrix=0)), image)
    ten = to_rgb(from_rgb(image, "gbrp10le", Colour()), Colour(matrix=0))
    assert np.abs(ten.astype(int) - image).max() <= 33


@pytest.mark.parametrize(
    ("pixel_format", "bits"), [("yuv420p", 8), ("gray", 8), ("yuv420p10le", 10), ("gray10le", 10)]
)
@pytest.mark.parametrize("value_range", [1, 2])
def test_grey_is_whole_by_its_range(pixel_format, bits, value_range):
    step, top = 1 << (bits - 8), (1 << bits) - 1
    black, white = (16 * step, 235 * step) if value_range == 1 else (0, top)
    for value, expected in ((black, 0.0), (white, 1.0), ((black + white) // 2, 0.5)):
        count = 1 if pixel_format.startswith("gray") else 3
        frame = yuv_frame([value, *[128 * step] * (count - 1)], pixel_format, bits)
        frame.color_range = value_range
        grey = to_grey(frame, of_frame(frame))
        assert grey.dtype == np.float32 and grey.shape == (16, 32)
        assert np.abs(grey - expected).max() < 0.51 / (white - black) + 1e-6


def test_unsaid_matrix_is_guessed_as_players_do():
    small, large = av.VideoFrame(64, 48, "yuv420p"), av.VideoFrame(1280, 720, "yuv420p")
    assert (of_frame(small).matrix, of_frame(large).matrix) == (6, 1)
    assert of_frame(small).range == 1
    assert of_frame(av.VideoFrame(8, 8, "yuvj420p")).range == 2


@pytest.mark.parametrize("bits", [8, 10, 12, 16])
def test_levels_are_rescaled_by_rounding(bits):
    assert rescaled(np.array([[0, 255]], np.uint8), bits).tolist() == [[0, (1 << bits) - 1]]
    assert rescaled(np.array([[0, 65535]], np.uint16), bits).tolist() == [[0, (1 << bits) - 1]]
    assert rescaled(np.array([[0, 257, 514]], np.uint16), 8).tolist() == [[0, 1, 2]]


def test_depth_outside_its_range_is_clipped():
    depth = np.array([[-1.0, 0.5, 2.0, np.nan]], np.float32)
    assert grey_levels(depth, 16).tolist() == [[0, 32768, 65535, 0]]


@pytest.mark.parametrize("colour", [
    Colour(), Colour(6, 6, 6, 1), Colour(1, 1, 1, 2), Colour(9, 9, 14, 1), Colour(9, 9, 18, 1),
])  # fmt: skip
@pytest.mark.parametrize("suffix", [".mp4", ".mkv"])
def test_signalling_survives_a_file(tmp_path, colour, suffix):
    path = tmp_path / f"a{suffix}"
    image = np.full((48, 64, 3), 30000, np.uint16)
    with open_writer(
        path, (64, 48), rate=Fraction(25), codec="h265-10bit", quality="draft", colour=colour
    ) as w:
        w.write(image, Fraction(0))
    reader = open_video(path)
    assert reader.colour == colour
    assert reader.bit_depth == 10
    assert np.abs(next(iter(reader)).image.astype(int) - 30000).max() <= 65535 * 2 / 1023


def test_hdr10_metadata_survives_a_file_and_a_join(tmp_path):
    from lib_parallax.media import join

    colour = Colour(
        9, 9, 16, 1,
        mastering="G(8500,39850)B(6550,2300)R(35400,14600)WP(15635,16450)L(10000000,1)", light="1000,400",
    )  # fmt: skip
    assert colour.hdr == "hdr10"
    image = np.random.default_rng(0).integers(0, 65536, (48, 64, 3), dtype=np.uint16)
    with open_writer(tmp_path / "a.mp4", (64, 48), rate=Fraction(25), codec="h265-10bit", colour=colour) as w:
        for number in range(3):
            w.write(image, Fraction(number, 25))
    assert open_video(tmp_path / "a.mp4").colour == colour
    for suffix in (".mp4", ".mkv"):
        join([tmp_path / "a.mp4"], tmp_path / f"joined{suffix}", source=None)
        assert open_video(tmp_path / f"joined{suffix}").colour == colour
