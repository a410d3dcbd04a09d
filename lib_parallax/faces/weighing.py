"""What others want worked on, weighed by what its files say before anything of them is decoded."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

from ..errors import OptionError, SourceError
from ..media.container import main_video, open_input
from ..media.encoders import OTHER_VIDEO_SUFFIXES, VIDEO_SUFFIXES
from ..media.picture_files import claimed_size
from ..media.pictures import picture_size
from ..media.reader import PICTURE_SUFFIXES
from ..options import LOOP_OPTIONS, check, describe
from ..types import Size
from .limits import Limits

VIDEOS = frozenset((*VIDEO_SUFFIXES, *OTHER_VIDEO_SUFFIXES))


def check_source(path: Path, limits: Limits) -> None:
    """Raises SourceError for a source that is larger or longer than the limits, by what its files say.

    What cannot be read is left to those who read it.
    """
    for picture in _pictures(path, limits):
        _check_picture(picture, limits)
    if path.is_file() and path.suffix.lower() in VIDEOS:
        _check_video(path, limits)


def check_sizes(loop: str, options: Mapping[str, Any], limits: Limits) -> None:
    """Raises OptionError for a result's size beyond the limits."""
    for o in describe(LOOP_OPTIONS[loop]) if loop in LOOP_OPTIONS else ():
        if o.kind == "size" and (value := options.get(o.name)) is not None:
            size = check(o, value)
            if size is not None and size[0] * size[1] > limits.pixels:
                raise OptionError(
                    f"{o.name}: {size[0]}x{size[1]} is more than the {limits.max_pixels:g} million pixels "
                    "that are made here",
                    o.name,
                )


def _pictures(path: Path, limits: Limits) -> Iterator[Path]:
    if path.is_dir():
        count = 0
        for file in path.iterdir():
            if file.suffix.lower() in PICTURE_SUFFIXES:
                count += 1
                if count > limits.max_frames:
                    raise SourceError(
                        f"{path}: holds more than the {limits.max_frames} frames that are taken"
                    )
                yield file
    elif path.suffix.lower() in PICTURE_SUFFIXES:
        yield path


def _check_picture(path: Path, limits: Limits) -> None:
    try:
        size = claimed_size(path) or picture_size(path)
    except SourceError:
        return
    _check_pixels(path, size, limits)


def _check_video(path: Path, limits: Limits) -> None:
    try:
        opened = open_input(path)
    except SourceError:
        return
    with opened as container:
        stream = main_video(container)
        if stream is None:
            return
        size = (stream.codec_context.width, stream.codec_context.height)
        seconds = container.duration / 1e6 if container.duration else 0.0
        if stream.duration:
            seconds = max(seconds, float(stream.duration * stream.time_base))
        frames = max(stream.frames or 0, int(seconds * (stream.average_rate or 0)))
    _check_pixels(path, size, limits)
    if seconds > limits.max_seconds:
        raise SourceError(f"{path}: lasts {seconds:.2f} s; {limits.max_seconds:g} s are taken here at most")
    if frames > limits.max_frames:
        raise SourceError(f"{path}: has {frames} frames; {limits.max_frames} are taken here at most")


def _check_pixels(path: Path, size: Size, limits: Limits) -> None:
    if size[0] * size[1] > limits.pixels:
        raise SourceError(
            f"{path}: {size[0]}x{size[1]} is more than the {limits.max_pixels:g} million pixels that are "
            "taken here"
        )
