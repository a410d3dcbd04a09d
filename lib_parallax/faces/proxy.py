"""Videos that browsers play: the result itself, or an H.264 stand-in where its codec is not for them.

Browsers play H.264 and VP9 of 8 bits in 4:2:0 from MP4 and WebM, VP9 with its transparency; a stand-in
of anything else is made once, in the job's folder, with the result's sound, and what is transparent is
laid over grey. GIF and WebP are pictures to a browser and come here never.
"""

from __future__ import annotations

import logging
from concurrent.futures import Future, ThreadPoolExecutor
from dataclasses import dataclass
from fractions import Fraction
from pathlib import Path

from ..errors import ParallaxError, SourceError
from ..types import Size

WIDEST = 1920  # of a stand-in
WIDEST_PLAYED = 4096  # what browsers decode
SECONDS = Fraction(180)  # of a long result, its stand-in shows the beginning
PLAYED = {".mp4": {"h264", "vp9"}, ".m4v": {"h264"}, ".webm": {"vp8", "vp9"}}
PLAYED_PIXELS = ("yuv420p", "yuvj420p")


@dataclass(frozen=True)
class Player:
    """What plays for a result: `path`, or None while its stand-in is being made or when it failed."""

    path: Path | None
    pending: bool = False
    error: str = ""

    @property
    def stand_in(self) -> bool:
        return self.path is not None and self.path.name.endswith(SUFFIX)


SUFFIX = ".player.mp4"


class Players:
    """Finds what plays for a result, and makes it in a thread where it has to be made."""

    def __init__(self) -> None:
        self._threads = ThreadPoolExecutor(1, thread_name_prefix="parallax-player")
        self._made: dict[Path, Future[None]] = {}

    def find(self, video: Path, folder: Path) -> Player:
        """For a result, with stand-ins in `folder`. Returns at once."""
        try:
            if plays(video):
                return Player(video)
        except ParallaxError as error:
            return Player(None, error=str(error))
        target = folder / f"{video.stem}{SUFFIX}"
        work = self._made.get(target)
        if work is None or (work.done() and not work.exception() and not is_current(target, video)):
            if is_current(target, video):
                return Player(target)
            work = self._made[target] = self._threads.submit(make, video, target)
        if not work.done():
            return Player(None, pending=True)
        fault = work.exception()
        if fault is None:
            return Player(target)
        if not isinstance(fault, ParallaxError):
            logging.getLogger(__name__).error("no stand-in for %s", video, exc_info=fault)
        return Player(None, error=str(fault))


def is_current(target: Path, video: Path) -> bool:
    return target.is_file() and target.stat().st_mtime_ns >= video.stat().st_mtime_ns


def plays(video: Path) -> bool:
    """Whether a browser plays the file as it is. Raises SourceError for what is no video."""
    import av

    from ..media.container import open_input

    codecs = PLAYED.get(video.suffix.lower())
    if codecs is None:
        return False
    try:
        with open_input(video) as container:
            context = container.streams.video[0].codec_context
            codec = context.codec.canonical_name
            return codec in codecs and context.pix_fmt in PLAYED_PIXELS and context.width <= WIDEST_PLAYED
    except (av.FFmpegError, IndexError, OSError) as error:
        raise SourceError(f"{video}: cannot be read as a video ({error})") from None


def make(video: Path, target: Path) -> None:
    """Writes the stand-in of a video to `target`. Raises a ParallaxError where that fails."""
    from ..loops.source import resized
    from ..media import join, open_writer
    from ..media.pictures import load_rgb
    from ..media.publish import remove
    from ..media.reader import Pixels, open_source
    from ..media.rgba import over, to_rgba

    with open_source(video, Pixels(to_rgba, load_rgb)) as reader:
        size = fitting(reader.size)
        pictures = target.with_name(f"{target.stem}-pictures.mp4")
        try:
            with open_writer(
                pictures, size, rate=reader.rate, quality="draft", sample_aspect=reader.sample_aspect
            ) as writer:
                for frame in reader:
                    if frame.pts > SECONDS:
                        break
                    small = resized(frame, size) if size != reader.size else frame
                    writer.write(over(small.image), frame.pts)
            join([pictures], target, source=reader)
        finally:
            remove(pictures)


def fitting(size: Size) -> Size:
    """The size at most WIDEST wide, both sides even."""
    width, height = size
    scale = min(1.0, WIDEST / width)
    return max(2, round(width * scale / 2) * 2), max(2, round(height * scale / 2) * 2)
