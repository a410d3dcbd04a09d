"""The torch carrier: defines every primitive, and runs wherever torch does."""

from .reference_sample import sample
from .reference_stereo import background_rows, shade, splat_fringe, splat_rows, step_mask, unmix

__all__ = ["background_rows", "sample", "shade", "splat_fringe", "splat_rows", "step_mask", "unmix"]
