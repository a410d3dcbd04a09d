"""Depth of field: what is before or behind the depth in focus spreads over the disk that a lens makes of it.

A thin lens spreads a point over a disk whose radius is linear in inverse depth (Potmesil and
Chakravarty 1981): radius = blur REACH height |depth - sharp_at|.

The picture is parted into slices by that radius, the parts blurred apart and laid over each other from near
to far, so nothing spreads over what stands before it. In a blurred slice the share of a pixel that belongs
to the slice, among the slice and all behind it, is what the slice hides: surfaces that pass through several
slices have no gaps, and edges of near things become transparent. Behind these, colours are continued from
around. Slices are kept at halves and further halves of the picture, the more the larger their disk.
"""

from __future__ import annotations

from typing import NamedTuple

import numpy as np

from . import focus_kernel as kernel
from .levels import from_unit, to_unit

REACH = 0.04  # of the picture's height: the radius of a disk at blur 1 and a difference of 1 in depth
RADII = (1.2, 2.5, 5.0, 9.0, 16.0, 26.0)  # of the slices, in cells
COARSER = (0, 0, 1, 1, 2, 2)  # how many times a slice's grid is halved against the cells
MOST_ROWS = 1600  # a taller picture has cells of four pixels and more, else they are two by two
FILL = 3  # what is continued behind near things is kept at cells halved so often


class Disk(NamedTuple):
    """Rows of a disk: half its length in whole cells, and how much of the cell at either end."""

    whole: np.ndarray
    part: np.ndarray


def depth_of_field(
    image: np.ndarray, depth: np.ndarray, far: float = 0.0, near: float = 0.0, sharp_at: float = 0.5
) -> np.ndarray:
    """The picture [H, W, 3] in focus at a depth.

    depth      float32 [H, W], 0 far to 1 near, of the picture
    far, near  0..1, the blur behind and before the focus
    """
    height, width = depth.shape
    unit = np.ascontiguousarray(to_unit(image), np.float32)
    cell = 2 * max(1, round(height / MOST_ROWS))
    reach = REACH * height / cell
    blur = np.array([far * reach, near * reach, sharp_at], np.float32)
    radii = np.array((0.0, *RADII), np.float32)
    rows, columns = -(-height // cell), -(-width // cell)
    far_count, near_count = _slices(far * reach * sharp_at), _slices(near * reach * (1 - sharp_at))
    counts = np.array([far_count, near_count])
    shapes = np.array([(-(-rows >> c), -(-columns >> c)) for c in COARSER])
    starts = np.append(0, np.cumsum(5 * shapes.prod(axis=1)))
    # what is never written to costs nothing
    far_room, near_room = np.zeros(starts[-1], np.float32), np.zeros(starts[-1], np.float32)
    fill = np.zeros((4, -(-rows >> FILL), -(-columns >> FILL)), np.float32)
    grids = kernel.Grids(starts, shapes, np.array(COARSER))
    kernel.part(unit, depth, blur, radii, cell, counts, grids, far_room, near_room, fill, FILL)
    behind = _laid([grids.slice(far_room, n) for n in range(far_count)], range(far_count), (rows, columns))
    nearest_first = range(near_count - 1, -1, -1)
    before = _laid([grids.slice(near_room, n) for n in range(near_count)], nearest_first, (rows, columns))
    around = kernel.continued(fill) if near_count else fill[:3]
    return from_unit(kernel.merged(unit, depth, blur, radii[1], cell, behind, before, around, FILL), image)


def _slices(widest: float) -> int:
    """How many slices hold what spreads over up to `widest` cells."""
    if widest <= 0:
        return 0
    return min(int(np.searchsorted(RADII, widest)) + 1, len(RADII))


def _laid(slices: list[np.ndarray], order: range, size: tuple[int, int]) -> np.ndarray:
    """Slices from near to far, blurred and laid over each other: float32 [5, h, w] as of `kernel.lay`."""
    seen = np.zeros((5, *size), np.float32)
    seen[4] = 1  # nothing is there yet
    for number in order:
        if slices[number][3].any():
            radius = RADII[number] / 2 ** COARSER[number]
            kernel.lay(seen, kernel.spread(slices[number], *_disk(radius)), COARSER[number])
    return seen


def _disk(radius: float) -> Disk:
    reach = int(radius)
    half = np.sqrt(np.maximum(radius**2 - np.arange(-reach, reach + 1) ** 2, 0))
    whole = np.floor(half).astype(np.int64)
    return Disk(whole, (half - whole).astype(np.float32))
