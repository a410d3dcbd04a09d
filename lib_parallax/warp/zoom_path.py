"""Where the camera of an endless zoom is at any position: constant speed, no jolt where steps meet.

Each step is a similarity that puts one keyframe into the next. A camera that always moves the same
way relative to what it sees follows its one-parameter group: for a zoom that is off the centre and
turns, a logarithmic spiral. Where two steps differ, that steady velocity (its sideways and turning
part; the zoom itself never varies) passes smoothly from one to the other, and a bump inside each
step makes up for the distance. So velocity is continuous, and each keyframe is met exactly.

Lengths are in half widths of a keyframe, from its centre; x right, y down.
"""

from __future__ import annotations

import cmath
import math
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from .similarity import Similarity

_NODES, _WEIGHTS = np.polynomial.legendre.leggauss(24)


@dataclass(frozen=True)
class Step:
    """How a keyframe lies in the next: its centre there, and by how much it is turned (radians)."""

    centre: complex = 0
    angle: float = 0.0

    def inward(self, factor: float) -> Similarity:
        """Takes the next keyframe to this one."""
        turn = factor * cmath.exp(-1j * self.angle)
        return Similarity(turn, -turn * self.centre)

    @property
    def moves(self) -> bool:
        return self.centre != 0 or self.angle != 0

    def velocity(self, factor: float) -> complex:
        """Sideways, as the camera sees it, a step, if it is to be the same throughout."""
        rate = complex(math.log(factor), -self.angle)
        return self.inward(factor).shift * rate / (cmath.exp(rate) - 1)


def from_pixels(size: tuple[int, int], unit: float | None = None) -> Similarity:
    """Takes the pixels of a picture to half widths from its centre, or to `unit` a pixel."""
    unit = 2 / size[0] if unit is None else unit
    return Similarity(unit, -unit * complex(*size) / 2)


def step_of(centre: Sequence[float], degrees: float, aspect: float) -> Step:
    """From the centre as shares of the next keyframe's width and height, and degrees clockwise.

    aspect  height over width
    """
    return Step(complex(2 * centre[0] - 1, (2 * centre[1] - 1) * aspect), math.radians(degrees))


@dataclass(frozen=True)
class Path:
    """The camera's way through all keyframes; `closed` runs from the last step into the first."""

    steps: Sequence[Step]
    factor: float
    closed: bool = False

    def camera(self, step: int, t: float) -> Similarity:
        """Takes the frame to the keyframe `step`, a share `t` (0..1) of a step after that one's moment."""
        if t == 0:
            return Similarity()
        own = self.steps[step]
        if t == 1:
            return own.inward(self.factor)
        before, after = self._beside(step)
        if not (own.moves or before.moves or after.moves):
            return Similarity(self.factor**t)
        spins = [-(s.angle + own.angle) / 2 for s in (before, after)]
        spin_bump = -own.angle - sum(spins) / 2
        drifts = [(s.velocity(self.factor) + own.velocity(self.factor)) / 2 for s in (before, after)]

        def turn(at: np.ndarray) -> np.ndarray:
            """Scale and angle: the zoom and the integral of the turning part."""
            turned = _line_sum(spins, at) + spin_bump * at * at * (3 - 2 * at)
            return np.exp(math.log(self.factor) * at + 1j * turned)

        def along(until: float, bump: complex, ends: Sequence[complex]) -> complex:
            at = until / 2 * (_NODES + 1)
            speed = ends[0] + (ends[1] - ends[0]) * at + bump * 6 * at * (1 - at)
            return complex((turn(at) * speed) @ _WEIGHTS * (until / 2))

        lacking = own.inward(self.factor).shift - along(1.0, 0, drifts)
        bump = lacking / along(1.0, 1, (0, 0))
        return Similarity(complex(turn(np.array(t))), along(t, bump, drifts))

    def inward(self, step: int) -> Similarity:
        """Takes the keyframe after `step`, counted on where the path is closed, to the one of `step`."""
        return self.steps[step % len(self.steps)].inward(self.factor)

    def _beside(self, step: int) -> tuple[Step, Step]:
        last = len(self.steps) - 1
        if self.closed:
            return self.steps[step - 1], self.steps[(step + 1) % (last + 1)]
        return self.steps[max(step - 1, 0)], self.steps[min(step + 1, last)]


def _line_sum(ends: Sequence[float], at: np.ndarray) -> np.ndarray:
    """The integral from 0 of what runs linearly from one end to the other."""
    return ends[0] * at + (ends[1] - ends[0]) * at * at / 2
