"""Thin things that soft depth has all but lost.

A wire narrower than a network's pixels comes out as a low, wide ridge. Its volume is right,
though: what the picture shows to be a bar of some width must have stood so much higher. Bars
are looked for along the ridges, their depth is solved for, and the ridge is taken out of what
lies behind. The model is linear: soft depth = blur(share * level) + blur((1 - share) * behind).
"""

from __future__ import annotations

import numpy as np

PROMINENT = 1.0  # pixels of disparity by which a ridge stands out
STEP = 1.5  # pixels of disparity that make a step
TALLEST = 1.15  # of the frame's highest: what stands above that was not measured rightly
UNEXPLAINED = 0.3  # pixels of disparity that a measured level may leave unexplained
BARE = 0.4  # share of a pixel that must be left for what is behind to be told
CONTRAST = 12.0  # levels by which a bar differs from what is behind
SHARPEST = 1.0, 1.4  # pixels of blur up to which thin things need no lift, from which they get all of it
SOFTEST = 10.0  # pixels of blur from which they are lost
FADE = 0.8  # of that, from where they are given up by degrees
SWELLS = 5  # half blurs by which a network may draw thin things too wide
ENOUGH = 64, 256  # ramp pixels up to which they tell nothing of the blur, from which they tell it surely


def blur_of(
    depth: np.ndarray, foot: np.ndarray, top: np.ndarray, level: np.ndarray, slope: np.ndarray, rise: float
) -> tuple[float, float]:
    """Standard deviation in pixels of the blur that made ramps of the steps, and how sure it is, 0..1.

    foot, top  flat indices of each ramp pixel's ends, int32 [H, W], -1 off the ramps
    level      bool [H, W], even ground: ramps between such tell the blur
    slope      steepness, float32 [H, W], depth a pixel
    rise       height from which a ramp is looked at
    """
    at = np.flatnonzero(foot >= 0)
    low, high = foot.ravel()[at], top.ravel()[at]
    flat = depth.ravel()
    height = flat[high] - flat[low]
    fit = level.ravel()[low] & level.ravel()[high] & (height > rise)
    sure = float(np.interp(np.count_nonzero(fit), ENOUGH, (0, 1)))
    if not sure:
        return 0.0, 0.0
    at, height = at[fit], height[fit]
    along = (flat[at] - flat[low[fit]]) / height
    # across one ramp the integral of slope / height is 1, and that of min(along, 1 - along) for
    # a normal blur is sigma * sqrt(2 / pi)
    ramps = max(float(np.sum(slope.ravel()[at] / height)), 1.0)
    return float(np.sum(np.minimum(along, 1 - along)) / ramps * np.sqrt(np.pi / 2)), sure


def worth(blur: float, shape: tuple[int, ...]) -> float:
    """How much of the `lift` depth [H, W] of that `shape` and blur shall have, 0..1."""
    softest = min(SOFTEST, shape[0] / 8, shape[1] / 8)
    return float(np.interp(blur, SHARPEST, (0, 1)) * np.interp(blur, (FADE * softest, softest), (1, 0)))


def lift(
    depth: np.ndarray, image: np.ndarray, blur: float, pixel: float
) -> tuple[np.ndarray, np.ndarray, np.ndarray] | None:
    """What lies behind the thin things, their share of each pixel, their depth; None where there are none.

    Three float32 [H, W].

    depth  float32 [H, W]
    image  uint8 [H, W, 3]
    blur   standard deviation of the depth's blur in pixels
    pixel  depth that makes one pixel of disparity
    """
    from . import thin_kernel as k

    height, width = depth.shape
    points = ridges(depth, blur, pixel)
    points = k.bars(image, points, 2.4 * blur, 1.5 * blur, CONTRAST)
    points = k.straightened(points, k.index_of(points, height, width), round(2.5 * blur))
    k.measured(image, points)
    points = points[(points[:, k.WIDTH] > 0.4) & (points[:, k.WIDTH] < 2 * blur)]
    highest = float(depth.max())
    points, swell = explained(depth, points, blur, pixel)
    points = k.evened(points, k.index_of(points, height, width), round(5 * blur))
    if not len(points):
        return None
    share, level = k.drawn(points, height, width)
    level = np.minimum(level, highest)
    taken, height_of = (share, level) if not swell else k.drawn(widened(points, swell), height, width)
    part = blurred(taken, blur)
    rest, bare = depth - blurred(taken * np.minimum(height_of, highest), blur), 1 - part
    clear = bare > BARE
    if clear.all():
        behind = rest / bare
    else:  # where a thing hides too much, what is behind comes from beside it
        spread = blurred(rest * clear, 1.5 * blur) / np.maximum(blurred(bare * clear, 1.5 * blur), 1e-3)
        behind = np.where(clear, rest / np.maximum(bare, BARE), spread)
    return np.where(part > 1e-3, np.minimum(behind, depth), depth).astype(np.float32), share, level


def explained(depth: np.ndarray, points: np.ndarray, blur: float, pixel: float) -> tuple[np.ndarray, float]:
    """The points with their levels, and by how many pixels the depth draws them wider than they are.

    Networks like to draw thin things at full height but too wide, reduction draws them as wide as
    they are: the width that explains the whole picture's ridges best tells which it was.
    """
    from . import thin_kernel as k

    highest = TALLEST * float(depth.max())
    best, best_rest, best_swell = points, np.inf, 0.0
    for step in range(SWELLS):
        swell = step * blur / 2
        tried = points.copy()
        share, _ = k.drawn(widened(points, swell), *depth.shape)
        over = k.levels(
            depth, blurred(share, blur), tried, round(2.5 * blur), STEP * pixel, highest, UNEXPLAINED * pixel
        )
        rest = float(np.median(over)) if len(over) else 0.0
        if rest > best_rest:
            break
        best, best_rest, best_swell = tried, rest, swell
    return best, best_swell


def widened(points: np.ndarray, by: float) -> np.ndarray:
    from . import thin_kernel as k

    wider = points.copy()
    wider[:, k.WIDTH] += by
    return wider


def ridges(depth: np.ndarray, blur: float, pixel: float) -> np.ndarray:
    """Points on the lines along which depth is highest, as of `thin_kernel`; found at reduced size."""
    import cv2

    from . import thin_kernel as k

    by = max(1, round(blur / 2))
    small = cv2.resize(depth, None, fx=1 / by, fy=1 / by, interpolation=cv2.INTER_AREA)
    small = cv2.GaussianBlur(small, (0, 0), blur / by / 3)
    x1, y1 = (cv2.Sobel(small, cv2.CV_32F, *d, scale=1 / 8) for d in ((1, 0), (0, 1)))
    x2, xy, y2 = (cv2.Sobel(small, cv2.CV_32F, *d, scale=1 / 4) for d in ((2, 0), (1, 1), (0, 2)))
    points = k.crests(small, x1, y1, x2, xy, y2, blur / by, PROMINENT * pixel)
    points = k.steadied(points, k.index_of(points, *small.shape), round(1.5 * blur / by))
    points[:, : k.NX] = points[:, : k.NX] * by + (by - 1) / 2
    return points


def blurred(values: np.ndarray, blur: float) -> np.ndarray:
    """Gaussian blur by way of a smaller picture, whose own blur is allowed for."""
    import cv2

    by = max(1, round(blur / 2))
    small = cv2.resize(values, None, fx=1 / by, fy=1 / by, interpolation=cv2.INTER_AREA)
    own = 0.0 if by == 1 else (by * by - 1) / 12 + (by * by - 1) / 6
    small = cv2.GaussianBlur(small, (0, 0), np.sqrt(blur * blur - own) / by)
    return cv2.resize(small, values.shape[::-1], interpolation=cv2.INTER_LINEAR)
