"""A view from the steps that a carrier has."""

from __future__ import annotations

from collections.abc import Sequence
from types import ModuleType
from typing import Any

from .fixed import NOWHERE, SUB
from .seen import Seen


def see(
    steps: ModuleType, image: Any, offset: Any, signs: Sequence[int], shortest: int, full: int, listed: bool
) -> list[Seen]:
    """The primitive `see` of a carrier that has the steps: what is seen from one side, or from both.

    image     [H, W, 3]; `full` is its white
    offset    int32 [H, W], how far left each pixel moves for the right eye, fixed point: near is large
    signs     1 for the right eye's view, -1 for the left eye's
    shortest  surfaces narrower than this many pixels are not mirrored into holes; 0 leaves holes black
    listed    whether what was mirrored in is to be told
    """
    layers = steps.unmix(image, offset, 1, steps.step_mask(offset), full)
    return [from_one_side(steps, layers, sign, shortest, full, listed) for sign in signs]


def from_one_side(steps: ModuleType, layers: Any, sign: int, shortest: int, full: int, listed: bool) -> Seen:
    """One view of what `unmix` has split; arguments as of `see`."""
    base, base_offset, fringe, fringe_offset, alpha = layers
    base_offset, fringe_offset = base_offset * sign, fringe_offset * sign
    position, samples = steps.splat_rows(base_offset, sign)
    shown = steps.splat_fringe(fringe_offset, alpha, samples, sign)
    colour, bare = steps.shade(base, base_offset, fringe, alpha, position, shown)
    near = samples[:, SUB // 2 :: SUB].contiguous()
    if shortest > 0:
        column = steps.background_rows(near, (bare > 0) | (near == NOWHERE), shortest)
    else:
        column = near.new_full(near.shape, -1)
    picture = steps.fill(colour, bare, column, full)
    uncovered = steps.uncovered(colour, bare, near, column) if listed else None
    return Seen(picture, near, bare >= 0.5, uncovered)
