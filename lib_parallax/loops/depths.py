"""Depth for the loops that need it: from a file or a network, steady, 0..1."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from typing import Any

from .. import depth
from ..depth.scale import steady_range
from ..depth.stream import paired
from ..depth.temporal import steady_pixels
from ..options import DepthSourceOptions
from ..types import Depth, Frame


def estimator_for(options: DepthSourceOptions, source: Any) -> depth.Estimator:
    """The estimator that the options name. Raises a ParallaxError when there is none."""
    if options.depth is not None:
        return depth.Supplied(options.depth)
    device = None if options.device == "auto" else options.device  # type: ignore[attr-defined]
    still = source.kind == "picture"
    return depth.load(options.depth_model, device, still=still, input_size=options.depth_size)


def with_depth(
    frames: Iterable[Frame], estimator: depth.Estimator, options: DepthSourceOptions, state: Mapping[str, Any]
) -> Iterator[tuple[Frame, Depth]]:
    """Frames with depth 0..1, the same at a place that stays put from frame to frame.

    `state` is that of the boundary to go on from, or {}; stages leave theirs in the boundaries.
    """
    if "depth" in state:
        estimator.restore(state["depth"])
    strength = options.steadiness
    if strength == "auto":
        strength = "light" if estimator.flickers else "off"
    pairs = paired(frames, estimator, options.depth_every)
    return steady_pixels(steady_range(pairs, state.get("scale")), strength, state.get("steady"))
