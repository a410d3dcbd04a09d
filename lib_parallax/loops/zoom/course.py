"""The zoom's course: where each picture lies in the next, from schedules over the steps."""

from __future__ import annotations

import math
from dataclasses import dataclass

from ...errors import OptionError
from ...options import ZoomOptions
from ...timeline import Schedule
from ...types import Size
from .timing import curves_by_step

_SLACK = 1e-6


@dataclass(frozen=True)
class Course:
    """How keyframe i lies in keyframe i + 1, for every step.

    centres    where its middle lies, as shares of width and height
    rotations  degrees clockwise
    """

    factor: float
    centres: list[tuple[float, float]]
    rotations: list[float]


def course_of(options: ZoomOptions, steps: int, size: Size) -> Course:
    """Raises OptionError where a picture would reach over the edge of the next."""
    x, y, turn = (course_by_step(options, name, steps) for name in ("centre_x", "centre_y", "rotation"))
    course = Course(options.factor, list(zip(x, y, strict=True)), turn)
    for step in range(steps):
        _check(course, step, size)
    return course


def course_by_step(options: ZoomOptions, name: str, steps: int) -> list[float]:
    """An option's value at every step. Raises OptionError."""
    curves = curves_by_step(options, steps)
    schedule = Schedule.parse(getattr(options, name), steps, options.seed, name=name, curves=curves)
    return [schedule.at(step) for step in range(steps)]


def _check(course: Course, step: int, size: Size) -> None:
    width, height = size
    angle = math.radians(course.rotations[step])
    cos, sin = abs(math.cos(angle)), abs(math.sin(angle))
    spans = (width * cos + height * sin) / width, (width * sin + height * cos) / height
    for name, span, at in zip(("centre_x", "centre_y"), spans, course.centres[step], strict=True):
        half = span / course.factor / 2
        if half > 0.5 + _SLACK:
            raise OptionError(
                f"rotation: turned by {course.rotations[step]:g} degrees at step {step} a picture does not "
                f"fit into the next at factor {course.factor:g}",
                "rotation",
            )
        if not half - _SLACK <= at <= 1 - half + _SLACK:
            raise OptionError(
                f"{name}: {at:g} at step {step} puts a picture over the edge of the next; at factor "
                f"{course.factor:g} it may lie between {half:.3g} and {1 - half:.3g}",
                name,
            )
