"""What every source of frames looks like, and the one function that opens them."""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Iterator
from dataclasses import dataclass, field
from fractions import Fraction
from itertools import islice
from pathlib import Path
from types import TracebackType
from typing import Any

from ..errors import SourceError
from ..types import Frame, Size
from .colour import Colour

PICTURE_SUFFIXES = (".png", ".jpg", ".jpeg", ".webp", ".tif", ".tiff", ".bmp")
NUMBER_SUFFIXES = (".exr", ".npy")  # depth or normals as floating point
SURFACE_SUFFIXES = (".ply", ".glb")  # written only
PAGE_SUFFIXES = (".html",)  # the same
FOLDER_RATE = Fraction(30)
MOST_WARNINGS = 20


@dataclass(frozen=True)
class Track:
    """One audio or subtitle track of a source; `index` is its stream number in the file."""

    index: int
    codec: str
    language: str | None = None
    title: str | None = None
    default: bool = False
    forced: bool = False
    rate: int | None = None
    channels: int | None = None
    metadata: dict[str, str] = field(default_factory=dict)


@dataclass(frozen=True)
class Chapter:
    """A chapter mark, in seconds on the clock of the source's frames."""

    start: Fraction
    end: Fraction
    title: str = ""


class Reader(ABC):
    """A source of frames: iterate it, or ask for `frames(start)`.

    Frames are `Frame(image, pts)`: RGB `[H, W, 3]`, upright, uint8, or uint16 at full scale where the source
    has more than 8 bits (a reader of `open_depth` gives float32 `[H, W]` in 0..1 instead). Timestamps are
    exact, rise strictly, and are the file's own: variable rate stays variable. Damage does not raise: what
    cannot be decoded repeats the picture before it, and `warnings` says where.

    path, kind         what was opened; kind is "video", "folder", "picture" or "none"
    size               (width, height) of the frames
    rate               average frames a second; None for one picture
    time_base          the unit every timestamp is a whole multiple of
    duration           seconds, or None where the file does not say
    sample_aspect      width of a pixel over its height, upright
    rotation           clockwise degrees by which the stored frames were turned
    bit_depth, colour  of the stored frames
    audio, subtitles   tracks; chapters, metadata as the file has them
    names              file stems of a folder's pictures, else empty
    origin             seconds taken off the file's own timestamps (streams recorded with a running clock)
    warnings           filled while reading
    """

    kind: str = "video"

    def __init__(self, path: Path) -> None:
        self.path = path
        self.size: Size = (0, 0)
        self.rate: Fraction | None = None
        self.time_base = Fraction(1, 90000)
        self.duration: Fraction | None = None
        self.sample_aspect = Fraction(1)
        self.rotation = 0
        self.bit_depth = 8
        self.colour = Colour()
        self.audio: list[Track] = []
        self.subtitles: list[Track] = []
        self.chapters: list[Chapter] = []
        self.metadata: dict[str, str] = {}
        self.names: list[str] = []
        self.origin = Fraction(0)
        self.warnings: list[str] = []

    @abstractmethod
    def count(self) -> int:
        """Number of frames `frames()` gives, found without decoding wherever that is possible."""

    @abstractmethod
    def frames(self, start: int = 0) -> Iterator[Frame]:
        """Frames from the `start`-th on: exactly the tail of `frames(0)`. Nothing beyond the last frame."""

    def frames_with_vectors(self, start: int = 0) -> Iterator[Frame]:
        """`frames(start)`, those that the file has motion vectors of with them as `extra["vectors"]`."""
        return self.frames(start)

    def few(self, start: int, count: int) -> list[Frame]:
        """The first `count` of `frames(start)`, found quicker where the way to them can be made short."""
        return list(islice(self.frames(start), count))

    def __iter__(self) -> Iterator[Frame]:
        return self.frames(0)

    def __len__(self) -> int:
        return self.count()

    def close(self) -> None:  # noqa: B027
        """Lets go of whatever is open. Iterators hold their own files and close them when they end."""

    def __enter__(self) -> Reader:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()

    def warn(self, text: str) -> None:
        """Adds a warning once, naming the file; after many, one line stands for the rest."""
        text = f"{self.path}: {text}"
        if text in self.warnings or len(self.warnings) > MOST_WARNINGS:
            return
        if len(self.warnings) == MOST_WARNINGS:
            text = f"{self.path}: there is more damage than is listed here"
        self.warnings.append(text)


class Nothing(Reader):
    """The source of a loop that makes its frames from words alone; `name` stands for a file's name."""

    kind = "none"

    def __init__(self, name: str) -> None:
        super().__init__(Path(name))

    def count(self) -> int:
        return 0

    def frames(self, start: int = 0) -> Iterator[Frame]:
        return iter(())


@dataclass(frozen=True)
class Pixels:
    """How stored pictures become arrays: `video(av_frame, colour)` and `picture(path)`.

    suffixes  of the files that `picture` reads
    """

    video: Any
    picture: Any
    suffixes: tuple[str, ...] = PICTURE_SUFFIXES


def open_video(path: str | Path, *, rate: Fraction | None = None) -> Reader:
    """A Reader of a video file, a folder of pictures (natural order) or one picture.

    `rate` is the frames a second of a folder (default 30); files know their own.
    Raises SourceError, naming the file and the cause, for what is missing or cannot be read.
    """
    from .colour import to_rgb
    from .pictures import load_rgb

    return open_source(Path(path), Pixels(to_rgb, load_rgb), rate)


def open_source(path: Path, pixels: Pixels, rate: Fraction | None = None) -> Reader:
    """`open_video` with a choice of what the frames' arrays hold."""
    from .sequence import FolderReader, PictureReader
    from .video import VideoReader

    path = path.expanduser()
    if path.is_dir():
        return FolderReader(path, pixels, rate or FOLDER_RATE)
    if not path.exists():
        raise SourceError(f"{path}: there is no such file or folder")
    if path.suffix.lower() in pixels.suffixes:
        return PictureReader(path, pixels)
    return VideoReader(path, pixels)
