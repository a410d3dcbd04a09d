"""Holes painted with the picture's own patches.

Coarse to fine, every patch that touches the hole looks for its like among the known ones, and every
pixel becomes what the patches over it agree on; again and again (Wexler et al. 2007, with the search
of PatchMatch, Barnes et al. 2009, texture beside colour in the comparison, Newson et al. 2014, and
patches that may be made lighter or darker, Darabi et al. 2012). Three leanings keep a large border
from going astray: sky stays above and ground below; no source is copied too often while the layout
is found; and what lies together in the picture is copied together, so that texture stays texture.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from ...types import CancelToken, Image
from ..protocol import check
from ..spread import spread
from .pyramid import Level, levels, mean_colours, square

if TYPE_CHECKING:
    from .patches_kernel import Scene

RADII = (3, 2, 1)  # of a patch; a smaller one where the known parts are too thin
ROUNDS = (12, 6, 4, 3, 2, 2, 1)  # of search and vote, a level from the coarsest on; the last goes on
FIRST_SWEEPS = 6
SWEEPS = 2  # to a round
LAYOUT = 3  # levels at which the search goes everywhere and crowds are shunned
NEAR = 8  # pixels that the search goes at finer levels
LEAN = 4.0  # what a patch from too high or low costs: times the square of the share of the height
MIRROR = 30.0  # squared levels a pixel by which a mirrored patch must be better
CROWD = 150.0  # squared levels a pixel, for a source copied once more than is its share
MOST_CROWDED = 1000.0
APART = 20.0  # squared levels a pixel, for each neighbour that copies from elsewhere
REFLECTED_ROWS = 0.4  # a border above or below begins as this share of what is as far on the other side
TRUST = 1.3  # by how much less a patch counts for each pixel further into the hole
DEEPEST = 60
GROW = 4
BACK = 2
MIRROR_GROW = True
KNOWN = 4
FALL = 1.3


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
    pyramid: list[Level] = next((found for radius in RADII if (found := levels(image, hole, radius))), [])
    if not pyramid or not hole.any():
        return np.rint(spread(image.astype(np.float32), (~hole).astype(np.float32))).astype(np.uint8)
    first = min(len(pyramid) - 1, round((1 - strength) * len(pyramid)))
    if strength < 1:
        whole = levels(image, np.zeros_like(hole), pyramid[0].radius)[first - len(pyramid)]
        pyramid[first].target[:] = whole.target
    else:
        _reflect(pyramid[0])
    state = np.array([(seed + 0x9E3779B97F4A7C15) % 2**64 or 1], np.uint64)
    matches = None
    for number in range(first, len(pyramid)):
        matches = _paint(pyramid[number], number, matches, state, cancel)
    return np.where(hole[..., None], pyramid[-1].colours(image.shape[:2]), image)


def _paint(
    level: Level, number: int, coarser: Matches | None, state: np.ndarray, cancel: CancelToken
) -> Matches:
    """Paints the hole of one level. Without the matches of the `coarser` one, the search begins with
    what is painted there already."""
    from . import patches_kernel as kernel

    sources = np.argwhere(level.usable).astype(np.int32)
    scene, trust = _scene(level, sources), _trust(level.hole)
    matches = _refined(coarser, level)
    kernel.settle(matches.places, sources, matches.source, state)
    if coarser is None and GROW and number == 0:
        matches = _grow(level, scene, sources, state)
        kernel.settle(matches.places, sources, matches.source, state)
        _search(scene._replace(target_mean=mean_colours(level.target, level.inside, level.radius)), matches, sources, state, 2, len(level.hole))
    elif coarser is None:
        _search(scene, matches, sources, state, FIRST_SWEEPS, len(level.hole))
    _vote(scene, level, matches, trust, shifted=False)
    crowded = np.zeros(level.usable.shape, np.float32)
    everywhere = number < LAYOUT
    for _ in range(ROUNDS[min(number, len(ROUNDS) - 1)]):
        check(cancel)
        if everywhere:
            crowded = (crowded + _crowding(matches, level)) / 2
        means = mean_colours(level.target, level.inside, level.radius)
        scene = scene._replace(target_mean=means, crowd=_toll(level, crowded))
        _search(scene, matches, sources, state, SWEEPS, len(level.hole) if everywhere else NEAR)
        _vote(scene, level, matches, trust, shifted=True)
    return matches


def _search(
    scene: Scene, matches: Matches, sources: np.ndarray, state: np.ndarray, sweeps: int, span: int
) -> None:
    from . import patches_kernel as kernel

    kernel.rate(scene, matches.places, matches.source, matches.cost)
    for number in range(sweeps):
        backwards = number % 2 == 1
        kernel.sweep(scene, matches.places, sources, matches.source, matches.cost, state, backwards, span)


def _vote(scene: Scene, level: Level, matches: Matches, trust: np.ndarray, shifted: bool) -> None:
    from . import patches_kernel as kernel

    softness = max(1.0, float(np.percentile(matches.cost[tuple(matches.places.T)], 75)))
    kernel.vote(scene, level.hole, matches.places, trust, softness, shifted, matches.source, matches.cost)


def _scene(level: Level, sources: np.ndarray) -> Scene:
    """The level as the kernels see it."""
    from .patches_kernel import CHANNELS, Scene

    rows = np.arange(len(level.hole))
    # What is known says more about what belongs beside it than what was painted.
    import cv2
    inward = cv2.distanceTransform(level.hole.astype(np.uint8), cv2.DIST_L2, 5)
    weight = level.inside * np.maximum(1, np.rint(KNOWN * np.float32(FALL) ** -inward))
    return Scene(
        target=level.target,
        weight=np.repeat(weight.astype(np.int16), CHANNELS, axis=1),
        source=level.source,
        usable=level.usable,
        target_mean=mean_colours(level.target, level.inside, level.radius),
        source_mean=mean_colours(level.source, np.ones_like(level.usable), level.radius),
        home=np.clip(rows, sources[:, 0].min(), sources[:, 0].max()).astype(np.int32),
        lean=(LEAN * level.numbers * 255**2 * (rows / len(rows)) ** 2).astype(np.int32),
        crowd=_toll(level, np.zeros(level.usable.shape, np.float32)),
        shift=np.zeros((2 * level.radius + 1) * CHANNELS, np.int32),
        radius=level.radius,
        apart=int(APART * level.numbers),
    )


def _toll(level: Level, crowded: np.ndarray) -> np.ndarray:
    """What each source costs for being mirrored or copied often, int32 `[H, 2 * W]`."""
    toll = CROWD * np.clip(crowded - 1, 0, MOST_CROWDED)
    toll[:, level.hole.shape[1] :] += MIRROR
    return (toll * level.numbers).astype(np.int32)


def _crowding(matches: Matches, level: Level) -> np.ndarray:
    """How often each source is copied, as a multiple of its fair share, float32 `[H, 2 * W]`."""
    import cv2

    copies = np.zeros(level.usable.shape, np.float32)
    np.add.at(copies, tuple(matches.source[tuple(matches.places.T)].T), 1)
    side = 2 * level.radius + 1
    return cv2.blur(copies, (side, side)) * np.float32(level.usable.sum() / len(matches.places))


def _refined(coarser: Matches | None, level: Level) -> Matches:
    """Places of a level, with the matches of the level below it carried over where they still hold."""
    import cv2

    touched = cv2.dilate(level.hole.astype(np.uint8), square(level.radius)) > 0
    places = np.argwhere(touched & level.inside).astype(np.int32)
    found = Matches(
        places, np.full((*level.hole.shape, 2), -1, np.int32), np.zeros(level.hole.shape, np.int32)
    )
    if coarser is None:
        return found
    radius, width, coarse_width = level.radius, level.hole.shape[1], coarser.cost.shape[1]
    y, x = places.T
    v, u = coarser.source[(y - radius) // 2 + radius, (x - radius) // 2 + radius].T
    mirrored = u >= coarse_width
    v_fine = (v - radius) * 2 + radius + (y - radius) % 2
    u_fine = (u - mirrored * coarse_width - radius) * 2 + radius + (x - radius) % 2 + mirrored * width
    holds = (v >= 0) & level.usable[v_fine.clip(0, len(level.hole) - 1), u_fine.clip(0, 2 * width - 1)]
    found.source[y[holds], x[holds]] = np.stack([v_fine, u_fine], axis=1)[holds]
    return found


def _trust(hole: np.ndarray) -> np.ndarray:
    """How much a patch's vote counts, `[H, W]`: less, the further from what is known."""
    import cv2

    inward = cv2.distanceTransform(hole.astype(np.uint8), cv2.DIST_L2, 5)
    return np.float32(TRUST) ** -np.minimum(inward, DEEPEST)


def _reflect(level: Level) -> None:
    """Begins the hole as what lies as far on the other side of its border, less far up or down."""
    import cv2

    known = level.inside & ~level.hole
    height, width = known.shape
    _, labels = cv2.distanceTransformWithLabels(
        (~known).astype(np.uint8), cv2.DIST_L2, 5, labelType=cv2.DIST_LABEL_PIXEL
    )
    nearest = np.zeros(int(labels.max()) + 1, np.intp)
    nearest[labels[known]] = np.flatnonzero(known)
    pixels = level.target.reshape(height, width, -1)
    y, x = np.nonzero(level.hole)
    by, bx = np.divmod(nearest[labels[y, x]], width)
    for share in (1.0, 0.5, 0.25, 0.0):  # nearer, where the other side is unknown as well
        ry = by + np.rint((by - y) * (share * REFLECTED_ROWS)).astype(np.intp)
        rx = bx + np.rint((bx - x) * share).astype(np.intp)
        there = (ry >= 0) & (ry < height) & (rx >= 0) & (rx < width)
        there[there] = known[ry[there], rx[there]]
        pixels[y[there], x[there]] = pixels[ry[there], rx[there]]
        y, x, by, bx = y[~there], x[~there], by[~there], bx[~there]


def _grow(level, scene, sources, state):
    import cv2
    from . import patches_kernel as kernel
    from .patches_kernel import CHANNELS

    matches = _refined(None, level)
    unknown = level.hole.copy()
    trust = np.ones(level.hole.shape, np.float32)
    every = matches.places
    if not MIRROR_GROW:
        keep = sources[:,1] < level.hole.shape[1]
        sources = sources[keep]
    while unknown.any():
        layer = unknown & (cv2.erode(unknown.astype(np.uint8), square(1), borderValue=1) == 0)
        if not layer.any():
            layer = unknown
        seen = level.inside & ~unknown
        near = cv2.dilate(layer.astype(np.uint8), square(BACK)) > 0
        if BACK > 0:
            near &= cv2.dilate(layer.astype(np.uint8), square(BACK-1)) == 0
        near &= seen if BACK > 0 else True
        covered = layer & (cv2.dilate(near.astype(np.uint8), square(level.radius)) > 0)
        if covered.any():
            layer = covered
        else:
            near = layer
        matches.places = np.argwhere(near).astype(np.int32)
        weight = np.repeat(seen.astype(np.int16) * 2, CHANNELS, axis=1)
        now = scene._replace(weight=weight, target_mean=mean_colours(level.target, seen, level.radius))
        kernel.exhaust(now, matches.places, sources, matches.source, matches.cost)
        kernel.vote(now, layer, matches.places, trust, 1e9, True, matches.source, matches.cost)
        unknown &= ~layer
    matches.places = every
    return matches
