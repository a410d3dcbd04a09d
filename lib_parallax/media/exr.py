"""OpenEXR pictures of 32-bit floats, by FFmpeg's coder (the wheels of OpenCV come without one).

One channel "Y" for a map, "R", "G" and "B" for three; ZIP compression, which loses nothing.
"""

from __future__ import annotations

from fractions import Fraction
from pathlib import Path

import numpy as np

from ..errors import SourceError, UnavailableError
from .picture_files import MOST_PIXELS


def encode_exr(image: np.ndarray) -> bytes:
    """The file of a map `[H, W]` or a picture `[H, W, 3]`, as float32. Raises UnavailableError."""
    import av

    if "exr" not in av.codecs_available:
        raise UnavailableError("this PyAV has no EXR encoder; write .npy instead")
    height, width = image.shape[:2]
    layout = "grayf32le" if image.ndim == 2 else "gbrpf32le"
    context: av.VideoCodecContext = av.CodecContext.create("exr", "w")  # type: ignore[assignment]
    context.width, context.height, context.pix_fmt = width, height, layout
    context.time_base, context.framerate = Fraction(1, 25), Fraction(25)
    context.sample_aspect_ratio = Fraction(1)
    context.options = {"compression": "zip16", "format": "float"}
    frame = av.VideoFrame(width, height, layout)
    channels = [image] if image.ndim == 2 else [image[..., n] for n in (1, 2, 0)]
    for plane, values in zip(frame.planes, channels, strict=True):
        _rows(plane, height)[:, :width] = values
    frame.pts = 0
    return b"".join(bytes(packet) for packet in [*context.encode(frame), *context.encode(None)])


def decode_exr(path: Path) -> np.ndarray:
    """float32 `[H, W]` or `[H, W, 3]` of a file with channels Y or R, G, B. Raises SourceError."""
    import av

    try:
        context: av.VideoCodecContext = av.CodecContext.create("exr", "r")  # type: ignore[assignment]
        context.options = {"max_pixels": str(MOST_PIXELS)}
        frames = context.decode(av.Packet(path.read_bytes()))
    except OSError as error:
        raise SourceError(f"{path}: not an EXR picture that can be read ({error.strerror})") from error
    except av.FFmpegError as error:
        raise SourceError(f"{path}: not an EXR picture that can be read ({error})") from error
    if not frames or "f32" not in frames[0].format.name:
        raise SourceError(f"{path}: an EXR picture of a kind that cannot be read")
    frame = frames[0]
    planes = [np.array(_rows(plane, frame.height)[:, : frame.width]) for plane in frame.planes]
    return planes[0] if len(planes) < 3 else np.stack([planes[n] for n in (2, 0, 1)], axis=2)


def _rows(plane: object, height: int) -> np.ndarray:
    rows = np.frombuffer(plane, "<f4")  # type: ignore[call-overload]
    return rows[: height * (plane.line_size // 4)].reshape(height, -1)  # type: ignore[attr-defined]
