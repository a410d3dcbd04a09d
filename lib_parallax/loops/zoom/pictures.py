"""Pictures that come from outside, made into keyframes: 8 bit, of the keyframes' size and shape."""

from __future__ import annotations

from fractions import Fraction
from pathlib import Path

import numpy as np

from ...errors import OptionError, SourceError
from ...media import Reader, open_video
from ...options import ZoomOptions
from ...types import Event, Image, OnEvent, Size
from ..source import in_8_bits

USUAL = (512, 512)
LEAST, MOST = 64, 4096  # pixels of a side that is painted


def keyframe_size(options: ZoomOptions, source: Reader) -> Size:
    """What the generator paints. Raises OptionError where that must be said."""
    if options.keyframe_size is not None:
        return options.keyframe_size
    if source.kind == "none":
        return USUAL
    width, height = shape = max(1, round(source.size[0] * source.sample_aspect)), source.size[1]
    if min(shape) < LEAST or max(shape) > MOST:
        raise OptionError(
            f"keyframe_size: {source.path.name} is {width}x{height}, and sides of {LEAST} to {MOST} pixels "
            "can be painted; say which size with --keyframe-size",
            "keyframe_size",
        )
    return shape


def first_of(source: Reader, size: Size) -> Image:
    """The source's first frame as a keyframe."""
    frame = next(iter(source.frames()), None)
    if frame is None:
        raise SourceError(f"{source.path}: holds no frames that can be read")
    return fitted(frame.image, size, source.sample_aspect)


def read(path: Path, size: Size, tell: OnEvent) -> Image:
    """A picture's file as a keyframe. Raises SourceError."""
    with open_video(path) as reader:
        image = first_of(reader, size)
    for text in reader.warnings:
        tell(Event("warning", text))
    return image


def fitted(image: Image, size: Size, sample_aspect: Fraction = Fraction(1)) -> Image:
    """The middle of a picture at (width, height), uint8: as much of it as has that shape."""
    import cv2

    image = in_8_bits(image)
    height, width = image.shape[:2]
    if (width, height) == size and sample_aspect == 1:
        return image
    scale = max(size[0] / (width * float(sample_aspect)), size[1] / height)
    inner_width = min(width, max(1, round(size[0] / scale / float(sample_aspect))))
    inner_height = min(height, max(1, round(size[1] / scale)))
    left, top = (width - inner_width) // 2, (height - inner_height) // 2
    cut = image[top : top + inner_height, left : left + inner_width]
    shrinks = inner_width * inner_height > size[0] * size[1]
    return np.asarray(cv2.resize(cut, size, interpolation=cv2.INTER_AREA if shrinks else cv2.INTER_LANCZOS4))
