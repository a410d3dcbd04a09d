"""Music made from how a result moves: what is fast has more notes in a quicker beat, what is bright lies
higher, rings longer and, if it is bright on the whole, is in major.

    for block in play(compose("calm", 7, pace_of(rows, 20.0), 20.0), 48000, 960000):
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np

from .pace import Pace
from .synth import Note

BEATS = 4  # a bar
_MAJOR, _MINOR = (0, 2, 4, 7, 9), (0, 3, 5, 7, 10)  # pentatonic: no two of its tones rub
_MAJOR_CHORDS = ((0, 4, 7, 14), (-3, 0, 4, 7), (-7, 0, 5, 9), (-5, 2, 7, 11))  # I, vi, IV, V
_MINOR_CHORDS = ((0, 3, 7, 14), (-4, 0, 3, 8), (-7, 0, 5, 8), (-2, 2, 5, 10))  # i, VI, iv, VII
_BRIGHT = 0.45  # mean brightness from which on it is in major


@dataclass(frozen=True)
class Style:
    """tempo    beats a minute, standing still and at its fastest
    parts    notes that a beat may hold
    chance   that one is played, standing still and at its fastest
    bells, pad, bass, kick  levels
    attack   of the chords, as a share of a bar
    decay    s, of the bells
    sway     of the chords' pitch
    level    of all of it, so that styles are about equally loud
    """

    tempo: tuple[float, float]
    parts: int
    chance: tuple[float, float]
    bells: float
    pad: float
    bass: float
    kick: float
    attack: float
    decay: float
    sway: float
    level: float


STYLES = {
    "calm": Style((52, 84), 2, (0.12, 0.85), 0.5, 0.5, 0.5, 0.0, 0.3, 1.1, 0.0, 0.6),
    "pulse": Style((84, 138), 4, (0.25, 0.95), 0.45, 0.22, 0.7, 1.2, 0.1, 0.3, 0.0, 0.6),
    "drift": Style((34, 50), 1, (0.1, 0.7), 0.3, 0.7, 0.6, 0.0, 0.6, 2.5, 0.004, 0.6),
}


def compose(style: str, seed: int, pace: Pace, seconds: float) -> list[Note]:
    """The notes of a piece in one of STYLES, as long as the result; the last of them ring beyond it."""
    how = STYLES[style]
    draw = np.random.default_rng([seed, list(STYLES).index(style)])
    root = 110.0 * 2 ** (int(draw.integers(-4, 5)) / 12)
    major = float(pace.light.mean()) >= _BRIGHT
    chords, scale = (_MAJOR_CHORDS, _MAJOR) if major else (_MINOR_CHORDS, _MINOR)
    notes: list[Note] = []
    begin, chord, tone = 0.0, 0, 5
    while begin < seconds:
        light, speed = pace.at(begin)
        beat = 60 / (how.tempo[0] + (how.tempo[1] - how.tempo[0]) * speed)
        if begin + BEATS * beat >= seconds:
            chord = 0  # it comes home
        notes += _chord(how, root, chords[chord], light, begin, BEATS * beat)
        notes += _low(how, root * 2 ** (chords[chord][0] / 12), speed, begin, beat)
        for part in range(BEATS * how.parts):
            start = begin + part * beat / how.parts
            light, speed = pace.at(start)
            step, drawn, side = int(draw.integers(-2, 3)), draw.random(), float(draw.uniform(-0.7, 0.7))
            strong = 1.0 if part % how.parts == 0 else 0.7
            tone = _within(tone + step, round(4 + 6 * light), 5)
            if drawn < strong * (how.chance[0] + (how.chance[1] - how.chance[0]) * speed):
                pitch = 2 * root * 2 ** ((scale[tone % 5] + 12 * (tone // 5)) / 12)
                notes += _bell(how, pitch, light, strong, side, start, beat)
        begin += BEATS * beat
        chord = int(draw.integers(len(chords)))
    return notes


def _chord(
    how: Style, root: float, tones: tuple[int, ...], light: float, start: float, length: float
) -> Iterator[Note]:
    """Each tone twice, a little apart, so that it is wide; it swells and runs on under the next."""
    partials, level = _partials(light, 5), how.level * how.pad / 8
    for number, semitones in enumerate(tones):
        for side in (-1, 1):
            yield Note(
                start, length, root * 2 ** (1 + semitones / 12) * (1 + side * 0.0012), level,
                side * (0.3 + 0.15 * number), partials, how.attack * length, 0.5 * length,
                sway=how.sway * side,
            )  # fmt: skip


def _low(how: Style, root: float, speed: float, start: float, beat: float) -> Iterator[Note]:
    """A bass note a bar, or two where it is fast; and the beat of a drum."""
    count = 2 if speed > 0.4 else 1
    length = BEATS * beat / count
    for number in range(count):
        yield Note(
            start + number * length, 0.8 * length, root / 2 if root > 90 else root, how.level * how.bass / 2,
            0.0, (1.0, 0.4, 0.15), 0.03, 0.2 * length, 1.5 * length,
        )  # fmt: skip
    if how.kick:
        for number in range(0, BEATS, 1 if speed > 0.3 else 2):
            at = start + number * beat
            yield Note(at, 0.25, 48.0, how.level * how.kick, attack=0.004, decay=0.09, drop=2.0)


def _bell(
    how: Style, pitch: float, light: float, strong: float, side: float, start: float, beat: float
) -> Iterator[Note]:
    """A struck tone and two echoes of it, each on the other side."""
    decay = how.decay * (0.6 + 0.8 * light)
    partials = _partials(0.6 * light, 4)
    for echo, share in enumerate((1.0, 0.4, 0.16)):
        yield Note(
            start + echo * 0.75 * beat, 3 * decay, pitch, how.level * how.bells * strong * share / 3,
            side * (-1) ** echo, partials, 0.006, 0.3 * decay, decay,
        )  # fmt: skip


def _partials(light: float, count: int) -> tuple[float, ...]:
    """Overtones, each a fixed share of the one below; the share is larger where it is bright."""
    share = 0.12 + 0.55 * min(max(light, 0.0), 1.0)
    return tuple(share**k for k in range(count))


def _within(tone: int, middle: int, reach: int) -> int:
    """Folded back to no further than `reach` from the middle, and not below 0."""
    low, high = max(0, middle - reach), middle + reach
    return min(max(2 * low - tone if tone < low else 2 * high - tone if tone > high else tone, low), high)
