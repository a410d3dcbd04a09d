"""Frames of a video file: streamed, upright, with exact timestamps, and exact again after a seek."""

from __future__ import annotations

import heapq
from collections.abc import Iterator
from fractions import Fraction
from pathlib import Path
from typing import Any

from ..errors import SourceError
from ..types import Frame
from .colour import depth_of, of_frame
from .container import is_cover, main_video, open_input
from .index import FrameIndex, build, is_shown
from .orientation import UPRIGHT, Orientation, from_display_matrix
from .reader import Chapter, Pixels, Reader
from .tracks import audio_tracks, read_chapters, subtitle_tracks

_FRAMES_TO_PROBE = 3
_KNOWS_ITS_LENGTH = ("mov", "matroska", "avi", "flv", "asf")
_RUNNING_CLOCKS = ("mpegts", "mpeg", "vob", "rtsp")


class VideoReader(Reader):
    """A file with a video track, read through PyAV. Raises SourceError if not one frame decodes."""

    kind = "video"

    def __init__(self, path: Path, pixels: Pixels) -> None:
        super().__init__(path)
        self._pixels = pixels.video
        self._index: FrameIndex | None = None
        self._paired = True  # one packet is one frame
        self._first: int | None = None
        self._orientation: Orientation = UPRIGHT
        self._stored_size = (0, 0)
        with open_input(path) as container:
            stream = _prepared(self.path, container)
            self._describe(container, stream)
            self._probe(container, stream)

    def _describe(self, container: Any, stream: Any) -> None:
        self.time_base = stream.time_base
        rate = stream.average_rate or stream.guessed_rate or stream.base_rate
        self.rate = Fraction(rate).limit_denominator(100_000) if rate else Fraction(25)
        if stream.duration:
            self.duration = stream.duration * stream.time_base
        elif container.duration:
            self.duration = Fraction(container.duration, 1_000_000)
        if container.start_time and container.format.name in _RUNNING_CLOCKS:
            self.origin = Fraction(container.start_time, 1_000_000) // self.time_base * self.time_base
        self.audio = audio_tracks(container)
        self.subtitles = subtitle_tracks(container)
        self.chapters = [
            Chapter(c.start - self.origin, c.end - self.origin, c.title) for c in read_chapters(container)
        ]
        self.metadata = dict(container.metadata)

    def _probe(self, container: Any, stream: Any) -> None:
        """Learns from the first frames what the container need not say, or say rightly."""
        first = None
        seen, skipped = 0, 0
        for pts, frame in _Decoder(container, stream, self, quiet=True):
            if frame is None:
                skipped += first is not None
                continue
            if first is None:
                first = frame
                self._first = pts
            seen += 1
            if seen == _FRAMES_TO_PROBE:
                break
        if first is None:
            raise SourceError(f"{self.path}: not one frame of its video can be decoded")
        self._paired = skipped == 0
        self.colour = of_frame(first)
        self.bit_depth = depth_of(first.format)
        self._stored_size = (first.width, first.height)
        matrix = first.side_data.get("DISPLAYMATRIX")
        if matrix is not None:
            self._orientation = from_display_matrix(bytes(matrix))
        self.rotation = self._orientation.rotation
        self.size = self._orientation.size(first.width, first.height)
        aspect = stream.sample_aspect_ratio
        if aspect:
            self.sample_aspect = 1 / Fraction(aspect) if self._orientation.transpose else Fraction(aspect)

    def count(self) -> int:
        if not self._paired:
            if self._index is None:
                self._index = FrameIndex(trusted=False)
                with open_input(self.path) as container:
                    stream = _prepared(self.path, container)
                    self._index.shown.extend(range(sum(1 for _ in self._timed(container, stream))))
            return len(self._index.shown)
        return len(self._indexed().shown)

    def _indexed(self) -> FrameIndex:
        if self._index is None:
            with open_input(self.path) as container:
                self._index = build(container, main_video(container), self._first)
        return self._index

    def frames(self, start: int = 0) -> Iterator[Frame]:
        if start < 0:
            raise ValueError("frames are counted from 0")
        if start and self._paired:
            try:
                yield from self._from_key(start)
                return
            except _CannotSeek:
                pass
        with open_input(self.path) as container:
            stream = _prepared(self.path, container)
            for number, (pts, frame) in enumerate(self._timed(container, stream)):
                if number >= start:
                    yield self._shown(frame, pts)

    def packets_are_not_frames(self) -> None:
        """Told by decoding, where the probe's few frames did not show it (interlaced streams in fields)."""
        if self._paired:
            self._paired, self._index = False, None

    def first_pts(self) -> int | None:
        """Of the first frame that decodes, in ticks."""
        return self._first

    def _from_key(self, start: int) -> Iterator[Frame]:
        """frames(start) by seeking. Raises _CannotSeek, before the first frame, unless the way there is
        proved: from a keyframe of the index, every frame in the index's order, none of them damaged."""
        index = self._indexed()
        if start >= len(index.shown):
            return
        target = index.shown[start]
        key = index.key_before(target)
        if not index.trusted or key is None or key[0] <= index.shown[0]:
            raise _CannotSeek
        with open_input(self.path) as container:
            stream = _prepared(self.path, container)
            decoder = _seek(container, stream, self, key[1])
            position: int | None = None
            started, last = False, None
            for pts, frame in decoder:
                if not started:
                    position = _proved(index, decoder, position, pts, frame)
                    if position is None:
                        continue
                    if pts > target:
                        raise _CannotSeek
                    started = pts == target
                last = frame or last
                if started:
                    yield self._shown(last, pts * self.time_base - self.origin)
            if not started:
                raise _CannotSeek

    def _timed(self, container: Any, stream: Any) -> Iterator[tuple[Fraction, Any]]:
        """(pts, decoded frame) in order from the first; frames that are lost repeat the one before."""
        tick, step = self.time_base, 1 / (self.rate or Fraction(25))
        last: Any = None
        last_pts: Fraction | None = None
        shift = Fraction(0)
        for ticks, frame in _Decoder(container, stream, self, paired=self._paired):
            if last is None and frame is None:
                continue
            last = frame or last
            if ticks is None:
                pts = Fraction(0) if last_pts is None else last_pts + step
            else:
                pts = ticks * tick - self.origin + shift
            if last_pts is not None and pts <= last_pts:
                self.warn(f"timestamps run backwards at about {float(pts):.1f} s")
                if last_pts - pts > 1:  # the clock was reset: go on from where it was
                    shift += last_pts + step - pts
                    pts = last_pts + step
                else:
                    pts = last_pts + tick
            last_pts = pts
            yield pts, last

    def _shown(self, frame: Any, pts: Fraction) -> Frame:
        if (frame.width, frame.height) != self._stored_size:
            self.warn(f"the picture's size changes at about {float(pts):.1f} s; it is scaled to the first")
            frame = frame.reformat(*self._stored_size, interpolation="BICUBIC")
        image = self._pixels(frame, self.colour)
        return Frame(self._orientation.apply(image), pts)


class _CannotSeek(Exception):
    pass


class _Decoder:
    """(pts in ticks or None, frame or None for one that was lost) of a stream, in the order shown.

    A frame whose packet was read but that never came out is lost. That is told only after damage has shown:
    where packets and frames do not pair off in a whole file, nothing is lost.
    """

    def __init__(
        self, container: Any, stream: Any, reader: VideoReader, *, paired: bool = True, quiet: bool = False
    ) -> None:
        self.container, self.stream, self.reader = container, stream, reader
        self.paired, self.quiet = paired, quiet
        self.damaged = False
        self.first_packet: Any = None
        self._pending: list[int] = []
        self._given_up: set[int] = set()

    def __iter__(self) -> Iterator[tuple[Any, Any]]:
        import av

        packets, end = 0, Fraction(0)
        demuxed = self.container.demux([s for s in self.container.streams if not is_cover(s)])
        while True:
            try:
                packet = next(demuxed)
            except StopIteration:
                break
            except av.FFmpegError:
                self._damage("cannot be read further than", end)
                demuxed = iter(())
                packet = None
            if packet is not None and packet.pts is not None and packet.size:
                end = max(end, (packet.pts + (packet.duration or 0)) * packet.time_base)
            if packet is not None and packet.stream_index != self.stream.index:
                continue
            packets += packet is not None and packet.size > 0
            yield from self._decode(packet, end)
        yield from self._decode(None, end)
        while self._pending:
            yield from self._lost(heapq.heappop(self._pending))
        self._check_length(packets, end)

    def _decode(self, packet: Any, end: Fraction) -> Iterator[tuple[Any, Any]]:
        import av

        if packet is not None and not packet.size:
            return
        time = end
        if packet is not None:
            self.first_packet = self.first_packet or packet
            if packet.is_corrupt:
                self._damage("damaged at about", end)
            if packet.pts is not None and is_shown(packet, self.stream.codec_context.name):
                heapq.heappush(self._pending, packet.pts)
                time = packet.pts * packet.time_base
        try:
            frames = self.stream.codec_context.decode(packet)
        except av.EOFError:
            return
        except av.FFmpegError:
            self._damage("damaged at about", time)
            return
        for frame in frames:
            if frame.is_corrupt:
                self._damage("damaged at about", time)
            yield from self._ordered(frame)

    def _ordered(self, frame: Any) -> Iterator[tuple[Any, Any]]:
        pts = frame.pts
        if pts is not None:
            if pts in self._given_up:
                return
            while self._pending and self._pending[0] < pts:
                yield from self._lost(heapq.heappop(self._pending))
            if self._pending and self._pending[0] == pts:
                heapq.heappop(self._pending)
        yield pts, frame

    def _lost(self, pts: int) -> Iterator[tuple[Any, Any]]:
        if self.quiet:
            yield pts, None
        elif not self.damaged:
            self.paired = False
            self.reader.packets_are_not_frames()
        elif self.paired:
            if len(self._given_up) > 256:
                self._given_up.clear()
            self._given_up.add(pts)
            yield pts, None

    def _damage(self, what: str, time: Fraction) -> None:
        self.damaged = True
        if not self.quiet:
            self.reader.warn(f"{what} {max(0.0, float(time - self.reader.origin)):.1f} s")

    def _check_length(self, packets: int, end: Fraction) -> None:
        """A file that ends before it said it would."""
        if self.quiet:
            return
        promised = self.container.duration
        start = self.container.start_time or 0
        late = Fraction(0)
        if promised and self.container.format.name.startswith(_KNOWS_ITS_LENGTH):
            late = Fraction(promised + start, 1_000_000) - end
        begun = self.first_packet is not None and self.first_packet.pts == self.reader.first_pts()
        fewer = begun and self.stream.frames and packets < self.stream.frames - 1
        if fewer or late > Fraction(1, 2):
            self.reader.warn(f"cut short: it ends at about {max(0.0, float(end - self.reader.origin)):.1f} s")


def _prepared(path: Path, container: Any) -> Any:
    """The main video stream, ready to decode the same way whatever the machine.

    Slice threads only: frame threads conceal damage differently from run to run, and hide it.
    """
    stream = main_video(container)
    if stream is None:
        raise SourceError(f"{path}: there is no video track in it")
    stream.thread_type = "SLICE"
    stream.codec_context.thread_count = 2
    return stream


def _seek(container: Any, stream: Any, reader: VideoReader, dts: int) -> _Decoder:
    import av

    try:
        container.seek(dts, stream=stream, backward=True)
    except av.FFmpegError as error:
        raise _CannotSeek from error
    return _Decoder(container, stream, reader)


def _proved(index: FrameIndex, decoder: _Decoder, position: int | None, pts: Any, frame: Any) -> int | None:
    """The place in the index of a frame decoded after a seek; None for one to be left out."""
    packet = decoder.first_packet
    if decoder.damaged or frame is None or pts is None or packet is None:
        raise _CannotSeek
    if position is None:
        if packet.pts is None or not packet.is_keyframe or packet.pts not in index.key_pts:
            raise _CannotSeek
        if pts < packet.pts:
            return None  # a leading picture of an open GOP: its references lie before the seek
        if pts != packet.pts or int(getattr(frame.pict_type, "value", frame.pict_type)) != 1:
            raise _CannotSeek
        found = index.position(pts)
    else:
        found = index.position(pts)
        if found != position + 1:
            raise _CannotSeek
    if found is None:
        raise _CannotSeek
    return found
