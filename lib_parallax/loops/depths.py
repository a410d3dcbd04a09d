"""Depth for the loops that need it: from a file or a network, steady, 0..1."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from itertools import islice
from pathlib import Path
from typing import Any

from .. import depth
from ..depth.scale import steady_range
from ..depth.stream import paired
from ..depth.temporal import steady_pixels
from ..flow import same_shot
from ..media import Reader, mark_shots
from ..options import DepthSourceOptions
from ..types import Boundary, Depth, Event, Frame, OnEvent
from ..weights import version_of
from .kept import kept_or

VECTORLESS = 3  # frames: one or two in a row may be key frames, which have no vectors in any file
NO_VECTORS = (
    "this source has no motion vectors (H.264, MPEG-4 and MPEG-2 files have some): depth is followed by "
    "optical flow instead"
)


def estimator_for(options: DepthSourceOptions, source: Reader) -> depth.Estimator:
    """The estimator that the options name. Raises a ParallaxError when there is none."""
    if options.depth is not None:
        return depth.Supplied(options.depth)
    device: str = options.device  # type: ignore[attr-defined]
    made = depth.load(
        options.depth_model,
        None if device == "auto" else device,
        None if options.depth_weights is None else Path(options.depth_weights).expanduser(),
        still=source.kind == "picture",
        input_size=options.depth_size,
        precision=options.depth_precision,
        compiled=options.depth_compile,
    )
    if made.name == "cues":
        return made
    how = (device, options.depth_size, options.depth_precision, options.depth_compile)
    return kept_or(made, (key_of(made, options), *how))


def weights_used(estimator: depth.Estimator, options: DepthSourceOptions) -> dict[str, Path]:
    """The file of weights that the estimator reads, by the name of the weights; {} for what has none."""
    if options.depth is not None:
        return {}
    file = depth.weights_of(estimator.name)
    if options.depth_weights is not None:
        given = Path(options.depth_weights).expanduser()
        file = depth.weights_of(str(given)) if given.is_dir() else given
    return {} if file is None else {depth.checkpoint_of(estimator.name) or estimator.name: file}


def key_of(estimator: depth.Estimator, options: DepthSourceOptions) -> str:
    """Who makes the depth: the name, and of a network the weights file as it is now."""
    files = weights_used(estimator, options).values()
    return " ".join([estimator.name, *(version_of(file) for file in files)])


def is_fallback(estimator: depth.Estimator, options: DepthSourceOptions) -> bool:
    """Whether cues serve because the weights of no network are here."""
    return options.depth is None and options.depth_model == "auto" and estimator.name == "cues"


def marked(
    source: Reader, options: DepthSourceOptions, start: Boundary | None = None, end: int | None = None
) -> Iterator[Frame]:
    """The source's frames from `start` on with their boundaries, up to the cut at `end` if that is given."""
    first = start.index if start else 0
    frames = mark_shots(frames_of(source, options, first), confirm=same_shot, start=start)
    return frames if end is None else islice(frames, end - first)


def frames_of(source: Reader, options: DepthSourceOptions, first: int) -> Iterator[Frame]:
    """The source's frames from `first` on, with motion vectors where depth is to follow them."""
    if options.depth_flow == "motion-vectors":
        return source.frames_with_vectors(first)
    return source.frames(first)


def with_depth(
    frames: Iterable[Frame],
    estimator: depth.Estimator,
    options: DepthSourceOptions,
    state: Mapping[str, Any],
    tell: OnEvent,
) -> Iterator[tuple[Frame, Depth]]:
    """Frames with depth 0..1, the same at a place that stays put from frame to frame.

    `state` is that of the boundary to go on from, or {}; stages leave theirs in the boundaries.
    What the estimator warns of is told as it happens.
    """
    if "depth" in state:
        estimator.restore(state["depth"])
    strength = options.steadiness
    if strength == "auto":
        strength = "light" if estimator.flickers else "off"
    every = options.depth_every if options.depth is None else 1  # a file has depth for every frame
    if options.depth_flow == "motion-vectors" and (strength != "off" or every > 1):
        frames = missing_vectors_told(frames, tell)
    pairs = steady_range(paired(frames, estimator, every), state.get("scale"))
    told = 0
    for pair in steady_pixels(pairs, strength, state.get("steady")):
        for text in estimator.warnings[told:]:
            tell(Event("warning", text))
            told += 1
        yield pair


def missing_vectors_told(frames: Iterable[Frame], tell: OnEvent) -> Iterator[Frame]:
    """The same frames; where none of the first few has motion vectors, that is told."""
    found = False
    for count, frame in enumerate(frames, 1):
        found = found or "vectors" in frame.extra
        if count == VECTORLESS and not found:
            tell(Event("warning", NO_VECTORS))
        yield frame
