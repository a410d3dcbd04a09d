"""A layer's strip: the land that it has, in pieces at whole pixels of a world of its own.

A piece never changes once it is there, and none covers another. In a perfect loop the strip is a ring: what
lies a period away is the same place.
"""

from __future__ import annotations

import threading
from collections import OrderedDict
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from itertools import pairwise
from typing import NamedTuple

import numpy as np

from ...types import Mask, Size
from ...warp.layers import Pane

CELL = 64  # pixels that a frame's window may move before another cut-out is taken
MARGIN = 3  # pixels around a frame that sampling between pixels reaches for


class Piece(NamedTuple):
    """Land of (width, height) at x, y; `load` gives it as RGBA uint8 [height, width, 4]."""

    x: int
    y: int
    size: Size
    load: Callable[[], np.ndarray]


@dataclass
class Strip:
    """`period`: of a ring, the vector from a place to the same place again."""

    period: tuple[int, int] | None = None
    pieces: list[Piece] = field(default_factory=list)

    def known(self, x: int, y: int, size: Size) -> Mask:
        """Where in a window at x, y there is land; bool [height, width]."""
        found = np.zeros((size[1], size[0]), bool)
        for _, here, _ in self._over(x, y, size):
            found[here] = True
        return found

    def window(self, x: int, y: int, size: Size) -> np.ndarray:
        """The land in a window at x, y, RGBA uint8 [height, width, 4]; see-through where there is none."""
        found = np.zeros((size[1], size[0], 4), np.uint8)
        for piece, here, there in self._over(x, y, size):
            found[here] = piece.load()[there]
        return found

    def bounds(self) -> tuple[int, int, int, int]:
        """Left, top, right and bottom of all land."""
        return (
            min(piece.x for piece in self.pieces),
            min(piece.y for piece in self.pieces),
            max(piece.x + piece.size[0] for piece in self.pieces),
            max(piece.y + piece.size[1] for piece in self.pieces),
        )

    def _over(
        self, x: int, y: int, size: Size
    ) -> Iterator[tuple[Piece, tuple[slice, slice], tuple[slice, slice]]]:
        """The pieces in a window, and which part of it shows which part of them."""
        for piece in self.pieces:
            for dx, dy in self._again(piece, x, y, size):
                left, top = max(dx, 0), max(dy, 0)
                right = min(dx + piece.size[0], size[0])
                bottom = min(dy + piece.size[1], size[1])
                if left < right and top < bottom:
                    here = slice(top, bottom), slice(left, right)
                    there = slice(top - dy, bottom - dy), slice(left - dx, right - dx)
                    yield piece, here, there

    def _again(self, piece: Piece, x: int, y: int, size: Size) -> Iterator[tuple[int, int]]:
        """Where a piece lies in a window, each time that it comes round."""
        dx, dy = piece.x - x, piece.y - y
        if self.period is None:
            yield dx, dy
            return
        px, py = self.period
        long = px if abs(px) >= abs(py) else py
        at = dx if abs(px) >= abs(py) else dy
        reach = (size[0] + piece.size[0]) if abs(px) >= abs(py) else (size[1] + piece.size[1])
        first, last = sorted((-(at + reach) / long, (reach - at) / long))
        for lap in range(int(np.floor(first)), int(np.ceil(last)) + 1):
            yield dx + lap * px, dy + lap * py


def rectangles(mask: Mask) -> Iterator[tuple[int, int, int, int]]:
    """A mask as few rectangles (left, top, right, bottom): rows that are alike taken together."""
    changes = np.flatnonzero((mask[1:] != mask[:-1]).any(axis=1)) + 1
    edges = [0, *map(int, changes), len(mask)]
    for top, bottom in pairwise(edges):
        row = np.concatenate([[False], mask[top], [False]])
        ends = np.flatnonzero(row[1:] != row[:-1])
        for left, right in zip(ends[::2], ends[1::2], strict=True):
            yield int(left), top, int(right), bottom


class Reel:
    """Panes of a strip for frames: cut-outs larger than a frame, of which the last ones are held.

    What a frame shows depends on its place alone, whatever was shown before.
    """

    HELD = 3  # cut-outs: frames are drawn a few at a time, about the same place

    def __init__(self, strip: Strip, size: Size, top: int = 0, rows: np.ndarray | None = None) -> None:
        """size  of the window, which begins `top` rows down the frame; `rows` as `Pane` has it"""
        self._strip, self._size, self._top, self._rows = strip, size, top, rows
        self._held: OrderedDict[tuple[int, int], np.ndarray] = OrderedDict()
        self._lock = threading.Lock()

    def pane(self, x: float, y: float) -> Pane:
        """The pane of a frame whose first pixel shows world x, y."""
        cell = (int(x // CELL), int(y // CELL))
        left, top = cell[0] * CELL - MARGIN, cell[1] * CELL - MARGIN + self._top
        return Pane(self._cut(cell, left, top), left - x, top - y, self._rows)

    def _cut(self, cell: tuple[int, int], left: int, top: int) -> np.ndarray:
        with self._lock:
            if cell not in self._held:
                more = CELL + 2 * MARGIN
                self._held[cell] = self._strip.window(left, top, (self._size[0] + more, self._size[1] + more))
                if len(self._held) > self.HELD:
                    self._held.popitem(last=False)
            self._held.move_to_end(cell)
            return self._held[cell]
