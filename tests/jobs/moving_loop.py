"""A small loop of frames made from numbers, with transparency if told so, for tests of results."""

from __future__ import annotations

from collections.abc import Iterator
from fractions import Fraction
from typing import Any

import numpy as np

from lib_parallax.loops.plan import Companion, Plan
from lib_parallax.types import Boundary, Frame

RATE, FRAMES, SEGMENT = Fraction(30), 9, 4
SIZE = (64, 48)
alpha = False
count: int | None = FRAMES


def plan(source: Any, options: Any) -> Plan:
    companions = {"layers": Companion(suffix="_layers", alpha=True)} if options.layout == "separate" else {}
    frames = {"frames": count, "rate": RATE} if count is not None else {}
    return Plan(SIZE, alpha=alpha, companions=companions, bit_depth=8, **frames)


def picture(index: int) -> np.ndarray:
    y, x = np.mgrid[: SIZE[1], : SIZE[0]]
    image = np.stack([x * 4, y * 5, np.full_like(x, 20 * index), np.clip(8 * (x - index), 0, 255)], axis=2)
    return image.astype(np.uint8)


def frames(
    source: Any, options: Any, *, on_event: Any = None, cancel: Any = None, start: Boundary | None = None
) -> Iterator[Frame]:
    first = start.index if start is not None else 0
    for index in range(first, count or source.count()):
        boundary = Boundary(index, False, {"at": index}) if index % SEGMENT == 0 else None
        image = picture(index)
        yield Frame(image if alpha else image[..., :3].copy(), index / RATE, {"layers": image}, boundary)
