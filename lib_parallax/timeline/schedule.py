"""Numbers over time in the grammar that Deforum's users know: `0:(1.0), 30:(1.2*sin(t/10))`.

docs/timeline.md describes the grammar, and where it parts from Deforum's.
"""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Callable, Iterable
from dataclasses import dataclass, field
from fractions import Fraction

import numpy as np

from ..errors import OptionError
from .curve_names import Curves, names_of
from .easing import SPLINES, ease
from .expression import Misread, shown
from .keys import known_names
from .reading import Key, read

MOST_CHARACTERS = 1_000_000
LARGEST = 1e300  # two such values can still be subtracted

_Smooth = Callable[[float], float]


@dataclass(frozen=True, eq=False)
class Schedule:
    """A number for every frame. `keys` in ascending order; `name` is what messages call it."""

    keys: tuple[Key, ...]
    name: str = "schedule"
    _smooth: dict[int, _Smooth] = field(default_factory=dict, init=False, repr=False)

    @classmethod
    def parse(
        cls,
        text: str | float,
        frames: int | None = None,
        seed: int = 0,
        fps: float | Fraction = 30.0,
        name: str = "schedule",
        curves: Curves | None = None,
    ) -> Schedule:
        """A schedule from its text, or one number for all frames.

        frames  how many there are; `max_f` is the last one's number, and unknown where this is None
        seed    `s` in expressions
        fps     frames a second, `fps` in expressions
        name    the option's name, for messages and as their field
        curves  arrays by frame that expressions may name, such as {"audio.bass": [...]}

        Raises OptionError, saying what is wrong and at which character.
        """
        if isinstance(text, (int, float)) and not isinstance(text, bool):
            text = str(text)
        if not isinstance(text, str):
            raise OptionError(f"{name}: {shown(text)} is not the text of a schedule", name)
        if len(text) > MOST_CHARACTERS:
            raise OptionError(
                f"{name}: {len(text)} characters are too many; {MOST_CHARACTERS} are allowed", name
            )
        names = {**known_names(frames, seed, fps, name), **names_of(curves or {}, name)}
        try:
            return cls(read(text, names), name)
        except Misread as misread:
            raise OptionError(f"{name}: {misread}, {_place(text, misread.position)}", name) from None

    def at(self, frame: float) -> float:
        """The value at a frame, which may lie between two or before the first key.

        Raises OptionError, naming the frame, where the value is infinite or not a number.
        """
        frame = float(frame)
        index = bisect_right(self.keys, frame, key=lambda key: key.frame) - 1
        key = self.keys[max(index, 0)]
        if index < 0:
            return self._value(key, key.frame)
        if not key.way:
            return self._value(key, frame)
        if key.way == "step" or index + 1 == len(self.keys):
            return self._value(key, key.frame)
        if key.way in SPLINES:
            return self._finite(self._spline(index)(frame), key, frame)
        following = self.keys[index + 1]
        start, end = self._value(key, key.frame), self._value(following, following.frame)
        share = ease(key.way, (frame - key.frame) / (following.frame - key.frame))
        return self._finite(start + (end - start) * share, key, frame)

    def values(self, frames: Iterable[float]) -> np.ndarray:
        """The values at many frames, float64 `[N]`; each is what `at` gives."""
        return np.array([self.at(frame) for frame in frames], np.float64)

    def _value(self, key: Key, frame: float) -> float:
        return self._finite(key.expression.at(frame), key, frame)

    def _finite(self, value: float, key: Key, frame: float) -> float:
        if not abs(value) <= LARGEST:
            what = f"{shown(key.text)} is {value:g} at frame {frame:.12g}"
            raise OptionError(f"{self.name}: {what}; it must be a finite number", self.name)
        return value

    def _spline(self, index: int) -> _Smooth:
        """The curve through all keys of the stretch around `index` that is smoothed in one way."""
        way, first, last = self.keys[index].way, index, index + 1
        while first > 0 and self.keys[first - 1].way == way:
            first -= 1
        if first not in self._smooth:
            while last + 1 < len(self.keys) and self.keys[last].way == way:
                last += 1
            knots = self.keys[first : last + 1]
            values = [self._value(key, key.frame) for key in knots]
            self._smooth[first] = _through([key.frame for key in knots], values, way)
        return self._smooth[first]


def _through(frames: list[float], values: list[float], way: str) -> _Smooth:
    """A natural cubic spline, or the monotone one of Fritsch and Butland."""
    from scipy.interpolate import CubicSpline, PchipInterpolator

    largest = max(map(abs, values)) or 1.0
    shares = [value / largest for value in values]
    smooth = (
        PchipInterpolator(frames, shares)
        if way == "pchip"
        else CubicSpline(frames, shares, bc_type="natural")
    )
    return lambda frame: float(smooth(frame)) * largest


def _place(text: str, position: int) -> str:
    rest = " ".join(text[position : position + 30].split())
    return f"at character {position + 1}: {rest!r}" if rest else "at the end"
