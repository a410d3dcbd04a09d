"""Frames of a source as previews take them: a few, small, and kept for the next preview of the same."""

from __future__ import annotations

import os
from dataclasses import dataclass
from fractions import Fraction
from functools import lru_cache
from pathlib import Path

from ..errors import OptionError, SourceError
from ..loops.source import resized
from ..media import Reader, open_video
from ..types import Frame, Size

LONGEST = 960  # pixels of a previewed frame's longer side
KEPT_FRAMES = 8

Stamp = tuple[int, int]


def shown_size(size: Size, aspect: Fraction) -> Size:
    """The size at which frames of `size` with pixels of that aspect are shown: square pixels, no
    more of them than that takes, and LONGEST at most."""
    width, height = size[0] * max(aspect, Fraction(1)), size[1] / min(aspect, Fraction(1))
    scale = min(Fraction(1), LONGEST / max(width, height))
    return max(2, round(width * scale)), max(2, round(height * scale))


@dataclass(frozen=True)
class Origin:
    """A source as it is now: a file that has changed since is another one."""

    path: Path
    stamp: Stamp

    @classmethod
    def of(cls, source: str | Path) -> Origin:
        path = Path(source).expanduser()
        return cls(path, stamp_of(path))

    @property
    def reader(self) -> Reader:
        return _reader(self)

    def check(self, index: int) -> None:
        count = self.reader.count()
        if not 0 <= index < count:
            frames = "1 frame" if count == 1 else f"{count} frames"
            raise OptionError(
                f"index: {self.path} holds {frames}, counted from 0; there is no {index}", "index"
            )


def stamp_of(path: Path) -> Stamp:
    """Changes whenever a file, or a picture in a folder, does."""
    try:
        facts = [path.stat()]
        if path.is_dir():
            facts += [entry.stat() for entry in os.scandir(path)]
    except OSError:
        return 0, 0  # opening it says what is wrong
    return max(f.st_mtime_ns for f in facts), sum(f.st_size for f in facts)


@lru_cache(maxsize=8)
def _reader(origin: Origin) -> Reader:
    # Kept, because it knows where the frames of a long video are. It holds no file open.
    return open_video(origin.path)


@dataclass(frozen=True)
class Moment:
    """A frame of a source at a size, and how many frames before it are looked at too."""

    origin: Origin
    index: int
    run_up: int
    size: Size


@lru_cache(maxsize=KEPT_FRAMES)
def frames_at(moment: Moment) -> tuple[Frame, ...]:
    """The frames before the moment's, and it."""
    frames = moment.origin.reader.few(moment.index - moment.run_up, moment.run_up + 1)
    found = tuple(resized(frame, moment.size) for frame in frames)
    if len(found) <= moment.run_up:
        raise SourceError(f"{moment.origin.path}: frame {moment.index} cannot be decoded")
    return found
