"""Sound taken apart evenly over time: its loudness, and its spectrum band by band."""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np

from ..errors import OptionError

STEPS = 200  # a second, about
WINDOW = 0.046  # s
_BLOCK = 2048  # windows at a time, so that memory does not grow with length


def mono(samples: np.ndarray, rate: int) -> np.ndarray:
    """The mean of the channels, float32 [n], of samples [channels, n]; OptionError for anything else."""
    samples = np.asarray(samples)
    if samples.ndim != 2 or not samples.shape[0] or samples.dtype.kind != "f":
        raise OptionError(f"sound: samples must be floats [channels, n], not {samples.dtype} {samples.shape}")
    if not 1000 <= rate <= 1_000_000:
        raise OptionError(f"sound: {rate} samples a second are no rate of sound")
    mixed = samples.mean(0, dtype=np.float32)
    if not np.isfinite(mixed).all():
        raise OptionError("sound: there are samples that are not finite")
    return mixed


def step_of(rate: int) -> int:
    """Samples from one window to the next."""
    return max(1, round(rate / STEPS))


def power(sound: np.ndarray, rate: int, edges: np.ndarray) -> np.ndarray:
    """The power between frequencies, float32 [windows, bands], window k centred on sample k*step.

    edges  Hz [bands + 1], ascending; a band narrower than the window can tell has its nearest line
    """
    size = 1 << round(np.log2(WINDOW * rate))
    lines = np.fft.rfftfreq(size, 1 / rate)
    starts = np.searchsorted(lines, edges)
    taper = np.hanning(size + 1)[:-1].astype(np.float32)
    scale = 2 / float((taper**2).sum()) / size
    found = []
    for windows in _windows(sound, size, step_of(rate)):
        spectrum = np.abs(np.fft.rfft(windows * taper)) ** 2 * scale
        total = np.concatenate([np.zeros((len(spectrum), 1)), np.cumsum(spectrum, 1)], 1)
        low = np.minimum(starts[:-1], len(lines) - 1)
        high = np.where(edges[:-1] < rate / 2, np.clip(starts[1:], low + 1, len(lines)), low)
        found.append((total[:, high] - total[:, low]).astype(np.float32))
    return np.concatenate(found)


def _windows(sound: np.ndarray, size: int, step: int) -> Iterator[np.ndarray]:
    """Blocks of windows [<= _BLOCK, size], with silence before the sound and after it."""
    count = 1 + max(0, len(sound) - 1) // step
    for first in range(0, count, _BLOCK):
        last = min(first + _BLOCK, count)
        begin, end = first * step - size // 2, (last - 1) * step - size // 2 + size
        part = sound[max(0, begin) : max(0, end)]
        part = np.pad(part, (max(0, -begin), max(0, end - max(0, begin) - len(part))))
        yield np.lib.stride_tricks.sliding_window_view(part, size)[::step]
