"""Bending pictures: pure array maths, numpy or torch in, the same out.

Names load what they need when they are first used.
"""

from __future__ import annotations

from importlib import import_module
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from .flow import compose_flow, occlusion, warp_flow
    from .stereo import View, stereo_pair, synthesize_view
    from .zoom import ZoomStack

_HOMES = {
    "View": "stereo",
    "synthesize_view": "stereo",
    "stereo_pair": "stereo",
    "warp_flow": "flow",
    "compose_flow": "flow",
    "occlusion": "flow",
    "ZoomStack": "zoom",
}
__all__ = [
    "View",
    "ZoomStack",
    "compose_flow",
    "occlusion",
    "stereo_pair",
    "synthesize_view",
    "warp_flow",
]


def __getattr__(name: str) -> Any:
    if name not in _HOMES:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    return getattr(import_module(f".{_HOMES[name]}", __name__), name)
