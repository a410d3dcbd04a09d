from fractions import Fraction

import av
import clips
import cv2
import numpy as np
import pytest
from PIL import Image

from lib_parallax.errors import SourceError
from lib_parallax.media import open_depth

RAMP = np.tile(np.linspace(0, 1, 64, dtype=np.float32), (48, 1))


def grey_video(path, codec, pixel_format, bits, value_range, **options):
    """RAMP in the luma plane, by hand."""
    with av.open(str(path), "w") as container:
        stream = clips.add_video(container, (64, 48), codec, pixel_format, **options)
        stream.codec_context.color_range = value_range
        container.start_encoding()
        low, high = (16 << bits - 8, 235 << bits - 8) if value_range == 1 else (0, (1 << bits) - 1)
        levels = np.rint(low + RAMP * (high - low)).astype(np.uint8 if bits == 8 else np.uint16)
        for tick in (0, 3003, 9009):
            frame = av.VideoFrame(64, 48, pixel_format)
            for number, plane in enumerate(frame.planes):
                rows = np.frombuffer(plane, levels.dtype).reshape(plane.height, -1)
                rows[:, : plane.width] = levels if number == 0 else 1 << bits - 1
            frame.color_range = value_range
            frame.pts, frame.time_base = tick, Fraction(1, 90000)
            for packet in stream.encode(frame):
                container.mux(packet)
        for packet in stream.encode(None):
            container.mux(packet)
    return path


@pytest.mark.parametrize(
    ("suffix", "codec", "pixel_format", "bits", "options"),
    [
        (".mkv", "ffv1", "gray16le", 16, {}),
        (".mkv", "ffv1", "gray10le", 10, {}),
        (".mkv", "ffv1", "gray", 8, {}),
        (".mkv", "ffv1", "yuv420p10le", 10, {}),
        (".mp4", "libx264", "yuv420p", 8, {"qp": 0}),
        (".mp4", "libx265", "yuv420p10le", 10, {"x265_params": "lossless=1:log-level=none"}),
    ],
)
@pytest.mark.parametrize("value_range", [1, 2])
def test_videos_of_any_depth_and_range(tmp_path, suffix, codec, pixel_format, bits, options, value_range):
    if pixel_format.startswith("gray") and value_range == 1:
        pytest.skip("FFV1 does not say the range of grey")
    reader = open_depth(
        grey_video(tmp_path / f"d{suffix}", codec, pixel_format, bits, value_range, **options)
    )
    frames = list(reader)
    assert reader.count() == 3 and reader.size == (64, 48)
    if suffix == ".mp4":
        assert [f.pts for f in frames] == [Fraction(t, 90000) for t in (0, 3003, 9009)]
    for frame in frames:
        assert frame.image.dtype == np.float32 and frame.image.shape == (48, 64)
        assert np.abs(frame.image - RAMP).max() <= 0.6 / (219 << bits - 8)


@pytest.mark.parametrize(
    "name", ["grey8.png", "grey16.png", "rgb8.png", "rgb16.png", "grey16.tif", "float.tif", "g.jpg"]
)
def test_pictures_of_any_depth(tmp_path, name):
    path = tmp_path / name
    top = 65535 if "16" in name else 255
    levels = np.rint(RAMP * top).astype(np.uint16 if top > 255 else np.uint8)
    if "rgb" in name:
        levels = np.repeat(levels[..., None], 3, 2)
    if "float" in name:
        Image.fromarray(RAMP).save(path)
    else:
        assert cv2.imwrite(str(path), levels)
    (frame,) = open_depth(path)
    assert frame.image.dtype == np.float32 and frame.image.shape == (48, 64)
    assert np.abs(frame.image - RAMP).max() <= (3 if name == "g.jpg" else 0.51) / top


def test_a_folder_of_depth(tmp_path):
    for number in range(3):
        cv2.imwrite(str(tmp_path / f"{number}.png"), np.full((10, 20), number * 30000, np.uint16))
    reader = open_depth(tmp_path)
    assert [round(float(f.image.mean()) * 65535) for f in reader] == [0, 30000, 60000]
    assert reader.count() == 3 and reader.names == ["0", "1", "2"]
    assert [round(float(f.image.mean()) * 65535) for f in reader.frames(2)] == [60000]


def test_a_missing_one_is_refused(tmp_path):
    with pytest.raises(SourceError, match=r"none\.mkv"):
        open_depth(tmp_path / "none.mkv")
