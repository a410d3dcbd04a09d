"""Layers that are bands of the picture, one above another: they stay where they are, and what they show
slides through them."""

from __future__ import annotations

import math
from collections.abc import Sequence
from itertools import pairwise

import numpy as np

from ...errors import OptionError
from .measures import plain_numbers


def borders_of(heights: str | None, count: int, height: int) -> tuple[float, ...]:
    """Where bands begin and end, from 0 to `height`, both included; the last band takes the rest.

    heights  in pixels of a source of `height` rows, one for each band, or for all but the last; None for
             bands that are all as high
    Raises OptionError for bands that do not fit.
    """
    if count > height:
        raise OptionError(f"layers: {count} bands do not fit into {height} rows of pixels", "layers")
    if heights is None:
        return tuple(height * number / count for number in range(count + 1))
    read = plain_numbers(heights, "heights")
    if len(read) not in (count, count - 1):
        raise OptionError(f"heights: {len(read)} heights for {count} layers; give one for each", "heights")
    tops = np.concatenate([[0.0], np.cumsum(read[: count - 1])])
    rest = height - float(tops[-1])
    if rest < 1 or float(np.sum(read)) > height:
        raise OptionError(
            f"heights: {'+'.join(f'{value:g}' for value in read)} is more than the picture's {height} rows"
            + (" leave for the last layer" if len(read) < count else ""),
            "heights",
        )
    if min(read[: count - 1], default=1) < 1:
        raise OptionError("heights: a layer needs 1 row at least", "heights")
    return (*map(float, tops), float(height))


def rows_of(borders: Sequence[float], order: Sequence[int], soft: float, height: int) -> list[np.ndarray]:
    """How much of each band every row shows, float32 [height] each, drawn from back to front in `order`.

    Across a border the band in front fades out over `soft` pixels, over the one behind it.
    """
    place = {layer: at for at, layer in enumerate(order)}
    y = np.arange(height) + 0.5
    rows = []
    for layer in range(len(borders) - 1):
        weight = np.ones(height)
        for border, other, down in (
            (borders[layer], layer - 1, 1.0),
            (borders[layer + 1], layer + 1, -1.0),
        ):
            if not 0 <= other < len(borders) - 1:
                continue
            beyond = down * (y - border)  # rows into this band
            if place[layer] > place[other]:
                edge = np.clip(beyond / max(soft, 1e-6) + 0.5, 0, 1)
            else:
                edge = (beyond > -soft / 2 - 1).astype(float)
            weight = np.minimum(weight, edge)
        rows.append(weight.astype(np.float32))
    return rows


def land_of(borders: Sequence[float], soft: float, height: int) -> list[tuple[int, int]]:
    """The rows from and to which each band has land: its own, and as far as it may fade into others,
    whichever of them is in front."""
    reach = soft / 2 + 1
    return [
        (max(0, math.floor(top - reach)), min(height, math.ceil(bottom + reach)))
        for top, bottom in pairwise(borders)
    ]
