"""The numba carrier: serial nogil kernels, cached on disk; frames run side by side in threads."""

from .cpu_composite import composite
from .cpu_fill import fill, uncovered
from .cpu_flow import unclosed
from .cpu_parallax import first_hit
from .cpu_parallax_shade import look_up
from .cpu_sample import sample
from .cpu_splat import splat
from .cpu_stereo import background_rows, shade, splat_fringe, splat_rows, step_mask, unmix
from .cpu_view import view
from .cpu_zoom import compose, halve

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
