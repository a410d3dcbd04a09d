"""Frames into a video file; a folder or a still goes by the same door (see stills.py)."""

from __future__ import annotations

import contextlib
from abc import ABC, abstractmethod
from dataclasses import replace
from fractions import Fraction
from pathlib import Path
from types import TracebackType
from typing import Any

import numpy as np

from ..errors import OutputError
from ..types import Size
from . import encoders
from .colour import RGB, Colour, from_grey, from_rgb
from .decoding_times import DecodingTimes
from .encoders import CONTAINER_CODECS, OTHER_VIDEO_SUFFIXES, VIDEO_SUFFIXES, Encoding
from .priority import priority_kept
from .publish import publish, refusals, remove, temporary
from .reader import NUMBER_SUFFIXES, PAGE_SUFFIXES, PICTURE_SUFFIXES, SURFACE_SUFFIXES
from .rgba import ALPHA_CONTAINERS, ALPHA_PICTURES, from_rgba
from .sei import right_eye_first
from .tagging import MP4_SUFFIXES, Tagging
from .tags import StereoTag, frame_packing


class Writer(ABC):
    """Takes frames in order of time. `close()` makes the result appear whole; `abort()` leaves nothing.

    As a context manager it closes at the end and aborts on an exception.
    """

    path: Path

    @abstractmethod
    def write(self, image: np.ndarray, pts: Fraction) -> None:
        """One frame: RGB `[H, W, 3]` uint8 or uint16 at full scale, or with `gray` `[H, W]` float32 0..1,
        uint8 or uint16, or with `alpha` RGBA `[H, W, 4]` uint8. `pts` in seconds, larger than the last.
        Raises OutputError when the disk is full."""

    @abstractmethod
    def close(self) -> None:
        """Finishes the result and gives it its name. Raises OutputError; then nothing is left behind."""

    @abstractmethod
    def abort(self) -> None:
        """Gives up; removes what was written."""

    def __enter__(self) -> Writer:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        if kind is None:
            self.close()
        else:
            self.abort()


def open_writer(
    path: str | Path,
    size: Size,
    *,
    rate: Fraction | None,
    time_base: Fraction | None = None,
    codec: str = "h264",
    quality: str = "balanced",
    bit_depth: int | None = None,
    colour: Colour | None = None,
    sample_aspect: Fraction = Fraction(1),
    stereo: StereoTag | None = None,
    gray: bool = False,
    alpha: bool = False,
    bitrate: float | None = None,
    keyframe_seconds: float = encoders.KEYFRAME_SECONDS,
    names: list[str] | None = None,
    text: str = "",
    temp_folder: Path | None = None,
) -> Writer:
    """A Writer for `path`, whose suffix decides: a video file, one still, or else a folder of PNG.

    A still may be .exr or .npy too, of frames `[H, W]` or `[H, W, 3]` of any kind, or .ply or .glb, of a
    geometry.Surface, or .html, of a page.Relief.

    size           (width, height) of every frame to come
    rate           average frames a second (key frame distance and rate control); None for stills
    time_base      the unit in which timestamps are exact; left out, one that holds k / rate
    codec          of options.CODECS, or png, jpeg, webp for a folder
    bit_depth      of ffv1 (8 to 16; left out 8, or 16 of grey); the other codecs have theirs in their names
    colour         matrix, range and signalling of the source; BT.709 limited when left out
    gray           depth: frames are [H, W], kept in full range by any codec of encoders.GREY_CODECS
    alpha          frames are RGBA of straight alpha, kept by the codecs and files of media/rgba.py
    bitrate, keyframe_seconds  of a video, as `encoders.choose` has them
    names          stems of a folder's files; left out, %06d from 0
    text           kept in every PNG, JPEG and WebP, where the webui keeps its own
    temp_folder    where the unfinished result lies; left out, beside the result

    Raises OutputError for a place that cannot be written and a container that cannot hold the codec,
    OptionError for an unknown codec.
    """
    from .stills import FolderWriter, StillWriter

    path = Path(path).expanduser()
    suffix = path.suffix.lower()
    if suffix in OTHER_VIDEO_SUFFIXES:
        raise OutputError(f"{path}: {suffix} files cannot be written; use {', '.join(VIDEO_SUFFIXES)}")
    if suffix in VIDEO_SUFFIXES:
        return VideoWriter(
            path, size, rate=rate, time_base=time_base, codec=codec, quality=quality, bit_depth=bit_depth,
            colour=colour, sample_aspect=sample_aspect, stereo=stereo, gray=gray, alpha=alpha,
            bitrate=bitrate, keyframe_seconds=keyframe_seconds, temp_folder=temp_folder,
        )  # fmt: skip
    kind = codec if codec in ("jpeg", "webp") else "png"
    if alpha and (suffix or f".{kind}") not in ALPHA_PICTURES:
        raise OutputError(f"{path}: JPEG and BMP hold no transparency; use {', '.join(ALPHA_PICTURES)}")
    if suffix in (*PICTURE_SUFFIXES, *NUMBER_SUFFIXES, *SURFACE_SUFFIXES, *PAGE_SUFFIXES):
        return StillWriter(path, size, quality=quality, gray=gray, text=text, temp_folder=temp_folder)
    return FolderWriter(
        path, size, kind=kind, quality=quality, gray=gray, text=text, names=names, temp_folder=temp_folder
    )


def segment_suffix(codec: str, alpha: bool = False) -> str:
    """The file suffix under which a segment of this codec keeps exact timestamps and joins to anything."""
    if codec == "vp9" and alpha:
        return ".webm"  # MP4 has no place for it; the result is Matroska too, of no finer clock
    return ".mov" if codec == "prores" else ".mp4"


def exact_time_base(rate: Fraction | None) -> Fraction:
    """A unit of at most 1/12000 s that k / rate is a whole multiple of."""
    ticks = Fraction(rate or 25).numerator
    while ticks < 12000:
        ticks *= 2
    return Fraction(1, ticks)


def container_format(suffix: str) -> str:
    """FFmpeg's muxer; it would write .m4v as the iPod's form of MP4, which knows few codecs."""
    return {".mkv": "matroska", ".webm": "webm", ".mov": "mov"}.get(suffix, "mp4")


def container_options(suffix: str, time_base: Fraction) -> dict[str, str]:
    """Muxer options for the same bytes every time and for timestamps kept to the tick."""
    options = {"fflags": "+bitexact"}
    if suffix in MP4_SUFFIXES:
        # Edit lists count in the movie's clock: at the default 1/1000 s a late first frame would move.
        options["movie_timescale"] = str(min(time_base.denominator, 2**31 - 1))
    else:
        # A codec's priming lies before 0; shifting everything by it would move every frame.
        options["avoid_negative_ts"] = "disabled"
        options["write_crc"] = "0"  # the header is edited afterwards
    return options


class VideoWriter(Writer):
    """One video track, encoded, in a file."""

    def __init__(
        self, path: Path, size: Size, *, rate: Fraction | None, time_base: Fraction | None, codec: str,
        quality: str, bit_depth: int | None, colour: Colour | None, sample_aspect: Fraction,
        stereo: StereoTag | None, gray: bool, alpha: bool, bitrate: float | None, keyframe_seconds: float,
        temp_folder: Path | None,
    ) -> None:  # fmt: skip
        self.path = path
        self._suffix = path.suffix.lower()
        base = codec.removesuffix("-nvenc")
        if base not in CONTAINER_CODECS[self._suffix] and base in CONTAINER_CODECS[".mkv"]:
            fitting = [s for s in VIDEO_SUFFIXES if base in CONTAINER_CODECS[s]]
            raise OutputError(f"{path}: {self._suffix} files cannot hold {codec}; use {', '.join(fitting)}")
        if alpha and base not in ALPHA_CONTAINERS[self._suffix]:
            fitting = [s for s in VIDEO_SUFFIXES if base in ALPHA_CONTAINERS[s]]
            where = f"use {', '.join(fitting)}" if fitting else "use prores in a .mov, or vp9 in a .webm"
            raise OutputError(f"{path}: {self._suffix} files hold no transparency with {codec}; {where}")
        colour = (colour or Colour()).for_yuv()
        self._colour = replace(colour, range=encoders.range_of(codec, colour))
        self._size, self._gray, self._alpha, self._stereo = size, gray, alpha, stereo
        self._encoding = encoders.choose(
            codec,
            quality,
            size,
            rate,
            bit_depth=bit_depth or (16 if gray else 8),
            gray=gray,
            colour=self._colour,
            stereo=stereo,
            alpha=alpha,
            bitrate=bitrate,
            keyframe_seconds=keyframe_seconds,
        )
        self._time_base = time_base or exact_time_base(rate)
        self._last: int | None = None
        self._patch_sei = bool(
            stereo and stereo.right_first and base == "h264" and frame_packing(stereo) is not None
        )
        self._part = temporary(path, temp_folder)
        self._container: Any = None
        self._times: DecodingTimes | None = None
        try:
            with refusals(path):
                self._open(rate, sample_aspect)
        except BaseException:
            self.abort()
            raise

    def _open(self, rate: Fraction | None, sample_aspect: Fraction) -> None:
        import av

        self._container = av.open(
            f"file:{self._part}",
            "w",
            format=container_format(self._suffix),
            container_options=container_options(self._suffix, self._time_base),
        )
        encoding = self._encoding
        stream = self._container.add_stream(
            encoding.name, rate=rate or Fraction(25), options=encoding.options
        )
        context = stream.codec_context
        context.width, context.height = encoding.size
        context.pix_fmt = encoding.pixel_format
        context.time_base = stream.time_base = self._time_base
        context.thread_count = encoding.threads
        context.sample_aspect_ratio = sample_aspect
        signal(context, self._colour, encoding, self._gray)
        if self._suffix in MP4_SUFFIXES and encoding.name in ("libx265", "hevc_nvenc"):
            context.codec_tag = "hvc1"  # the tag Apple's players ask for
        self._tagging = Tagging(self._suffix, self._stereo, self._encoding.size, sample_aspect)
        self._tagging.before(stream)
        self._stream = stream
        try:
            with priority_kept():
                self._container.start_encoding()
            step = max(1, round(1 / (rate or Fraction(25)) / self._time_base))
            if encoding.delay:
                self._times = DecodingTimes(encoding.delay, step)
        except (av.FFmpegError, ValueError) as error:
            width, height = self._size
            raise OutputError(
                f"{self.path}: {encoding.name} does not take pictures of {width}x{height} "
                f"({getattr(error, 'strerror', None) or error})"
            ) from error

    def write(self, image: np.ndarray, pts: Fraction) -> None:
        height, width = image.shape[:2]
        if (width, height) != self._size:
            raise ValueError(f"a frame of {width}x{height} for a result of {self._size[0]}x{self._size[1]}")
        if self._gray:
            frame = from_grey(_padded(image, self._encoding.size), self._encoding.pixel_format)
        else:
            convert = from_rgba if self._alpha else from_rgb
            frame = convert(_padded(image, self._encoding.size), self._encoding.pixel_format, self._colour)
            _mark(frame, self._colour, self._encoding)
        ticks = round(pts / self._time_base)
        if self._last is not None and ticks <= self._last:
            ticks = self._last + 1
        self._last = ticks
        if self._times is not None:
            self._times.shown(ticks)
        frame.pts, frame.time_base = ticks, self._time_base
        with refusals(self.path):
            self._mux(self._stream.encode(frame))

    def _mux(self, packets: Any) -> None:
        for packet in packets:
            if self._patch_sei:
                packet = right_eye_first(packet)
            if self._times is not None:
                packet.dts = self._times.next()
            self._container.mux(packet)

    def close(self) -> None:
        if self._container is None:
            return
        try:
            if self._last is None:
                raise OutputError(f"{self.path}: there were no frames to write")
            with refusals(self.path):
                self._mux(self._stream.encode(None))
                self._container.close()
                self._container = None
                self._tagging.after(self._part)
            publish(self._part, self.path)
        except BaseException:
            self.abort()
            raise

    def abort(self) -> None:
        container, self._container = self._container, None
        if container is not None:
            import av

            with contextlib.suppress(av.FFmpegError, OSError):
                container.close()
        remove(self._part)


def signal(context: Any, colour: Colour, encoding: Encoding, gray: bool = False) -> None:
    """Writes the colour's codes into an encoder's context."""
    if gray or encoding.is_rgb:
        context.color_range = 2
        context.colorspace = 2 if gray else RGB
    else:
        context.color_range = colour.range
        context.colorspace = colour.matrix
    if not gray:
        context.color_primaries = colour.primaries
        context.color_trc = colour.transfer


def _mark(frame: Any, colour: Colour, encoding: Encoding) -> None:
    frame.colorspace = RGB if encoding.is_rgb else colour.matrix
    frame.color_range = 2 if encoding.is_rgb else colour.range
    if hasattr(frame, "color_primaries"):
        frame.color_primaries, frame.color_trc = colour.primaries, colour.transfer


def _padded(image: np.ndarray, size: Size) -> np.ndarray:
    """The last column and row once more, where the encoder needs an even size."""
    height, width = image.shape[:2]
    if (width, height) == size:
        return image
    more = ((0, size[1] - height), (0, size[0] - width), (0, 0))
    return np.pad(image, more[: image.ndim], mode="edge")
