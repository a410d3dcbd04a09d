"""Things stand on the ground: they are as near as the place of their foot and hide what lies behind."""

from __future__ import annotations

import numpy as np

from .regions import Regions

ROUNDS = 4  # raster passes until ways around things are found
ENCLOSED = 0.12, 0.40  # colour barriers, as a share of Lab's lightness range, for surely not and surely
CROWDED = 0.4, 0.6  # share of the picture that stands out, from which on that says less, then nothing
CERTAIN = 1.6  # what is this inverse share sure counts as wholly upright
HIDDEN = 30  # percent of a row that may lie behind its ground
DEEPER = 0.02  # how much


def enclosed(small: np.ndarray, regions: Regions) -> np.ndarray:
    """0..1 `[h, w]`: how far a region's colours cut it off from the picture's top and sides."""
    import cv2

    from .regions_kernel import barrier

    lab = cv2.cvtColor(cv2.GaussianBlur(small, (0, 0), 1.2), cv2.COLOR_RGB2Lab) / 100
    crossed = np.sum([barrier(np.ascontiguousarray(lab[..., c]), ROUNDS) for c in range(3)], 0)
    low, high = ENCLOSED
    return regions.mean(np.clip((crossed - low) / (high - low), 0, 1))


def stand(
    depth: np.ndarray, out: np.ndarray, mover: np.ndarray, crowd: float, regions: Regions
) -> np.ndarray:
    """`depth` `[h, w]` 0..1 with things put upright on the ground below them.

    out    0..1, what stands out, see `enclosed`; it is worth less where `crowd`, its mean over
           the shot, is large: where everything stands out, nothing does.
    mover  0..1, what moves by itself: such things are whole and upright.
    """
    from .regions_kernel import rise

    few, many = CROWDED
    worth = np.float32(np.clip((many - crowd) / (many - few), 0, 1))
    upright = np.clip(CERTAIN * (1 - (1 - worth * out) * (1 - mover)), 0, 1)
    sure = np.clip(CERTAIN * mover, 0, 1)
    return rise(np.maximum(depth, ground(depth)[:, None]), upright, sure, regions.label)


def ground(depth: np.ndarray) -> np.ndarray:
    """The ground's depth in each row `[h]`: in the lower half nothing can be seen that lies behind it."""
    height = len(depth)
    rows = np.maximum.accumulate(np.percentile(depth[:, ::2], HIDDEN, axis=1)) - DEEPER
    v = (np.arange(height) + 0.5) / height
    return (rows * np.clip((v - 0.5) / 0.15, 0, 1)).astype(np.float32)
