"""A few frames of a video in the middle, without decoding all that lies before them.

The way from the keyframe to them leads over frames that nothing else is made from; those a decoder can
leave out, and what it gives afterwards is the same. That halves the way through most H.264. It is done
for that codec alone, whose streams mark such frames one by one.
"""

from __future__ import annotations

import heapq
from collections.abc import Iterator
from typing import TYPE_CHECKING, Any

from .container import main_video, open_input
from .decoding import CannotSeek, Decoder, proved, seek

if TYPE_CHECKING:
    from fractions import Fraction

    from .index import FrameIndex
    from .video import VideoReader

CODECS = ("h264",)


class _Hastened(Decoder):
    """A Decoder that leaves out what is shown before `first`, in ticks, and is no reference."""

    def __init__(self, container: Any, stream: Any, reader: VideoReader, first: int) -> None:
        super().__init__(container, stream, reader, tolerant=False)
        self._first = first

    def _decode(self, packet: Any, time: Fraction) -> Iterator[tuple[Any, Any]]:
        if packet is not None:
            if packet.pts is None:
                raise CannotSeek
            # asked of each packet: in the order of decoding early and late ones lie mixed
            early = packet.pts < self._first
            self.stream.codec_context.skip_frame = "NONREF" if early else "DEFAULT"
        yield from super()._decode(packet, time)

    def _ordered(self, frame: Any) -> Iterator[tuple[Any, Any]]:
        while self._pending and self._pending[0] < self._first:
            heapq.heappop(self._pending)
        yield from super()._ordered(frame)

    def _lost(self, pts: int) -> Iterator[tuple[Any, Any]]:
        raise CannotSeek


def hastened(reader: VideoReader, index: FrameIndex, start: int) -> Iterator[tuple[Fraction, Any]]:
    """(pts in seconds, decoded frame) from the start-th on, just as without haste.

    Raises CannotSeek where that is not proved and Hurt at damage, at any frame.
    """
    expected, target = start, index.shown[start]
    key = index.key_before(target)
    if not index.trusted or key is None:
        raise CannotSeek
    with open_input(reader.path) as container:
        stream = main_video(container)
        if stream is None or stream.codec_context.name not in CODECS:
            raise CannotSeek
        if key[0] > index.shown[0]:
            seek(container, stream, key[1])
        decoder = _Hastened(container, stream, reader, target)
        begun = False
        for pts, frame in decoder:
            begun = begun or proved(index, decoder, None, pts, frame) is not None
            if not begun or pts < target:
                continue
            if expected >= len(index.shown) or pts != index.shown[expected]:
                raise CannotSeek
            expected += 1
            yield pts * reader.time_base - reader.origin, frame
    if expected == start:
        raise CannotSeek
