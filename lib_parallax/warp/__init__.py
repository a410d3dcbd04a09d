"""Bending pictures: pure array maths, numpy or torch in, the same out.

Names load what they need when they are first used.
"""

from __future__ import annotations

from importlib import import_module
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from .camera import Camera
    from .flow import compose_flow, occlusion, splat_flow, warp_flow
    from .layers import Pane, composite
    from .parallax import render_parallax
    from .stereo import View, stereo_pair, synthesize_view
    from .zoom import ZoomStack

_HOMES = {
    "Camera": "camera",
    "render_parallax": "parallax",
    "View": "stereo",
    "synthesize_view": "stereo",
    "stereo_pair": "stereo",
    "warp_flow": "flow",
    "compose_flow": "flow",
    "occlusion": "flow",
    "splat_flow": "flow",
    "ZoomStack": "zoom",
    "Pane": "layers",
    "composite": "layers",
}
__all__ = [
    "Camera",
    "Pane",
    "View",
    "ZoomStack",
    "compose_flow",
    "composite",
    "occlusion",
    "render_parallax",
    "splat_flow",
    "stereo_pair",
    "synthesize_view",
    "warp_flow",
]


def __getattr__(name: str) -> Any:
    if name not in _HOMES:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    return getattr(import_module(f".{_HOMES[name]}", __name__), name)
