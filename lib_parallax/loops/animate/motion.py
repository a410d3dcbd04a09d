"""The motion between neighbouring frames, from whatever the options name."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import numpy as np

from ...flow import load
from ...flow.files import FlowSource
from ...flow.follow import Follower
from ...flow.reach import Step
from ...options import AnimateOptions
from ...types import Flow, Frame, Size
from ..source import scaled
from .survey import reduced, small_grey

StepOf = Callable[[int, Frame, Frame], Step]


def steps_by(options: AnimateOptions, size: Size) -> StepOf:
    """Tells of two neighbouring frames, the first by its number, how things move between them.

    Flows are of the size of the frames reduced to the flow size (see `reduced`), those out of files of
    the source's `size`.
    """
    side = options.flow_size
    if options.flow_files is not None:
        files = FlowSource(Path(options.flow_files).expanduser(), size)

        def read(number: int, earlier: Frame, later: Frame) -> Step:
            forth, back = files.forth(number), files.back(number)
            return Step(forth.flow, back.flow, forth.confidence, back.confidence)

        return read
    if options.flow == "motion-vectors":
        follow = Follower("dis")

        def by_vectors(number: int, earlier: Frame, later: Frame) -> Step:
            small = small_grey(later.image, side), small_grey(earlier.image, side)
            back, forth = follow.both(*small, later.extra.get("vectors"))
            return Step(forth.flow, back.flow)

        return by_vectors
    estimate = load(options.flow)

    def estimated(number: int, earlier: Frame, later: Frame) -> Step:
        a, b = reduced(earlier.image, side), reduced(later.image, side)
        return Step(estimate(a, b), estimate(b, a))

    return estimated


def at_size(flow: Flow, size: Size) -> Flow:
    """The flow on the grid of a picture of (width, height), in its pixels."""
    height, width = flow.shape[:2]
    if (width, height) == size:
        return flow
    return scaled(flow, size) * np.array([size[0] / width, size[1] / height], np.float32)
