"""Sound of a file of its own laid under a result: from a point on, as long as it, faded where it is cut."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from fractions import Fraction
from pathlib import Path
from typing import Any

import numpy as np

from ..errors import OptionError
from .audio import BLOCK, blocks, probe
from .sound import add_track, encoder_for


@dataclass(frozen=True)
class LaidSound:
    """What is laid under a result.

    start   seconds into the file
    repeat  begins again from `start` where the file ends before the result
    fade    seconds at the end over which sound that goes on is faded out
    """

    path: Path
    start: float = 0.0
    repeat: bool = False
    fade: float = 0.5


def check_sound(laid: LaidSound) -> None:
    """Raises SourceError for a file without sound, OptionError for a start beyond its end."""
    seconds = probe(laid.path).seconds
    if seconds is not None and laid.start >= seconds:
        raise OptionError(
            f"sound_start: {laid.path.name} ends after {seconds:.1f} s, before {laid.start:g} s",
            "sound_start",
        )


class SoundTrack:
    """The track of a result: `stream`, and `packets` in order of time.

    length  seconds of the result. `warnings` tells, once the packets are made, of sound that ended early.
    """

    def __init__(self, container: Any, laid: LaidSound, suffix: str, length: Fraction):
        about = probe(laid.path)
        name, self._rate = encoder_for(about.rate, suffix)
        self._laid, self._layout = laid, ("mono", "stereo")[about.channels - 1]
        self._channels, self._length = about.channels, length
        self.stream = add_track(container, name, self._rate, self._layout)
        self.warnings: list[str] = []

    def packets(self) -> Iterator[tuple[Fraction, Any]]:
        """(time in seconds, packet), encoded as they are asked for."""
        import av

        context, at = self.stream.codec_context, 0
        form, size = context.format.name, context.frame_size or 1024
        for samples in _regrouped(self._samples(), size, self._channels):
            block = av.AudioFrame.from_ndarray(np.ascontiguousarray(samples), "fltp", self._layout)
            block.sample_rate, block.pts, block.time_base = self._rate, at, Fraction(1, self._rate)
            at += samples.shape[1]
            yield from self._encoded(_in_form(block, form, self._layout, self._rate))
        yield from self._encoded(None)

    def _encoded(self, frame: Any) -> Iterator[tuple[Fraction, Any]]:
        for packet in self.stream.encode(frame):
            packet.stream = self.stream
            yield packet.dts * packet.time_base, packet

    def _samples(self) -> Iterator[np.ndarray]:
        """Exactly as many as the result is long."""
        total, at = round(self._length * self._rate), 0
        fade = min(total, round(self._laid.fade * self._rate))
        for block in self._played():
            if at + block.shape[1] > total - fade:
                left = total - np.arange(at, at + block.shape[1])
                block = block * np.clip(left / max(1, fade), 0, 1).astype(np.float32)
            block = block[:, : total - at]
            yield block
            at += block.shape[1]
            if at == total:
                return
        ends = at / self._rate
        self.warnings.append(
            f"{self._laid.path}: the sound ends after {ends:.1f} s, and the result takes "
            f"{float(self._length):.1f} s; the rest is silent"
        )
        for done in range(at, total, BLOCK):
            yield np.zeros((self._channels, min(BLOCK, total - done)), np.float32)

    def _played(self) -> Iterator[np.ndarray]:
        """The file from its start on, again and again where it is repeated."""
        while True:
            skip, played = round(self._laid.start * self._rate), 0
            for block in blocks(self._laid.path, self._rate, self._channels):
                left = block[:, skip:]
                skip -= block.shape[1] - left.shape[1]
                played += left.shape[1]
                if left.shape[1]:
                    yield left
            if not self._laid.repeat or not played:
                return


def _regrouped(parts: Iterator[np.ndarray], size: int, channels: int) -> Iterator[np.ndarray]:
    """The same samples in blocks of `size`; the last may be shorter."""
    waiting = np.empty((channels, 0), np.float32)
    for part in parts:
        waiting = np.concatenate([waiting, part], axis=1)
        whole = waiting.shape[1] // size * size
        for at in range(0, whole, size):
            yield waiting[:, at : at + size]
        waiting = waiting[:, whole:]
    if waiting.shape[1]:
        yield waiting


def _in_form(block: Any, form: str, layout: str, rate: int) -> Any:
    """The block in the encoder's kind of numbers."""
    import av

    if form == block.format.name:
        return block
    (changed,) = av.AudioResampler(form, layout, rate).resample(block)
    changed.pts, changed.time_base = block.pts, block.time_base
    return changed
