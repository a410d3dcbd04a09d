"""The numba carrier: serial nogil kernels, cached on disk; frames run side by side in threads.

The steps of a view are one kernel here, `see`.
"""

from .cpu_composite import composite
from .cpu_flow import unclosed
from .cpu_parallax import first_hit
from .cpu_parallax_shade import look_up
from .cpu_sample import sample
from .cpu_splat import splat
from .cpu_unmix import fixed_offset
from .cpu_view import see
from .cpu_zoom import compose, halve

__all__ = [
    "compose",
    "composite",
    "first_hit",
    "fixed_offset",
    "halve",
    "look_up",
    "sample",
    "see",
    "splat",
    "unclosed",
]
