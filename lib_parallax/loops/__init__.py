"""The loops: options and a source in, frames out. They own no files and draw no bars.

for frame in run("stereo", "clip.mp4", {"layout": "half-sbs"}):
    show(frame.image)
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from importlib import import_module
from types import ModuleType
from typing import Any

from ..errors import OptionError
from ..options import LOOP_OPTIONS, OPTIONAL_SOURCE, PaintOptions, parse
from ..types import CancelToken, Frame, OnEvent

_ADDRESS = re.compile(r"[a-z][a-z0-9+.-]+://", re.IGNORECASE)


def load(name: str) -> ModuleType:
    """The module of a loop, with `plan(source, options)` and `frames(source, options, ...)`."""
    if name not in LOOP_OPTIONS:
        raise OptionError(f"{name!r} is not a loop; known are {', '.join(LOOP_OPTIONS)}")
    return import_module(f".{name}", __name__)


def check_source(name: str, source: Any) -> None:
    """Raises OptionError where there is no source and the loop cannot do without, or one of another place."""
    nothing = source is None and name not in OPTIONAL_SOURCE
    if nothing or (isinstance(source, str) and not source.strip()):
        raise OptionError(f"source: {name} needs one, a video, a picture or a folder of pictures", "source")
    if isinstance(source, str) and _ADDRESS.match(source):
        raise OptionError(
            f"source: {source} is an address; only files and folders of this machine are taken, so fetch it "
            "first",
            "source",
        )


def run(
    name: str,
    source: Any,
    options: Any = None,
    generator: Any = None,
    on_event: OnEvent | None = None,
    cancel: CancelToken | None = None,
) -> Iterator[Frame]:
    """The frames of a loop over a source, in order.

    source    a path, a Reader, an iterable of Frames or of pictures, one picture [H, W, 3], or None
              for a loop that needs none
    options   the loop's dataclass or a mapping of names to values
    generator what paints, for the loops that do; stereo and depth paint nothing
    on_event  is told an Event now and then
    cancel    looked at between frames; Cancelled is raised

    Each Frame's `extra` holds further pictures by name: for stereo "left", "right",
    "depth" and "holes", for depth "depth" and "values". Refuses with a ParallaxError: options at the call,
    what the source must tell when the first frame is asked for.
    """
    loop = load(name)
    check_source(name, source)
    return _frames(loop, source, parse(LOOP_OPTIONS[name], options), generator, on_event, cancel)


def _frames(
    loop: ModuleType,
    source: Any,
    chosen: Any,
    generator: Any,
    on_event: OnEvent | None,
    cancel: CancelToken | None,
) -> Iterator[Frame]:
    from .source import opened

    with opened(source) as reader:
        paints = {"generator": generator} if isinstance(chosen, PaintOptions) else {}
        loop.plan(reader, chosen, **paints)
        yield from loop.frames(reader, chosen, on_event=on_event, cancel=cancel, **paints)
