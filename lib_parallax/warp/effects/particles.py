"""Particles drawn into a view: seen by its camera, hidden by what is nearer, out of focus where that is.

Each is a disk, smeared along its motion while the shutter is open, with an edge of one pixel. A wider
disk is fainter by the same measure, so a particle out of focus gives as much light as one in focus.
"""

from __future__ import annotations

import numpy as np
from numba import njit

from ..camera import BEHIND, rays
from .focus import REACH
from .fog import transmission
from .levels import from_unit, to_unit
from .settings import Effects, Moment
from .swarm import KINDS, swarm

EDGE = 0.02  # in depth: over so much a particle goes from hidden to seen
SMALLEST = 0.7  # pixels: what is smaller is drawn this large, and fainter


def particles(image: np.ndarray, depth: np.ndarray, settings: Effects, moment: Moment) -> np.ndarray:
    """The picture [H, W, 3] with the particles of a moment in it.

    depth     float32 [H, W], 1 near, of this view
    settings  kind, amount and seed; the blur and the fog, which particles share
    """
    kind = KINDS[settings.particles]
    height, width = depth.shape
    source = moment.source or (width, height)
    here = swarm(
        kind, settings.particle_amount, moment.seconds, moment.period, source[0] / source[1], settings.seed
    )
    head, seen = _seen(here.place + here.trail / 2, here.depth, moment, (width, height), source)
    tail, _ = _seen(here.place - here.trail / 2, here.depth, moment, (width, height), source)
    behind = settings.sharp_at - here.depth
    blur = REACH * height * np.where(behind > 0, settings.blur_far * behind, -settings.blur_near * behind)
    own = here.size * height / 2
    radius = np.maximum(np.hypot(own, blur), SMALLEST)
    length = np.hypot(*(head - tail).T)
    area = np.pi * own**2 + 2 * own * length
    opacity = here.opacity * np.minimum(area / (np.pi * radius**2 + 2 * radius * length), 1) * seen
    clear = transmission(here.depth, settings.fog)[:, None]
    colour = here.colour * clear + np.array(settings.fog_colour) * (1 - clear) * (1 - kind.glow)
    out = np.array(to_unit(image), np.float32, order="C")
    ends = np.hstack([head, tail]).astype(np.float32)
    _draw(
        out,
        np.ascontiguousarray(depth, np.float32),
        ends,
        here.depth,
        radius.astype(np.float32),
        colour.astype(np.float32),
        opacity.astype(np.float32),
        np.float32(kind.glow),
    )
    return from_unit(out, image)


def _seen(
    place: np.ndarray, depth: np.ndarray, moment: Moment, size: tuple[int, int], source: tuple[int, int]
) -> tuple[np.ndarray, np.ndarray]:
    """Where places in the relief are in the view, in pixels [N, 2], and which are before the camera."""
    way = rays(moment.camera, size, source)
    u = way.height * depth.astype(np.float64)
    screen = []
    for axis, (p, q, r, t) in enumerate((way.across, way.down)):
        at = place[:, axis] * source[1] / 2 + (source[axis] - 1) / 2
        slope = p + r * u
        screen.append((at - q - u * t) / np.where(np.abs(slope) > 1e-6, slope, np.inf))
    x, y, w = np.linalg.inv(way.turn) @ np.stack([*screen, np.ones_like(u)])
    ahead = (w > BEHIND) & (way.across[0] + way.across[2] * u > 1e-6)
    w = np.where(ahead, w, 1)
    return np.stack([x / w, y / w], 1), ahead


@njit(cache=True, nogil=True, error_model="numpy", fastmath=True)
def _draw(
    image: np.ndarray,
    view: np.ndarray,
    ends: np.ndarray,
    depth: np.ndarray,
    radius: np.ndarray,
    colour: np.ndarray,
    opacity: np.ndarray,
    glow: float,
) -> None:
    height, width = view.shape
    half, one, nothing = np.float32(0.5), np.float32(1), np.float32(0)
    for n in range(len(depth)):
        x0, y0, x1, y1 = ends[n]
        r = radius[n] + half
        # NaN and what is far outside give no pixels
        if opacity[n] <= nothing or not (
            max(x0, x1) + r >= nothing
            and min(x0, x1) - r < width
            and max(y0, y1) + r >= nothing
            and min(y0, y1) - r < height
        ):
            continue
        dx, dy = x1 - x0, y1 - y0
        square = max(dx * dx + dy * dy, np.float32(1e-6))
        left, right = max(int(min(x0, x1) - r), 0), min(int(max(x0, x1) + r) + 2, width)
        top, low = max(int(min(y0, y1) - r), 0), min(int(max(y0, y1) + r) + 2, height)
        for y in range(top, low):
            for x in range(left, right):
                px, py = np.float32(x) - x0, np.float32(y) - y0
                along = min(max((px * dx + py * dy) / square, nothing), one)
                px, py = px - along * dx, py - along * dy
                far = r - np.float32(np.sqrt(px * px + py * py))
                if far <= nothing:
                    continue
                before = min(max((depth[n] - view[y, x]) / np.float32(EDGE), nothing), one)
                share = min(far, one) * before * opacity[n]
                keep = one - share * (one - glow)
                for c in range(3):
                    image[y, x, c] = image[y, x, c] * keep + share * colour[n, c]
