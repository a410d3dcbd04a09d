"""Scroll: a picture's layers slide at their own speeds for as long as one likes, and new land is painted.

The picture is cut into layers, and land is painted step by step, each piece kept in the store; what is
there is not painted again. A frame depends on the strips and its time alone, so frames are drawn side by
side, and a resumed job needs no state. `--strips` shows land that was painted earlier.
"""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

from ...errors import Cancelled
from ...generate import Generator, Txt2Img, asked_for
from ...generate.checks import check_request
from ...media import Reader
from ...media.ambience import tracks_in
from ...media.mixing import Track
from ...options import ScrollOptions
from ...types import Boundary, CancelToken, Event, Frame, OnEvent
from ...warp.backends import carrier
from ..depths import estimator_for, is_fallback, key_of, weights_used
from ..drawing import boundary_at, drawn
from ..plan import Plan
from ..seeds import sampling
from ..source import aspect_at
from ..store import MemoryStore, Store
from . import showing
from .backdrop import Backdrop
from .drawing import Drawing
from .finding import cutter_of
from .measures import distances_of
from .painting import Painter
from .recorded import Record, reopened
from .scene import Scene, begin, opened
from .shape import BANDS, Shape, shape_of, usual_distances
from .sounds import layer_tracks
from .words import prompts_of


def plan(source: Reader, options: ScrollOptions, generator: Generator | None = None) -> Plan:
    """The result's shape; refuses what can be refused before anything is painted.

    generator  what paints in place of the one that the options name
    """
    carrier(options.backend, options.device)
    shape = shape_of(source, options)
    prompts_of(options, shape.steps, shape.step_seconds)
    generator = generator or asked_for(options)
    painting = Txt2Img(
        "", shape.painting, sampling=sampling(options, 0), checkpoint=options.inpaint_checkpoint or ""
    )
    check_request(painting, generator.capabilities(), generator.name)
    estimator = None if shape.kind == BANDS else estimator_for(options, source)
    size, count = options.size or shape.size, shape.frames
    if options.show != "scroll":
        size, count = (shape.size if options.show == "layers" else shape.strip), shape.most
        showing.check_size(size)
    return Plan(
        size=size,
        sample_aspect=aspect_at(source, options.size) if source.kind != "none" else Plan.sample_aspect,
        bit_depth=8,
        alpha=options.show != "scroll",
        frames=count,
        rate=shape.rate,
        painter=f"{generator.name}: {generator.note}",
        depth="" if estimator is None else key_of(estimator, options),
        weights={} if estimator is None else weights_used(estimator, options),
        fallback=estimator is not None and is_fallback(estimator, options),
        tracks=_sounds(options, shape),
    )


def frames(
    source: Reader,
    options: ScrollOptions,
    *,
    generator: Generator | None = None,
    store: Store | None = None,
    on_event: OnEvent | None = None,
    cancel: CancelToken | None = None,
    start: Boundary | None = None,
) -> Iterator[Frame]:
    """The scroll's frames, uint8 [H, W, 3], at a constant rate; `start` goes on at a boundary."""
    tell = on_event or (lambda event: None)
    shape = shape_of(source, options)
    generator = generator or asked_for(options)
    tell(Event("note", generator.note))
    record = Record(store or MemoryStore())
    if options.strips is not None:
        reopened(Path(options.strips).expanduser(), record.store)
    backdrop = Backdrop(source, options, shape, generator, tell, cancel)
    cutter = cutter_of(options, shape, backdrop.depth_of(record.about() is not None))
    if record.about() is None:
        begin(backdrop, record, cutter)
    scene = opened(options, shape, source, record, cutter, tell)
    prompts = prompts_of(options, shape.steps, shape.step_seconds)
    painter = Painter(
        options, shape.painting, prompts, generator, record, scene.sheets(backdrop), tell, cancel
    )
    painted = 0
    if options.show != "layers":
        painted = painter.paint(scene.world, shape.steps, shape.step_seconds)
    first = start.index if start else 0
    for done, frame in enumerate(_made(options, shape, scene, first, cancel, tell), first + 1):
        if cancel is not None and cancel.cancelled:
            raise Cancelled("stopped")
        yield frame
        tell(Event("progress", data={"done": done}))
    figures = {"painted": painted, "layers": len(scene.world.strips)}
    tell(Event("report", data={"painter": generator.note, **figures}))


def _sounds(options: ScrollOptions, shape: Shape) -> tuple[Track, ...]:
    """The layers' sounds. Raises OptionError for what cannot be understood, and for more than layers."""
    if options.layer_sounds is None:
        return ()
    given = options.distances
    distances = usual_distances(shape.most) if given is None else distances_of(given)
    return layer_tracks(tracks_in(options.layer_sounds, "layer_sounds"), distances, min(distances))


def _made(
    options: ScrollOptions, shape: Shape, scene: Scene, first: int, cancel: CancelToken | None, tell: OnEvent
) -> Iterator[Frame]:
    """The frames from `first` on, or the pictures that are to be shown in their place."""
    if options.show == "layers":
        yield from showing.layers(scene.world, shape.most)
        return
    if options.show == "strips":
        yield from showing.strips(scene.world, shape.most, shape.strip)
        return
    drawing = Drawing(options, shape, scene.world, scene.things, options.size or shape.size, tell)
    for number, image in enumerate(drawn(drawing.frame, shape.frames, first, cancel), first):
        yield Frame(image, number / shape.rate, boundary=boundary_at(number, shape.rate))
