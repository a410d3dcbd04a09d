"""From depth to disparity: how far things stand before and behind the screen.

Depth 0..1 is the shot's own range, so disparity never depends on one frame's nearest or
farthest point. Where it would pass the near or far limit, automatic convergence gives way
first; then the strength is taken back, evenly.
"""

from __future__ import annotations

from dataclasses import dataclass
from fractions import Fraction
from typing import Any, NamedTuple

import numpy as np

from ..options import StereoOptions
from ..timeline.curve_names import Curves
from .changing import Changing

SETTLING = 2.0  # seconds in which automatic convergence follows a change of subject
SALIENT = 0.6  # the subject is nearer than this share of what the centre shows


class Limits(NamedTuple):
    """What a frame's disparity is to be, in % of width; `convergence` is a depth, or None to find one."""

    strength: float = 2.5
    convergence: float | None = None
    near: float = 2.5
    far: float = 2.5


@dataclass(frozen=True)
class LimitsOver:
    """The limits of a job over its frames, each a number or a schedule."""

    strength: Changing
    convergence: Changing | None
    near: Changing
    far: Changing

    @classmethod
    def of(
        cls,
        options: StereoOptions,
        frames: int | None = None,
        fps: float | Fraction = 30,
        curves: Curves | None = None,
    ) -> LimitsOver:
        """Those of a job's options.

        frames  how many there are: as many as one can wait for are looked at
        Raises OptionError, naming the option and, where it is about one, the frame.
        """

        def made(name: str) -> Changing:
            return Changing.of(options, name, frames, fps, curves).checked(frames or 1)

        converged = None if options.convergence is None else made("convergence")
        return cls(made("strength"), converged, made("near_limit"), made("far_limit"))

    def at(self, frame: int) -> Limits:
        convergence = None if self.convergence is None else self.convergence.at(frame)
        return Limits(self.strength.at(frame), convergence, self.near.at(frame), self.far.at(frame))

    @property
    def constant(self) -> bool:
        parts = (self.strength, self.convergence, self.near, self.far)
        return all(part is None or part.constant for part in parts)


class Budget:
    """Turns a frame's depth into the line that maps depth to disparity."""

    def __init__(self) -> None:
        self._convergence: float | None = None
        self._last = Fraction(0)

    def line(self, limits: Limits, depth: np.ndarray, pts: Fraction, cut: bool) -> tuple[float, float]:
        """Gain and bias of disparity, in % of width before the screen, over depth 0..1 [H, W].

        `pts` in seconds; a cut forgets the shot before.
        """
        convergence = limits.convergence
        if convergence is None:
            convergence = _within(limits, self._follow(salient_depth(depth), pts, cut))
        gain = fitting(limits, convergence)
        return gain, -gain * convergence

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


def _within(limits: Limits, convergence: float) -> float:
    """The convergence nearest to this one at which the whole strength fits the limits, if any does."""
    gain = min(limits.strength, limits.near + limits.far)
    if gain <= 0:
        return convergence
    return min(max(convergence, 1 - limits.near / gain), limits.far / gain)


def fitting(limits: Limits, convergence: float) -> float:
    """The strength, less where a limit asks for it; % of width."""
    gain = limits.strength
    if convergence < 1:
        gain = min(gain, limits.near / (1 - convergence))
    if convergence > 0:
        gain = min(gain, limits.far / convergence)
    return gain


def limits_note(limits: Limits) -> list[str]:
    """A sentence when the limits take back some of the strength whatever the pictures show."""
    if limits.convergence is not None:
        gain = fitting(limits, limits.convergence)
    else:
        gain = min(limits.strength, limits.near + limits.far)
    if gain >= limits.strength:
        return []
    return [f"the near and far limits leave {gain:g} % of the strength of {limits.strength:g} %"]


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
