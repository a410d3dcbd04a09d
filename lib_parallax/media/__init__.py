"""Pictures and video in and out: readers, writers, joining, sound, 3D tags and shot marks.

The names below are loaded when they are first used, so that importing the package costs nothing.
"""

from __future__ import annotations

from importlib import import_module
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from .animation import animate
    from .colour import Colour
    from .depth_source import open_depth
    from .geometry import Surface
    from .joining import join
    from .laid_sound import LaidSound, check_sound, own_track
    from .page import Relief
    from .prefetch import ahead
    from .reader import Reader, Track, open_video
    from .room import in_flight
    from .shots import mark_shots
    from .side_by_side import abreast, workers_here
    from .tags import StereoTag, name_tag
    from .writer import Writer, open_writer, segment_suffix

_HOMES = {
    "abreast": "side_by_side",
    "ahead": "prefetch",
    "animate": "animation",
    "Colour": "colour",
    "open_depth": "depth_source",
    "Surface": "geometry",
    "in_flight": "room",
    "join": "joining",
    "LaidSound": "laid_sound",
    "check_sound": "laid_sound",
    "own_track": "laid_sound",
    "Nothing": "reader",
    "Reader": "reader",
    "Relief": "page",
    "Track": "reader",
    "open_video": "reader",
    "mark_shots": "shots",
    "StereoTag": "tags",
    "name_tag": "tags",
    "Writer": "writer",
    "open_writer": "writer",
    "segment_suffix": "writer",
    "workers_here": "side_by_side",
}

__all__ = [
    "Colour",
    "LaidSound",
    "Nothing",
    "Reader",
    "Relief",
    "StereoTag",
    "Surface",
    "Track",
    "Writer",
    "abreast",
    "ahead",
    "animate",
    "check_sound",
    "in_flight",
    "join",
    "mark_shots",
    "name_tag",
    "open_depth",
    "open_video",
    "open_writer",
    "own_track",
    "segment_suffix",
    "workers_here",
]


def __getattr__(name: str) -> Any:
    if name not in _HOMES:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    value = getattr(import_module(f".{_HOMES[name]}", __name__), name)
    globals()[name] = value
    return value
