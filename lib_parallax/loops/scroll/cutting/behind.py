"""What lies behind near layers: every layer as a sheet, with the part of it that others hide.

A layer goes on behind what is before it where it is the nearest of those farther away, the land being taken
for level. Its hidden colours are painted from far to near, each layer's into a picture from which all that is
before it has been painted away already, so no colour of a nearer thing is looked at.
"""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from ....types import Image, Mask
from . import Paint
from .mattes import WHOLE, grown_softly, ranks_of
from .nearest import nearest_known

LEVEL = 2  # how much farther what lies above or below counts as than what lies beside


def sheets(
    picture: Image,
    mattes: np.ndarray,
    order: Sequence[int],
    paint: Paint,
    soft: float = 4.0,
    before: Sequence[np.ndarray] | None = None,
    new: Mask | None = None,
) -> list[np.ndarray]:
    """RGBA uint8 [h, w, 4] of each layer, in the layers' order; laid over each other they are the picture.

    picture  uint8 [h, w, 3]; where a layer shows, its sheet has the picture's colours to the bit
    mattes   float32 [n, h, w], 1 in sum
    order    the layers from back to front; the first one is opaque everywhere
    soft     pixels over which hidden edges fade out
    before   the sheets of what is known already: but where `new`, bool [h, w], they come back untouched
    """
    fresh = np.ones(picture.shape[:2], bool) if before is None or new is None else new
    ranks = ranks_of(mattes, order)
    alphas = [_alpha(mattes, order, ranks, rank, soft, before, fresh) for rank in range(len(order))]
    made: list[np.ndarray] = [picture] * len(order)
    shown = picture  # without all that is before a rank
    for rank, alpha in enumerate(alphas):
        hidden = ranks > rank
        old = None if before is None else before[order[rank]]
        shown = np.where(hidden[..., None], shown, picture)
        if old is not None:
            shown = np.where((hidden & ~fresh)[..., None], _over(old, shown), shown)
        hole = hidden & fresh & (alpha > 0)
        if hole.any():
            shown = np.where(hole[..., None], paint(shown, hole), shown)
        made[order[rank]] = np.dstack([shown, alpha])
        if old is not None:
            made[order[rank]][~fresh] = old[~fresh]
    return made


def _alpha(
    mattes: np.ndarray,
    order: Sequence[int],
    ranks: np.ndarray,
    rank: int,
    soft: float,
    before: Sequence[np.ndarray] | None,
    fresh: Mask,
) -> np.ndarray:
    """How opaque a rank's sheet is, uint8 [h, w]: of what nearer ones leave, or where it goes on behind."""
    if rank == 0:
        return np.full(ranks.shape, 255, np.uint8)
    nearer = np.zeros(ranks.shape, np.float32)
    for layer in order[rank + 1 :]:
        nearer += mattes[layer]
    free = 1 - nearer
    alpha = np.divide(mattes[order[rank]], free, out=np.zeros_like(free), where=free > 1 - WHOLE)
    hidden = ranks > rank
    if hidden.any():
        behind = _behind(ranks, rank, order, before, fresh)
        alpha = np.where(hidden, grown_softly(behind == rank, soft), alpha)
    return np.rint(np.clip(alpha, 0, 1) * 255).astype(np.uint8)


def _behind(
    ranks: np.ndarray, rank: int, order: Sequence[int], before: Sequence[np.ndarray] | None, fresh: Mask
) -> np.ndarray:
    """The rank that each pixel would show if there were nothing nearer than `rank`; int16 [h, w]."""
    found = np.where(ranks <= rank, ranks, np.int16(0))
    known = ranks <= rank
    if before is not None:
        for farther in range(1, rank + 1):
            there = ~known & ~fresh & (before[order[farther]][..., 3] >= 128)
            found = np.where(there, np.int16(farther), found)
        known = known | ~fresh
    if not known.any():
        return found
    return found.ravel()[nearest_known(known, LEVEL)]


def _over(sheet: np.ndarray, under: Image) -> Image:
    alpha = sheet[..., 3:].astype(np.float32) / 255
    return np.rint(sheet[..., :3] * alpha + under * (1 - alpha)).astype(np.uint8)
