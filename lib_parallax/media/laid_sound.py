"""The sound that is laid under a result, alone or mixed: as long as the result, one track of its file."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from fractions import Fraction
from pathlib import Path
from typing import Any

import numpy as np

from ..errors import OptionError
from .audio import blocks, probe
from .container import open_input
from .loudness import loudness
from .mixing import Track, mixed
from .reader import Reader
from .sound import add_track, encoder_for

TARGET = -16.0  # LUFS, as is usual for what is heard on the web
MOST_GAIN = 24.0  # dB: hardly anything but hiss lies so low
_RATE = 48000  # of a mix


@dataclass(frozen=True)
class LaidSound:
    """What is laid under a result.

    own        the first track is the source's own, and takes its place; the source's other tracks stay. Else
               all of the source's sound gives way
    normalise  several tracks are brought to TARGET together
    """

    tracks: tuple[Track, ...]
    own: bool = False
    normalise: bool = True

    @property
    def is_mix(self) -> bool:
        return len(self.tracks) > 1


def own_track(source: Reader, volume: float) -> Track:
    """The first track of a source, in time with its frames."""
    with open_input(source.path) as container:
        late = float(Fraction(container.start_time or 0, 1_000_000) - source.origin)
    return Track(source.path, start=max(0.0, -late), delay=max(0.0, late), volume=volume)


def check_sound(laid: LaidSound) -> None:
    """Raises SourceError for a file whose sound cannot be read, OptionError for a start beyond its end."""
    for track in laid.tracks:
        if not isinstance(track.source, Path):
            continue
        seconds = probe(track.source).seconds
        next(blocks(track.source, _RATE, 2), None)
        if seconds is not None and track.start >= seconds:
            raise OptionError(
                f"sound_start: {track.source.name} ends after {seconds:.1f} s, before {track.start:g} s",
                "sound_start",
            )


class SoundTrack:
    """The track of a result: `stream`, and `packets` in order of time.

    length  seconds of the result. `warnings` tells, once the packets are made, of sound that ended early.
    """

    def __init__(self, container: Any, laid: LaidSound, suffix: str, length: Fraction):
        first = laid.tracks[0].source
        alone = isinstance(first, Path) and not laid.is_mix
        name, self._rate = encoder_for(probe(first).rate if alone else _RATE, suffix)  # type: ignore[arg-type]
        self._laid, self._length = laid, length
        self.stream = add_track(container, name, self._rate, "stereo")
        self.warnings: list[str] = []

    def packets(self) -> Iterator[tuple[Fraction, Any]]:
        """(time in seconds, packet), encoded as they are asked for."""
        import av

        context, at = self.stream.codec_context, 0
        form, size = context.format.name, context.frame_size or 1024
        for samples in _regrouped(self._samples(), size):
            block = av.AudioFrame.from_ndarray(np.ascontiguousarray(samples), "fltp", "stereo")
            block.sample_rate, block.pts, block.time_base = self._rate, at, Fraction(1, self._rate)
            at += samples.shape[1]
            yield from self._encoded(_in_form(block, form, self._rate))
        yield from self._encoded(None)

    def _encoded(self, frame: Any) -> Iterator[tuple[Fraction, Any]]:
        for packet in self.stream.encode(frame):
            packet.stream = self.stream
            yield packet.dts * packet.time_base, packet

    def _samples(self) -> Iterator[np.ndarray]:
        """Exactly as many as the result is long. A mix is heard once beforehand, for how loud it is."""
        tracks, total = self._laid.tracks, round(self._length * self._rate)
        gain = 0.0
        if self._laid.is_mix and self._laid.normalise:
            found = loudness(mixed(tracks, self._rate, total), self._rate)
            gain = 0.0 if found is None else min(TARGET - found, MOST_GAIN)
        # one track is left as it is, unless it is made louder
        limited = self._laid.is_mix or tracks[0].volume > 0
        return mixed(tracks, self._rate, total, gain=gain, limited=limited, on_end=self._ended)

    def _ended(self, track: Track, seconds: float) -> None:
        if self._laid.own and track is self._laid.tracks[0]:
            return  # as the source has it
        self.warnings.append(
            f"{track.source}: the sound ends after {seconds:.1f} s, and the result takes "
            f"{float(self._length):.1f} s; the rest is silent"
        )


def _regrouped(parts: Iterator[np.ndarray], size: int) -> Iterator[np.ndarray]:
    """The same samples in blocks of `size`; the last may be shorter."""
    waiting = np.empty((2, 0), np.float32)
    for part in parts:
        waiting = np.concatenate([waiting, part], axis=1)
        whole = waiting.shape[1] // size * size
        for at in range(0, whole, size):
            yield waiting[:, at : at + size]
        waiting = waiting[:, whole:]
    if waiting.shape[1]:
        yield waiting


def _in_form(block: Any, form: str, rate: int) -> Any:
    """The block in the encoder's kind of numbers."""
    import av

    if form == block.format.name:
        return block
    (changed,) = av.AudioResampler(form, "stereo", rate).resample(block)
    changed.pts, changed.time_base = block.pts, block.time_base
    return changed
