"""The torch carrier: defines every primitive, and runs wherever torch does."""

from .chain import chained
from .reference_composite import composite
from .reference_fill import fill, uncovered
from .reference_flow import unclosed
from .reference_parallax import first_hit, look_up
from .reference_sample import sample
from .reference_splat import splat
from .reference_stereo import background_rows, shade, splat_fringe, splat_rows, step_mask, unmix
from .reference_zoom import compose, halve

view = chained(splat_rows, splat_fringe, shade, background_rows)

__all__ = [
    "background_rows",
    "compose",
    "composite",
    "fill",
    "first_hit",
    "halve",
    "look_up",
    "sample",
    "shade",
    "splat",
    "splat_fringe",
    "splat_rows",
    "step_mask",
    "unclosed",
    "uncovered",
    "unmix",
    "view",
]
