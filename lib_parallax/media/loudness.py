"""How loud a programme is to the ear, in LUFS, as EBU R128 has it (ITU-R BS.1770-4), block by block."""

from __future__ import annotations

import math
from collections.abc import Iterable

import numpy as np

SILENCE = -70.0  # LUFS: what is quieter does not count
_RELATIVE = -10.0  # LU below the mean of the rest: nor does this
_STEPS = 4  # steps of 100 ms in a window


def loudness(blocks: Iterable[np.ndarray], rate: int) -> float | None:
    """The integrated loudness of float32 blocks `[2, n]`; None for silence and for less than 0.4 s.

    The measure's two filters are given for 48000 samples a second; for others they are made anew from the
    same analogue ones.
    """
    from scipy.signal import sosfilt

    filters = _weighting(rate)
    state = np.zeros((len(filters), 2, 2))
    step, energies = rate // 10, []
    total, held = 0.0, 0  # of the step that is not yet whole
    for block in blocks:
        heard, state = sosfilt(filters, block.astype(np.float64), axis=1, zi=state)
        power, at = (heard**2).sum(0), 0
        while at < len(power):
            part = power[at : at + step - held]
            total, held, at = total + float(part.sum()), held + len(part), at + len(part)
            if held == step:
                energies.append(total / step)
                total, held = 0.0, 0
    if len(energies) < _STEPS:
        return None
    windows = np.convolve(energies, np.full(_STEPS, 1 / _STEPS), "valid")
    loud = windows[windows > _power(SILENCE)]
    if not len(loud):
        return None
    return _lufs(float(loud[loud > loud.mean() * 10 ** (_RELATIVE / 10)].mean()))


def _lufs(power: float) -> float:
    return -0.691 + 10 * math.log10(power)


def _power(lufs: float) -> float:
    return float(10 ** ((lufs + 0.691) / 10))


def _weighting(rate: int) -> np.ndarray:
    """The K weighting as second-order sections: a shelf for what a head does, then a high-pass."""
    k = math.tan(math.pi * 1681.974450955533 / rate)
    q, high = 0.7071752369554196, 10 ** (3.999843853973347 / 20)
    band = high**0.4996667741545416
    a0 = 1 + k / q + k * k
    shelf = [
        (high + band * k / q + k * k) / a0, 2 * (k * k - high) / a0, (high - band * k / q + k * k) / a0,
        1.0, 2 * (k * k - 1) / a0, (1 - k / q + k * k) / a0,
    ]  # fmt: skip
    k, q = math.tan(math.pi * 38.13547087602444 / rate), 0.5003270373238773
    a0 = 1 + k / q + k * k
    low = [1.0, -2.0, 1.0, 1.0, 2 * (k * k - 1) / a0, (1 - k / q + k * k) / a0]
    return np.array([shelf, low])
