"""Sound as numbers: the first audio track of any file, at a rate that is asked for, in mono or stereo.

    samples = decode(path, 44100)         # float32 [channels, samples], about -1..1
    for block in blocks(path, 48000, 2):  # the same piece by piece

The clock is the file's: a track that begins late begins with silence, and gaps are silence too.
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from fractions import Fraction
from pathlib import Path
from typing import Any

import numpy as np

from ..errors import SourceError
from .container import main_audio, open_input
from .sound import graph_to

BLOCK = 4096  # samples of a block, at most
MOST = 1 << 28  # numbers that `decode` holds, a gibibyte of them
LATEST = 24 * 3600  # seconds: a track that begins later than this has a broken clock
_LAYOUTS = {1: "mono", 2: "stereo"}


@dataclass(frozen=True)
class Sound:
    """What a file's first audio track is.

    channels  that `decode` makes of it: 1 or 2
    seconds   how long the file says that it is; None where it does not say
    """

    rate: int
    channels: int
    seconds: float | None


def probe(path: Path) -> Sound:
    """What `decode` would find. Raises SourceError for a file without sound, or that cannot be read."""
    with _opened(path) as (container, stream):
        told = container.duration / 1e6 if container.duration else None
        context = stream.codec_context
        return Sound(context.sample_rate, min(2, context.layout.nb_channels), told)


def decode(path: Path, rate: int, channels: int | None = None) -> np.ndarray:
    """The first audio track as float32 `[channels, samples]` at `rate` samples a second.

    channels  1 or 2; left out, 1 for mono and 2 for everything else, which is mixed down

    Raises SourceError for a file that is missing, cannot be read, has no sound, or holds more of it
    than MOST numbers. What of a damaged file can be read is taken.
    """
    channels = channels or probe(path).channels
    found, held = [np.empty((channels, 0), np.float32)], 0
    for block in blocks(path, rate, channels):
        held += block.size
        if held > MOST:
            longest = MOST // (channels * rate)
            raise SourceError(f"{path}: its sound is too long; {longest // 60} minutes at most are read")
        found.append(block)
    return np.concatenate(found, axis=1)


def blocks(path: Path, rate: int, channels: int) -> Iterator[np.ndarray]:
    """The same piece by piece: float32 `[channels, n]`, n at most BLOCK.

    Raises SourceError as `decode` does, and for a track of which nothing can be decoded.
    """
    import av

    with _opened(path) as (container, stream):
        begin = Fraction(container.start_time or 0, 1_000_000)
        graph: Any = None
        for frame in _frames(container, stream):
            if graph is None:
                lead = 0.0 if frame.pts is None else float(frame.pts * stream.time_base - begin)
                yield from _silence(round(min(max(lead, 0), LATEST) * rate), channels)
                graph = graph_to(frame, stream.time_base, (rate, "fltp", _LAYOUTS[channels]), BLOCK)
            try:
                graph.push(frame)
            except (av.FFmpegError, ValueError):
                continue  # a frame of another kind, as damage makes them
            yield from _drained(graph)
        if graph is None:
            raise SourceError(f"{path}: its sound cannot be decoded; the file is damaged")
        graph.push(None)
        yield from _drained(graph)


@contextmanager
def _opened(path: Path) -> Iterator[tuple[Any, Any]]:
    with open_input(path) as container:
        stream = main_audio(container)
        if stream is None:
            what = (
                "its sound is of a codec that is unknown here" if container.streams.audio else "has no sound"
            )
            raise SourceError(f"{path}: {what}")
        yield container, stream


def _frames(container: Any, stream: Any) -> Iterator[Any]:
    """Decoded frames; damaged packets give none, and what follows an unreadable place is left out."""
    import av

    packets = container.demux(stream)
    while True:
        try:
            packet = next(packets, None)
        except av.FFmpegError:
            packet = None
        try:
            yield from stream.codec_context.decode(packet)
        except av.EOFError:
            return
        except av.FFmpegError:
            pass
        if packet is None:
            return


def _drained(graph: Any) -> Iterator[np.ndarray]:
    import av

    while True:
        try:
            yield graph.pull().to_ndarray()
        except (av.BlockingIOError, av.EOFError):
            return


def _silence(samples: int, channels: int) -> Iterator[np.ndarray]:
    for at in range(0, samples, BLOCK):
        yield np.zeros((channels, min(BLOCK, samples - at)), np.float32)
