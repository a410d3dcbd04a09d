"""What a loop says about its result before the first frame, so that it can be written."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from fractions import Fraction
from pathlib import Path
from typing import TYPE_CHECKING

from ..types import Size

if TYPE_CHECKING:
    from ..media import StereoTag
    from ..media.mixing import Track


@dataclass(frozen=True)
class Companion:
    """A second result: one of `Frame.extra`, written beside the first.

    path    where it goes, or None for the result's own name with `suffix` added
    gray    the pictures are depth: float32 [H, W] in 0..1
    alpha   they are RGBA, uint8 [H, W, 4]
    """

    path: Path | None = None
    suffix: str | None = None
    gray: bool = False
    alpha: bool = False


@dataclass(frozen=True)
class Plan:
    """The shape of a result.

    size           of every frame's image
    sample_aspect  width of a pixel over its height
    stereo         how the frames hold two views, for containers and players
    name_tag       what players look for in a file's name, such as "_LRF_Full_SBS"
    companions     which of `Frame.extra` are written too, by name
    gray           the image is depth: uint8 or uint16 [H, W]
    alpha          the image is RGBA of straight alpha: uint8 [H, W, 4]
    bit_depth      of pictures that the loop draws itself, in BT.709; None for those that have the source's
                   colours and bits
    forms          which of `Frame.extra` a result of a suffix holds in the image's place: numbers in .exr
                   and .npy, a surface in .ply and .glb, media.Relief in .html. Suffixes that are missing
                   here are refused
    frame_suffix   of the files in a folder
    depth          who makes the depth, down to the weights file; "" for a loop without
    frames, rate   of a result that has frames of its own; None for one with a frame for each of the
                   source's
    keeps_sound    a result with frames of its own lasts as long as the source, and keeps its sound
    painter        who paints, for a loop that does, down to its model; "" for a loop without
    inputs         files that take part besides the source and those that options name
    weights        the files of weights that take part, by the name of the weights
    fallback       depth is made by cues for want of a network's weights
    tracks         sounds of the loop's own, mixed with whatever else is laid under the result
    """

    size: Size
    sample_aspect: Fraction = Fraction(1)
    stereo: StereoTag | None = None
    name_tag: str = ""
    companions: Mapping[str, Companion] = field(default_factory=dict)
    gray: bool = False
    alpha: bool = False
    bit_depth: int | None = None
    forms: Mapping[str, str] = field(default_factory=dict)
    frame_suffix: str = ".png"
    depth: str = ""
    frames: int | None = None
    rate: Fraction | None = None
    keeps_sound: bool = False
    painter: str = ""
    inputs: tuple[Path, ...] = ()
    weights: Mapping[str, Path] = field(default_factory=dict)
    fallback: bool = False
    tracks: tuple[Track, ...] = ()
