"""Segments into one file by stream copy, with everything else that the source carries.

Each segment was made by an encoder of its own, begins with a keyframe and has its frames' absolute
timestamps. Decoding times are made anew over the whole, so that they rise strictly whatever the encoders'
delays were.
"""

from __future__ import annotations

import contextlib
import heapq
import itertools
import math
from array import array
from bisect import bisect_left
from collections.abc import Iterator
from dataclasses import dataclass
from fractions import Fraction
from pathlib import Path
from typing import Any

from ..errors import OutputError, SourceError
from . import subtitles
from .container import main_audio, open_input
from .encoders import VIDEO_SUFFIXES
from .laid_sound import LaidSound, SoundTrack
from .publish import publish, refusals, remove, temporary
from .reader import Reader
from .sound import SoundEncoder, codec_of, fitting_layout, is_copied, is_own
from .tagging import MP4_SUFFIXES, Tagging
from .tags import StereoTag
from .tracks import disposition, track_title, write_chapters
from .writer import container_format, container_options

_TRACK_KEYS = ("language", "title", "handler_name", "comment")
# QuickTime's own list has only the bibliographic codes of these.
_QUICKTIME_LANGUAGES = {"deu": "ger", "nld": "dut", "ell": "gre", "isl": "ice", "zho": "chi", "fas": "per"}
_FORMAT_KEYS = ("encoder", "major_brand", "minor_version", "compatible_brands", "duration", "creation_time")


def join(
    segments: list[Path],
    output: str | Path,
    *,
    source: Reader | None,
    stereo: StereoTag | None = None,
    sample_aspect: Fraction | None = None,
    sound: LaidSound | None = None,
    temp_folder: Path | None = None,
) -> list[str]:
    """Joins video segments into `output` and adds the source's sound, subtitles, chapters and metadata.

    segments        files of a Writer, in order of time
    source          where the rest comes from; None for none. Its audio tracks are copied when the container
                    takes them, else encoded to AAC; text subtitles are converted to the container's kind
    stereo          3D tags to be set
    sample_aspect   pixel aspect; left out, the segments' own
    sound           laid under the result in place of the source's sound, or of its first track if it is mixed
                    into that

    Returns warnings: what could not be carried across. The same inputs give the same bytes. The file
    appears at `output` in one step; raises OutputError, leaving nothing, when it cannot be written.
    """
    output = Path(output).expanduser()
    suffix = output.suffix.lower()
    if suffix not in VIDEO_SUFFIXES:
        raise OutputError(f"{output}: segments are joined to {', '.join(VIDEO_SUFFIXES)} files")
    if not segments:
        raise OutputError(f"{output}: there are no frames to write")
    timing = _timing(segments)
    part = temporary(output, temp_folder)
    try:
        with refusals(output):
            joiner = _Joiner(part, suffix, timing, source, stereo, sample_aspect, sound)
            joiner.run(segments)
            joiner.tagging.after(part)
        publish(part, output)
    except BaseException:
        remove(part)
        raise
    return joiner.warnings


@dataclass(frozen=True)
class _Timing:
    """Of all segments together: pts ascending in `unit`, and how many frames decoding runs ahead."""

    unit: Fraction
    pts: array
    delay: int
    step: int

    def dts(self, number: int) -> int:
        """Decoding time of the number-th packet: the pts of the frame shown `delay` frames earlier."""
        if number >= self.delay:
            return self.pts[number - self.delay]
        return self.pts[0] - (self.delay - number) * self.step

    @property
    def end(self) -> Fraction:
        """Seconds at which the last frame ends."""
        return (self.pts[-1] + self.step) * self.unit

    def duration(self, pts: int) -> int:
        after = bisect_left(self.pts, pts) + 1
        return self.pts[after] - pts if after < len(self.pts) else self.step


def _timing(segments: list[Path]) -> _Timing:
    parts, units, extradata = [], [], set()
    for path in segments:
        with open_input(path) as container:
            stream = container.streams.video[0]
            ticks = array("q", (p.pts for p in container.demux(stream) if p.size))
            units.append(stream.time_base)
            parts.append(ticks)
            extradata.add(bytes(stream.codec_context.extradata or b""))
    if len(extradata) > 1:
        raise ValueError("segments made by encoders of different settings cannot be joined")
    unit = Fraction(1, math.lcm(*(u.denominator for u in units)))
    everything = array("q")
    delay = 0
    for ticks, own in zip(parts, units, strict=True):
        factor = int(own / unit)
        scaled = array("q", (t * factor for t in ticks))
        order = array("q", sorted(scaled))
        if everything and order and order[0] <= everything[-1]:
            raise ValueError("segments must follow each other in time")
        delay = max(delay, max((n - bisect_left(order, t) for n, t in enumerate(scaled)), default=0))
        everything.extend(order)
    if not everything:
        raise SourceError(f"{segments[0]}: there are no frames in the segments")
    if any(a == b for a, b in itertools.pairwise(everything)):
        raise ValueError("two frames of a segment have one time")
    step = max(1, (everything[-1] - everything[0]) // (len(everything) - 1)) if len(everything) > 1 else 0
    return _Timing(unit, everything, delay, step or max(1, round(Fraction(1, 25) / unit)))


class _Joiner:
    def __init__(
        self, part: Path, suffix: str, timing: _Timing, source: Reader | None, stereo: StereoTag | None,
        sample_aspect: Fraction | None, sound: LaidSound | None,
    ) -> None:  # fmt: skip
        self.part, self.suffix, self.timing = part, suffix, timing
        self.source, self.stereo, self.sample_aspect = source, stereo, sample_aspect
        self.origin = source.origin if source is not None else Fraction(0)
        self.sound = sound
        self.warnings: list[str] = []
        self.carriers: dict[int, Any] = {}

    def run(self, segments: list[Path]) -> None:
        import av

        options = container_options(self.suffix, self.timing.unit)
        with contextlib.ExitStack() as opened:
            out = opened.enter_context(
                av.open(
                    f"file:{self.part}", "w", format=container_format(self.suffix), container_options=options
                )
            )
            first = opened.enter_context(open_input(segments[0]))
            video = self._video_track(out, first.streams.video[0])
            laid, extras = None, None
            if self.sound is not None:
                laid = SoundTrack(out, self.sound, self.suffix, self.timing.end)
            if self.source is not None and self.source.kind == "video":
                extras = opened.enter_context(open_input(self.source.path))
                self._add_tracks(out, extras, opened, laid)
            out.start_encoding()
            self._copy(out, self._video_packets(segments, video), extras, laid)
            out.close()
            self.warnings += laid.warnings if laid is not None else []

    def _video_track(self, out: Any, template: Any) -> Any:
        video = track_like(out, template)
        video.time_base = self.timing.unit
        context = video.codec_context
        name = template.codec_context.name
        if name == "hevc" and self.suffix in MP4_SUFFIXES:
            context.codec_tag = "hvc1"
        elif name == "prores":
            context.codec_tag = template.codec_context.codec_tag
        if "alpha_mode" in template.metadata:
            video.metadata["alpha_mode"] = template.metadata["alpha_mode"]
        if self.sample_aspect is not None:
            context.sample_aspect_ratio = self.sample_aspect
        elif template.sample_aspect_ratio:
            context.sample_aspect_ratio = template.sample_aspect_ratio
        size = (context.width, context.height)
        self.tagging = Tagging(self.suffix, self.stereo, size, context.sample_aspect_ratio or Fraction(1))
        self.tagging.before(video)
        return video

    def _add_tracks(
        self, out: Any, extras: Any, opened: contextlib.ExitStack, laid: SoundTrack | None
    ) -> None:
        assert self.source is not None
        mixed_in = main_audio(extras) if self.sound is not None and self.sound.own else None
        for stream in extras.streams.audio if self.sound is None or self.sound.own else ():
            if stream.codec_context is None:
                self._warn(f"audio track {stream.index} is of an unknown codec and is left out")
            elif laid is not None and mixed_in is not None and stream.index == mixed_in.index:
                self._describe_mixed(laid.stream, stream)
            else:
                self._add_audio(out, stream)
        for stream in extras.streams.subtitles:
            self._add_subtitles(out, stream, opened)
        if self.suffix == ".mkv":
            for stream in getattr(extras.streams, "attachments", ()):
                out.add_stream_from_template(stream)
        for stream in extras.streams.video:
            if stream.metadata.get("language"):
                out.streams.video[0].metadata.setdefault("language", stream.metadata["language"])
        if not write_chapters(out, self.source.chapters):
            self._warn("chapters are left out: they need a newer PyAV")
        for key, value in extras.metadata.items():
            if key.lower() not in _FORMAT_KEYS:
                out.metadata[key] = value

    def _add_audio(self, out: Any, stream: Any) -> None:
        codec = codec_of(stream)
        carrier: Any = None
        if is_copied(codec, self.suffix):
            with contextlib.suppress(ValueError):
                track = track_like(out, stream)
                carrier = _Copy(track, self.origin, self.suffix in (".mkv", ".webm"), False)
        if carrier is None:
            about = f"audio track {stream.index} ({codec}, {stream.codec_context.layout.name})"
            layout = fitting_layout(stream, self.suffix)
            if layout is None:
                self._warn(f"{about} cannot be encoded for {self.suffix} and is left out")
                return
            if not is_own(stream, layout):
                self._warn(
                    f"{about} cannot be encoded for {self.suffix} as it is and is mixed down to {layout}"
                )
            carrier = SoundEncoder(out, stream, self.suffix, self.origin, layout)
        _describe(carrier.stream, stream, self.suffix)
        self.carriers[stream.index] = carrier

    def _describe_mixed(self, made: Any, stream: Any) -> None:
        if stream.codec_context.layout.nb_channels > made.codec_context.layout.nb_channels:
            self._warn(f"audio track {stream.index} is mixed down to stereo with what is added to it")
        _describe(made, stream, self.suffix)

    def _add_subtitles(self, out: Any, stream: Any, opened: contextlib.ExitStack) -> None:
        codec = codec_of(stream) if stream.codec_context is not None else "an unknown codec"
        how = subtitles.way(codec, self.suffix) if stream.codec_context is not None else None
        if how is None:
            self._warn(
                f"subtitle track {stream.index} ({codec}) has no place in {self.suffix} and is left out"
            )
            return
        if how == "copy":
            carrier: Any = _Copy(track_like(out, stream), self.origin, False, codec == "mov_text")
        else:
            container = opened.enter_context(subtitles.template(how))
            carrier = _Text(track_like(out, container.streams[0]), self.origin, codec, how)
        carrier.stream.time_base = stream.time_base
        _describe(carrier.stream, stream, self.suffix)
        self.carriers[stream.index] = carrier

    def _copy(
        self, out: Any, video: Iterator[tuple[Fraction, Any]], extras: Any, laid: SoundTrack | None
    ) -> None:
        """Everything muxed in order of time, so that the muxer need not hold much back."""
        others = self._other_packets(extras) if self.carriers else iter(())
        if laid is not None:
            others = heapq.merge(others, laid.packets(), key=lambda timed: timed[0])
        pending = next(others, None)
        for time, packet in video:
            while pending is not None and pending[0] <= time:
                out.mux(pending[1])
                pending = next(others, None)
            out.mux(packet)
        while pending is not None:
            out.mux(pending[1])
            pending = next(others, None)

    def _video_packets(self, segments: list[Path], video: Any) -> Iterator[tuple[Fraction, Any]]:
        number = 0
        for path in segments:
            with open_input(path) as container:
                stream = container.streams.video[0]
                factor = int(stream.time_base / self.timing.unit)
                for packet in container.demux(stream):
                    if not packet.size:
                        continue
                    pts = packet.pts * factor
                    packet.stream = video
                    packet.time_base = self.timing.unit
                    packet.pts, packet.dts = pts, self.timing.dts(number)
                    packet.duration = self.timing.duration(pts)
                    number += 1
                    yield packet.dts * self.timing.unit, packet

    def _other_packets(self, extras: Any) -> Iterator[tuple[Fraction, Any]]:
        import av

        streams = [s for s in extras.streams if s.index in self.carriers]
        latest = Fraction(0)
        packets = extras.demux(streams)
        while True:
            try:
                packet = next(packets)
            except StopIteration:
                break
            except av.FFmpegError:
                self._warn(f"its sound and subtitles cannot be read beyond {float(latest):.1f} s")
                break
            stamp = packet.dts if packet.dts is not None else packet.pts
            if not packet.size or stamp is None:
                continue
            latest = stamp * packet.time_base - self.origin
            for made in self.carriers[packet.stream_index].packets(packet):
                yield latest, made
        for carrier in self.carriers.values():
            for made in carrier.packets(None):
                yield latest, made

    def _warn(self, text: str) -> None:
        self.warnings.append(f"{self.source.path}: {text}" if self.source is not None else text)


class _Copy:
    """A track whose packets go over as they are.

    Left out are those that lie wholly before 0 where `from_zero` is set: Matroska has no edit list to hide a
    codec's priming behind. So are the empty samples that MP4 puts between subtitles: its muxer makes its own.
    """

    def __init__(self, stream: Any, origin: Fraction, from_zero: bool, no_blanks: bool) -> None:
        self.stream, self.origin = stream, origin
        self.from_zero, self.no_blanks = from_zero, no_blanks

    def packets(self, packet: Any) -> Iterator[Any]:
        if packet is None or (self.no_blanks and bytes(packet)[:2] == b"\0\0"):
            return
        if self.origin:
            shift = round(self.origin / packet.time_base)
            packet.pts = None if packet.pts is None else packet.pts - shift
            packet.dts = None if packet.dts is None else packet.dts - shift
        if self.from_zero and packet.pts is not None and packet.pts + (packet.duration or 0) <= 0:
            return
        packet.stream = self.stream
        yield packet


class _Text:
    """A subtitle track whose text goes over in another codec."""

    def __init__(self, stream: Any, origin: Fraction, codec: str, target: str) -> None:
        self.stream, self.origin, self.codec, self.target = stream, origin, codec, target

    def packets(self, packet: Any) -> Iterator[Any]:
        import av

        if packet is None or packet.pts is None:
            return
        payload = subtitles.convert(bytes(packet), self.codec, self.target)
        if payload is None:
            return
        made = av.Packet(payload)
        made.time_base = packet.time_base
        made.pts = made.dts = packet.pts - round(self.origin / packet.time_base)
        made.duration = packet.duration
        made.stream = self.stream
        yield made


def track_like(out: Any, template: Any) -> Any:
    """A new stream of `out` for packets like the template's, without an encoder."""
    if "opaque" in (type(out).add_stream_from_template.__doc__ or ""):
        return out.add_stream_from_template(template, opaque=True)
    return out.add_stream_from_template(template)


def _describe(stream: Any, source: Any, suffix: str) -> None:
    for key in _TRACK_KEYS:
        if key in source.metadata:
            stream.metadata[key] = source.metadata[key]
    title = track_title(source.metadata)
    if title:
        stream.metadata["title"] = title
    language = source.metadata.get("language")
    if suffix == ".mov" and language:
        stream.metadata["language"] = _QUICKTIME_LANGUAGES.get(language, language)
    if hasattr(source, "disposition"):
        stream.disposition = disposition(source)
