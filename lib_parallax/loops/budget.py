"""From depth to disparity: how far things stand before and behind the screen.

Depth 0..1 is the shot's own range, so disparity never depends on one frame's nearest or
farthest point. Where it would pass the near or far limit, automatic convergence gives way
first; then the strength is taken back, evenly.
"""

from __future__ import annotations

from fractions import Fraction
from typing import Any

import numpy as np

from ..options import StereoOptions

SETTLING = 2.0  # seconds in which automatic convergence follows a change of subject
SALIENT = 0.6  # the subject is nearer than this share of what the centre shows


class Budget:
    """Turns a frame's depth into the line that maps depth to disparity."""

    def __init__(self, options: StereoOptions) -> None:
        self._options = options
        self._convergence: float | None = None
        self._last = Fraction(0)

    def line(self, depth: np.ndarray, pts: Fraction, cut: bool) -> tuple[float, float]:
        """Gain and bias of disparity, in % of width before the screen, over depth 0..1 [H, W].

        `pts` in seconds; a cut forgets the shot before.
        """
        convergence = self._options.convergence
        if convergence is None:
            convergence = self._within(self._follow(salient_depth(depth), pts, cut))
        gain = fitting(self._options, convergence)
        return gain, -gain * convergence

    def _within(self, convergence: float) -> float:
        """The convergence nearest to this one at which the whole strength fits the limits, if any does."""
        o = self._options
        gain = min(o.strength, o.near_limit + o.far_limit)
        if gain <= 0:
            return convergence
        return min(max(convergence, 1 - o.near_limit / gain), o.far_limit / gain)

    def _follow(self, wanted: float, pts: Fraction, cut: bool) -> float:
        if cut or self._convergence is None:
            self._convergence = wanted
        else:
            share = min(float(pts - self._last) / SETTLING, 1.0)
            self._convergence += share * (wanted - self._convergence)
        self._last = pts
        return self._convergence

    def state(self) -> dict[str, Any]:
        return {"convergence": self._convergence, "last": [self._last.numerator, self._last.denominator]}

    def restore(self, state: dict[str, Any]) -> None:
        self._convergence = state["convergence"]
        self._last = Fraction(*(int(n) for n in state["last"]))


def fitting(options: StereoOptions, convergence: float) -> float:
    """The strength, less where a limit asks for it; % of width."""
    gain = options.strength
    if convergence < 1:
        gain = min(gain, options.near_limit / (1 - convergence))
    if convergence > 0:
        gain = min(gain, options.far_limit / convergence)
    return gain


def limits_note(options: StereoOptions) -> list[str]:
    """A sentence when the limits take back some of the strength whatever the pictures show."""
    if options.convergence is not None:
        gain = fitting(options, options.convergence)
    else:
        gain = min(options.strength, options.near_limit + options.far_limit)
    if gain >= options.strength:
        return []
    return [f"the near and far limits leave {gain:g} % of the strength of {options.strength:g} %"]


def salient_depth(depth: np.ndarray) -> float:
    """The depth of what is looked at: high in the distribution, the centre counting most."""
    stride = max(1, min(depth.shape) // 72)
    sample = depth[::stride, ::stride]
    y, x = (np.linspace(-1, 1, n) if n > 1 else np.zeros(1) for n in sample.shape)
    weight = np.exp(-2 * (x[None] ** 2 + y[:, None] ** 2)).ravel()
    order = np.argsort(sample, axis=None, kind="stable")
    reached = np.cumsum(weight[order])
    at = np.searchsorted(reached, SALIENT * reached[-1])
    return float(sample.ravel()[order[min(int(at), order.size - 1)]])
