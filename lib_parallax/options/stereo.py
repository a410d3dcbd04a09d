"""The options of stereo."""

from __future__ import annotations

from dataclasses import dataclass

from .declare import option, schedule
from .shared import DepthSourceOptions, OutputOptions

EYES = ("right", "left", "both")
LAYOUTS = (
    "full-sbs", "half-sbs", "full-sbs-rl", "half-sbs-rl", "cross-eyed",
    "full-tb", "half-tb", "full-bt", "half-bt",
    "anaglyph", "row-interleaved", "column-interleaved", "checkerboard",
    "separate", "rgb-depth", "depth", "vr180",
)  # fmt: skip
ANAGLYPH_COLOURS = ("red-cyan", "green-magenta", "amber-blue")
ANAGLYPH_METHODS = ("dubois", "colour", "half-colour", "grey", "optimised")
FILLS = ("background", "temporal", "none")


@dataclass(frozen=True)
class StereoOptions(DepthSourceOptions, OutputOptions):
    """Turn a picture or video into 3D."""

    layout: str = option(
        "full-sbs", "Layout",
        "how the two views are put together; -rl and bt put the right view first",
        choices=LAYOUTS, group="Basic",
    )  # fmt: skip
    eye: str = option(
        "right", "Synthesised eye",
        "which view is synthesised; the other eye sees the source untouched, so leave your dominant eye the "
        "source; both moves each eye by half",
        choices=EYES, group="Basic",
    )  # fmt: skip
    strength: float | str = schedule(
        2.5, "Strength", "whole disparity range between the two eyes, from nearest to farthest",
        minimum=0.0, maximum=10.0, unit="% of width", group="Basic",
    )  # fmt: skip
    convergence: float | str | None = schedule(
        None, "Convergence",
        "depth that lies on the screen, 0 far to 1 near; left out, it follows each shot's salient depth",
        minimum=0.0, maximum=1.0, group="Depth budget",
    )  # fmt: skip
    near_limit: float | str = schedule(
        2.5, "Near limit", "most that anything may stand out in front of the screen",
        minimum=0.0, maximum=10.0, unit="% of width", group="Depth budget",
    )  # fmt: skip
    far_limit: float | str = schedule(
        2.5, "Far limit", "most that anything may lie behind the screen",
        minimum=0.0, maximum=10.0, unit="% of width", group="Depth budget",
    )  # fmt: skip
    fill: str = option(
        "temporal", "Fill",
        "what is put where the new view uncovers background: its mirrored border; or what other frames of "
        "the shot show there (and the border where they show nothing), or none (black)",
        choices=FILLS, group="Uncovered areas",
    )  # fmt: skip
    sharpen_depth: bool = option(
        True, "Sharpen depth", "turn soft depth edges into steps along the picture's own edges",
        group="Depth",
    )  # fmt: skip
    keep_thin: bool = option(
        True, "Keep thin things",
        "when sharpening, give wires, railings and the like back the depth that blur took from them",
        group="Depth",
    )  # fmt: skip
    edge_bias: int = option(
        0, "Foreground bias",
        "when sharpening, how far near things grow over what is behind them; negative, shrink",
        minimum=-16, maximum=16, unit="px", group="Depth",
    )  # fmt: skip
    floating_window: bool = option(
        False, "Floating window",
        "mask the screen edges that cut near objects, so that the edge itself stands in front",
        group="Uncovered areas",
    )  # fmt: skip
    anaglyph_colours: str = option(
        "red-cyan", "Anaglyph glasses", "colours of the glasses, left then right",
        choices=ANAGLYPH_COLOURS, group="Anaglyph",
    )  # fmt: skip
    anaglyph_method: str = option(
        "dubois", "Anaglyph method", "how colours are shared between the two eyes",
        choices=ANAGLYPH_METHODS, group="Anaglyph",
    )  # fmt: skip
    fov: float = option(
        90.0, "Field of view", "horizontal angle the picture fills in the vr180 layout",
        minimum=20.0, maximum=170.0, unit="degrees", group="VR180",
    )  # fmt: skip
    size_cap: tuple[int, int] | None = option(
        None, "Size cap", "largest width and height of the finished frame, as WxH; larger is scaled down",
        minimum=16, maximum=32768, unit="px", group="Output",
    )  # fmt: skip
    name_tags: bool = option(
        True, "Name tags",
        "when -o names a folder of a batch or is left out, add the file-name tag that players read, such as "
        "_LRF_Full_SBS",
        group="Output",
    )  # fmt: skip
