"""Every option of every loop, declared once.

One frozen dataclass a loop. Each field carries its label, help, range, unit and choices in
its metadata; command-line flags, the page, API models, job files and the tables in docs are
all made from these, so an option is refused in the same words everywhere.

    options = parse(StereoOptions, {"strength": 3, "layout": "half-sbs"})
"""

from __future__ import annotations

from .animate import AnimateOptions
from .declare import OptionField, check, describe, option, parse
from .depth import DepthOptions
from .parallax import ParallaxOptions
from .scroll import ScrollOptions
from .shared import CODECS, QUALITIES, DepthSourceOptions, OutputOptions, PaintOptions
from .stereo import ANAGLYPH_COLOURS, ANAGLYPH_METHODS, LAYOUTS, StereoOptions
from .zoom import ZoomOptions

LOOP_OPTIONS: dict[str, type] = {
    "stereo": StereoOptions, "depth": DepthOptions, "parallax": ParallaxOptions, "animate": AnimateOptions,
    "zoom": ZoomOptions, "scroll": ScrollOptions,
}  # fmt: skip
OPTIONAL_SOURCE = ("parallax", "zoom", "scroll")  # loops that can do without a source

__all__ = [
    "ANAGLYPH_COLOURS", "ANAGLYPH_METHODS", "CODECS", "LAYOUTS", "LOOP_OPTIONS", "OPTIONAL_SOURCE",
    "QUALITIES", "AnimateOptions", "DepthOptions", "DepthSourceOptions", "OptionField", "OutputOptions",
    "PaintOptions", "ParallaxOptions", "ScrollOptions", "StereoOptions", "ZoomOptions", "check",
    "describe", "option", "parse",
]  # fmt: skip
