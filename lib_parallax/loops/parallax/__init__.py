"""Parallax: a camera moves through a picture, and what it uncovers is painted.

The picture and its depth are made once; so is what lies behind things, wherever the planned move will
uncover it. A frame depends on these and its number alone, so frames are drawn side by side, and a
resumed job needs no state. Through a video the camera moves frame by frame; with feedback the picture is
painted on and on as the camera goes.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from fractions import Fraction
from pathlib import Path

from ...depth import Estimator
from ...errors import Cancelled, OptionError
from ...flow import same_shot
from ...generate import Generator, asked_for
from ...media import Reader, mark_shots
from ...options import ParallaxOptions
from ...types import Boundary, CancelToken, Event, Frame, OnEvent
from ...warp.backends import carrier
from ..computing import Computing
from ..depths import estimator_for, frames_of, is_fallback, key_of, weights_used
from ..drawing import boundary_at, drawn
from ..plan import Companion, Plan
from ..rates import frame_rate
from ..sounds import sound_curves
from ..store import MemoryStore, Store
from . import feedback
from .depth_over_time import STRETCHED, depth_changes, scenes_over
from .drawing import Drawing
from .effects import EffectsOver
from .layers import Layers, layers_of
from .moves import Course
from .pictures import Scene, check_words, picture_size, scene_of, scenes, working_size
from .showing import FORMS, FRAMES, shown
from .views import MONO, Shape, shape_of


def plan(source: Reader, options: ParallaxOptions, generator: Generator | None = None) -> Plan:
    """The result's shape; refuses what can be refused before anything is painted.

    generator  what paints in place of the one that the options name
    """
    carrier(options.backend, options.device)
    film, rate = _is_film(source), _rate(source, options)
    count = _count(source, options, rate)
    curves = sound_curves(options, rate, count)
    Course.of(options, count, float(rate), curves).check()
    EffectsOver.of(options, count, float(rate), curves)
    if options.feedback != feedback.OFF:
        feedback.Feedback.of(source, options, rate, curves)
    if options.alpha != "none" and options.layout != MONO:
        raise OptionError("alpha: it goes with one view; leave the layout at mono", "alpha")
    painter = ""
    if _paints(source, options):
        check_words(options, source)
        generator = generator or asked_for(options)
        painter = f"{generator.name}: {generator.note}"
    estimator = estimator_for(options, source)
    shape = shape_of(options, picture_size(source, options), source.sample_aspect)
    companions = {}
    if options.save_depth is not None:
        if options.show != "move":
            raise OptionError("save_depth: only a move has depth for every frame; leave it out", "save_depth")
        companions["depth"] = Companion(path=Path(options.save_depth), gray=True)
    if options.show != "move":
        if film:
            raise OptionError(f"show: {options.show} is of a picture, and {source.path.name} is none", "show")
        picture = picture_size(source, options)
        shape, count = Shape(picture, picture), FRAMES[options.show]
    return Plan(
        size=shape.size,
        sample_aspect=shape.sample_aspect,
        stereo=shape.stereo,
        name_tag=shape.name_tag,
        companions=companions,
        bit_depth=8,
        alpha=options.alpha == "holes" or options.show == "layers",
        forms=FORMS if options.show == "model" else {},
        painter=painter,
        depth=key_of(estimator, options),
        weights=weights_used(estimator, options),
        fallback=is_fallback(estimator, options),
        frames=None if film else count,
        rate=None if film else rate,
    )


def frames(
    source: Reader,
    options: ParallaxOptions,
    *,
    generator: Generator | None = None,
    store: Store | None = None,
    on_event: OnEvent | None = None,
    cancel: CancelToken | None = None,
    start: Boundary | None = None,
) -> Iterator[Frame]:
    """The frames, uint8 [H, W, 3], or [H, W, 4] with what is uncovered see-through; `extra` has "holes"
    (bool [h, w]) and "depth" (float32 [h, w], 0..1) of the (left) view. `start` goes on at a boundary that
    an earlier run came to."""
    tell = on_event or (lambda event: None)
    estimator = estimator_for(options, source)
    tell(Event("note", estimator.note))
    if _paints(source, options):
        generator = generator or asked_for(options)
        tell(Event("note", generator.note))
    film, rate = _is_film(source), _rate(source, options)
    count = _count(source, options, rate)
    curves = sound_curves(options, rate, count)
    course = Course.of(options, count, float(rate), curves)
    effects = EffectsOver.of(options, count, float(rate), curves)
    view = shape_of(options, picture_size(source, options)).view
    computing = Computing(carrier(options.backend, options.device), tell)
    first = start.index if start else 0
    drawing = Drawing(options, course, effects, view, computing)
    if film:
        made = _through_film(source, options, estimator, drawing, start, tell)
    elif options.feedback != feedback.OFF:
        assert generator is not None
        endless = feedback.Feedback.of(source, options, rate, curves)
        store = store or MemoryStore()
        made = _timed(
            endless.frames(source, drawing, generator, estimator, store, tell, cancel, first), rate, first
        )
    else:
        store = store or MemoryStore()
        size = picture_size(source, options)
        if options.show == "move":
            size = working_size(size, view, course.closest)
        scene = scene_of(source, size, options, estimator, generator, store, tell, cancel)
        if options.show == "move" and depth_changes(source, options):
            tell(Event("note", STRETCHED))
            made = _timed(_through_depths(scene, options, drawing, count, first), rate, first)
        elif options.show == "move":
            layers = layers_of(scene, options, course, view, generator, store, tell, cancel)
            pictures = drawn(lambda number: drawing.frame(number, layers), count, first, cancel)
            made = _timed(pictures, rate, first)
        else:
            layers = layers_of(scene, options, course, view, generator, store, tell, cancel)
            made = shown(options.show, layers, options.fov, source.path.stem)
    for done, frame in enumerate(made, first + 1):
        if cancel is not None and cancel.cancelled:
            raise Cancelled("stopped")
        yield frame
        tell(Event("progress", data={"done": done}))
    tell(Event("report", data={"depth": estimator.note, "painter": generator.note if generator else ""}))


def _is_film(source: Reader) -> bool:
    return source.kind in ("video", "folder")


def _rate(source: Reader, options: ParallaxOptions) -> Fraction:
    return (source.rate if _is_film(source) else None) or frame_rate(options.fps)


def _count(source: Reader, options: ParallaxOptions, rate: Fraction) -> int:
    if _is_film(source):
        return source.count()
    if options.feedback != feedback.OFF:
        return feedback.frame_total(options, rate)
    return max(1, round(options.duration * rate))


def _paints(source: Reader, options: ParallaxOptions) -> bool:
    asks = options.feedback != feedback.OFF or (
        options.behind == "paint" and not (options.show == "move" and depth_changes(source, options))
    )
    return source.kind == "none" or (asks and not _is_film(source))


def _timed(pictures: Iterator[Frame], rate: Fraction, first: int) -> Iterator[Frame]:
    """Frames that depend on their number alone, with their times and where a job may close a segment."""
    for number, frame in enumerate(pictures, first):
        yield replace(frame, pts=number / rate, boundary=boundary_at(number, rate))


def _through_depths(
    scene: Scene, options: ParallaxOptions, drawing: Drawing, count: int, first: int
) -> Iterator[Frame]:
    """The camera moves through a still whose depth changes."""
    assert options.depth is not None
    for number, moment in enumerate(scenes_over(scene, options.depth, count, first), first):
        yield drawing.frame(number, Layers.stretched(moment))


def _through_film(
    source: Reader,
    options: ParallaxOptions,
    estimator: Estimator,
    drawing: Drawing,
    start: Boundary | None,
    tell: OnEvent,
) -> Iterator[Frame]:
    """The camera moves through a video, each frame with its own depth; nothing is painted behind things."""
    state, first = (start.state, start.index) if start else ({}, 0)
    marked = mark_shots(frames_of(source, options, first), confirm=same_shot, start=start)
    for number, (frame, scene) in enumerate(scenes(marked, options, estimator, state, tell), first):
        yield replace(drawing.frame(number, Layers.stretched(scene)), pts=frame.pts, boundary=frame.boundary)
