"""The mask that a step is painted by, made of the land that is missing.

In this order, each left out at 0: it grows into what is known, along the motion; the growth narrows towards
the ends of the edge; corners are rounded; the edge is blurred; and its falloff bent. What is known is put
back afterwards, so that all of this is for the painter's eyes: what it sees of the join, and what its
colours are matched by.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from ...options import ScrollOptions
from ...types import Mask, Size
from .motion import Vector


@dataclass(frozen=True)
class Edge:
    """In pixels, but for `taper` (0..1) and `falloff` (an exponent)."""

    grow: float = 0.0
    taper: float = 0.0
    round: float = 0.0
    blur: float = 0.0
    falloff: float = 1.0

    @classmethod
    def of(cls, options: ScrollOptions, size: Size) -> Edge:
        share = min(size) / 100
        return cls(
            options.overlap * share,
            options.taper,
            options.round_corners * share,
            options.blur_mask * share,
            options.falloff,
        )


def prepared(missing: Mask, toward: Vector, edge: Edge) -> np.ndarray:
    """The mask of a step, float32 [h, w] 0..1, 1 wherever land is missing.

    toward  the unit vector in which the picture moves: new land is at the other end of it
    """
    if not missing.any():
        return missing.astype(np.float32)
    mask = missing.astype(np.float32)
    if edge.grow > 0:
        mask = _grown(mask, missing, toward, edge)
    if edge.round > 0:
        mask = _rounded(mask, edge.round)
    if edge.blur > 0:
        mask = _blurred(mask, edge.blur)
    if edge.falloff != 1:
        mask = mask**edge.falloff
    return np.maximum(mask, missing).astype(np.float32)


def _grown(mask: np.ndarray, missing: Mask, toward: Vector, edge: Edge) -> np.ndarray:
    """The mask drawn along the motion, less so where the taper narrows it."""
    grown = mask.copy()
    reach = _reach(missing, toward, edge) if edge.taper > 0 else None
    for step in range(1, int(np.ceil(edge.grow)) + 1):
        moved = _moved(missing, round(toward[0] * step), round(toward[1] * step))
        if reach is not None:
            moved &= step <= reach
        grown = np.maximum(grown, moved)
    return grown


def _reach(missing: Mask, toward: Vector, edge: Edge) -> np.ndarray:
    """How far the mask may grow at each pixel: less towards the ends of its edge."""
    y, x = np.mgrid[: missing.shape[0], : missing.shape[1]]
    across = y * toward[0] - x * toward[1]
    ends = across[missing]
    low, high = float(ends.min()), float(ends.max())
    middle = np.abs(2 * (across - low) / max(high - low, 1e-6) - 1)
    return edge.grow * (1 - edge.taper * np.clip(middle, 0, 1) ** 2)


def _moved(mask: Mask, dx: int, dy: int) -> Mask:
    """The mask shifted by whole pixels; what comes in is empty."""
    height, width = mask.shape
    moved = np.zeros_like(mask)
    moved[max(dy, 0) : height + min(dy, 0), max(dx, 0) : width + min(dx, 0)] = mask[
        max(-dy, 0) : height + min(-dy, 0), max(-dx, 0) : width + min(-dx, 0)
    ]
    return moved


def _rounded(mask: np.ndarray, radius: float) -> np.ndarray:
    """Corners of the mask rounded off: opened by a disc. Its border goes on beyond the picture's."""
    import cv2

    reach = max(1, round(radius))
    disc = cv2.getStructuringElement(cv2.MORPH_ELLIPSE, (2 * reach + 1, 2 * reach + 1))
    padded = np.pad(mask, 2 * reach, mode="edge")
    opened = cv2.morphologyEx(padded, cv2.MORPH_OPEN, disc)
    return np.ascontiguousarray(opened[2 * reach : -2 * reach, 2 * reach : -2 * reach])


def _blurred(mask: np.ndarray, radius: float) -> np.ndarray:
    import cv2

    return cv2.GaussianBlur(mask, (0, 0), radius, borderType=cv2.BORDER_REPLICATE)
