"""A key as a later frame sees it: what the next key is painted from, where it refers to the one before."""

from __future__ import annotations

from collections.abc import Callable
from itertools import islice

import numpy as np

from ...errors import Cancelled
from ...flow.reach import reaches
from ...media import Reader
from ...types import CancelToken, Image, Mask
from .between import greys_of, seen_from
from .motion import StepOf


def carried_by(
    source: Reader, step_of: StepOf, picture: Callable[[int], Image], cancel: CancelToken | None = None
) -> Callable[[int, int], tuple[Image, Mask]]:
    """Tells of a key and a later frame how that one sees it: the picture, and where it shows anything."""

    def carried(key: int, later: int) -> tuple[Image, np.ndarray]:
        frames = list(islice(source.frames(key), later - key + 1))
        steps = []
        for n in range(len(frames) - 1):
            if cancel is not None and cancel.cancelled:
                raise Cancelled("stopped")
            steps.append(step_of(key + n, frames[n], frames[n + 1]))
        *_, reach = reaches(steps, greys_of([frame.image for frame in frames], steps))
        return seen_from(picture(key), reach)

    return carried
