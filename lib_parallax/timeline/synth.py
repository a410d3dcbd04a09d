"""A small synthesiser: notes to stereo sound, each a sum of sines with a beginning and an end of its own."""

from __future__ import annotations

import math
from collections import deque
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

import numpy as np

_BLOCK = 0.5  # s made at a time
_NYQUIST = 0.45  # of the rate: partials above are left out


@dataclass(frozen=True)
class Note:
    """start, length  s; it ends `release` after its length
    pitch     Hz
    level     of its first partial, about
    pan       -1 left to 1 right, at equal power
    partials  shares of the pitch itself, of twice the pitch, three times and so on
    attack, release  s over which it rises and falls, smoothly
    decay     s in which it falls to 1/e of itself; infinite for one that is held
    drop      by how much of its pitch it begins higher, and falls from there within a moment
    sway      by how much of its pitch it wanders up and down, slowly
    """

    start: float
    length: float
    pitch: float
    level: float
    pan: float = 0.0
    partials: tuple[float, ...] = (1.0,)
    attack: float = 0.005
    release: float = 0.05
    decay: float = math.inf
    drop: float = 0.0
    sway: float = 0.0

    @property
    def end(self) -> float:
        return self.start + self.length + self.release


def play(notes: Sequence[Note], rate: int, samples: int) -> Iterator[np.ndarray]:
    """Float32 `[2, n]` block by block, `samples` in all at `rate`. The same notes give the same samples."""
    waiting = deque(sorted(notes, key=lambda note: note.start))
    sounding: list[Note] = []
    at, step = 0, max(1, round(_BLOCK * rate))
    while at < samples:
        until = min(samples, at + step)
        while waiting and waiting[0].start * rate < until:
            sounding.append(waiting.popleft())
        sounding = [note for note in sounding if note.end * rate > at]
        block = np.zeros((2, until - at))
        for note in sounding:
            _add(block, note, rate, at)
        yield block.astype(np.float32)
        at = until


_DROP = 0.03  # s
_SWAY = 0.23  # times a second


def _add(block: np.ndarray, note: Note, rate: int, at: int) -> None:
    first = max(0, math.ceil(note.start * rate) - at)
    last = min(block.shape[1], math.ceil(note.end * rate) - at)
    if last <= first:
        return
    time = (np.arange(at + first, at + last)) / rate - note.start
    turns = note.pitch * time
    if note.drop:
        turns += note.pitch * note.drop * _DROP * (1 - np.exp(-time / _DROP))
    if note.sway:
        turns += note.pitch * note.sway / (2 * math.pi * _SWAY) * (1 - np.cos(2 * math.pi * _SWAY * time))
    most = int(_NYQUIST * rate / (note.pitch * (1 + note.drop)))
    wave = note.level * _harmonics(2 * math.pi * turns, note.partials[:most])
    if time[0] < note.attack:
        wave *= _eased(time / note.attack)
    if time[-1] > note.length:
        wave *= _eased((note.length + note.release - time) / note.release)
    if not math.isinf(note.decay):
        wave *= np.exp(-time / note.decay)
    angle = (note.pan + 1) * math.pi / 4
    block[0, first:last] += math.cos(angle) * wave
    block[1, first:last] += math.sin(angle) * wave


def _harmonics(angle: np.ndarray, shares: Sequence[float]) -> np.ndarray:
    """The sum of shares[k] sin((k+1) angle), each sine from the two before it."""
    twice, before, now = 2 * np.cos(angle), np.zeros(len(angle)), np.sin(angle)
    total = np.zeros(len(angle))
    for share in shares:
        total += share * now
        before, now = now, twice * now - before
    return total


def _eased(share: np.ndarray) -> np.ndarray:
    """0 to 1 without a corner at either end."""
    return np.asarray(0.5 - 0.5 * np.cos(math.pi * np.clip(share, 0, 1)))
