"""What slides: every layer's strip, its place in the order, and what of it a picture shows.

A band stays where it is on the screen, and its strip slides through it. A layer that was cut out of the
picture has its shape in its strip, as alpha.
"""

from __future__ import annotations

import math
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import NamedTuple

import numpy as np

from ...generate.spread import spread
from ...types import Image, Mask, Size
from ...warp.laid import SNAP
from ...warp.layers import Pane, composite
from .motion import Motion, Vector
from .strips import Strip

Place = tuple[int, int]
AHEAD = 1 / 8  # of the picture: what is seen of the start of a strip where its end comes round to it


class Seen(NamedTuple):
    """A canvas as its layers make it at a time: the picture, where it moves aslant what lies between it and
    the one before, which frames between the two show at their corners, and where strips close what is ahead.

    image    uint8 [h, w, 3], black where land is missing
    missing  bool [h, w], what is to be painted
    at       where in each layer's world the canvas begins
    lacking  bool [h, w] of each layer: what of the canvas is to become its land
    """

    image: Image
    missing: Mask
    at: tuple[Place, ...]
    lacking: tuple[Mask, ...]

    @property
    def size(self) -> Size:
        return self.image.shape[1], self.image.shape[0]

    def without_rim(self, rim: int, toward: Vector) -> Seen:
        """The same, and so many pixels at the edges where new land comes in do not become land."""
        width, height = self.size
        inner = np.zeros((height, width), bool)
        left, right = (rim if toward[0] > 0 else 0), (rim if toward[0] < 0 else 0)
        top, bottom = (rim if toward[1] > 0 else 0), (rim if toward[1] < 0 else 0)
        inner[top : height - bottom, left : width - right] = True
        return self._replace(lacking=tuple(lacking & inner for lacking in self.lacking))


@dataclass(frozen=True)
class World:
    """The layers of a scroll, in the order in which they were named.

    size   of the picture
    order  their numbers from back to front
    rows   of a band, how much of it each row of the picture shows, float32 [h]; None for a layer cut out
    own    the rows from and to which each has land
    zones  bool [h, w] each: where in the picture a layer may show something
    """

    size: Size
    order: tuple[int, ...]
    distances: tuple[float, ...]
    motion: Motion
    strips: tuple[Strip, ...]
    rows: tuple[np.ndarray | None, ...]
    own: tuple[tuple[int, int], ...]
    zones: tuple[Mask, ...]

    def places(self, seconds: float) -> tuple[Place, ...]:
        """Where in each layer's world the picture begins, to whole pixels: of the whole way, so that what is
        rounded at one step is not lost at the next. It is rounded away from the start, as a frame between
        two pixels shows something of both."""
        return tuple((_outward(x), _outward(y)) for x, y in self._exact(seconds))

    def parts(self, seconds: float, before: float) -> int:
        """In how many steps the way from one time to another is to be made: none takes a layer farther than
        what is seen of it, or land between the two would be passed by."""
        moved = [
            (abs(x - u), abs(y - v))
            for (x, y), (u, v) in zip(self.places(seconds), self.places(before), strict=True)
        ]
        return max(
            1,
            *(-(-x // self.size[0]) for x, _ in moved),
            *(
                -(-y // max(1, last - first - 2))
                for (_, y), (first, last) in zip(moved, self.own, strict=True)
            ),
        )

    def seen(self, seconds: float, before: float | None = None, after: float | None = None) -> Seen:
        """The canvas of a step at a time; `before` and `after`: the times of the ones before it and after."""
        now = self.places(seconds)
        then = now if before is None else tuple((int(x), int(y)) for x, y in self._exact(before))
        moved = [(x - u, y - v) for (x, y), (u, v) in zip(now, then, strict=True)]
        if all(x == 0 for x, _ in moved) or all(y == 0 for _, y in moved):
            moved = [(0, 0)] * len(now)
        left, top = (max(0, *steps) for steps in zip(*moved, strict=True))
        right, bottom = (max(0, *(-step for step in steps)) for steps in zip(*moved, strict=True))
        x, y = self._ahead(now)
        left, right, top, bottom = left + max(-x, 0), right + max(x, 0), top + max(-y, 0), bottom + max(y, 0)
        size = self.size[0] + left + right, self.size[1] + top + bottom
        at = tuple((x - left, y - top) for x, y in now)
        sides = ((top, bottom), (left, right))
        missing = np.zeros((size[1], size[0]), bool)
        hidden = missing.copy()
        panes, lacking = [], [missing] * len(now)
        for layer in reversed(self.order):
            strip, rows = self.strips[layer], self._rows(layer, sides[0])
            sheet, known = strip.window(*at[layer], size), strip.known(*at[layer], size)
            missing |= np.pad(self.zones[layer], sides, mode="edge") & ~known & ~hidden
            solid = known & (sheet[..., 3] == 255)
            hidden |= solid if rows is None else solid & (rows >= 1)[:, None]
            panes.append(Pane(sheet, 0.0, 0.0, rows))
            land = self._land(layer, moved[layer], sides, size)
            if after is not None:
                later = self._later(layer, now[layer], after)
                land[top + later.start : top + later.stop, left : left + self.size[0]] = False
            lacking[layer] = land & ~known
        image = np.where(missing[..., None], np.uint8(0), composite(panes[::-1], size))
        return Seen(image, missing, at, tuple(lacking))

    def coverage(self, at: Sequence[Place], size: Size) -> np.ndarray:
        """How much of each pixel of a canvas each layer shows, float32 [layers, h, w]; of what is known."""
        over = size[1] - self.size[1]
        left = np.ones((size[1], size[0]), np.float32)
        found = np.zeros((len(self.strips), *left.shape), np.float32)
        for layer in reversed(self.order):
            alpha = self.strips[layer].window(*at[layer], size)[..., 3].astype(np.float32) / 255
            if (rows := self._rows(layer, (0, over))) is not None:
                alpha *= rows[:, None]
            found[layer] = left * alpha
            left *= 1 - alpha
        return found

    def nearness(self, seen: Seen) -> np.ndarray:
        """How near what a canvas shows is, float32 [h, w], 1 for the nearest layer; where land is missing, as
        around it."""
        shares = min(self.distances) / np.array(self.distances, np.float32)
        shown = self.coverage(seen.at, seen.size)
        known = np.where(seen.missing, 0, shown.sum(axis=0)).astype(np.float32)
        near = np.tensordot(shares, shown, axes=1) / np.maximum(known, np.float32(1e-6))
        return spread(near[..., None].astype(np.float32), (known > 0.5).astype(np.float32))[..., 0]

    def _exact(self, seconds: float) -> Iterator[Vector]:
        return (self.motion.window(layer, seconds) for layer in range(len(self.strips)))

    def _ahead(self, now: Sequence[Place]) -> tuple[int, int]:
        """How far (x, y) a canvas reaches ahead of the picture: where a ring is about to close, so that who
        paints sees its start as well as its end."""
        way = self.motion.toward
        x, y = round(-way[0] * AHEAD * self.size[0]), round(-way[1] * AHEAD * self.size[1])
        for strip, (left, top), (first, last) in zip(self.strips, now, self.own, strict=True):
            if strip.period is None:
                continue
            width, height = self.size[0], last - first
            at = left + min(x, 0), top + first + min(y, 0)
            known = strip.known(*at, (width + abs(x), height + abs(y)))
            own = known[max(-y, 0) : max(-y, 0) + height, max(-x, 0) : max(-x, 0) + width]
            if not own.all() and known.sum() > own.sum():
                return x, y
        return 0, 0

    def _rows(self, layer: int, sides: tuple[int, int]) -> np.ndarray | None:
        rows = self.rows[layer]
        return None if rows is None else np.pad(rows, sides, mode="edge")

    def _later(self, layer: int, now: Place, after: float) -> slice:
        """The rows at a band's end that show something of its neighbour, where the step `after` takes them
        within the band: they become land then, so that nothing of the neighbour is carried along."""
        own, (first, last) = self.rows[layer], self.own[layer]
        others = [rows for other, rows in enumerate(self.rows) if rows is not None and other != layer]
        clear = np.zeros(0, int)
        if own is not None and others:
            clear = np.flatnonzero(own * (np.max(others, axis=0) == 0))
        if len(clear):
            begin, end, way = int(clear[0]), int(clear[-1]) + 1, self.places(after)[layer][1] - now[1]
            if last - end <= way <= end - first:
                return slice(end, last)
            if begin - first <= -way <= last - begin:
                return slice(first, begin)
        return slice(0, 0)

    def _land(self, layer: int, moved: Place, sides: tuple[Place, Place], size: Size) -> Mask:
        """What a layer shows of a canvas now, and all the way from the step before."""
        (top, _), (left, _) = sides
        first, last = self.own[layer]
        (x, y), land = moved, np.zeros((size[1], size[0]), bool)
        land[
            top + first - max(y, 0) : top + last + max(-y, 0),
            left - max(x, 0) : left + self.size[0] + max(-x, 0),
        ] = True
        return land


def _outward(way: float) -> int:
    """The next whole number away from 0, but for what is not drawn between pixels either."""
    return math.ceil(way - SNAP) if way > 0 else math.floor(way + SNAP)
