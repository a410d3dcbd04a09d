"""The world of a scroll as its options and its record have it: how layers move, and where they show.

about  what the record says of the layers: size, direction, kind, how many (layers), and where known their
       distances, names, spans across the motion, and the periods of a perfect loop
"""

from __future__ import annotations

import math
from collections.abc import Iterator
from typing import Any

import numpy as np

from ...errors import OptionError
from ...options import ScrollOptions
from ...types import Mask, Size
from .bands import borders_of, land_of, rows_of
from .measures import order_of
from .motion import SHORTEST, Motion, Vector, extent, looped, speeds_of, toward
from .shape import BANDS, Shape, per_layer, usual_distances
from .strips import Strip
from .world import World

ROOM = 0.05  # of the picture across the motion, by which a layer may come to reach farther than it did
NOTICED = 0.02  # of a layer's speed: a change that is told
About = dict[str, Any]


def motion_of(options: ScrollOptions, about: About, seconds: float) -> Motion:
    """How the layers move in a result of so many seconds. Raises OptionError."""
    motion = _free(options, about)
    rings = about.get("periods")
    if not options.endless:
        return motion
    if rings is None and about.get("painted"):
        raise OptionError(
            "endless: these strips were painted without a join; leave it out, or paint the scroll anew",
            "endless",
        )
    return looped(motion, size_of(about), seconds, rings)


def changes(options: ScrollOptions, about: About, motion: Motion) -> Iterator[str]:
    """What a loop's closing has done to speeds, a sentence for each layer whose speed is another by much."""
    shortest = SHORTEST * extent(size_of(about), motion.toward)
    for layer, (asked, made) in enumerate(zip(_free(options, about).speeds, motion.speeds, strict=True)):
        if abs(made - asked) > NOTICED * asked:
            long = f"; from --duration {math.ceil(shortest / asked)} on it keeps its speed" if asked else ""
            yield (
                f"layer {layer}: {made:.3g} pixels a second instead of {asked:.3g}, so that the loop "
                f"closes{long}"
            )


def check_same(options: ScrollOptions, shape: Shape, about: About, source_height: int) -> None:
    """Raises OptionError where strips are of a scroll in another direction, or of other layers."""
    if options.direction % 360 != about["direction"]:
        raise OptionError(
            f"direction: {options.direction:g}, but these strips were painted for {about['direction']:g}",
            "direction",
        )
    if shape.kind != about["kind"] or shape.layers not in (None, about["layers"]):
        raise OptionError(
            f"layers: these strips are of {about['layers']} layers by {about['kind']}; leave the options of "
            "layers as they were",
            "layers",
        )
    if options.heights is not None and about.get("borders"):
        asked = borders_in(options, about, source_height)
        if any(abs(a - b) > 1 for a, b in zip(asked, about["borders"], strict=True)):
            raise OptionError(
                "heights: these strips were painted for bands of other heights; leave it out, or paint the "
                "scroll anew",
                "heights",
            )


def _free(options: ScrollOptions, about: About) -> Motion:
    """How the layers move where no loop has to close."""
    way = toward(options.direction)
    reference = extent(size_of(about), way) / (options.smoothness * options.step_seconds)
    gains = per_layer(options, int(about["layers"]))[1]
    painterly = options.speeds == "painterly"
    return Motion(way, speeds_of(distances_of(options, about), reference, painterly, gains))


def world_of(options: ScrollOptions, about: About, motion: Motion, source_height: int) -> World:
    """The world without its land. Raises OptionError.

    source_height  rows of the source, in which heights are given
    """
    width, height = size_of(about)
    count = int(about["layers"])
    distances = distances_of(options, about)
    order = order_of(options.order, distances)
    everywhere = np.ones((height, width), bool)
    rows: list[np.ndarray | None] = [None] * count
    own = [(0, height)] * count
    if about["kind"] == BANDS:
        borders = about.get("borders") or borders_in(options, about, source_height)
        weights = rows_of(borders, order, options.soft, height)
        rows = list(weights)
        zones = [everywhere & (row > 0)[:, None] for row in weights]
        own = land_of(borders, options.soft, height)
    else:
        zones = [_zone(span, motion.toward, (width, height)) for span in about["spans"]]
        zones[order[0]] = everywhere
    rings = about.get("periods") or [None] * count
    strips = tuple(Strip(None if ring is None else (int(ring[0]), int(ring[1]))) for ring in rings)
    return World((width, height), order, distances, motion, strips, tuple(rows), tuple(own), tuple(zones))


def borders_in(options: ScrollOptions, about: About, source_height: int) -> list[float]:
    """Where the bands that the options say begin and end, in rows of the picture. Raises OptionError."""
    given = borders_of(options.heights, int(about["layers"]), source_height)
    return [at * size_of(about)[1] / source_height for at in given]


def size_of(about: About) -> Size:
    width, height = about["size"]
    return int(width), int(height)


def distances_of(options: ScrollOptions, about: About) -> tuple[float, ...]:
    """As the options say, else as the layers were found, else as usual."""
    count = int(about["layers"])
    given = per_layer(options, count)[0]
    if given is not None:
        return given
    return usual_distances(count) if about["distances"] is None else tuple(about["distances"])


def span_of(there: Mask, way: Vector) -> list[float] | None:
    """From where to where a layer lies across the motion, and some room; None for one that is nowhere."""
    if not there.any():
        return None
    across = _across((there.shape[1], there.shape[0]), way)
    room = ROOM * float(np.ptp(across))
    return [float(across[there].min()) - room, float(across[there].max()) + room]


def _zone(span: list[float] | None, way: Vector, size: Size) -> Mask:
    """Where a layer of that span may come to lie."""
    if span is None:
        return np.zeros((size[1], size[0]), bool)
    across = _across(size, way)
    return np.asarray((across >= span[0]) & (across <= span[1]))


def _across(size: Size, way: Vector) -> np.ndarray:
    """How far across the motion each pixel lies, float64 [h, w]."""
    y, x = np.mgrid[: size[1], : size[0]]
    return np.asarray(y * way[0] - x * way[1])
