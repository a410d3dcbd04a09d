"""Soft mattes of layers, made of which layer each pixel belongs to.

A rank is a layer's place in the drawing order, 0 behind. What belongs to a rank or to nearer ones is a set of
pixels in which the next is contained, and so are the sets grown softly outwards: a matte is what one of them
has and the next has not. They sum to 1 by themselves, and an edge is as the nearer layer's.
"""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from ....depth.cues.smoothing import guided
from ....types import Image, Mask

WHOLE = 1 - 1 / 512  # coverage that 8 bits cannot tell from all of it
EPS = 4e-4  # of the guided filter: contrast whose square is less is no edge
REACH = 1 / 60  # of the longer side: how far a vague border is drawn to one in the picture


def matted(ranks: np.ndarray, order: Sequence[int], soft: float) -> np.ndarray:
    """Mattes of ranks as they were found; soft ones take the pixel along an edge that has of both colours."""
    return feathered(_widened(ranks, soft), order, soft)


def feathered(ranks: np.ndarray, order: Sequence[int], soft: float) -> np.ndarray:
    """Mattes float32 [n, h, w] of ranks int16 [h, w], by layer; `order` are the layers from back to front.

    soft  pixels beyond its edge over which a layer fades out
    """
    mattes = np.empty((len(order), *ranks.shape), np.float32)
    nearer = np.zeros(ranks.shape, np.float32)
    for rank in range(len(order) - 1, 0, -1):
        cover = grown_softly(ranks >= rank, soft)
        np.subtract(cover, nearer, out=mattes[order[rank]])
        nearer = cover
    mattes[order[0]] = 1 - nearer
    return mattes


def grown_softly(inside: Mask, soft: float) -> np.ndarray:
    """1 inside, falling to 0 over `soft` pixels beyond; float32 [h, w].

    Most of the fall is close to the edge: what fades out has the colours of what is behind it.
    """
    import cv2

    if soft <= 0 or inside.all() or not inside.any():
        return inside.astype(np.float32)
    beyond = cv2.distanceTransform((~inside).astype(np.uint8), cv2.DIST_L2, cv2.DIST_MASK_PRECISE)
    return np.clip(1 - beyond / np.float32(soft + 1), 0, 1) ** 2


def ranks_of(mattes: np.ndarray, order: Sequence[int]) -> np.ndarray:
    """The nearest rank that, with all nearer ones, hides what is behind: `feathered` undone; int16 [h, w]."""
    ranks = np.zeros(mattes.shape[1:], np.int16)
    cover = np.zeros(ranks.shape, np.float32)
    for rank in range(len(order) - 1, 0, -1):
        cover += mattes[order[rank]]
        ranks[(ranks == 0) & (cover >= WHOLE)] = rank
    return ranks


def narrowed(ranks: np.ndarray, soft: float) -> np.ndarray:
    """Ranks of `matted` as they were found, but for things too thin to tell."""
    import cv2

    return cv2.erode(ranks, np.ones((3, 3), np.uint8)) if soft > 0 else ranks


def _widened(ranks: np.ndarray, soft: float) -> np.ndarray:
    import cv2

    return cv2.dilate(ranks, np.ones((3, 3), np.uint8)) if soft > 0 else ranks


def continued(
    found: np.ndarray,
    known: np.ndarray,
    mattes: np.ndarray,
    new: Mask,
    order: Sequence[int],
    soft: float,
) -> np.ndarray:
    """Mattes that are those of ranks `found` where `new`, bool [h, w], and elsewhere stay as they are.

    known  the ranks of `mattes`
    """
    ranks = np.where(new, _widened(np.where(new, found, np.int16(0)), soft), known)
    return np.where(new, feathered(ranks, order, soft), mattes)


def snapped(ranks: np.ndarray, picture: Image, radius: int, where: Mask | None = None) -> np.ndarray:
    """Ranks with their edges moved by up to about `radius` pixels to those of the picture; only `where`."""
    import cv2

    square = np.ones((2 * radius + 1,) * 2, np.uint8)
    result = np.zeros_like(ranks)
    still = np.ones(ranks.shape, bool)
    for rank in range(1, int(ranks.max()) + 1):
        inside = (ranks >= rank).astype(np.uint8)
        edge = (cv2.dilate(inside, square) != cv2.erode(inside, square)) & (True if where is None else where)
        if edge.any():
            part = _around(edge, 2 * radius)
            guide = picture[part].astype(np.float32) / 255
            share = guided(
                guide, inside[part].astype(np.float32), np.ones(guide.shape[:2], np.float32), radius, EPS
            )
            inside[part] = np.where(edge[part], share >= 0.5, inside[part])
        still &= inside > 0
        result += still
    return result


def radius_of(picture: Image) -> int:
    """Pixels by which a vague border may move."""
    return max(2, round(REACH * max(picture.shape[:2])))


def _around(mask: Mask, margin: int) -> tuple[slice, slice]:
    """The rectangle around a mask that is not empty, and a margin."""
    y, x = (np.flatnonzero(mask.any(axis=axis)) for axis in (1, 0))
    return (
        slice(max(0, int(y[0]) - margin), int(y[-1]) + margin + 1),
        slice(max(0, int(x[0]) - margin), int(x[-1]) + margin + 1),
    )
