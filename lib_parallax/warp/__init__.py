"""Bending pictures: pure array maths, numpy or torch in, the same out.

Names load what they need when they are first used.
"""

from __future__ import annotations

import importlib

_HOMES = {
    "View": "stereo",
    "synthesize_view": "stereo",
    "stereo_pair": "stereo",
    "warp_flow": "flow",
    "compose_flow": "flow",
    "occlusion": "flow",
}
__all__ = list(_HOMES)


def __getattr__(name: str) -> object:
    if name not in _HOMES:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    return getattr(importlib.import_module(f"{__name__}.{_HOMES[name]}"), name)
