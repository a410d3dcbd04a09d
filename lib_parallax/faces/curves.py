"""A schedule as an editor draws it: its keys, and the curve that runs through them."""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import dataclass
from fractions import Fraction
from functools import lru_cache
from pathlib import Path
from typing import Any

import numpy as np

from ..errors import OptionError
from ..loops.changing import Changing
from ..options import LOOP_OPTIONS, OptionField, ZoomOptions, check, describe, parse
from ..timeline import Curve, Schedule
from ..timeline.curve import sample
from ..timeline.curve_names import Curves
from .places import Places

MOST_SAMPLES = 2000
FEWEST_SAMPLES = 300  # a curve over few frames is drawn between them as well
FARTHEST = 3  # times the length: a key beyond it is left out of the picture
UNKNOWN = 120  # frames, or steps, where their number is not known yet
OPEN_ENDED = ("zoom",)  # loops that last as long as their schedule of speed makes them


@dataclass(frozen=True)
class Span:
    """What a schedule runs over.

    frames  how many there are, for `max_f`; None where nobody knows before they are made
    fps     frames a second
    seed    `s` in expressions
    shown   how many frames, or steps, the picture of the curve is wide
    """

    frames: int | None
    fps: float | Fraction
    seed: int
    shown: int


def scheduled(loop: str) -> dict[str, OptionField]:
    """The options of a loop that may change over time, by name, in order."""
    return {o.name: o for o in describe(LOOP_OPTIONS[loop]) if o.over}


def span_of(loop: str, o: OptionField, values: Mapping[str, Any], film: Path | None = None) -> Span:
    """What an option's schedule runs over, as the loop will have it.

    values  of the options, as fields give them
    film    the source, where there is one

    Raises OptionError for a length or a rate that cannot be, and SourceError.
    """
    known = {each.name: each for each in describe(LOOP_OPTIONS[loop])}

    def value(name: str, default: Any = None) -> Any:
        return check(known[name], values.get(name, known[name].default)) if name in known else default

    seed, fps = value("seed", 0), value("fps") or 30.0
    if o.over == "steps":
        steps = value("count") or UNKNOWN
        return Span(steps, fps, seed, steps)
    if loop in OPEN_ENDED:
        return Span(None, fps, seed, max(2, math.ceil(value("count") * fps)))
    length = _length(film, film.stat().st_mtime_ns) if film is not None and film.exists() else None
    if length is not None:
        return Span(length[0], length[1], seed, length[0])
    frames = max(1, round(value("duration") * fps)) if "duration" in known else UNKNOWN
    return Span(frames, fps, seed, frames)


def sound_of(
    loop: str, o: OptionField, text: str, values: Mapping[str, Any], span: Span, places: Places
) -> Curves | None:
    """The curves of the sound that an option's schedule names; None where it names none.

    Raises OptionError where there is no sound, PathRefused and SourceError for what cannot be read.
    """
    if "audio." not in text:
        return None
    from ..loops.sounds import sound_curves
    from ..loops.zoom.timing import curves_by_step

    paths = [each.name for each in describe(LOOP_OPTIONS[loop]) if each.path]
    about = {name: value for name, value in values.items() if name not in paths}
    if values.get("sound"):
        about["sound"] = str(places.readable(values["sound"], "sound"))
    options: Any = parse(LOOP_OPTIONS[loop], {**about, o.name: text})
    if isinstance(options, ZoomOptions) and o.over == "steps":
        return curves_by_step(options, span.shown)
    return sound_curves(options, span.fps, span.frames or span.shown)


def drawn(
    name: str, text: str, span: Span, curves: Curves | None = None, o: OptionField | None = None
) -> dict[str, Any]:
    """What an editor needs of a schedule, in plain values.

    o   its option, whose range is heeded

    "text"; "keys", as Curve.to_json has them; "at", the value at each key; "frames" and "values" along
    the curve, null where there is none; "last", the frame where the picture ends; "told", a sentence
    about the first frame whose value cannot be taken, or "".

    Raises OptionError, saying what is wrong and at which character.
    """
    about: dict[str, Any] = {
        "frames": span.frames, "seed": span.seed, "fps": span.fps, "name": name, "curves": curves,
    }  # fmt: skip
    schedule, curve = Schedule.parse(text, **about), Curve.parse(text, **about)
    last = _end(span)
    last = max([last, *(math.ceil(key.frame) for key in curve.keys if key.frame <= FARTHEST * last)])
    frames, values = sample(schedule, _samples(last), 0, last)
    return {
        "text": text, **curve.to_json(), "at": [_at(schedule, key.frame) for key in curve.keys],
        "frames": frames.tolist(),
        "values": [None if math.isnan(value) else value for value in values.tolist()],
        "last": last, "told": _fault(schedule, frames[np.isnan(values)], o, span.shown),
    }  # fmt: skip


def nothing_drawn(span: Span) -> dict[str, Any]:
    """The same of an option that is left out, which something else decides then."""
    return {"text": "", "keys": [], "at": [], "frames": [], "values": [], "last": _end(span), "told": ""}


def _end(span: Span) -> int:
    return max(span.shown - 1, 1)


def _samples(last: int) -> int:
    """As many as give every frame one, and short curves some in between."""
    return min(last * math.ceil(FEWEST_SAMPLES / last) + 1, MOST_SAMPLES)


def _at(schedule: Schedule, frame: float) -> float | None:
    try:
        return schedule.at(frame)
    except OptionError:
        return None


def _fault(schedule: Schedule, missing: np.ndarray, o: OptionField | None, count: int) -> str:
    """Why there is no value at the first of the frames where it is missing; else what is out of range."""
    try:
        if missing.size:
            schedule.at(missing[0])
        elif o is not None:
            Changing(o, schedule).checked(count)
    except OptionError as error:
        return str(error)
    return ""


@lru_cache(maxsize=8)
def _length(path: Path, changed: int) -> tuple[int, Fraction] | None:
    """Frames and rate of a video or a folder of frames; None of a picture. `changed` is when it was."""
    del changed
    from ..media import open_video

    with open_video(path) as reader:
        if reader.kind not in ("video", "folder") or reader.rate is None:
            return None
        return reader.count(), reader.rate
