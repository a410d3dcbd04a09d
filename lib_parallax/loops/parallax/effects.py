"""The effects that were asked for, as numbers at any frame.

Every schedule is read once, and looked at for every frame before anything is rendered, so that a value
which is out of range at frame 300 is refused at once.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import Any

import numpy as np

from ...errors import OptionError
from ...options import ParallaxOptions
from ...timeline import Schedule
from ...timeline.curve_names import Curves
from ...warp.camera import Camera
from ...warp.effects import Effects, Moment, apply
from .ranges import EFFECTS, value_at

AROUND = 0.004  # of the picture's height: the depth of a point is the middle one of those around it


@dataclass(frozen=True)
class EffectsOver:
    """The effects of a job over its frames.

    still   those of the first frame; what no schedule of `moving` says stays as it is
    moving  by name, the schedules that are not the same number throughout
    fps     frames a second
    period  seconds after which all begins anew; None: never
    point   of the picture that is to be sharp, as shares of its width and height
    """

    still: Effects
    moving: Mapping[str, Schedule]
    fps: float = 30.0
    period: float | None = None
    point: tuple[float, float] | None = None

    @classmethod
    def of(
        cls, options: ParallaxOptions, frames: int, fps: float, curves: Curves | None = None
    ) -> EffectsOver:
        """Those of a job's options.

        frames  how many there are: each is looked at
        curves  of the sound, which schedules may name
        Raises OptionError, naming the option and, where it is about one, the frame.
        """
        point = None if options.sharp_point is None else point_of(options.sharp_point)
        first: dict[str, float] = {}
        moving = {}
        for name in EFFECTS:
            schedule = Schedule.parse(
                getattr(options, name), frames, options.seed, fps, name=name, curves=curves
            )
            constant = len(schedule.keys) == 1 and schedule.keys[0].expression.number is not None
            values = [value_at(schedule, name, at) for at in range(1 if constant else max(frames, 1))]
            first[name] = values[0]
            if any(value != values[0] for value in values):
                moving[name] = schedule
        still = Effects(
            **first,
            fog_colour=colour_of(options.fog_colour),
            particles=options.particles,
            seed=options.seed,
        )
        return cls(still, moving, fps, frames / fps if options.seamless else None, point)

    def at(self, frame: float) -> Effects:
        """The numbers of a frame. Raises OptionError, naming option and frame, for one out of range."""
        if not self.moving:
            return self.still
        now: dict[str, Any] = {name: value_at(s, name, frame) for name, s in self.moving.items()}
        return replace(self.still, **now)

    def applied(
        self,
        image: np.ndarray,
        depth: np.ndarray,
        number: int,
        camera: Camera | None = None,
        relief: np.ndarray | None = None,
    ) -> np.ndarray:
        """A rendered frame with its effects.

        depth   float32 [h, w], 0..1, 1 near, of what the frame shows
        number  of the frame
        camera  that it is seen by
        relief  the picture's own depth [H, W]: the sharp point is read there, so that the focus stays on
                a thing while the camera moves; without it, in the frame's
        """
        settings = self.at(number)
        own = depth if relief is None else relief
        if self.point is not None:
            settings = replace(settings, sharp_at=depth_at(self.point, own))
        source = (own.shape[1], own.shape[0])
        moment = Moment(number, number / self.fps, self.period, camera or Camera(), source)
        return apply(image, depth, settings, moment)


def colour_of(text: str, name: str = "fog_colour") -> tuple[float, float, float]:
    """Red, green and blue in 0..1 of #rrggbb. Raises OptionError."""
    if not re.fullmatch(r"#?[0-9a-fA-F]{6}", text.strip()):
        raise OptionError(f"{name}: {text!r} is not a colour such as #c8d0d8", name)
    number = int(text.strip().removeprefix("#"), 16)
    return (number >> 16) / 255, (number >> 8 & 255) / 255, (number & 255) / 255


def point_of(text: str) -> tuple[float, float]:
    """A point "x,y", as shares of the picture's width and height. Raises OptionError."""
    try:
        x, y = (float(part) for part in text.split(","))
    except ValueError:
        raise OptionError(f"sharp_point: {text!r} is not a point such as 0.5,0.4", "sharp_point") from None
    if not (0 <= x <= 1 and 0 <= y <= 1):
        raise OptionError(f"sharp_point: {text!r} is outside the picture; both are 0 to 1", "sharp_point")
    return x, y


def depth_at(point: tuple[float, float], depth: np.ndarray) -> float:
    """The depth at a point, the middle one of those around it. Raises OptionError where it is unknown."""
    height, width = depth.shape
    column, row = min(int(point[0] * width), width - 1), min(int(point[1] * height), height - 1)
    reach = max(1, round(AROUND * height))
    around = depth[max(row - reach, 0) : row + reach + 1, max(column - reach, 0) : column + reach + 1]
    known = around[np.isfinite(around)]
    if not known.size:
        raise OptionError(
            f"sharp_point: the depth is not known at {point[0]:g},{point[1]:g}; choose another", "sharp_point"
        )
    return float(np.clip(np.median(known), 0, 1))
