"""Where an endless camera is, in steps: each step begins at the picture that the last one came to.

Scroll and orbit slide past a depth that stays in its place, the background or what is gone round; what is
nearer goes one way, what is farther the other. Flight keeps the horizon: depth 0 is infinitely far. A path is
what the schedules and the move say, taken from step to step.
"""

from __future__ import annotations

import cmath
import math
from dataclasses import dataclass, replace
from fractions import Fraction

import numpy as np

from ....errors import OptionError
from ....options import ParallaxOptions
from ....warp import Camera
from ..moves import Course
from .way import Way

REACH = 0.25  # half heights that what moves most is moved in a step, at intensity 1
FLIGHT = 0.12  # of its distance by which the nearest comes nearer in a step
BACKGROUND = 10.0  # % of the picture that are farther than its background
NEAREST = 98.0
LEAST_HEIGHT = 1e-3


@dataclass(frozen=True)
class Pace:
    """How frames and steps go together: `a_step` frames each, the last of `frames` within step `steps`."""

    frames: int
    a_step: Fraction

    @classmethod
    def of(cls, options: ParallaxOptions, rate: Fraction) -> Pace:
        a_step = Fraction(options.step_seconds).limit_denominator(1000) * rate
        if options.count is None:
            return cls(max(1, round(options.duration * rate)), a_step)
        return cls(round(options.count * a_step) + 1, a_step)

    @property
    def steps(self) -> int:
        return math.ceil(self.at(self.frames - 1))

    def at(self, frame: int) -> Fraction:
        """The place of a frame, in steps."""
        return frame / self.a_step

    def frame(self, at: Fraction | int) -> float:
        """The frame at a place, the last one at most."""
        return min(float(at * self.a_step), self.frames - 1.0)


@dataclass(frozen=True)
class Endless:
    """The camera of a job with feedback.

    course  what the schedules and the move say, by frame
    held    the depth that scroll and orbit keep in its place
    """

    options: ParallaxOptions
    pace: Pace
    course: Course
    held: float = 0.0

    @property
    def height(self) -> float:
        """Of the relief that every step's picture is."""
        return max(self.course.camera(0).height, LEAST_HEIGHT)

    def around(self, depth: np.ndarray) -> Endless:
        """The same for a first picture of depth [H, W], 0..1."""
        return replace(self, held=held_depth(self.options, depth))

    def camera(self, frame: int) -> Camera:
        """The camera of a frame among what it sees: eyes stand beside it, what is in the air around it."""
        steady = self.course.camera(0).steady
        return Camera(height=self.height, steady=steady, isometric=1, fov=self.options.fov)

    def from_step(self, step: int, at: Fraction) -> Way:
        """The camera at a place, over the picture of a step beside it."""
        return self._way(at, int(at)).since(self._way(Fraction(step), int(at)))

    def to_next(self, step: int) -> Way:
        """The camera of the next step over this one's picture."""
        return self._way(Fraction(step + 1), step).since(self._way(Fraction(step), step))

    def _way(self, at: Fraction, begin: int) -> Way:
        options = self.options
        if options.feedback == "path":
            return Way.of(self.course.camera(self.pace.frame(at)))
        if options.feedback in ("scroll", "orbit"):
            return self._slid(float(at))
        inward = FLIGHT * options.intensity * options.amount_z
        inward = min(max(inward, -0.9), 0.9) * (1 if options.feedback == "forward" else -1)
        return Way(b=-inward / self.height * float(at - begin))

    def _slid(self, steps: float) -> Way:
        options, held = self.options, self.held
        angle = math.radians(options.feedback_direction)
        reach = REACH * options.intensity * steps / max(held, 1 - held)
        toward = cmath.exp(-1j * angle) * reach  # y goes down
        toward = complex(toward.real * options.amount_x, toward.imag * options.amount_y)
        return Way(c=toward * held, e=-toward / self.height)


def held_depth(options: ParallaxOptions, depth: np.ndarray) -> float:
    """The depth that stays in its place: what an orbit goes round, else the background."""
    if options.feedback == "orbit":
        named = around_of(options)
        return float(np.percentile(depth, NEAREST)) if named is None else named
    return float(np.percentile(depth, BACKGROUND))


def around_of(options: ParallaxOptions) -> float | None:
    """The depth that an orbit goes round; None for the nearest thing's. Raises OptionError."""
    text = options.feedback_around.strip().lower()
    if text == "nearest":
        return None
    try:
        value = float(text)
    except ValueError:
        value = math.nan
    if not 0 <= value <= 1:
        raise OptionError(
            f"feedback_around: {options.feedback_around!r} is neither nearest nor a depth from 0 to 1",
            "feedback_around",
        )
    return value
