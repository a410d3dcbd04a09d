"""When something begins to sound, and the beat: times in seconds, out of how the spectrum changes.

Onsets are rises of the spectrum (its flux over bands of equal width to the ear); the tempo is the
autocorrelation of these, and the beats are the times at its distance that hit most of them, found by
dynamic programming (Ellis, Beat Tracking by Dynamic Programming, 2007).
"""

from __future__ import annotations

import numpy as np

from .spectrum import power, step_of

SLOWEST, FASTEST, USUAL = 50.0, 210.0, 120.0  # beats a minute
_BANDS = 24
_FLOOR = 1e-3  # of the loudest window's power, 30 dB below it
_EVENNESS = 100.0  # how much an uneven beat costs
_HIT = 0.05  # s between a beat and the onset that it is taken to be


def onset_strength(sound: np.ndarray, rate: int) -> np.ndarray:
    """How much begins at each step of the spectrum, float64 [windows] from 0 to 1, of mono sound [n]."""
    edges = 700 * (10 ** (np.linspace(150, 3200, _BANDS + 1) / 2595) - 1)  # the mel scale
    bands = power(sound, rate, edges).astype(np.float64)
    loudest = float(bands.sum(1).max(initial=0.0))
    if loudest < 1e-12:
        return np.zeros(len(bands))
    levels = np.log1p(bands / (loudest * _FLOOR / _BANDS))
    before = np.concatenate([levels[:1] * 0, levels[:1] * 0, levels[:-2]])
    flux = np.maximum(levels - before, 0).mean(1)
    return np.asarray(flux / max(float(flux.max()), 1e-12))


def onset_times(sound: np.ndarray, rate: int) -> tuple[np.ndarray, np.ndarray]:
    """When sounds begin, in seconds [N], and how strongly, 0 to 1 [N]; of mono sound [n]."""
    return _onsets(sound, onset_strength(sound, rate), rate)


def beat_times(sound: np.ndarray, rate: int) -> np.ndarray:
    """The beats in seconds, ascending; none where there is no onset, or no tempo among them."""
    strength = onset_strength(sound, rate)
    found = tempo(strength, rate / step_of(rate))
    onsets, _ = _onsets(sound, strength, rate)
    if found is None or len(onsets) < 2:
        return np.empty(0)
    times = _tracked(strength, 60 / found * rate / step_of(rate)) * step_of(rate) / rate
    nearest = onsets[np.abs(onsets[:, None] - times).argmin(0)]
    return np.unique(np.where(np.abs(nearest - times) <= _HIT, nearest, times))


def tempo(strength: np.ndarray, steps: float) -> float | None:
    """Beats a minute of an onset strength of `steps` a second, or None where nothing repeats.

    Of the distances at which the strength is most like itself, each with the distances twice and
    three times as long, the one wins that is nearest to 120 beats a minute, in octaves.
    """
    from scipy.signal import fftconvolve

    shortest, longest = (round(60 * steps / bpm) for bpm in (FASTEST, SLOWEST))
    steady = strength - strength.mean()
    if len(strength) <= shortest * 2 or not steady.any():
        return None
    like = fftconvolve(steady, steady[::-1])[len(steady) - 1 :]
    like = np.pad(like / like[0], (0, max(0, 3 * longest + 2 - len(like))))
    distances = np.arange(shortest, longest + 1)
    near = np.convolve(like, [0.5, 1.0, 0.5], "same")
    score = near[distances] + 0.5 * near[2 * distances] + 0.33 * near[3 * distances]
    score = score * np.exp(-0.5 * np.log2(60 * steps / distances / USUAL) ** 2)
    best = int(np.argmax(score))
    if near[distances[best]] < 0.1:
        return None
    return 60 * steps / _refined(near, int(distances[best]))


def _refined(values: np.ndarray, at: int) -> float:
    """The top of the parabola through a peak and its two neighbours."""
    left, top, right = values[at - 1 : at + 2]
    bend = left - 2 * top + right
    return at + (0.5 * float((left - right) / bend) if bend < 0 else 0.0)


def _tracked(strength: np.ndarray, period: float) -> np.ndarray:
    """The steps of the beats, about `period` apart, that hit the most strength."""
    width = period / 16
    reach = np.arange(-int(3 * width) - 1, int(3 * width) + 2)
    bell = np.exp(-0.5 * (reach / width) ** 2)
    local = np.convolve(strength, bell, "same")
    local /= max(float(local.std()), 1e-12)
    back = np.arange(-round(2 * period), -round(period / 2) + 1)
    before = -int(back[0])
    local = np.concatenate([np.zeros(before), local])
    cost = -_EVENNESS * np.log(-back / period) ** 2
    total, came_from = local.copy(), np.full(len(local), -1)
    for at in range(before, len(local)):
        ways = total[at + back] + cost
        best = int(ways.argmax())
        if ways[best] > 0:
            total[at] += ways[best]
            came_from[at] = at + back[best]
    at = len(total) - 1 - int(total[::-1][: max(1, round(period))].argmax())
    beats = []
    while at >= 0:
        beats.append(at)
        at = int(came_from[at])
    return np.array([beat - before for beat in beats[::-1] if local[beat] > 0.1 * local.max()], np.float64)


def _onsets(sound: np.ndarray, strength: np.ndarray, rate: int) -> tuple[np.ndarray, np.ndarray]:
    """Peaks of the strength, each brought to the sample where its sound sets in."""
    from scipy.signal import find_peaks

    step = step_of(rate)
    apart = max(1, round(0.06 * rate / step))
    peaks, _ = find_peaks(np.concatenate([[0], strength, [0]]), height=0.1, prominence=0.08, distance=apart)
    peaks = peaks - 1
    times = np.array([_sets_in(sound, int(peak) * step, rate) for peak in peaks], np.float64)
    return times, strength[peaks]


def _sets_in(sound: np.ndarray, about: int, rate: int) -> float:
    """The second at which loudness rises most steeply within a window's length of a sample."""
    reach, step = round(0.03 * rate), max(1, rate // 1000)
    first = max(0, about - reach)
    part = np.pad(np.abs(sound[first : about + reach]), (reach, reach))
    level = np.concatenate([[0.0], np.cumsum(part, dtype=np.float64)])
    width = max(step, round(0.005 * rate))
    middle = np.arange(reach, len(part) - reach, step)
    rise = (level[middle + width] - level[middle]) - (level[middle] - level[middle - width])
    return (first + int(middle[rise.argmax()]) - reach) / rate if len(middle) else about / rate
