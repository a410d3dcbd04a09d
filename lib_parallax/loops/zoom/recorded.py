"""How the keyframes of a folder lie in each other, kept beside them by the job that painted them."""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any

from ...errors import OptionError
from ...options import ZoomOptions
from .course import Course, course_by_step

COURSE = "course"  # the name in a store
_SCHEDULES = ("centre_x", "centre_y", "rotation")
_NEAR = 1e-6


def record(course: Course, endless: bool) -> str:
    """What `as_recorded` reads: options of the zoom that showed the keyframes first, as JSON."""
    across, down = ([centre[axis] for centre in course.centres] for axis in (0, 1))
    texts = (_schedule(values) for values in (across, down, course.rotations))
    about = {"factor": course.factor, "endless": endless, **dict(zip(_SCHEDULES, texts, strict=True))}
    return json.dumps(about, indent=2)


def as_recorded(options: ZoomOptions, folder: Path, pictures: int) -> ZoomOptions:
    """The options with what is left at its default as it was recorded beside the keyframes of a folder.

    Raises OptionError where an option says otherwise: those pictures lie in each other as they do.
    """
    about = _read(folder / f"{COURSE}.txt")
    if about is None:
        return options
    default = ZoomOptions()
    untouched = {
        name: value for name, value in about.items() if getattr(options, name) == getattr(default, name)
    }
    settled = replace(options, **untouched)
    for name, value in about.items():
        given = getattr(settled, name)
        if given == value:
            continue
        steps = pictures - (not settled.endless)
        if name not in _SCHEDULES or not _alike(settled, replace(settled, **{name: value}), name, steps):
            raise OptionError(
                f"{name}: {given}, but the pictures in {folder} were painted with {value}; leave it out", name
            )
    return settled


def _read(path: Path) -> dict[str, Any] | None:
    try:
        about = json.loads(path.read_text(encoding="utf-8"))
        return {
            "factor": float(about["factor"]),
            "endless": bool(about["endless"]),
            **{name: str(about[name]) for name in _SCHEDULES},
        }
    except FileNotFoundError:
        return None
    except (OSError, ValueError, KeyError, TypeError) as error:
        raise OptionError(f"keyframes: {path} cannot be read: {error}; remove it", "keyframes") from None


def _alike(one: ZoomOptions, other: ZoomOptions, name: str, steps: int) -> bool:
    pairs = zip(course_by_step(one, name, steps), course_by_step(other, name, steps), strict=True)
    return all(abs(a - b) <= _NEAR for a, b in pairs)


def _schedule(values: Sequence[float]) -> str:
    """A schedule that has these values at the steps."""
    if len(set(values)) == 1:
        return f"{values[0]:.12g}"
    return ", ".join(f"{step}:({value:.12g})" for step, value in enumerate(values))
