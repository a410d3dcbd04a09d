"""Numbers that may change: an option's schedule, held to the option's range."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from fractions import Fraction
from typing import Any

from ..errors import OptionError
from ..options import OptionField, describe
from ..timeline import Schedule
from ..timeline.curve_names import Curves

MOST_TRIED = 5000  # frames that are looked at before the first is made
ROUNDING = 1e-6  # 0.5 + 0.5 * sin(...) may miss its ends by so much


@dataclass(frozen=True)
class Changing:
    """The number of one option over frames or steps."""

    option: OptionField
    schedule: Schedule

    @classmethod
    def of(
        cls,
        options: Any,
        name: str,
        frames: int | None = None,
        fps: float | Fraction = 30,
        curves: Curves | None = None,
    ) -> Changing:
        """That of a loop's options; `frames` to `curves` are what Schedule.parse takes.

        Raises OptionError for a text that is no schedule.
        """
        option = next(o for o in describe(type(options)) if o.name == name)
        text = getattr(options, name)
        return cls(option, Schedule.parse(text, frames, options.seed, fps, name, curves))

    @property
    def constant(self) -> bool:
        return len(self.schedule.keys) == 1 and self.schedule.keys[0].expression.number is not None

    def at(self, frame: float) -> float:
        """The number at a frame. Raises OptionError, naming the frame, out of the range."""
        value, o = self.schedule.at(frame), self.option
        low = value if o.minimum is None else o.minimum
        high = value if o.maximum is None else o.maximum
        if not low - ROUNDING <= value <= high + ROUNDING:
            unit = f" {o.unit}" if o.unit else ""
            where = f" at {o.over.removesuffix('s')} {frame:g}"
            raise OptionError(f"{o.name}: {value:g}{where} is outside {low:g} to {high:g}{unit}", o.name)
        return min(max(value, low), high)

    def checked(self, frames: Iterable[float] | int) -> Changing:
        """Itself, once its number at all these frames was seen; of a long count some are."""
        if isinstance(frames, int):
            frames = range(0, max(frames, 1), -(-max(frames, 1) // MOST_TRIED))
        for frame in frames:
            self.at(frame)
            if self.constant:
                break
        return self


def schedules_of(options: Any) -> list[str]:
    """The names of the options that are schedules now: numbers are the same throughout."""
    return [o.name for o in describe(type(options)) if o.over and isinstance(getattr(options, o.name), str)]


def numbers_at(
    options: Any,
    frame: float,
    frames: int | None = None,
    fps: float | Fraction = 30,
    curves: Curves | None = None,
) -> dict[str, float]:
    """What every option that is a schedule comes to at a frame; those that are numbers are not among them."""
    return {name: Changing.of(options, name, frames, fps, curves).at(frame) for name in schedules_of(options)}
