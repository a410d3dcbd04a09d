"""Depth: a picture or video becomes its depth, as numbers, a grey picture, colours or normals.

A frame's way: read and marked with shots, depth, its range clipped, drawn. Depth is made as in
the stereo loop and held in the same 16 bits, so what is written here and given to
`stereo --depth` makes the same 3D as `stereo` by itself.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from contextlib import closing
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np

from ..depth import check_length, sharpen_edges
from ..errors import Cancelled, OptionError
from ..media import Reader, Relief, Surface, ahead
from ..media.reader import NUMBER_SUFFIXES, PAGE_SUFFIXES, SURFACE_SUFFIXES
from ..options import DepthOptions
from ..types import Boundary, CancelToken, Depth, Event, Frame, OnEvent
from ..warp.backends import carrier
from ..warp.surface import surface_normals
from .depths import estimator_for, is_fallback, key_of, marked, weights_used, with_depth
from .plan import Companion, Plan
from .scene import in_steps
from .source import resized
from .steadiness import Steadiness

COLOURS = ("inferno", "turbo")


def plan(source: Reader, options: DepthOptions) -> Plan:
    """The result's shape; refuses what can be refused before the first frame."""
    if not options.near_clip > options.far_clip:
        raise OptionError(
            f"near_clip: {options.near_clip:g} is not above far_clip, {options.far_clip:g}", "near_clip"
        )
    if options.view in COLOURS and options.format != "png":
        raise OptionError(
            f"format: {options.format} holds numbers, and view {options.view} is a picture of them; "
            "use png, or another view",
            "format",
        )
    carrier(options.backend, options.device)
    estimator = estimator_for(options, source)
    if options.depth is not None and getattr(source, "sized", True):
        check_length(source.count(), options.depth)
    forms = {}
    if options.view not in COLOURS:
        forms = dict.fromkeys(NUMBER_SUFFIXES, "values")
    if source.kind == "picture":
        forms |= dict.fromkeys(SURFACE_SUFFIXES, "surface") | dict.fromkeys(PAGE_SUFFIXES, "page")
    companions = {}
    if options.save_depth is not None:
        companions["depth"] = Companion(path=Path(options.save_depth), gray=True)
    deep = options.view == "depth" or (options.view == "normals" and source.bit_depth > 8)
    return Plan(
        size=options.size or source.size,
        sample_aspect=source.sample_aspect,
        companions=companions,
        gray=options.view in ("depth", "grey"),
        bit_depth=16 if deep else 8,
        forms=forms,
        frame_suffix=f".{options.format}",
        depth=key_of(estimator, options),
        weights=weights_used(estimator, options),
        fallback=is_fallback(estimator, options),
    )


def frames(
    source: Reader,
    options: DepthOptions,
    *,
    on_event: OnEvent | None = None,
    cancel: CancelToken | None = None,
    start: Boundary | None = None,
    end: int | None = None,
) -> Iterator[Frame]:
    """Frames whose image is the view: uint16 or uint8 [H, W], or [H, W, 3] for colours and normals.

    `extra` has "depth" (uint16 [H, W], near is bright, as it was found), "values" (float32, what
    .exr and .npy hold: the view's depth 0..1 [H, W], or normals -1..1 [H, W, 3]), and for a
    picture "surface" (media.Surface) and "page" (media.Relief). `start` goes on at a boundary that
    an earlier run came to, with the state it left there; `end` is the index of a cut that ends it.
    """
    tell = on_event or (lambda event: None)
    state = start.state if start else {}
    estimator = estimator_for(options, source)
    tell(Event("note", estimator.note))
    steadiness = tally(options)
    if "steadiness" in state:
        steadiness.restore(state["steadiness"])
    size = options.size or source.size
    first = start.index if start else 0

    sized = ahead((resized(frame, size) for frame in marked(source, options, start, end)), 2)
    pairs = with_depth(sized, estimator, options, state, tell)
    drawn = ahead(to_views(pairs, options, source), 2)
    with closing(drawn):
        for done, (picture, frame) in enumerate(drawn, first + 1):
            if cancel is not None and cancel.cancelled:
                raise Cancelled("stopped")
            boundary = frame.boundary
            if boundary is not None:
                boundary.state["steadiness"] = steadiness.state()
            held = frame.extra["depth"].astype(np.float32) / np.float32(65535)
            steadiness.add(picture, held, boundary is not None and boundary.cut)
            yield frame
            tell(Event("progress", data={"done": done}))
    tell(Event("tally", data=steadiness.state()))
    tell(Event("report", data={"depth": estimator.note, **steadiness.report()}))


def tally(options: DepthOptions) -> Steadiness:
    """What is counted for the report, as `loops.tally` has it."""
    return Steadiness()


def to_views(
    pairs: Iterable[tuple[Frame, Depth]], options: DepthOptions, source: Reader
) -> Iterator[tuple[np.ndarray, Frame]]:
    """Each frame's picture, and the frame with its depth drawn as the options ask."""
    aspect = float(source.sample_aspect)
    for frame, found in pairs:
        picture = frame.image
        given = np.clip(found.values, 0, 1).astype(np.float32, copy=False)
        sharp = sharpened(given, picture, options) if options.sharpen_depth else given
        depth = clipped(sharp, options.near_clip, options.far_clip)
        extra: dict[str, Any] = {"depth": in_steps(given)}
        if options.view == "normals":
            extra["values"] = surface_normals(depth, options.fov, aspect)
            image = normals_picture(extra["values"], picture.dtype)
        else:
            extra["values"] = 1 - depth if options.invert else depth
            image = depth_picture(extra["values"], options.view)
        if source.kind == "picture":
            # a ramp in depth would be a sheet from one thing to what is behind it
            cut = depth if options.sharpen_depth else clipped(
                sharpened(given, picture, options), options.near_clip, options.far_clip
            )  # fmt: skip
            extra["surface"] = Surface(picture, cut, options.fov, aspect)
            extra["page"] = Relief(picture, cut, title=source.path.stem)
        yield picture, replace(frame, image=image, extra=extra)


def sharpened(depth: np.ndarray, picture: np.ndarray, options: DepthOptions) -> np.ndarray:
    return sharpen_edges(depth, picture, span=1.0, thin=options.keep_thin, bias=options.edge_bias)


def clipped(depth: np.ndarray, near: float, far: float) -> np.ndarray:
    """Depth 0..1 with `far` and what lies behind at 0, `near` and what lies before at 1."""
    if (near, far) == (1, 0):
        return depth
    return np.clip((depth - np.float32(far)) / np.float32(near - far), 0, 1)


def depth_picture(values: np.ndarray, view: str) -> np.ndarray:
    """Depth 0..1 as uint16 [H, W] ("depth"), uint8 [H, W] ("grey") or uint8 [H, W, 3] (a colour map)."""
    if view == "depth":
        return in_steps(values)
    grey = np.rint(values * 255).astype(np.uint8)
    if view == "grey":
        return grey
    import cv2

    colours = {"inferno": cv2.COLORMAP_INFERNO, "turbo": cv2.COLORMAP_TURBO}[view]
    return np.ascontiguousarray(cv2.applyColorMap(grey, colours)[..., ::-1])


def normals_picture(normals: np.ndarray, kind: np.dtype) -> np.ndarray:
    """Normals -1..1 as a picture of uint8 or uint16: x red, y green, z blue, -1 at 0 and 1 at full scale."""
    top = np.float32(np.iinfo(kind).max)
    return np.rint(np.clip((normals + 1) / 2, 0, 1) * top).astype(kind)
