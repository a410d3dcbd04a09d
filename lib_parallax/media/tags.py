"""How players are told that a picture is 3D: file-name tags, Matroska, MP4, H.264.

Numbers come from the Matroska element specification (StereoMode), Google's spherical video V2 RFC (st3d,
sv3d) and ITU-T H.264 annex D (frame packing arrangement SEI).
"""

from __future__ import annotations

import struct
from dataclasses import dataclass

from .boxes import box, full_box

LAYOUTS = ("sbs", "tb", "row", "column", "checkerboard", "anaglyph")


@dataclass(frozen=True)
class StereoTag:
    """What the frames of a result hold.

    layout       sbs and tb (the first view left or on top), row, column (interleaved), checkerboard, anaglyph
    right_first  the right eye's view comes first
    half         each view is squeezed to half its width (sbs) or height (tb)
    projection   None for a flat screen, "vr180" for half equirectangular views
    fov          horizontal degrees the picture fills in vr180; told to nobody, there is no tag for it
    colours      of anaglyph glasses
    """

    layout: str
    right_first: bool = False
    half: bool = False
    projection: str | None = None
    fov: float | None = None
    colours: str = "red-cyan"

    def __post_init__(self) -> None:
        if self.layout not in LAYOUTS:
            raise ValueError(f"stereo layout {self.layout!r} is not one of {', '.join(LAYOUTS)}")
        if self.projection not in (None, "vr180"):
            raise ValueError(f"projection {self.projection!r} is neither None nor vr180")


def name_tag(tag: StereoTag | None) -> str:
    """The end of a file's stem by which players know the layout, such as `_LRF_Full_SBS`; "" for None."""
    if tag is None:
        return ""
    if tag.layout not in ("sbs", "tb"):
        return {"row": "_row_interleaved", "column": "_column_interleaved"}.get(tag.layout, f"_{tag.layout}")
    order = {("sbs", False): "LR", ("sbs", True): "RL", ("tb", False): "TB", ("tb", True): "BT"}
    short = order[tag.layout, tag.right_first]
    if tag.projection == "vr180":
        return f"_180_{short}"
    if tag.half:
        return f"_{short}"
    return f"_{short}F_Full_{'SBS' if tag.layout == 'sbs' else short}"


def matroska_mode(tag: StereoTag | None, webm: bool = False) -> str | None:
    """FFmpeg's name for Matroska's StereoMode; None where there is none (WebM knows only sbs and tb)."""
    if tag is None:
        return None
    if webm and tag.layout not in ("sbs", "tb"):
        return None
    if tag.layout == "anaglyph":
        return {"red-cyan": "anaglyph_cyan_red", "green-magenta": "anaglyph_green_magenta"}.get(tag.colours)
    return {
        ("sbs", False): "left_right",
        ("sbs", True): "right_left",
        ("tb", False): "top_bottom",
        ("tb", True): "bottom_top",
        ("checkerboard", False): "checkerboard_lr",
        ("checkerboard", True): "checkerboard_rl",
        ("row", False): "row_interleaved_lr",
        ("row", True): "row_interleaved_rl",
        ("column", False): "col_interleaved_lr",
        ("column", True): "col_interleaved_rl",
    }[tag.layout, tag.right_first]


def frame_packing(tag: StereoTag | None) -> int | None:
    """frame_packing_arrangement_type of H.264's SEI, or None."""
    if tag is None or tag.projection is not None:
        return None
    return {"checkerboard": 0, "column": 1, "row": 2, "sbs": 3, "tb": 4}.get(tag.layout)


def mp4_boxes(tag: StereoTag | None) -> bytes:
    """st3d, and sv3d for vr180, to stand in the video sample entry; empty where MP4 has no word for it."""
    if tag is None:
        return b""
    mode = {("sbs", False): 2, ("sbs", True): 4, ("tb", False): 1}.get((tag.layout, tag.right_first))
    data = b"" if mode is None else full_box(b"st3d", bytes([mode]))
    if tag.projection == "vr180":
        data += _sv3d()
    return data


def _sv3d() -> bytes:
    """Equirectangular, a quarter of the sphere cut from the left and from the right: 180 by 180 degrees."""
    quarter = 1 << 30  # 0.25 as 0.32 fixed point
    header = full_box(b"prhd", struct.pack(">3i", 0, 0, 0))
    bounds = full_box(b"equi", struct.pack(">4I", 0, 0, quarter, quarter))
    return box(b"sv3d", full_box(b"svhd", b"Parallax\0") + box(b"proj", header + bounds))
