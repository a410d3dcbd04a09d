"""A whole view from what `unmix` gives, made of the steps that a carrier has."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from .fixed import NOWHERE, SUB


def chained(
    splat_rows: Callable, splat_fringe: Callable, shade: Callable, background_rows: Callable
) -> Callable:
    """The primitive `view` of a carrier that has these four."""

    def view(
        base: Any, base_offset: Any, fringe: Any, fringe_offset: Any, alpha: Any, sign: int, shortest: int
    ) -> tuple[Any, Any, Any, Any]:
        """Colour and bare share as of `shade`, nearness of what each pixel shows at its middle, int32
        [H, W], and what `background_rows` says of it; of that -1 throughout where `shortest` is 0."""
        position, samples = splat_rows(base_offset, sign)
        shown = splat_fringe(fringe_offset, alpha, samples, sign)
        colour, bare = shade(base, base_offset, fringe, alpha, position, shown)
        near = samples[:, SUB // 2 :: SUB].contiguous()
        if shortest > 0:
            column = background_rows(near, (bare > 0) | (near == NOWHERE), shortest)
        else:
            column = near.new_full(near.shape, -1)
        return colour, bare, near, column

    return view
