"""Layers by masks that are supplied, from far to near; what none of them covers lies behind them all.

Where a mask is not soft itself, its edge is made soft. Land that was painted further goes on as the known
edge beside it ends, with its borders drawn to those in the picture.
"""

from __future__ import annotations

import json
from collections.abc import Sequence

import numpy as np

from ....errors import OptionError
from ....media.masks import NamedMask
from ....types import Image, Mask
from . import DepthOf
from .distances import back_to_front, distances_in
from .mattes import continued, matted, narrowed, radius_of, ranks_of, snapped
from .nearest import along, nearest_known

BACKGROUND = "background"
LITTLE = 1e-3  # of the picture: masks that leave less uncovered leave nothing
SOFT = 3  # pixels across an edge, from which a mask has been made soft on purpose


class ByMasks:
    """A Cutter; where two masks overlap, the later one is in front.

    toward    unit vector (x right, y down) in which the picture moves
    soft      pixels over which edges fade out
    order     the layers from back to front, the background being layer 0; left out, by depth, or as they come
    depth_of  tells how far away the layers are, where that is wanted
    """

    field = "layers"

    def __init__(
        self,
        masks: Sequence[NamedMask],
        toward: tuple[float, float] = (-1.0, 0.0),
        soft: float = 4.0,
        order: Sequence[int] | None = None,
        depth_of: DepthOf | None = None,
    ) -> None:
        self.names: tuple[str, ...] = ()
        self.distances: tuple[float, ...] | None = None
        self._masks, self._toward, self._soft = masks, toward, soft
        self._asked, self._depth_of = order, depth_of
        self._order: tuple[int, ...] = ()
        self._own_edges = False

    def first(self, picture: Image) -> np.ndarray:
        masks = [NamedMask(name, fitted(mask, picture)) for name, mask in self._masks]
        self._own_edges = any(is_soft(mask) for _, mask in masks)
        rough = any(mask.shape[0] < picture.shape[0] for _, mask in self._masks)
        return self._cut(picture, masks, radius_of(picture) if rough else 0)

    def more(self, picture: Image, mattes: np.ndarray, new: Mask) -> np.ndarray:
        if not new.any() or new.all():
            return mattes
        source = along(~new, self._toward)
        if self._own_edges:
            return mattes.reshape(len(mattes), -1)[:, source]
        known = ranks_of(mattes, self._order)
        found = snapped(narrowed(known.ravel()[source], self._soft), picture, radius_of(picture), new)
        return continued(found, known, mattes, new, self._order, self._soft)

    def record(self) -> str:
        return json.dumps(
            {
                "names": self.names, "distances": self.distances, "order": self._order,
                "own_edges": self._own_edges,
            }
        )  # fmt: skip

    def restore(self, text: str) -> None:
        kept = json.loads(text)
        self.names, self._order = tuple(kept["names"]), tuple(kept["order"])
        self._own_edges = kept["own_edges"]
        self.distances = None if kept["distances"] is None else tuple(kept["distances"])

    def _cut(self, picture: Image, masks: Sequence[NamedMask], radius: int) -> np.ndarray:
        """The mattes of masks at the picture's size; their names, distances and order are kept."""
        shares = claimed([mask for _, mask in masks])
        labels = np.argmax(shares, axis=0).astype(np.int16)
        self._check(masks, labels)
        names = [BACKGROUND, *(name for name, _ in masks)]
        if (labels == 0).mean() < LITTLE:
            labels = labels.ravel()[nearest_known(labels > 0)] - 1
            shares = shares[1:] / np.maximum(shares[1:].sum(axis=0), 1e-6)
            names = names[1:]
        if len(names) == 1:
            raise OptionError(
                f"{self.field}: {names[0]} covers the whole picture, so there is nothing to cut it from",
                self.field,
            )
        self.names = tuple(names)
        whole = [(labels == layer).astype(np.float32) for layer in range(len(names))]
        if self._depth_of is not None:
            self.distances = distances_in(whole, self._depth_of(picture))
        self._order = self._ordered(len(names))
        if self._own_edges:
            return np.asarray(shares, np.float32)
        ranks = ranks_from(labels, self._order)
        if radius:
            ranks = snapped(ranks, picture, radius)
        return matted(ranks, self._order, self._soft)

    def _ordered(self, count: int) -> tuple[int, ...]:
        if self._asked is not None:
            if sorted(self._asked) != list(range(count)):
                raise OptionError(
                    f"{self.field}: there are {count} layers ({', '.join(self.names)}), and distances or an "
                    f"order of {len(self._asked)}; give one for each",
                    self.field,
                )
            return tuple(self._asked)
        return tuple(range(count)) if self.distances is None else back_to_front(self.distances)

    def _check(self, masks: Sequence[NamedMask], labels: np.ndarray) -> None:
        for number, (name, mask) in enumerate(masks, 1):
            if not (mask >= 0.5).any():
                raise OptionError(f"{self.field}: {name} covers nothing of the picture", self.field)
            if not (labels == number).any():
                raise OptionError(f"{self.field}: {name} is hidden by those that come after it", self.field)


def claimed(masks: Sequence[np.ndarray]) -> np.ndarray:
    """What each mask shows, float32 [n + 1, h, w], 1 in sum; the first of them is what none covers."""
    shares = np.empty((len(masks) + 1, *masks[0].shape), np.float32)
    free = np.ones(masks[0].shape, np.float32)
    for number in range(len(masks) - 1, -1, -1):
        shares[number + 1] = free * masks[number]
        free = free - shares[number + 1]
    shares[0] = free
    return shares


def fitted(mask: np.ndarray, picture: Image) -> np.ndarray:
    """The mask at the picture's size."""
    import cv2

    height, width = picture.shape[:2]
    if mask.shape == (height, width):
        return mask
    way = cv2.INTER_AREA if mask.size > height * width else cv2.INTER_LINEAR
    return cv2.resize(mask, (width, height), interpolation=way)


def is_soft(mask: np.ndarray) -> bool:
    """Whether the mask's edge is wider than what drawing or scaling it leaves."""
    inside = mask >= 0.5
    edge = (inside[1:] != inside[:-1]).sum() + (inside[:, 1:] != inside[:, :-1]).sum()
    return bool(((mask > 0.02) & (mask < 0.98)).sum() > SOFT * edge)


def ranks_from(labels: np.ndarray, order: Sequence[int]) -> np.ndarray:
    """Places in the drawing order of layers by number; int16 [h, w]."""
    return np.argsort(np.array(order)).astype(np.int16)[labels]
