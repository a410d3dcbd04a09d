"""The scroll's scene: begun from its picture, kept in the record, and read from there."""

from __future__ import annotations

import json
from collections.abc import Callable
from dataclasses import dataclass

import numpy as np

from ...media import Reader
from ...options import ScrollOptions
from ...types import Event, Image, OnEvent
from . import credible
from .backdrop import Backdrop
from .cutting import Cutter
from .cutting.behind import sheets
from .finding import things_in
from .layout import About, borders_in, changes, check_same, distances_of, motion_of, span_of, world_of
from .motion import toward
from .objects import cleaned, standing_in
from .painting import new_land
from .recorded import Record, undamaged
from .shape import Shape, source_height
from .things import Placed
from .world import Seen, World

CUTTER, THINGS = "cutter", "things"


@dataclass(frozen=True)
class Scene:
    """What a scroll shows; `cutter` finds the layers that are no bands in what is painted further."""

    world: World
    things: tuple[Placed, ...]
    cutter: Cutter | None

    def sheets(self, backdrop: Backdrop) -> Callable[[Seen, Image], list[np.ndarray]]:
        """What cuts a picture that was painted further; see `painting.Painter`."""
        world, cutter = self.world, self.cutter
        if cutter is None:
            return lambda seen, image: opaque(image, len(world.strips))

        def cut(seen: Seen, image: Image) -> list[np.ndarray]:
            places = list(zip(world.strips, seen.at, strict=True))
            mattes = cutter.more(image, world.coverage(seen.at, seen.size), seen.missing)
            lands = [strip.window(*at, seen.size) for strip, at in places]
            new = ~np.all([strip.known(*at, seen.size) for strip, at in places], axis=0)
            return sheets(image, mattes, world.order, backdrop.paint, backdrop.options.soft, lands, new)

        return cut


def begin(backdrop: Backdrop, record: Record, cutter: Cutter | None) -> None:
    """Writes a picture's layers, its things and its land into an empty record."""
    options, shape = backdrop.options, backdrop.shape
    picture = backdrop.picture()
    found = things_in(picture, options)
    base = cleaned(picture, found, backdrop.paint, (options.object_prompts or "").replace(";", ","))
    about: About = {"size": list(shape.size), "direction": options.direction % 360, "kind": shape.kind}
    mattes = None
    if cutter is None:
        about |= {"layers": shape.layers, "distances": None}
    else:
        mattes = cutter.first(base)
        about |= {"layers": len(cutter.names), "distances": cutter.distances, "names": list(cutter.names)}
        about["spans"] = [span_of(matte > 0, toward(options.direction)) for matte in mattes]
        record.store.keep_text(CUTTER, cutter.record())
    rows = source_height(backdrop.source, shape.size)
    about["distances"] = list(distances_of(options, about))
    if cutter is None:
        about["borders"] = borders_in(options, about, rows)
    motion = motion_of(options, about, shape.seconds)
    if options.endless:
        about["periods"] = motion.periods
    world = world_of(options, about, motion, rows)
    if mattes is None:
        made = opaque(base, len(world.strips))
    else:
        made = sheets(base, mattes, world.order, backdrop.paint, options.soft)
    seen = world.seen(0.0).without_rim(options.rim, motion.toward)
    lay(world, record, record.keep(0, base, new_land(seen, made), {"step": 0}))
    shown = world.coverage(seen.at, seen.size)
    things = []
    for number, thing in enumerate(found):
        record.keep_sheet(_name(number), thing.image)
        height, width = thing.image.shape[:2]
        layer = standing_in(thing, shown)
        things.append({"x": thing.x, "y": thing.y, "width": width, "height": height, "layer": layer})
    record.store.keep_text(THINGS, json.dumps(things))
    record.begin({**about, "painted": True})


def opened(
    options: ScrollOptions,
    shape: Shape,
    source: Reader,
    record: Record,
    cutter: Cutter | None,
    tell: OnEvent,
) -> Scene:
    """The scene that the record holds. Raises OptionError where the options do not go with it."""
    about = record.about()
    assert about is not None
    check_same(options, shape, about, source_height(source, shape.size))
    if cutter is not None:
        with undamaged(CUTTER):
            cutter.restore(record.store.text(CUTTER) or "{}")
    motion = motion_of(options, about, shape.seconds)
    for text in changes(options, about, motion):
        tell(Event("warning", text))
    world = world_of(options, about, motion, source_height(source, shape.size))
    for told in record.steps(len(world.strips)):
        lay(world, record, told)
    with undamaged(THINGS):
        known = credible.things(json.loads(record.store.text(THINGS) or "[]"), len(world.strips))
    things = (
        Placed.of(
            record.sheet(_name(number), (thing["width"], thing["height"])),
            thing["x"], thing["y"], thing["layer"], motion, world.size,
            options.object_factor, options.object_repeat,
        )
        for number, thing in enumerate(known)
    )  # fmt: skip
    return Scene(world, tuple(things), cutter)


def lay(world: World, record: Record, told: About) -> None:
    """Lays a step's land into the strips."""
    for layer, piece in record.pieces(told):
        world.strips[layer].pieces.append(piece)


def opaque(image: Image, count: int) -> list[np.ndarray]:
    """The sheets of bands: all of the picture each."""
    return [np.dstack([image, np.full(image.shape[:2], 255, np.uint8)])] * count


def _name(number: int) -> str:
    return f"thing-{number}"
