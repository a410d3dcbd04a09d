"""A key as a later frame sees it: what the next key is painted from, where it refers to the one before."""

from __future__ import annotations

from collections.abc import Callable
from itertools import islice

import numpy as np

from ...flow.reach import reaches
from ...media import Reader
from ...types import Image, Mask
from .between import greys_of, seen_from
from .motion import StepOf


def carried_by(
    source: Reader, step_of: StepOf, picture: Callable[[int], Image]
) -> Callable[[int, int], tuple[Image, Mask]]:
    """Tells of a key and a later frame how that one sees it: the picture, and where it shows anything."""

    def carried(key: int, later: int) -> tuple[Image, np.ndarray]:
        frames = list(islice(source.frames(key), later - key + 1))
        steps = [step_of(key + n, frames[n], frames[n + 1]) for n in range(len(frames) - 1)]
        *_, reach = reaches(steps, greys_of([frame.image for frame in frames], steps))
        return seen_from(picture(key), reach)

    return carried
