"""Frames into a GIF, by FFmpeg: one palette of the whole clip's colours, and a dither that stands still.

An ordered dither keeps its place where the picture keeps still, so only what moves is stored again. Errors
that are diffused crawl over the whole frame, which is seen, and files are a sixth larger.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from fractions import Fraction
from pathlib import Path
from typing import Any

import numpy as np

from ..types import Size

UNIT = Fraction(1, 100)  # seconds: what a GIF counts in
LEAST = 2  # units; of less, browsers make ten
MOST = 65535  # pixels of a side
_DITHER = "dither=bayer:bayer_scale=3:diff_mode=rectangle"

Shown = tuple[np.ndarray, int, int]


def write_gif(part: Path, size: Size, frames: Callable[[], Iterator[Shown]]) -> None:
    """Writes a GIF that begins again for ever to `part`.

    frames  gives the frames, and is asked twice: RGBA `[H, W, 4]` uint8, of which alpha below 128 is
            transparent, and the units at which each is shown and at which it ends
    """
    import av

    palette, length = _palette(size, frames())
    options = {"loop": "0", "final_delay": str(length), "fflags": "+bitexact"}
    with av.open(f"file:{part}", "w", format="gif", container_options=options) as out:
        stream: Any = out.add_stream("gif", rate=100)
        stream.width, stream.height = size
        stream.pix_fmt = "pal8"
        stream.codec_context.time_base = UNIT
        for frame in _in_palette(size, palette, frames()):
            out.mux(stream.encode(frame))
        out.mux(stream.encode(None))


def _palette(size: Size, frames: Iterator[Shown]) -> tuple[Any, int]:
    """256 colours for all the frames, one of them transparent, as a frame; how long the last is shown."""
    import av

    graph = av.filter.Graph()
    source = _buffer(graph, size)
    gather, sink = graph.add("palettegen", "stats_mode=full"), graph.add("buffersink")
    source.link_to(gather)
    gather.link_to(sink)
    graph.configure()
    length = LEAST
    for image, start, end in frames:
        source.push(_frame(image, start))
        length = end - start
    source.push(None)
    return sink.pull(), length


def _in_palette(size: Size, palette: Any, frames: Iterator[Shown]) -> Iterator[Any]:
    import av

    graph = av.filter.Graph()
    source, colours = _buffer(graph, size), _buffer(graph, (palette.width, palette.height))
    lay, sink = graph.add("paletteuse", _DITHER), graph.add("buffersink")
    source.link_to(lay, 0, 0)
    colours.link_to(lay, 0, 1)
    lay.link_to(sink)
    graph.configure()
    palette.pts, palette.time_base = 0, UNIT
    colours.push(palette)
    colours.push(None)
    for image, start, _ in frames:
        source.push(_frame(image, start))
        yield from _ready(sink)
    source.push(None)
    yield from _ready(sink)


def _ready(sink: Any) -> Iterator[Any]:
    import av

    while True:
        try:
            yield sink.pull()
        except (av.BlockingIOError, av.EOFError):
            return


def _buffer(graph: Any, size: Size) -> Any:
    return graph.add_buffer(width=size[0], height=size[1], format="bgra", time_base=UNIT)


def _frame(image: np.ndarray, start: int) -> Any:
    from .colour import Colour
    from .rgba import from_rgba

    frame = from_rgba(image, "bgra", Colour())
    frame.pts, frame.time_base = start, UNIT
    return frame
