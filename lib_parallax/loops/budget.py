"""From depth to disparity: how far things stand before and behind the screen.

Depth 0..1 is the shot's own range, so disparity never depends on one frame's nearest or
farthest point. What the strength asks for is taken back, evenly, where it would pass the
near or far limit.
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
            convergence = self._follow(salient_depth(depth), pts, cut)
        gain = self._fitting(convergence)
        return gain, -gain * convergence

    def _fitting(self, convergence: float) -> float:
        """The strength, less where a limit asks for it; % of width."""
        o = self._options
        gain = o.strength
        if convergence < 1:
            gain = min(gain, o.near_limit / (1 - convergence))
        if convergence > 0:
            gain = min(gain, o.far_limit / convergence)
        return gain

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
