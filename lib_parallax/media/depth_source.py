"""Depth that somebody supplies: a grey video, folder or picture, read as float32 in 0..1."""

from __future__ import annotations

from fractions import Fraction
from pathlib import Path

from ..errors import DepthFileError, SourceError
from .colour import to_grey
from .pictures import load_grey
from .reader import NUMBER_SUFFIXES, PICTURE_SUFFIXES, Pixels, Reader, open_source

DepthReader = Reader


def open_depth(path: str | Path, *, rate: Fraction | None = None) -> DepthReader:
    """A Reader whose frames' images are float32 `[H, W]` in 0..1, near is large as the file has it.

    8- and 16-bit grey keep every level (FFV1 gray16, 10-bit luma, 16-bit PNG); the range that a video
    declares is honoured, so that limited-range white is 1; of an RGB picture the mean of the channels is
    taken. EXR and NPY hold 0..1 as it is. `rate` as in `open_video`. Raises DepthFileError.
    """
    pixels = Pixels(to_grey, load_grey, (*PICTURE_SUFFIXES, *NUMBER_SUFFIXES))
    try:
        return open_source(Path(path), pixels, rate)
    except SourceError as error:
        raise DepthFileError(str(error)) from error
