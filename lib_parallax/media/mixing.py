"""Several sounds mixed into one by FFmpeg's filters, in this process, block by block and exact to the sample.

    tracks = (Track(Path("voice.wav")), Track(Path("rain.ogg"), volume=-12, pan=-0.3, loop=True))
    for block in mixed(tracks, 48000, 480000):  # ten seconds, float32 [2, n]

Each track goes volume, low-pass, pan, delay, fade, and then all are added up as they are.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from fractions import Fraction
from pathlib import Path
from typing import Any

import numpy as np

from .audio import BLOCK, blocks, probe
from .looping import repeated

Made = Callable[[int, int], Iterator[np.ndarray]]
"""Sound that is made: (rate, samples that are needed) to blocks float32 [2, n]."""

_LAYOUTS = {1: "mono", 2: "stereo"}
CEILING = -1.5  # dB of full scale, which limited sound does not pass


@dataclass(frozen=True)
class Track:
    """A sound and how it is heard.

    source   a file, whose first audio track is taken, or what makes sound
    start    seconds into it
    repeat   begins again from `start` where it ends before the result
    seam     seconds over which the end of each round and the beginning of the next are cross-faded
    fade     seconds at the end of the result over which it is faded out
    volume   dB
    pan      -1 left, 0 as it is, 1 right; what is heard at 0 is as loud anywhere
    lowpass  Hz above which it is damped, 12 dB an octave; None for none
    delay    seconds after which it begins
    """

    source: Path | Made
    start: float = 0.0
    repeat: bool = False
    seam: float = 0.0
    fade: float = 0.0
    volume: float = 0.0
    pan: float = 0.0
    lowpass: float | None = None
    delay: float = 0.0


def mixed(
    tracks: Sequence[Track],
    rate: int,
    length: int,
    *,
    gain: float = 0.0,
    limited: bool = False,
    on_end: Callable[[Track, float], None] | None = None,
) -> Iterator[np.ndarray]:
    """The sum of the tracks, float32 `[2, n]` block by block, `length` samples in all at `rate`.

    gain     dB of the whole
    limited  no sample passes CEILING; what is quieter stays as it is
    on_end   is told of a file that ends before the result does, and after how many seconds

    The same tracks give the same samples. Raises SourceError for a file that cannot be read, and
    ValueError for no tracks or a delay below 0.
    """
    if not tracks or any(track.delay < 0 for track in tracks):
        raise ValueError("there must be tracks, and none may begin before the result")
    channels = [channels_of(track) for track in tracks]
    # the graph is held as long as it is used: its filters do not hold it
    graph, entries, sink = _graph(tracks, channels, rate, length, gain, limited)
    feeds = [
        _Feed(entry, track, count, rate, length, on_end)
        for entry, track, count in zip(entries, tracks, channels, strict=True)
    ]
    left = length
    while feeds:
        feeds = [feed for feed in feeds if feed.push()]
        for block in _drained(sink):
            yield block[:, :left]
            left -= min(left, block.shape[1])
    del graph
    if left:
        raise RuntimeError(f"the mix lacks {left} samples")


def panned(pan: float, channels: int) -> np.ndarray:
    """The gains float64 `[2, channels]` by which a track's channels reach left and right.

    One channel is spread by sine and cosine, so that its power is the same at any `pan` and each side
    has it whole in the middle. Of two, the side that is turned away from moves over to the other.
    """
    if channels == 1:
        angle = (pan + 1) * math.pi / 4
        return math.sqrt(2) * np.array([[math.cos(angle)], [math.sin(angle)]])
    angle = abs(pan) * math.pi / 2
    over, stays = math.sin(angle), math.cos(angle)
    return np.array([[1.0, over], [0.0, stays]] if pan < 0 else [[stays, 0.0], [over, 1.0]])


def channels_of(track: Track) -> int:
    return probe(track.source).channels if isinstance(track.source, Path) else 2


def _graph(
    tracks: Sequence[Track], channels: Sequence[int], rate: int, length: int, gain: float, limited: bool
) -> tuple[Any, list[Any], Any]:
    """A graph, where each track enters it, and where the mix leaves it."""
    import av

    graph: Any = av.filter.Graph()
    graph.threads = 1
    mix = graph.add("amix", f"inputs={len(tracks)}:normalize=0:dropout_transition=0")
    entries = []
    for number, (track, count) in enumerate(zip(tracks, channels, strict=True)):
        entry = graph.add_abuffer(
            sample_rate=rate, format="fltp", layout=_LAYOUTS[count], time_base=Fraction(1, rate)
        )
        _chained(graph, entry, _steps(track, count, rate, length)).link_to(mix, 0, number)
        entries.append(entry)
    sink = _chained(graph, mix, _finish(gain, limited))
    graph.configure()
    return graph, entries, sink


def _chained(graph: Any, first: Any, steps: Iterator[tuple[str, str]]) -> Any:
    """The last of the filters, each linked to the one before."""
    for name, arguments in steps:
        step = graph.add(name, arguments)
        first.link_to(step)
        first = step
    return first


def _steps(track: Track, channels: int, rate: int, length: int) -> Iterator[tuple[str, str]]:
    if track.volume:
        yield "volume", f"{_linear(track.volume)}:precision=float"
    if track.lowpass is not None and track.lowpass < rate / 2:
        yield "lowpass", f"f={track.lowpass:.6f}:poles=2:precision=f32"
    (ll, *lr), (rl, *rr) = panned(track.pan, channels)
    left = f"{ll:.9f}*c0" + "".join(f"+{g:.9f}*c1" for g in lr)
    right = f"{rl:.9f}*c0" + "".join(f"+{g:.9f}*c1" for g in rr)
    yield "pan", f"stereo|c0={left}|c1={right}"
    if _late(track, rate):
        yield "adelay", f"{_late(track, rate)}S:all=1"
    fade = min(length, round(track.fade * rate))
    if fade:
        yield "afade", f"t=out:start_sample={length - fade}:nb_samples={fade}"


def _finish(gain: float, limited: bool) -> Iterator[tuple[str, str]]:
    yield "volume", f"{_linear(gain)}:precision=float"
    if limited:
        yield "alimiter", f"limit={_linear(CEILING)}:attack=5:release=100:level=0:latency=1"
    yield "aformat", "sample_fmts=fltp:channel_layouts=stereo"
    yield "abuffersink", ""


def _linear(decibels: float) -> str:
    return f"{10 ** (decibels / 20):.9f}"


def _late(track: Track, rate: int) -> int:
    return round(track.delay * rate)


class _Feed:
    """What goes into the mix for one track: `push` block by block, until it tells that it was the last."""

    def __init__(
        self,
        entry: Any,
        track: Track,
        channels: int,
        rate: int,
        length: int,
        on_end: Callable[[Track, float], None] | None,
    ) -> None:
        self._entry, self._rate, self._at = entry, rate, 0
        self._layout = _LAYOUTS[channels]
        needed = max(0, length - _late(track, rate))
        self._blocks = _exactly(_played(track, channels, rate, needed), needed, channels, self._ended)
        self._on_end, self._track = on_end, track

    def push(self) -> bool:
        import av

        block = next(self._blocks, None)
        if block is None:
            self._entry.push(None)
            return False
        frame = av.AudioFrame.from_ndarray(np.ascontiguousarray(block), "fltp", self._layout)
        frame.sample_rate, frame.pts, frame.time_base = self._rate, self._at, Fraction(1, self._rate)
        self._entry.push(frame)
        self._at += block.shape[1]
        return True

    def _ended(self, samples: int) -> None:
        if self._on_end is not None:
            self._on_end(self._track, self._track.delay + samples / self._rate)


def _played(track: Track, channels: int, rate: int, needed: int) -> Iterator[np.ndarray]:
    """The track from its start on, again and again where it is repeated."""
    source = track.source
    if not isinstance(source, Path):
        return source(rate, needed)
    skip = round(track.start * rate)

    def once() -> Iterator[np.ndarray]:
        return _from(blocks(source, rate, channels), skip)

    return repeated(once, round(track.seam * rate)) if track.repeat else once()


def _from(parts: Iterator[np.ndarray], skip: int) -> Iterator[np.ndarray]:
    for part in parts:
        left = part[:, skip:]
        skip -= part.shape[1] - left.shape[1]
        if left.shape[1]:
            yield left


def _exactly(
    parts: Iterator[np.ndarray], length: int, channels: int, ended: Callable[[int], None]
) -> Iterator[np.ndarray]:
    """`length` samples in blocks of BLOCK but for the last: silence follows what ends before, which is told.

    Blocks of one length let the mix take as much of each track at a time, so that nothing piles up.
    """
    waiting, at = np.empty((channels, 0), np.float32), 0
    for part in parts:
        part = part[:, : length - at]
        at += part.shape[1]
        waiting = np.concatenate([waiting, part], axis=1)
        while waiting.shape[1] >= BLOCK:
            yield waiting[:, :BLOCK]
            waiting = waiting[:, BLOCK:]
        if at == length:
            break
    else:
        if at < length:
            ended(at)
    while waiting.shape[1] or at < length:
        silence = min(BLOCK - waiting.shape[1], length - at)
        at += silence
        yield np.pad(waiting, ((0, 0), (0, silence)))
        waiting = waiting[:, :0]


def _drained(sink: Any) -> Iterator[np.ndarray]:
    import av

    while True:
        try:
            yield sink.pull().to_ndarray()
        except (av.BlockingIOError, av.EOFError):
            return
