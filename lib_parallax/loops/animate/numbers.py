"""What keys are painted with, and holes: numbers that may change over the frames."""

from __future__ import annotations

from dataclasses import dataclass
from fractions import Fraction
from functools import cached_property
from typing import NamedTuple

from ...generate import Sampling
from ...options import AnimateOptions
from ...timeline.curve_names import Curves
from ..changing import Changing
from ..seeds import seed_of
from .control import Unit, units_of


class Moment(NamedTuple):
    """The numbers of one key; `control` are its ControlNets, their weights settled."""

    denoise: float
    reference: float
    control: tuple[Unit, ...]


@dataclass(frozen=True)
class Numbers:
    """The numbers of one clip over its frames.

    frames, fps  of the clip: what schedules know of it; so are `curves`, of its sound
    """

    options: AnimateOptions
    frames: int | None = None
    fps: float | Fraction = 30
    curves: Curves | None = None

    def at(self, frame: int) -> Moment:
        """Raises OptionError, naming the frame, for a number out of its range."""
        control = tuple(unit.at(frame) for unit in self._units)
        return Moment(self._of["denoise"].at(frame), self._of["reference"].at(frame), control)

    def check(self) -> None:
        """Raises what can be known to be wrong before the keys are."""
        self.at(0)
        for name in ("steps", "cfg", "hole_denoise"):  # holes are in any frame
            self._of[name].checked(self.frames or 1)

    def hole_denoise(self, frame: int) -> float:
        return self._of["hole_denoise"].at(frame)

    def sampling(self, frame: int, number: int, policy: str = "") -> Sampling:
        """The sampling of key `number`, from 0, at a frame; `policy` in place of that of the options."""
        o, steps, cfg = self.options, round(self._of["steps"].at(frame)), self._of["cfg"].at(frame)
        seed = seed_of(policy or o.seed_policy, o.seed, number)
        return Sampling(steps, cfg, o.sampler or "", o.scheduler or "", seed)

    @cached_property
    def _of(self) -> dict[str, Changing]:
        names = ("denoise", "steps", "cfg", "reference", "hole_denoise")
        return {name: Changing.of(self.options, name, self.frames, self.fps, self.curves) for name in names}

    @cached_property
    def _units(self) -> tuple[Unit, ...]:
        o = self.options
        return units_of(o.control, self.frames, o.seed, self.fps, self.curves)
