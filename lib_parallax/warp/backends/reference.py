"""The torch carrier: defines every primitive, and runs wherever torch does."""

import sys
from functools import partial

from . import chain
from .reference_composite import composite
from .reference_fill import fill, uncovered
from .reference_flow import unclosed
from .reference_parallax import first_hit, look_up
from .reference_sample import sample
from .reference_splat import splat
from .reference_stereo import (
    background_rows,
    fixed_offset,
    shade,
    splat_fringe,
    splat_rows,
    step_mask,
    unmix,
)
from .reference_zoom import compose, halve

see = partial(chain.see, sys.modules[__name__])

__all__ = [
    "background_rows",
    "compose",
    "composite",
    "fill",
    "first_hit",
    "fixed_offset",
    "halve",
    "look_up",
    "sample",
    "see",
    "shade",
    "splat",
    "splat_fringe",
    "splat_rows",
    "step_mask",
    "unclosed",
    "uncovered",
    "unmix",
]
