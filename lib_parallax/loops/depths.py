"""Depth for the loops that need it: from a file or a network, steady, 0..1."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from typing import Any

from .. import depth
from ..depth.scale import steady_range
from ..depth.stream import paired
from ..depth.temporal import steady_pixels
from ..options import DepthSourceOptions
from ..types import Depth, Event, Frame, OnEvent
from ..weights import version_of


def estimator_for(options: DepthSourceOptions, source: Any) -> depth.Estimator:
    """The estimator that the options name. Raises a ParallaxError when there is none."""
    if options.depth is not None:
        return depth.Supplied(options.depth)
    device = None if options.device == "auto" else options.device  # type: ignore[attr-defined]
    still = source.kind == "picture"
    return depth.load(options.depth_model, device, still=still, input_size=options.depth_size)


def key_of(estimator: depth.Estimator) -> str:
    """Who makes the depth: the name, and of a network the weights file as it is now."""
    file = depth.weights_of(estimator.name)
    return estimator.name if file is None else f"{estimator.name} {version_of(file)}"


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
    pairs = steady_range(paired(frames, estimator, every), state.get("scale"))
    told = 0
    for pair in steady_pixels(pairs, strength, state.get("steady")):
        for text in estimator.warnings[told:]:
            tell(Event("warning", text))
            told += 1
        yield pair
