"""Holes painted with the picture's own patches.

The coarsest level is grown from the border inwards. Then, coarse to fine, every patch that touches
the hole looks for its like among the known ones, and every pixel becomes what the patches over it
agree on; again and again (Wexler et al. 2007, with the search of PatchMatch, Barnes et al. 2009,
texture beside colour in the comparison, Newson et al. 2014, and patches that may be made lighter or
darker, Darabi et al. 2012).
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from ...types import CancelToken, Image
from ..protocol import check
from ..spread import spread
from .pyramid import Level, levels, square
from .shade import shade

if TYPE_CHECKING:
    from .patches_kernel import Scene

RADII = (3, 2, 1)  # of a patch; a smaller one where the known parts are too thin
ROUNDS = (12, 6, 4, 3, 2, 2, 1)  # of search and vote, a level from the coarsest on; the last goes on
SWEEPS = 2  # to a round
LAYOUT = 3  # levels at which the search goes everywhere and crowds are shunned
MOST_TRIED = 8192  # sources for each patch while the coarsest level grows
NEAR = 8  # pixels that the search goes at finer levels


@dataclass
class Matches:
    """Where every patch that touches the hole finds its like.

    places  int32 `[N, 2]`, (row, column) of those patches' centres
    source  int32 `[H, W, 2]`, the source's centre for each; -1 elsewhere
    cost    int32 `[H, W]`, how unlike the two are
    """

    places: np.ndarray
    source: np.ndarray
    cost: np.ndarray


def continue_into(
    image: Image, hole: np.ndarray, seed: int, strength: float = 1.0, cancel: CancelToken | None = None
) -> Image:
    """`image` uint8 `[H, W, 3]` with what `hole` bool `[H, W]` marks painted from what it does not mark.

    strength  1 finds the layout from scratch; less starts from what the picture has in the hole, at
              so much finer a level. The same seed gives the same bytes. Raises Cancelled between rounds.
    """
    cancel = cancel or CancelToken()
    slope = shade(image, ~hole)
    even = image - slope
    pyramid: list[Level] = next((found for radius in RADII if (found := levels(even, hole, radius))), [])
    if not pyramid or not hole.any():
        return np.rint(spread(image.astype(np.float32), (~hole).astype(np.float32))).astype(np.uint8)
    pyramid = [level for level in pyramid if level.hole.any()]  # a thin hole is not to be seen in small
    first = min(len(pyramid) - 1, round((1 - strength) * len(pyramid)))
    matches = _unmatched(pyramid[first])
    if strength < 1:
        whole = levels(even, np.zeros_like(hole), pyramid[0].radius)[first - len(pyramid)]
        pyramid[first].target[:] = whole.target
    else:
        _grow(pyramid[0], matches, seed, cancel)
    state = np.array([(seed + 0x9E3779B97F4A7C15) % 2**64 or 1], np.uint64)
    for number in range(first, len(pyramid)):
        level = pyramid[number]
        if number > first:
            matches = _refined(matches, level)
        _paint(level, number, matches, state, cancel, painted=number == first)
    painted = np.rint(pyramid[-1].colours(hole.shape) + slope).clip(0, 255).astype(np.uint8)
    return np.where(hole[..., None], painted, image)


def _grow(level: Level, matches: Matches, seed: int, cancel: CancelToken) -> None:
    """Paints the hole of a level from its border inwards, layer by layer, and finds matches on the way.

    Patches are centred a little outside the layer they paint, so that most of each is known. The seed
    makes some parts of the picture dearer than others, so that another one finds another layout.
    """
    from . import patches_kernel as kernel
    from .scene import scene_of, seen_from, whims

    every = np.argwhere(level.usable).astype(np.int32)
    scene, sources = scene_of(level, every), every[:: -(-len(every) // MOST_TRIED)]
    scene = scene._replace(crowd=scene.crowd + whims(level, seed))
    alike, unknown = np.ones(level.hole.shape, np.float32), level.hole.copy()
    back = level.radius - 1
    while unknown.any():
        check(cancel)
        seen = level.inside & ~unknown
        layer = unknown & _dilated(seen, 1)
        centres = seen & _dilated(layer, back) & ~_dilated(layer, back - 1)
        reached = layer & _dilated(centres, level.radius)
        if not reached.any():
            centres = reached = layer
        places = np.argwhere(centres).astype(np.int32)
        now = seen_from(scene, level, seen)
        kernel.exhaust(now, places, sources, matches.source, matches.cost)
        kernel.vote(now, reached, places, alike, np.inf, True, matches.source, matches.cost)
        unknown &= ~reached


def _paint(
    level: Level, number: int, matches: Matches, state: np.ndarray, cancel: CancelToken, painted: bool
) -> None:
    """Paints the hole of one level, from the matches there are and, where it is `painted`, what is there."""
    from . import patches_kernel as kernel
    from .scene import repainted, scene_of, trust

    sources = np.argwhere(level.usable).astype(np.int32)
    scene, votes = scene_of(level, sources), trust(level.hole)
    kernel.settle(matches.places, sources, matches.source, state)
    if painted:
        _search(scene, matches, sources, state, len(level.hole))
    _vote(scene, level, matches, votes, shifted=False)
    crowded = np.zeros(level.usable.shape, np.float32)
    everywhere = number < LAYOUT
    for _ in range(ROUNDS[min(number, len(ROUNDS) - 1)]):
        check(cancel)
        if everywhere:
            crowded = (crowded + _crowding(matches, level)) / 2
        scene = repainted(scene, level, crowded)
        _search(scene, matches, sources, state, len(level.hole) if everywhere else NEAR)
        _vote(scene, level, matches, votes, shifted=True)


def _search(scene: Scene, matches: Matches, sources: np.ndarray, state: np.ndarray, span: int) -> None:
    from . import patches_kernel as kernel

    kernel.rate(scene, matches.places, matches.source, matches.cost)
    for number in range(SWEEPS):
        backwards = number % 2 == 1
        kernel.sweep(scene, matches.places, sources, matches.source, matches.cost, state, backwards, span)


def _vote(scene: Scene, level: Level, matches: Matches, votes: np.ndarray, shifted: bool) -> None:
    from . import patches_kernel as kernel

    softness = max(1.0, float(np.percentile(matches.cost[tuple(matches.places.T)], 75)))
    kernel.vote(scene, level.hole, matches.places, votes, softness, shifted, matches.source, matches.cost)


def _crowding(matches: Matches, level: Level) -> np.ndarray:
    """How often each source is copied, as a multiple of its fair share, float32 `[H, 2 * W]`."""
    import cv2

    copies = np.zeros(level.usable.shape, np.float32)
    np.add.at(copies, tuple(matches.source[tuple(matches.places.T)].T), 1)
    side = 2 * level.radius + 1
    return cv2.blur(copies, (side, side)) * np.float32(level.usable.sum() / len(matches.places))


def _unmatched(level: Level) -> Matches:
    shape = level.hole.shape
    places = np.argwhere(_dilated(level.hole, level.radius) & level.inside).astype(np.int32)
    return Matches(places, np.full((*shape, 2), -1, np.int32), np.zeros(shape, np.int32))


def _refined(coarser: Matches, level: Level) -> Matches:
    """The matches of the level below, as far as they hold in this one."""
    found = _unmatched(level)
    radius, width, coarse_width = level.radius, level.hole.shape[1], coarser.cost.shape[1]
    y, x = found.places.T
    v, u = coarser.source[(y - radius) // 2 + radius, (x - radius) // 2 + radius].T
    mirrored = u >= coarse_width
    v_fine = (v - radius) * 2 + radius + (y - radius) % 2
    u_fine = (u - mirrored * coarse_width - radius) * 2 + radius + (x - radius) % 2 + mirrored * width
    holds = (v >= 0) & level.usable[v_fine.clip(0, len(level.hole) - 1), u_fine.clip(0, 2 * width - 1)]
    found.source[y[holds], x[holds]] = np.stack([v_fine, u_fine], axis=1)[holds]
    return found


def _dilated(where: np.ndarray, radius: int) -> np.ndarray:
    """bool `[H, W]`, grown by so many pixels each way."""
    import cv2

    return cv2.dilate(where.astype(np.uint8), square(radius)) > 0 if radius >= 0 else np.zeros_like(where)
