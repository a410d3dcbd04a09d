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
from functools import partial
from pathlib import Path
from typing import Any

import numpy as np

from ..depth import check_length, sharpen_edges
from ..errors import Cancelled
from ..media import Reader, StereoTag, abreast, ahead, in_flight, name_tag, workers_here
from ..options import StereoOptions
from ..types import Boundary, CancelToken, Depth, Event, Frame, OnEvent, Size
from ..warp.arrays import is_tensor
from ..warp.backends import Carrier, carrier
from ..warp.backends.crossing import to_host
from ..warp.layouts import joins_tensors, pack, packed_sample_aspect, packed_size, stereo_kind
from ..warp.stereo import eye_shifts, render
from .budget import Budget, LimitsOver, limits_note
from .changing import schedules_of
from .comfort import Comfort
from .computing import Computing
from .depths import estimator_for, is_fallback, key_of, marked, weights_used, with_depth
from .later import Later
from .plan import Companion, Plan
from .scene import DEPTH_STEPS, Scene, Views, in_steps
from .sounds import sound_curves
from .source import aspect_at, resized
from .uncover import Uncoverer
from .window import FloatingWindow

FOLDER_RATE = 30  # frames a second of a source that knows none
BYTES_A_PIXEL = 40  # of a frame on its way: picture, depth as found and as steps, views, holes, the result


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
    end: int | None = None,
) -> Iterator[Frame]:
    """Packed frames; `extra` has "left", "right", "depth" (uint16 [H, W], near is bright) and "holes"
    (of the left and of the right picture the pixels that were filled, bool [H, W] or None).

    `start` goes on at a boundary that an earlier run came to, with the state it left there; `end` is the
    index of a cut that ends it.
    """
    tell = on_event or (lambda event: None)
    state = start.state if start else {}
    estimator = estimator_for(options, source)
    tell(Event("note", estimator.note))
    limits = _limits(source, options)
    for text in limits_note(limits.at(0)) if limits.constant else ():
        tell(Event("note", text))
    comfort, budget, window = tally(options), Budget(), FloatingWindow()
    for name, stage in (("comfort", comfort), ("budget", budget), ("window", window)):
        if name in state:
            stage.restore(state[name])
    computing = Computing(carrier(options.backend, options.device), tell)
    size = eye_size(source.size, options)
    first = start.index if start else 0

    few = in_flight(size[0] * size[1] * BYTES_A_PIXEL, workers_here() + 1, stages=3)
    sized = ahead((resized(frame, size) for frame in marked(source, options, start, end)), min(few, 2))
    pairs = with_depth(sized, estimator, options, state, tell)
    soft = budgeted(pairs, budget, limits, first)
    scenes = ahead(abreast(partial(sharpened, options=options), soft, few), 1)
    if options.fill == "temporal":
        viewed = Uncoverer(options.eye, computing, state.get("uncover")).views(scenes)
    else:
        # a device works on one frame at a time
        at_once = few if computing.on.name == "cpu" else 1
        viewed = abreast(lambda scene: (scene, still_views(scene, options, computing)), scenes, at_once)
    with closing(scenes), closing(viewed):
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
            yield packed(scene, views, options, source, computing)
            tell(Event("progress", data={"done": done}))
    tell(Event("tally", data=comfort.state()))
    tell(Event("report", data={"depth": estimator.note, **comfort.report()}))


def tally(options: StereoOptions) -> Comfort:
    """What is counted for the report, as `loops.tally` has it."""
    return Comfort(options.floating_window)


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


def budgeted(
    pairs: Iterable[tuple[Frame, Depth]], budget: Budget, limits: LimitsOver, first: int = 0
) -> Iterator[Scene]:
    """Frames with depth 0..1 as scenes with a disparity budget; the depth as it came is in `extra`, too.

    first  number of the first frame, for limits that change
    """
    for number, (frame, found) in enumerate(pairs, first):
        boundary = frame.boundary
        if boundary is not None and not boundary.cut:
            boundary.state["budget"] = budget.state()
        given = in_steps(found.values)
        cut = boundary is not None and boundary.cut
        gain, bias = budget.line(limits.at(number), given.astype(np.float32) / DEPTH_STEPS, frame.pts, cut)
        yield Scene(replace(frame, extra={"depth": given}), given, gain, bias)


def sharpened(scene: Scene, options: StereoOptions) -> Scene:
    """The scene with the edges of its depth where the picture's are, if the options say so."""
    if not options.sharpen_depth or not scene.gain:
        return scene
    soft = scene.depth.astype(np.float32) / DEPTH_STEPS
    sharp = sharpen_edges(
        soft, scene.frame.image, scene.gain / 100, span=1.0, thin=options.keep_thin, bias=options.edge_bias
    )
    return replace(scene, depth=in_steps(sharp))


def still_views(scene: Scene, options: StereoOptions, computing: Computing) -> Views:
    """Both views of one scene by itself, as arrays of the carrier."""

    def drawn(on: Carrier) -> Views:
        entered, disparity = scene.entered(on)
        shifts = eye_shifts(options.eye)
        made = iter(render(entered, disparity, [s for s in shifts if s], on, options.fill))
        seen = [next(made).seen if shift else None for shift in shifts]
        left, right = (entered if each is None else each.picture for each in seen)
        holes = [None if each is None else each.holes for each in seen]
        return Views(left, right, (holes[0], holes[1]))

    return computing(drawn)


def packed(scene: Scene, views: Views, options: StereoOptions, source: Reader, computing: Computing) -> Frame:
    """The finished frame. It leaves the device here, its separate views only where they are asked for."""
    kind = scene.frame.image.dtype
    joined = is_tensor(views.left) and joins_tensors(options.layout)

    def host(array: Any) -> Any:
        return to_host(array, kind) if is_tensor(array) else array

    def put_together(on: Carrier) -> np.ndarray:
        there = joined and on.name != "cpu"
        left, right = (view if there else host(view) for view in (views.left, views.right))
        return host(
            pack(
                left,
                right,
                options.layout,
                depth=scene.depth,
                anaglyph_colours=options.anaglyph_colours,
                anaglyph_method=options.anaglyph_method,
                fov=options.fov,
                behind=max(0.0, -scene.bias),
                sample_aspect=eye_aspect(source, options),
                cap=options.size_cap,
            )
        )

    apart = {
        "left": lambda: host(views.left),
        "right": lambda: host(views.right),
        "holes": lambda: tuple(host(mask) for mask in views.holes),
    }
    return replace(scene.frame, image=computing(put_together), extra=Later(scene.frame.extra, apart))
