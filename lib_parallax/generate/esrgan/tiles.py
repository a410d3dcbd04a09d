"""A large picture through a network in tiles, and no seam between them.

Tiles overlap. Near its border a tile has not seen what lies beyond, so that much of it is thrown
away, and what is left of neighbours fades over: what a network sees of far pixels makes no edge.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator

import numpy as np

MARGIN = 24  # pixels at a tile's inner borders that are thrown away
FADE = 16  # pixels over which a tile takes over from the one before
OVERLAP = 2 * MARGIN + FADE

Span = tuple[int, int]


def tiled(
    picture: np.ndarray, scale: int, side: int, look: Callable[[np.ndarray], np.ndarray]
) -> Iterator[np.ndarray]:
    """What `look` makes of the picture, from top to bottom: bands float32 `[h, scale W, 3]`.

    picture  `[H, W, 3]`
    side     pixels of a tile's sides, at most; even and more than OVERLAP
    look     of a tile `[h, w, 3]` makes float32 `[scale h, scale w, 3]`
    """
    rows, columns = (spans(length, side) for length in picture.shape[:2])

    def band(top: int, bottom: int) -> np.ndarray:
        tiles = (look(picture[top:bottom, left:right]) for left, right in columns)
        return np.concatenate(list(joined(tiles, columns, scale, axis=1)), axis=1)

    return joined((band(*row) for row in rows), rows, scale, axis=0)


def spans(length: int, side: int) -> list[Span]:
    """Begin and end of tiles along a side, `side` long but for the last and overlapping by OVERLAP.

    They begin at even pixels where `side` is even.
    """
    step = side - OVERLAP
    count = max(1, -(-(length - OVERLAP) // step))
    return [(number * step, min(number * step + side, length)) for number in range(count)]


def joined(parts: Iterable[np.ndarray], along: list[Span], scale: int, axis: int) -> Iterator[np.ndarray]:
    """The parts of a picture that lie at `along`, one after the other and without what overlaps.

    parts  float32, `scale` times as long as their spans on `axis`, otherwise alike
    """
    ramp = (np.arange(FADE * scale, dtype=np.float32) + 0.5) / (FADE * scale)
    ramp = ramp.reshape(-1, 1, 1) if axis == 0 else ramp.reshape(1, -1, 1)
    leaving = None
    for number, (part, (begin, end)) in enumerate(zip(parts, along, strict=True)):
        first = begin + MARGIN if number else 0
        last = along[number + 1][0] + MARGIN if number + 1 < len(along) else end
        owned = _cut(part, first - begin, last - begin, scale, axis)
        if leaving is not None:
            coming = _cut(owned, 0, FADE, scale, axis)
            rest = _cut(owned, FADE, last - first, scale, axis)
            owned = np.concatenate([leaving + (coming - leaving) * ramp, rest], axis=axis)
        leaving = _cut(part, last - begin, last - begin + FADE, scale, axis)
        yield owned


def _cut(part: np.ndarray, begin: int, end: int, scale: int, axis: int) -> np.ndarray:
    piece = slice(begin * scale, end * scale)
    return part[piece] if axis == 0 else part[:, piece]
