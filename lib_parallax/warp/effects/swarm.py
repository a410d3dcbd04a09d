"""Where the particles are at a moment, and what each looks like: dust, snow, rain, embers.

A particle lives for a while at a depth of its own, fades in and out, and is born elsewhere. All that is
random about one life is hashed from the seed, the particle's number and the number of its life, so that a
frame needs no other frame. In a loop a whole number of lives fills the period, and the first life follows
on the last: the loop closes whatever the speeds are.

Lengths are in half heights of the picture, at depth 1; farther particles are smaller and slower by
(depth + SHIFT) / (1 + SHIFT), as distance is 1 / (depth + SHIFT).
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import NamedTuple

import numpy as np

from .fog import SHIFT

MARGIN = 0.3  # beyond the picture's edges, for what the camera turns to
SHUTTER = 1 / 48  # seconds over which motion is smeared


@dataclass(frozen=True)
class Kind:
    """What particles of one sort do. Pairs are the ends between which each particle has its own.

    count    at amount 1, for a square picture
    life     seconds
    size     radius
    speed    (across, down) in half heights a second
    sway     how far it swings, and how many times in a life
    colours  red, green, blue 0..1
    opacity  0..1
    glow     0 covers what is behind it, 1 adds its light to it
    flicker  how much its light comes and goes
    fade     the part of a life in which it comes, and that in which it goes
    """

    count: int
    life: tuple[float, float]
    size: tuple[float, float]
    across: tuple[float, float]
    down: tuple[float, float]
    sway: tuple[float, float]
    colours: tuple[tuple[float, float, float], tuple[float, float, float]]
    opacity: tuple[float, float]
    glow: float
    flicker: float
    fade: float


KINDS = {
    "dust": Kind(
        700, (5, 9), (0.004, 0.009), (-0.05, 0.05), (-0.035, 0.035), (0.03, 1.5),
        ((1.0, 0.95, 0.85), (1.0, 1.0, 0.97)), (0.2, 0.6), 0.6, 0.5, 0.3,
    ),
    "snow": Kind(
        2600, (5, 8), (0.009, 0.018), (-0.12, 0.12), (0.3, 0.5), (0.05, 2.0),
        ((0.93, 0.95, 1.0), (1.0, 1.0, 1.0)), (0.7, 0.95), 0.0, 0.0, 0.12,
    ),
    "rain": Kind(
        2600, (0.7, 0.9), (0.0022, 0.004), (-0.45, -0.35), (4.5, 5.5), (0.0, 0.0),
        ((0.78, 0.82, 0.88), (0.9, 0.93, 0.97)), (0.35, 0.65), 0.2, 0.0, 0.1,
    ),
    "embers": Kind(
        600, (2.5, 5), (0.004, 0.009), (-0.15, 0.15), (-0.65, -0.3), (0.08, 2.5),
        ((1.0, 0.32, 0.05), (1.0, 0.68, 0.22)), (0.6, 1.0), 1.0, 0.7, 0.25,
    ),
}  # fmt: skip


class Swarm(NamedTuple):
    """Particles at a moment, farthest first; N of them.

    place    float64 [N, 2], across and down in half heights from the picture's middle
    trail    float64 [N, 2], by how much it moves while the shutter is open
    depth    float32 [N], 0..1
    size     float32 [N], radius in half heights
    colour   float32 [N, 3]
    opacity  float32 [N]
    """

    place: np.ndarray
    trail: np.ndarray
    depth: np.ndarray
    size: np.ndarray
    colour: np.ndarray
    opacity: np.ndarray


def swarm(kind: Kind, amount: float, seconds: float, period: float | None, aspect: float, seed: int) -> Swarm:
    """The particles of a picture whose width is `aspect` of its height; amount 0..1."""
    most = kind.count * aspect * max(amount, 0.0)
    number = np.arange(int(np.ceil(most)))
    own = _Chance(number, np.full(len(number), -1), seed)
    life = _between(kind.life, own(0))
    if period is not None:
        life = period / np.maximum(np.rint(period / life), 1)
    lived = seconds / life + own(1)
    born = np.floor(lived + 1e-9)
    age = np.clip(lived - born, 0, 1)
    if period is not None:
        born = np.mod(born, np.rint(period / life))
    chance = _Chance(number, born.astype(np.int64), seed)
    depth = chance(0)
    nearness = (depth + SHIFT) / (1 + SHIFT)
    speed = np.stack([_between(kind.across, chance(1)), _between(kind.down, chance(2))], 1)
    # somewhere in the picture, or where it will come in from
    way = speed * (nearness * life)[:, None]
    room = np.array([aspect, 1.0]) + MARGIN
    first, last = -room - np.maximum(way, 0), room - np.minimum(way, 0)
    start = first + (last - first) * np.stack([chance(3), chance(4)], 1)
    turns = 2 * np.pi * kind.sway[1] * (0.5 + chance(5))
    swing = kind.sway[0] * (0.5 + chance(6)) * nearness
    angle = turns * age + 2 * np.pi * chance(7)
    sway = np.stack([swing * np.sin(angle), 0.5 * swing * np.sin(1.31 * angle)], 1)
    place = start + way * age[:, None] + sway
    pace = speed * nearness[:, None]
    pace[:, 0] += swing * turns / life * np.cos(angle)
    seen = np.clip(np.minimum(age, 1 - age) / kind.fade, 0, 1) * np.clip(most - number, 0, 1)
    beat = 0.5 + 0.5 * np.sin(2 * np.pi * (2 + 4 * chance(8)) * age + 2 * np.pi * chance(9))
    light = _between(kind.opacity, chance(10)) * (1 - kind.flicker * beat)
    tone = chance(11)[:, None]
    colour = (1 - tone) * np.array(kind.colours[0]) + tone * np.array(kind.colours[1])
    size = _between(kind.size, chance(12)) * nearness
    order = np.argsort(depth, kind="stable")
    return Swarm(
        place[order],
        pace[order] * SHUTTER,
        depth[order].astype(np.float32),
        size[order].astype(np.float32),
        colour[order].astype(np.float32),
        (seen * light)[order].astype(np.float32),
    )


def _between(ends: tuple[float, float], share: np.ndarray) -> np.ndarray:
    return ends[0] + (ends[1] - ends[0]) * share


class _Chance:
    """Numbers in 0..1 that belong to one life of each particle; each `which` has its own."""

    def __init__(self, number: np.ndarray, life: np.ndarray, seed: int):
        self._key = _mixed(_mixed(number.astype(np.uint64), seed), life.astype(np.uint64))

    def __call__(self, which: int) -> np.ndarray:
        return (_mixed(self._key, which) >> np.uint64(11)).astype(np.float64) / 2**53


def _mixed(key: np.ndarray, salt: int | np.ndarray) -> np.ndarray:
    """Steele and others' SplitMix64 of a key and a salt."""
    salted = np.asarray(salt if isinstance(salt, np.ndarray) else salt & (2**64 - 1), np.uint64)
    with np.errstate(over="ignore"):
        z = key * np.uint64(0xD1B54A32D192ED03) + salted * np.uint64(0x9E3779B97F4A7C15)
        z = z + np.uint64(0x9E3779B97F4A7C15)
        z = (z ^ (z >> np.uint64(30))) * np.uint64(0xBF58476D1CE4E5B9)
        z = (z ^ (z >> np.uint64(27))) * np.uint64(0x94D049BB133111EB)
        return z ^ (z >> np.uint64(31))
