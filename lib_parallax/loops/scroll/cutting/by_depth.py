"""Layers by depth: between thresholds, which stay where they were first found.

A picture that was painted further gets new depth, of another scale and shift. It is fitted to what was
recorded of the layers on the pixels that are known, so that none creeps nearer from step to step.
"""

from __future__ import annotations

import json
from collections.abc import Callable

import numpy as np

from ....depth import sharpen_edges
from ....types import Image, Mask
from . import DepthOf
from .distances import distance
from .islands import steps, vague, without_islands
from .joining import joined
from .mattes import continued, matted, narrowed, radius_of, ranks_of, snapped
from .nearest import nearest_known
from .thresholds import by_kmeans, by_quantiles

METHODS: dict[str, Callable[[np.ndarray, int], tuple[float, ...]]] = {
    "quantiles": by_quantiles,
    "kmeans": by_kmeans,
}
QUARTILES = (0.25, 0.5, 0.75)
GAINS = (0.5, 2.0)  # by which new depth may be stretched; beyond, the fit is not believed
FEWEST = 64  # pixels of a layer that tell of its depth
FLAT = 1e-3  # spread of depth that tells nothing about a gain


class ByDepth:
    """A Cutter; layers run from far to near.

    method  one of METHODS
    soft    pixels over which edges fade out
    """

    def __init__(self, depth_of: DepthOf, count: int, method: str = "quantiles", soft: float = 4.0) -> None:
        self.names = tuple(f"depth {number + 1}" for number in range(count))
        self.distances: tuple[float, ...] | None = None
        self._depth_of, self._method, self._soft = depth_of, METHODS[method], soft
        self._thresholds: tuple[float, ...] = ()
        self._known: list[list[float]] = []  # quartiles of each layer's depth

    def first(self, picture: Image) -> np.ndarray:
        depth = self._depth(picture)
        self._thresholds = self._method(depth, len(self.names))
        ranks = self._drawn(self._cut(depth), depth, picture)
        layers = [depth[ranks == rank] for rank in range(len(self.names))]
        self._known = [[float(v) for v in np.quantile(layer, QUARTILES)] for layer in layers]
        self.distances = tuple(distance(quartiles[1]) for quartiles in self._known)
        return matted(ranks, self._order, self._soft)

    def more(self, picture: Image, mattes: np.ndarray, new: Mask) -> np.ndarray:
        if not new.any() or new.all():
            return mattes
        known = ranks_of(mattes, self._order)
        depth = self._aligned(self._depth(picture), known, ~new)
        beside = narrowed(known.ravel()[nearest_known(~new)], self._soft)
        depth = joined(depth, beside, new, self._thresholds)
        found = self._drawn(np.where(new, self._cut(depth), beside), depth, picture)
        return continued(found, known, mattes, new, self._order, self._soft)

    def record(self) -> str:
        return json.dumps({"thresholds": self._thresholds, "known": self._known, "distances": self.distances})

    def restore(self, text: str) -> None:
        kept = json.loads(text)
        self._thresholds, self._known = tuple(kept["thresholds"]), kept["known"]
        self.distances = tuple(kept["distances"])

    @property
    def _order(self) -> range:
        return range(len(self.names))

    def _depth(self, picture: Image) -> np.ndarray:
        depth = np.clip(self._depth_of(picture), 0, 1).astype(np.float32)
        sharp: np.ndarray = sharpen_edges(depth, picture, span=1.0)
        return sharp

    def _cut(self, depth: np.ndarray) -> np.ndarray:
        return np.searchsorted(self._thresholds, depth, side="right").astype(np.int16)

    def _drawn(self, ranks: np.ndarray, depth: np.ndarray, picture: Image) -> np.ndarray:
        """Ranks without what smooth depth alone makes, their vague borders drawn to the picture's edges."""
        change = steps(depth)
        ranks = snapped(without_islands(ranks, change), picture, radius_of(picture), vague(change))
        return without_islands(ranks, change)

    def _aligned(self, depth: np.ndarray, ranks: np.ndarray, known: Mask) -> np.ndarray:
        """New depth on the scale of the first one.

        Quartile by quartile of the layers the new depth is a line over the recorded one (found by least
        squares that way round: the recorded ones are what does not waver), and is read backwards.
        """
        then, now, weight = [], [], []
        for rank, quartiles in enumerate(self._known):
            layer = depth[known & (ranks == rank)]
            if layer.size >= FEWEST:
                then += quartiles
                now += [float(v) for v in np.quantile(layer, QUARTILES)]
                weight += [float(layer.size)] * len(quartiles)
        if not weight:
            return depth
        x, y, w = (np.array(values) for values in (then, now, weight))
        x_mean, y_mean = np.average(x, weights=w), np.average(y, weights=w)
        spread = np.average((x - x_mean) ** 2, weights=w)
        gain = np.average((x - x_mean) * (y - y_mean), weights=w) / spread if spread > FLAT**2 else 1.0
        gain = gain if GAINS[0] <= gain <= GAINS[1] else 1.0
        return ((depth - np.float32(y_mean)) / np.float32(gain) + np.float32(x_mean)).astype(np.float32)
