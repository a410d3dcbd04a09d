"""Sound to curves: one number from 0 to 1 for every frame, for schedules to name as audio.bass.

All take float samples [channels, n] at `rate` a second and give float32 [frames]; frame k is the
picture shown from k/fps on. Without `frames` there are as many as the sound is long; beyond its end
there is silence, 0. Nothing is random: the same sound gives the same curves.
"""

from __future__ import annotations

import math
from fractions import Fraction

import numpy as np

from ..errors import OptionError
from .beats import beat_times, onset_times
from .spectrum import mono, power, step_of

BANDS = {"bass": (20.0, 250.0), "mid": (250.0, 4000.0), "treble": (4000.0, 20000.0)}  # Hz
_FAINT = 0.05  # of the loudest band: a band that never gets there is not brought to 1
_SHORTEST = 0.05  # s that loudness is taken over
_FADE = 0.15  # s in which a hit falls to 1/e


def curves(
    samples: np.ndarray, rate: int, fps: float | Fraction, frames: int | None = None
) -> dict[str, np.ndarray]:
    """All of them by the names that schedules know: audio.loudness, .bass, .mid, .treble, .onsets, .beats."""
    there = {
        "loudness": loudness(samples, rate, fps, frames),
        **bands(samples, rate, fps, frames),
        "onsets": onsets(samples, rate, fps, frames),
        "beats": beats(samples, rate, fps, frames),
    }
    return {f"audio.{name}": curve for name, curve in there.items()}


def loudness(samples: np.ndarray, rate: int, fps: float | Fraction, frames: int | None = None) -> np.ndarray:
    """The root mean square around each frame's middle, over the frame or 50 ms, 1 where it is loudest."""
    sound = mono(samples, rate)
    count = _count(sound, rate, fps, frames)
    total = np.concatenate([[0.0], np.cumsum(sound.astype(np.float64) ** 2)])
    half = max(1 / float(fps), _SHORTEST) * rate / 2
    middle = (np.arange(count) + 0.5) * rate / float(fps)
    first, last = (np.clip(np.rint(middle + side).astype(int), 0, len(sound)) for side in (-half, half))
    return _to_one(np.sqrt(np.maximum(total[last] - total[first], 0) / np.maximum(last - first, 1)))


def bands(
    samples: np.ndarray, rate: int, fps: float | Fraction, frames: int | None = None
) -> dict[str, np.ndarray]:
    """The same of each of the BANDS alone, each 1 where it is loudest, unless it is faint throughout."""
    sound = mono(samples, rate)
    count = _count(sound, rate, fps, frames)
    middle = (np.arange(count) + 0.5) / float(fps)
    found = {}
    for name, edges in BANDS.items():
        level = np.sqrt(power(sound, rate, np.array(edges))[:, 0].astype(np.float64))
        times = np.arange(len(level)) * step_of(rate) / rate
        found[name] = np.interp(middle, times, _smoothed(level, rate, fps), right=0.0)
    loudest = max((float(level.max(initial=0.0)) for level in found.values()), default=0.0)
    return {name: _to_one(level, _FAINT * loudest) for name, level in found.items()}


def onsets(samples: np.ndarray, rate: int, fps: float | Fraction, frames: int | None = None) -> np.ndarray:
    """How strongly something begins in a frame; it fades over the frames after."""
    sound = mono(samples, rate)
    return _hits(*onset_times(sound, rate), fps, _count(sound, rate, fps, frames))


def beats(samples: np.ndarray, rate: int, fps: float | Fraction, frames: int | None = None) -> np.ndarray:
    """1 at the frames of the beat; it fades over the frames after. All 0 where there is no beat."""
    sound = mono(samples, rate)
    times = beat_times(sound, rate)
    return _hits(times, np.ones(len(times)), fps, _count(sound, rate, fps, frames))


def _count(sound: np.ndarray, rate: int, fps: float | Fraction, frames: int | None) -> int:
    if not 0 < fps < math.inf:
        raise OptionError(f"fps: {fps} frames a second are no rate", "fps")
    if frames is not None and frames < 1:
        raise OptionError(f"frames: {frames} frames are too few for a curve", "frames")
    return frames if frames is not None else max(1, math.ceil(len(sound) * float(fps) / rate - 1e-9))


def _to_one(level: np.ndarray, least: float = 0.0) -> np.ndarray:
    """Divided by its greatest, or by `least` if that is more."""
    greatest = max(float(level.max(initial=0.0)), least)
    return np.asarray(level / greatest if greatest > 1e-7 else level * 0, np.float32)


def _smoothed(level: np.ndarray, rate: int, fps: float | Fraction) -> np.ndarray:
    """The root mean square over a frame, so that nothing between two frames is missed."""
    width = max(1, round(rate / step_of(rate) / float(fps)))
    mean = np.convolve(level**2, np.full(width, 1 / width))[(width - 1) // 2 :][: len(level)]
    return np.asarray(np.sqrt(np.maximum(mean, 0)))


def _hits(times: np.ndarray, strength: np.ndarray, fps: float | Fraction, count: int) -> np.ndarray:
    """Each hit in the frame that shows its time, and its fading."""
    curve = np.zeros(count)
    at = np.floor(times * float(fps) + 1e-6).astype(int)
    np.maximum.at(curve, at[at < count], strength[at < count])
    falls = math.exp(-1 / float(fps) / _FADE)
    for frame in range(1, count):
        curve[frame] = max(curve[frame], curve[frame - 1] * falls)
    return curve.astype(np.float32)
