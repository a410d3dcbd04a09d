"""Stereo: a picture or video becomes 3D.

A frame's way: read and marked with shots, depth, disparity, the second view, its holes
filled, both views packed. Every stage that remembers leaves its state in the boundaries it
passes.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from contextlib import closing
from dataclasses import replace
from fractions import Fraction
from pathlib import Path

import numpy as np

from ..depth import check_length, sharpen_edges
from ..errors import Cancelled
from ..flow import same_shot
from ..media import Reader, StereoTag, ahead, mark_shots, name_tag
from ..options import StereoOptions
from ..types import Boundary, CancelToken, Depth, Event, Frame, Mask, OnEvent, Size
from ..warp.backends import Carrier, carrier
from ..warp.layouts import pack, packed_sample_aspect, packed_size, stereo_kind
from ..warp.stereo import eye_shifts, fill_background, quantise, render
from .budget import Budget, LimitsOver, limits_note
from .changing import schedules_of
from .comfort import Comfort
from .depths import estimator_for, frames_of, is_fallback, key_of, weights_used, with_depth
from .plan import Companion, Plan
from .scene import DEPTH_STEPS, Scene, Views, in_steps
from .sounds import sound_curves
from .source import aspect_at, resized
from .uncover import Uncoverer
from .window import FloatingWindow

FOLDER_RATE = 30  # frames a second of a source that knows none


def plan(source: Reader, options: StereoOptions) -> Plan:
    """The result's shape; refuses what can be refused before the first frame."""
    carrier(options.backend, options.device)
    estimator = estimator_for(options, source)
    if options.depth is not None and getattr(source, "sized", True):
        check_length(source.count(), options.depth)
    _limits(source, options)
    kind = stereo_kind(options.layout)
    tag = None
    if kind.layout is not None:
        colours = options.anaglyph_colours
        tag = StereoTag(kind.layout, kind.right_first, kind.half, kind.projection, options.fov, colours)
    companions = {}
    if options.layout == "separate":
        companions["right"] = Companion(suffix="_R")
    if options.save_depth is not None:
        companions["depth"] = Companion(path=Path(options.save_depth), gray=True)
    eye = eye_size(source.size, options)
    return Plan(
        size=packed_size(eye, options.layout, fov=options.fov, cap=options.size_cap),
        sample_aspect=packed_sample_aspect(options.layout, eye_aspect(source, options)),
        stereo=tag,
        name_tag=name_tag(tag),
        companions=companions,
        depth=key_of(estimator, options),
        weights=weights_used(estimator, options),
        fallback=is_fallback(estimator, options),
    )


def frames(
    source: Reader,
    options: StereoOptions,
    *,
    on_event: OnEvent | None = None,
    cancel: CancelToken | None = None,
    start: Boundary | None = None,
) -> Iterator[Frame]:
    """Packed frames; `extra` has "left", "right", "depth" (uint16 [H, W], near is bright) and "holes"
    (of the left and of the right picture the pixels that were filled, bool [H, W] or None).

    `start` goes on at a boundary that an earlier run came to, with the state it left there.
    """
    tell = on_event or (lambda event: None)
    state = start.state if start else {}
    estimator = estimator_for(options, source)
    tell(Event("note", estimator.note))
    limits = _limits(source, options)
    for text in limits_note(limits.at(0)) if limits.constant else ():
        tell(Event("note", text))
    comfort, budget, window = Comfort(options.floating_window), Budget(), FloatingWindow()
    for name, stage in (("comfort", comfort), ("budget", budget), ("window", window)):
        if name in state:
            stage.restore(state[name])
    on = carrier(options.backend, options.device)
    size = eye_size(source.size, options)
    first = start.index if start else 0

    marked = mark_shots(frames_of(source, options, first), confirm=same_shot, start=start)
    sized = ahead((resized(frame, size) for frame in marked), 2)
    pairs = with_depth(sized, estimator, options, state, tell)
    scenes = ahead(to_scenes(pairs, budget, limits, options, first), 2)
    if options.fill == "temporal":
        viewed = Uncoverer(options.eye, on, state.get("uncover")).views(scenes)
    else:
        viewed = ((scene, still_views(scene, options, on)) for scene in scenes)
    with closing(scenes):
        for done, (scene, views) in enumerate(viewed, first + 1):
            if cancel is not None and cancel.cancelled:
                raise Cancelled("stopped")
            boundary = scene.frame.boundary
            if boundary is not None:
                boundary.state["comfort"] = comfort.state()
                boundary.state["window"] = window.state()
            percent = scene.percent
            comfort.add(percent, views.filled, scene.cut)
            if options.floating_window:
                pts = scene.frame.pts
                left, right = window.masked(views.left, views.right, percent, pts, scene.cut)
                views = replace(views, left=left, right=right)
            yield packed(scene, views, options, source)
            tell(Event("progress", data={"done": done}))
    tell(Event("report", data={"depth": estimator.note, **comfort.report()}))


def eye_size(source: Size, options: StereoOptions) -> Size:
    """Size of one eye's picture: as asked for, or the source's, scaled down until the cap holds."""
    width, height = options.size or source
    if options.size_cap is None or stereo_kind(options.layout).projection:
        return width, height
    packed_width, packed_height = packed_size((width, height), options.layout)
    scale = min(options.size_cap[0] / packed_width, options.size_cap[1] / packed_height)
    if scale >= 1:
        return width, height
    return max(2, int(width * scale) // 2 * 2), max(2, int(height * scale) // 2 * 2)


def eye_aspect(source: Reader, options: StereoOptions) -> Fraction:
    """Width over height of a pixel of one eye's picture: a size of another shape keeps the scene's."""
    return aspect_at(source, options.size)


def _limits(source: Reader, options: StereoOptions) -> LimitsOver:
    """Raises OptionError for numbers out of their range, at any frame where the frames can be counted."""
    if not schedules_of(options):
        return LimitsOver.of(options)
    count = source.count() if getattr(source, "sized", True) else None
    rate = source.rate or FOLDER_RATE
    return LimitsOver.of(options, count, rate, None if count is None else sound_curves(options, rate, count))


def to_scenes(
    pairs: Iterable[tuple[Frame, Depth]],
    budget: Budget,
    limits: LimitsOver,
    options: StereoOptions,
    first: int = 0,
) -> Iterator[Scene]:
    """Frames with depth 0..1 as scenes with a disparity budget; the depth as it came is in `extra`.

    first  number of the first frame, for limits that change
    """
    for number, (frame, found) in enumerate(pairs, first):
        boundary = frame.boundary
        if boundary is not None and not boundary.cut:
            boundary.state["budget"] = budget.state()
        given = in_steps(found.values)
        held = given.astype(np.float32) / DEPTH_STEPS
        cut = boundary is not None and boundary.cut
        gain, bias = budget.line(limits.at(number), held, frame.pts, cut)
        steps = given
        if options.sharpen_depth and gain:
            sharp = sharpen_edges(
                held, frame.image, gain / 100, span=1.0, thin=options.keep_thin, bias=options.edge_bias
            )
            steps = in_steps(sharp)
        yield Scene(replace(frame, extra={"depth": given}), steps, gain, bias)


def still_views(scene: Scene, options: StereoOptions, on: Carrier) -> Views:
    """Both views of one scene by itself."""
    pictures: list[np.ndarray] = []
    holes: list[Mask | None] = []
    for shift in eye_shifts(options.eye):
        picture, bare = scene.frame.image, None
        if shift:
            view = render(picture, scene.disparity, shift, on)
            colour = fill_background(view) if options.fill == "background" else view.colour
            picture, bare = quantise(colour, view.full), view.holes
        pictures.append(picture)
        holes.append(bare)
    return Views(pictures[0], pictures[1], (holes[0], holes[1]))


def packed(scene: Scene, views: Views, options: StereoOptions, source: Reader) -> Frame:
    """The finished frame."""
    image = pack(
        views.left,
        views.right,
        options.layout,
        depth=scene.depth,
        anaglyph_colours=options.anaglyph_colours,
        anaglyph_method=options.anaglyph_method,
        fov=options.fov,
        behind=max(0.0, -scene.bias),
        sample_aspect=eye_aspect(source, options),
        cap=options.size_cap,
    )
    extra = {**scene.frame.extra, "left": views.left, "right": views.right, "holes": views.holes}
    return replace(scene.frame, image=image, extra=extra)
