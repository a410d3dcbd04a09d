"""A loop's frames become closed segments, in the job's own process or in a worker's."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

from .. import media
from ..errors import Cancelled
from ..timeline.pace import Row, Watcher
from ..types import Boundary, CancelToken, Frame
from .durable import writing
from .segments import OpenEncoder, Segment, closing
from .targets import Target

AHEAD = 2


@dataclass(frozen=True)
class Closed:
    """A segment whose files are durable.

    files   by target: path in the folder of the segments, and sha256
    after   where the next one begins, with the loop's state; None behind the last frame
    motion  how its frames move, where that was watched
    """

    frames: int
    files: dict[str, dict[str, str]]
    after: Boundary | None
    motion: Sequence[Row] = ()


@dataclass(frozen=True)
class Bench:
    """Where and how segments are made.

    watched  how frames move is to be kept
    """

    folder: Path
    targets: Sequence[Target]
    encoders: OpenEncoder
    watched: bool = False

    def segment(self, number: int) -> Segment:
        watcher = Watcher() if self.watched else None
        return Segment(self.folder, number, self.targets, self.encoders, watcher)


def closed_segments(
    frames: Iterator[Frame],
    bench: Bench,
    segment_number: int,
    frame_number: int,
    cancel: CancelToken,
    on_frame: Callable[[Frame], None],
) -> Iterator[Closed]:
    """Renders all frames, a few of them ahead in a thread, and gives each segment as it is closed.

    segment_number, frame_number  of the first segment, and of the first frame in the result
    on_frame  is told each frame that has been written

    Raises Cancelled when that is asked for; the open segment is lost.
    """
    segment: Segment | None = None
    try:
        with closing(media.ahead(frames, AHEAD)) as made:
            for frame in made:
                if cancel.cancelled:
                    break
                if segment is not None and frame.boundary is not None:
                    yield _closed(segment, frame.boundary, bench)
                    segment, segment_number = None, segment_number + 1
                with writing(bench.folder):
                    segment = segment or bench.segment(segment_number)
                    segment.write(frame, frame_number)
                frame_number += 1
                on_frame(frame)
        if cancel.cancelled:
            raise Cancelled("stopped")
        if segment is not None:
            yield _closed(segment, None, bench)
            segment = None
    finally:
        if segment is not None:
            segment.abort()


def _closed(segment: Segment, after: Boundary | None, bench: Bench) -> Closed:
    with writing(bench.folder):
        files = segment.close()
    return Closed(segment.frames, files, after, segment.watcher.rows if segment.watcher is not None else ())
