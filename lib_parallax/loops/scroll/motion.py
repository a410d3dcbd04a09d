"""How fast each layer slides, and where it is at a time.

A point at distance z moves past a camera as reference speed x reference distance / z. The nearest layer is
the reference: it crosses the picture in `smoothness` steps.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from ...types import Size

PAINTERLY = (1.0, 0.86, 0.35, 0.06)  # foreground, background, cloud, horizon
SHORTEST = 1.25  # of the picture's extent: the shortest strip that can be closed
Vector = tuple[float, float]


@dataclass(frozen=True)
class Motion:
    """The travel of every layer.

    toward   unit vector (x right, y down) in which the picture moves
    speeds   of the layers, in pixels a second
    periods  of a perfect loop: for each layer the vector (whole pixels) after which its strip begins again,
             and None for one that stands still
    laps     of a perfect loop: how many times each strip goes round
    """

    toward: Vector
    speeds: tuple[float, ...]
    periods: tuple[tuple[int, int] | None, ...] = ()
    laps: tuple[int, ...] = ()

    def window(self, layer: int, seconds: float) -> Vector:
        """Where in the layer's world the picture's first pixel lies at a time: against the motion."""
        way = self.speeds[layer] * seconds
        if self.periods and (period := self.periods[layer]) is not None:
            length = math.hypot(*period)
            return period[0] * way / length, period[1] * way / length
        # 0 - x, as -0.0 would be another number where texts are compared
        return 0.0 - self.toward[0] * way, 0.0 - self.toward[1] * way

    def period(self, layer: int) -> tuple[int, int] | None:
        return self.periods[layer] if self.periods else None


def toward(direction: float) -> Vector:
    """The unit vector of a direction in degrees: 0 right, 90 up, 180 left, 270 down."""
    quarter = direction / 90
    if quarter == round(quarter):
        return ((1.0, 0.0), (0.0, -1.0), (-1.0, 0.0), (0.0, 1.0))[round(quarter) % 4]
    angle = math.radians(direction)
    return math.cos(angle), -math.sin(angle)


def extent(size: Size, way: Vector) -> float:
    """The picture's length along a direction, in pixels."""
    return abs(size[0] * way[0]) + abs(size[1] * way[1])


def speeds_of(
    distances: Sequence[float], reference: float, painterly: bool, gains: Sequence[float]
) -> tuple[float, ...]:
    """The layers' speeds, where the nearest has the reference speed."""
    nearest = min(distances)
    if painterly:
        ranks = [sorted(set(distances)).index(distance) for distance in distances]
        last = max(max(ranks), 1)
        shares = np.interp(np.array(ranks) / last, np.linspace(0, 1, len(PAINTERLY)), PAINTERLY)
    else:
        shares = nearest / np.array(distances, float)
    return tuple(float(reference * share * gain) for share, gain in zip(shares, gains, strict=True))


def looped(
    motion: Motion, size: Size, seconds: float, rings: Sequence[Sequence[int] | None] | None = None
) -> Motion:
    """The motion that comes back to where it began after `seconds`.

    A layer that would travel its picture's extent or more keeps its speed, over a strip as long as fits
    whole laps. A slower one goes round once if it would get half around, and else stands still; the fastest
    always moves.
    rings  the periods of strips that are there already
    """
    shortest = SHORTEST * extent(size, motion.toward)
    speeds: list[float] = []
    periods: list[tuple[int, int] | None] = []
    rounds: list[int] = []
    for layer, speed in enumerate(motion.speeds):
        way = speed * seconds
        ring = None if rings is None else rings[layer]
        if rings is not None:
            laps = 0 if ring is None else max(1, round(way / math.hypot(*ring)))
        elif way >= shortest / 2 or speed == max(motion.speeds) > 0:
            laps = max(1, math.floor(way / shortest))
        else:
            laps = 0
        if laps and ring is None:
            length = max(way / laps, shortest)
            ring = round(-motion.toward[0] * length), round(-motion.toward[1] * length)
        rounds.append(laps)
        periods.append(None if ring is None else (int(ring[0]), int(ring[1])))
        speeds.append(0.0 if ring is None else laps * math.hypot(*ring) / seconds)
    return Motion(motion.toward, tuple(speeds), tuple(periods), tuple(rounds))
