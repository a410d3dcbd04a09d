"""Which frames a video holds, in the order they are shown, and where decoding can begin.

Made by demuxing alone: eight bytes a frame, nothing is decoded.
"""

from __future__ import annotations

import itertools
from array import array
from bisect import bisect_left
from dataclasses import dataclass, field
from typing import Any


@dataclass
class FrameIndex:
    """Timestamps in the stream's ticks.

    shown     of every frame, ascending.
    keys      of the frames that decoding can begin at, in file order, as shown and as decoded.
    trusted   every frame has a timestamp of its own, so that the n-th can be told by it.
    """

    shown: array = field(default_factory=lambda: array("q"))
    key_pts: array = field(default_factory=lambda: array("q"))
    key_dts: array = field(default_factory=lambda: array("q"))
    trusted: bool = True

    def position(self, pts: int) -> int | None:
        """Which frame has this timestamp, or None."""
        at = bisect_left(self.shown, pts)
        return at if at < len(self.shown) and self.shown[at] == pts else None

    def key_before(self, pts: int) -> tuple[int, int] | None:
        """(pts, dts) of the last place decoding can begin at to show the frame of this timestamp."""
        best = None
        for key in zip(self.key_pts, self.key_dts, strict=True):
            if key[0] <= pts and (best is None or key[0] > best[0]):
                best = key
        return best


def is_shown(packet: Any, codec: str) -> bool:
    """Whether a packet gives a frame to show (edit lists and VP8's alternate references do not)."""
    if not packet.size or getattr(packet, "is_discard", False):
        return False
    return codec != "vp8" or bool(memoryview(packet)[0] & 0x10)


def build(container: Any, stream: Any, first: int | None) -> FrameIndex:
    """Index of a stream; frames before `first`, the first that decodes, are left out."""
    import av

    index = FrameIndex()
    codec = stream.codec_context.name
    latest: int | None = None
    clock_reset = int(5 / stream.time_base)
    try:
        for packet in container.demux(stream):
            if not is_shown(packet, codec):
                continue
            pts = packet.pts
            if pts is None:
                index.trusted = False
                pts = len(index.shown)
            elif first is not None and pts < first:
                continue
            elif latest is not None and pts < latest - clock_reset:
                index.trusted = False
            latest = pts if latest is None else max(latest, pts)
            index.shown.append(pts)
            if packet.is_keyframe:
                index.key_pts.append(pts)
                index.key_dts.append(pts if packet.dts is None else packet.dts)
    except av.FFmpegError:
        pass  # the rest cannot be reached; decoding meets the same wall and says so
    index.shown = array("q", sorted(index.shown))
    if any(a == b for a, b in itertools.pairwise(index.shown)):
        index.trusted = False
    return index
