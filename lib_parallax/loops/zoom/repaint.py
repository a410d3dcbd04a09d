"""The same zoom with one picture painted anew, and with it everything around it."""

from __future__ import annotations

import re
from dataclasses import replace

from ...errors import OptionError
from ...options import ZoomOptions
from ..seeds import drawn
from .keyframes import ENLARGED, KEYFRAME
from .seeds import seed_at, with_seed

_NAME = re.compile(r"([a-z]+)-(\d{4,})(?:-\d+)?")


def repainted(options: ZoomOptions, step: int, seed: int | None = None) -> ZoomOptions:
    """The options of the zoom whose picture `step` is another.

    seed  what it is painted with; None draws one. Raises OptionError for a picture that there is not.
    """
    if options.keyframes is not None:
        raise OptionError("step: this zoom shows saved keyframes; none of them was painted", "step")
    if not 0 <= step <= options.count:
        raise OptionError(f"step: {step}; the zoom has the pictures 0 to {options.count}", "step")
    if seed is None:
        seed = drawn(seed_at(options, step), "again")
    return replace(options, step_seeds=with_seed(options, step, seed))


def stays(options: ZoomOptions, step: int, name: str) -> bool:
    """Whether what a store holds under a name is as true of the zoom with another picture `step`.

    In a perfect loop every keyframe shows every other once the ends are joined; those before that stay.
    """
    match = _NAME.fullmatch(name)
    if match is None or int(match[2]) >= step:
        return False
    return not (options.endless and match[1] in (KEYFRAME, ENLARGED))
