"""A level of the pyramid as the kernels see it: what counts how much, and what a source costs beside
being unlike.

Three leanings keep a large border from going astray: sky stays above and ground below; no source
is copied too often while the layout is found; and what lies together in the picture is copied
together, so that texture stays texture.
"""

from __future__ import annotations

import numpy as np

from ..noise import clouds
from .patches_kernel import CHANNELS, Scene
from .pyramid import Level, mean_colours

# All in squared levels a pixel.
LEAN = 4.0 * 255**2  # times the squared share of the height by which a source lies too high or low
MIRROR = 30.0  # by which a mirrored source must be better
CROWD = 150.0  # for a source copied once more than is its share
APART = 20.0  # for each neighbour that copies from elsewhere
WHIM = 100.0  # more or less, for what the seed makes dear
MOST_CROWDED = 1000.0
KNOWN = 4.0  # how much a known pixel counts beside a painted one far inside
FALL = 1.3  # by how much less each pixel further into the hole counts, and its patch's vote
DEEPEST = 60


def scene_of(level: Level, sources: np.ndarray) -> Scene:
    """The level before anything is crowded. `sources` `[M, 2]` are the centres that may be copied from."""
    rows = np.arange(len(level.hole))
    worth = np.maximum(1, np.rint(KNOWN * trust(level.hole)))
    return Scene(
        target=level.target,
        weight=weights(level.inside * worth),
        source=level.source,
        usable=level.usable,
        target_mean=mean_colours(level.target, level.inside, level.radius),
        source_mean=mean_colours(level.source, np.ones_like(level.usable), level.radius),
        home=np.clip(rows, sources[:, 0].min(), sources[:, 0].max()).astype(np.int32),
        lean=(LEAN * level.numbers * (rows / len(rows)) ** 2).astype(np.int32),
        crowd=toll(level, np.zeros(level.usable.shape, np.float32)),
        shift=np.zeros((2 * level.radius + 1) * CHANNELS, np.int32),
        radius=level.radius,
        apart=int(APART * level.numbers),
    )


def seen_from(scene: Scene, level: Level, seen: np.ndarray) -> Scene:
    """The scene with nothing but the pixels of `seen` bool `[H, W]` to go by."""
    means = mean_colours(level.target, seen, level.radius)
    return scene._replace(weight=weights(seen * np.float32(KNOWN)), target_mean=means)


def repainted(scene: Scene, level: Level, crowded: np.ndarray) -> Scene:
    """The scene after a vote. `crowded` `[H, 2 * W]`: how many times its share a source is copied."""
    means = mean_colours(level.target, level.inside, level.radius)
    return scene._replace(target_mean=means, crowd=toll(level, crowded))


def trust(hole: np.ndarray) -> np.ndarray:
    """1 where the picture is known, less the further into the `hole` bool `[H, W]`."""
    import cv2

    inward = cv2.distanceTransform(hole.astype(np.uint8), cv2.DIST_L2, 5)
    return np.float32(FALL) ** -np.minimum(inward, DEEPEST)


def weights(worth: np.ndarray) -> np.ndarray:
    """`[H, W]` for every number of a pixel, int16 `[H, W * CHANNELS]`."""
    return np.repeat(worth.astype(np.int16), CHANNELS, axis=1)


def toll(level: Level, crowded: np.ndarray) -> np.ndarray:
    """What each source costs for being mirrored or copied often, int32 `[H, 2 * W]`."""
    costs = CROWD * np.clip(crowded - 1, 0, MOST_CROWDED)
    costs[:, level.hole.shape[1] :] += MIRROR
    return (costs * level.numbers).astype(np.int32)


def whims(level: Level, seed: int) -> np.ndarray:
    """What each source costs by the seed alone, int32 `[H, 2 * W]`: smooth, and never below 0."""
    height, width = level.usable.shape
    field = clouds((width, height), seed, max(4.0, height / 3), octaves=2)
    return (WHIM * level.numbers * (field - field.min())).astype(np.int32)
