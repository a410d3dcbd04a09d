"""Decoding a video stream so that damage is noticed, told, and costs no more frames than it must."""

from __future__ import annotations

import heapq
from collections.abc import Iterator
from fractions import Fraction
from typing import TYPE_CHECKING, Any

from .container import is_cover
from .index import FrameIndex, is_shown
from .picture_files import MOST_PIXELS

if TYPE_CHECKING:
    from .video import VideoReader

EXPORT_MOTION_VECTORS = 1 << 28  # AV_CODEC_FLAG2_EXPORT_MVS
_KNOWS_ITS_LENGTH = ("mov", "matroska", "avi", "flv", "asf")


class CannotSeek(Exception):
    """A seek whose result is not proved to be the right frame."""


class Hurt(Exception):
    """Damage met by a decoder that does not tolerate any; `time` in seconds, the file's own."""

    def __init__(self, time: Fraction) -> None:
        super().__init__(float(time))
        self.time = time


class Decoder:
    """(pts in ticks or None, frame or None for one that was lost) of a stream, in the order shown.

    Intolerant, it raises Hurt at the first damage: only so does FFmpeg tell of all that it finds. Tolerant,
    it shows what can be made of the rest. A frame whose packet was read but that never came out is lost.
    That is told only after damage: where packets and frames do not pair off in a whole file, nothing is.
    With `vectors` the frames carry their motion vectors, where the codec hands them out.
    """

    def __init__(
        self, container: Any, stream: Any, reader: VideoReader, *, tolerant: bool = True,
        paired: bool = True, quiet: bool = False, vectors: bool = False,
    ) -> None:  # fmt: skip
        self.container, self.stream, self.reader = container, stream, reader
        self.tolerant, self.paired, self.quiet = tolerant, paired, quiet
        self.damaged = tolerant
        self.first_packet: Any = None
        self._pending: list[int] = []
        self._given_up: set[int] = set()
        # One thread, or several for slices: frame threads conceal damage differently from run to run.
        stream.thread_type = "SLICE"
        stream.codec_context.thread_count = 2 if tolerant or stream.codec_context.name != "h264" else 1
        bounds = {"max_pixels": str(MOST_PIXELS)}  # a stream may grow in its middle
        stream.codec_context.options = bounds if tolerant else {**bounds, "err_detect": "explode"}
        if vectors:
            stream.codec_context.flags2 |= EXPORT_MOTION_VECTORS

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
                break
            if packet.pts is not None and packet.size:
                end = max(end, (packet.pts + (packet.duration or 0)) * packet.time_base)
            if packet.stream_index == self.stream.index and packet.size:
                packets += 1
                yield from self._decode(packet, end)
        yield from self._decode(None, end)
        while self._pending:
            yield from self._lost(heapq.heappop(self._pending))
        self._check_length(packets, end)

    def _decode(self, packet: Any, time: Fraction) -> Iterator[tuple[Any, Any]]:
        import av

        if packet is not None:
            self.first_packet = self.first_packet or packet
            if packet.pts is not None:
                time = packet.pts * packet.time_base
                if is_shown(packet, self.stream.codec_context.name):
                    heapq.heappush(self._pending, packet.pts)
            if packet.is_corrupt:
                self._damage("damaged at about", time)
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
        if self.quiet:
            return
        if not self.tolerant:
            raise Hurt(time)
        self.reader.damage(what, time)

    def _check_length(self, packets: int, end: Fraction) -> None:
        """A file that ends before it said it would."""
        if self.quiet:
            return
        promised = self.container.duration
        late = Fraction(0)
        if promised and self.container.format.name.startswith(_KNOWS_ITS_LENGTH):
            late = Fraction(promised + (self.container.start_time or 0), 1_000_000) - end
        whole = self.first_packet is not None and self.first_packet.pts == self.reader.first_pts()
        fewer = whole and self.stream.frames and packets < self.stream.frames - 1
        if fewer or late > Fraction(1, 2):
            self.reader.damage("cut short: it ends at about", end)


def seek(container: Any, stream: Any, dts: int) -> None:
    """To the last keyframe at or before a decoding time. Raises CannotSeek."""
    import av

    try:
        container.seek(dts, stream=stream, backward=True)
    except av.FFmpegError as error:
        raise CannotSeek from error


def proved(index: FrameIndex, decoder: Decoder, position: int | None, pts: Any, frame: Any) -> int | None:
    """The place in the index of a frame decoded after a seek; None for one to be left out.

    `position` is the place of the frame before, None at the first. Raises CannotSeek on any doubt.
    """
    packet = decoder.first_packet
    if pts is None or packet is None or (frame is None and position is None):
        raise CannotSeek
    found = index.position(pts)
    if position is not None:
        if found != position + 1:
            raise CannotSeek
        return found
    if packet.pts is None or not packet.is_keyframe or packet.pts not in index.key_pts:
        raise CannotSeek
    if pts < packet.pts:
        return None  # a leading picture of an open group: its references lie before the seek
    if pts != packet.pts or int(getattr(frame.pict_type, "value", frame.pict_type)) != 1:
        raise CannotSeek
    return found
