"""The options of depth."""

from __future__ import annotations

from dataclasses import dataclass

from .declare import option
from .shared import CODECS, NVENC_CODECS, DepthSourceOptions, OutputOptions

DEPTH_VIEWS = ("depth", "grey", "inferno", "turbo", "normals")
DEPTH_FORMATS = ("png", "exr", "npy")


@dataclass(frozen=True)
class DepthOptions(DepthSourceOptions, OutputOptions):
    """Estimate depth of a picture or video."""

    codec: str = option(
        "auto", "Codec",
        "video codec; for depth auto is ffv1 (16 bit, lossless) in .mkv and h265-10bit in .mp4 and .mov, for "
        "8-bit pictures h264",
        choices=("auto", *CODECS, *NVENC_CODECS), group="Output",
    )  # fmt: skip
    view: str = option(
        "depth", "View",
        "depth as 16-bit numbers, as an 8-bit grey picture, in colours, or the surface's normals",
        choices=DEPTH_VIEWS, group="Basic",
    )  # fmt: skip
    format: str = option(
        "png", "Frame format", "files of a folder result; EXR and NPY keep depth as floating point",
        choices=DEPTH_FORMATS, group="Basic",
    )  # fmt: skip
    invert: bool = option(False, "Invert", "far is bright instead of near", group="Basic")
    near_clip: float = option(
        1.0, "Near clip", "depth from here on is nearest, 0 far to 1 near",
        minimum=0.0, maximum=1.0, group="Range",
    )  # fmt: skip
    far_clip: float = option(
        0.0, "Far clip", "depth up to here is farthest, 0 far to 1 near",
        minimum=0.0, maximum=1.0, group="Range",
    )  # fmt: skip
    sharpen_depth: bool = option(
        False, "Sharpen depth", "turn soft depth edges into steps along the picture's own edges",
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
    fov: float = option(
        55.0, "Field of view", "horizontal angle of the camera, for point clouds, meshes and normals",
        minimum=5.0, maximum=150.0, unit="degrees", group="3D",
    )  # fmt: skip
