"""A zoom's measures, known before anything is painted."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

from ...errors import OptionError
from ...media import Reader
from ...options import ZoomOptions
from ...types import Size
from .course import Course, course_of
from .keyframes import saved_files, saved_size, scale_for
from .pictures import keyframe_size
from .recorded import as_recorded

NO_UPSCALER = "none"


@dataclass(frozen=True)
class Shape:
    """A zoom's measures.

    options  what was asked for, and where saved keyframes know better, what was recorded with them
    files    saved keyframes; empty for a zoom that is painted
    """

    options: ZoomOptions
    files: list[Path]
    steps: int
    keyframe: Size
    size: Size
    course: Course
    enlarge: float

    @property
    def painted(self) -> bool:
        return not self.files

    @property
    def generates(self) -> bool:
        return self.painted or self.enlarge > 1


def shape_of(source: Reader, options: ZoomOptions) -> Shape:
    """Raises what can be refused before anything is painted."""
    files: list[Path] = []
    if options.keyframes is not None:
        folder = Path(options.keyframes).expanduser()
        files = saved_files(folder)
        options = as_recorded(options, folder, len(files))
    _check(options)
    steps = len(files) - (not options.endless) if files else options.count
    keyframe = saved_size(files) if files else keyframe_size(options, source)
    size = options.size or keyframe
    scale = 1.0 if options.upscaler == NO_UPSCALER else scale_for(keyframe, size, options.factor)
    return Shape(options, files, steps, keyframe, size, course_of(options, steps, keyframe), scale)


def _check(options: ZoomOptions) -> None:
    if options.endless and options.ping_pong:
        raise OptionError("ping_pong: a perfect loop needs no way back; choose one of the two", "ping_pong")
    if options.endless and options.last_picture is not None:
        raise OptionError(
            "last_picture: a perfect loop ends at its first picture; choose one of the two", "last_picture"
        )
