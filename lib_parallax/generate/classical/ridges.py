"""What the words bring into a large new part of a picture: nearer ridges below, clouds and colour above.

Patches alone can only repeat what is there, smaller and smaller as a zoom goes out. A ridge lies
wholly in the hole, so that nothing but its skyline, which hides what is behind, meets what was
continued; what is laid over the sky begins at nothing where the picture is known.
"""

from __future__ import annotations

import numpy as np

from ...types import Image
from ..noise import clouds
from ..spread import spread
from .palette import LUMA, names_a_scene, palette, shapes
from .trees import treetops

FEWEST = 0.3  # share of the picture that is hole, and
FLOOR = 0.8  # of its foot, for anything to be brought in
THINNEST = 0.06  # of the height: room below that a ridge needs
STEEPEST = 1.6  # pixels down a pixel along, at which a ridge falls away from what is known
RIDGES = 3
SIDES = (0.16, 0.34)  # of the height, by which a ridge rises beside what is known
TREES, HILLS = 0.045, 0.03  # of the height: trees on the nearest ridge, and how uneven ridges are
SHADES = (0.55, 0.75, 1.0)  # in which a colour of the words is used
GRAIN = 16.0  # levels
CLOUDS = 22.0  # levels
SKY = 0.5  # how much of the sky's own colour comes back far from the known
RARE = 24.0  # levels off its row's usual colour, beyond thrice what the row is off itself
SMALL = 0.03  # of the picture: a thing of its own that is not to be repeated
MARGIN = 4  # pixels from the hole: a thing that reaches it goes on into it


def is_invited(hole: np.ndarray, prompt: str) -> bool:
    """Whether the words bring something into the `hole` bool `[H, W]`: they are no mere shapes, and it is
    a large border that the foot of the picture lies in."""
    if not prompt.strip() or (shapes(prompt) and not names_a_scene(prompt)):
        return False
    return bool(hole.mean() >= FEWEST and hole[-1].mean() >= FLOOR and not hole.all())


def without_things(image: Image, hole: np.ndarray) -> Image:
    """`image` without the small things that stand out from what is known, such as a sun: once is enough."""
    import cv2

    known = ~hole
    rows = np.zeros((len(image), 1, 3), np.float32)
    off = np.zeros(hole.shape, np.float32)
    for row in np.flatnonzero(known.any(axis=1)):
        rows[row] = np.median(image[row][known[row]], axis=0)
        off[row] = np.linalg.norm(image[row] - rows[row], axis=1)
        off[row] -= 3 * np.median(off[row][known[row]])
    near = cv2.dilate(hole.astype(np.uint8), np.ones((2 * MARGIN + 1,) * 2, np.uint8)) > 0
    _, labels, about, _ = cv2.connectedComponentsWithStats(((off > RARE) & known).astype(np.uint8))
    small = about[:, cv2.CC_STAT_AREA] < SMALL * hole.size
    small[np.unique(labels[near])] = small[0] = False
    things = cv2.dilate(small[labels].astype(np.uint8), np.ones((5, 5), np.uint8)) > 0
    if not (things & known).any():
        return image
    calm = spread(image.astype(np.float32), (known & ~things).astype(np.float32))
    return np.where((things & known)[..., None], np.rint(calm).clip(0, 255).astype(np.uint8), image)


def brought_in(image: Image, hole: np.ndarray, prompt: str, seed: int) -> Image:
    """`image` uint8 `[H, W, 3]`, whose `hole` bool `[H, W]` has been painted, with what the words bring."""
    colours = np.array(palette(prompt), np.float32)
    colours = colours[np.argsort(-(colours @ LUMA))]
    rng = np.random.default_rng([seed, 77, *prompt.encode()])
    picture = _sky(image.astype(np.float32), hole, colours, rng)
    top = _reach(hole)
    room = len(hole) - top.max()
    if room >= THINNEST * len(hole):
        picture = _ridges(picture, top, _aside(hole), colours, prompt, rng)
    return np.where(hole[..., None], np.rint(picture).clip(0, 255).astype(np.uint8), image)


def _reach(hole: np.ndarray) -> np.ndarray:
    """How far up from the foot each column is hole, a row `[W]`, kept away from what is known beside."""
    height, width = hole.shape
    known = ~hole
    lowest = np.where(known.any(axis=0), height - np.argmax(known[::-1], axis=0), 0).astype(np.float32)
    x = np.arange(width, dtype=np.float32)
    away = np.abs(x[:, None] - x[None]) * np.float32(STEEPEST)
    return (lowest[None] - away).max(axis=1)


def _aside(hole: np.ndarray) -> np.ndarray:
    """How far each column stands beside what is known, `[W]`: 0 above and below it, 1 at the farther side."""
    columns = np.flatnonzero(~hole.all(axis=0))
    x = np.arange(hole.shape[1], dtype=np.float32)
    away = np.maximum(np.maximum(columns[0] - x, x - columns[-1]), 0)
    return away / max(1.0, float(away.max()))


def _ridges(
    picture: np.ndarray,
    top: np.ndarray,
    aside: np.ndarray,
    colours: np.ndarray,
    prompt: str,
    rng: np.random.Generator,
) -> np.ndarray:
    """One ridge before the other, each in a colour that stands out from what it hides."""
    height, width = picture.shape[:2]
    y = np.arange(height, dtype=np.float32)[:, None] + np.float32(0.5)
    middle = float(top.max())
    room = height - middle
    dark = colours[len(colours) // 2 :]
    ground = np.concatenate([dark * np.float32(shade) for shade in SHADES])
    left = np.linspace(-1, 1, width, dtype=np.float32) < 0
    last = picture[min(height - 1, int(middle))].mean(axis=0)
    for number in range(RIDGES):
        near = (number + 1) / RIDGES
        tall = min(TREES * height * (0.5 + 0.5 * near), 0.25 * room)
        base = middle + tall + HILLS * height + 0.8 * room * number / RIDGES
        sides = np.where(left, rng.uniform(*SIDES), rng.uniform(*SIDES))
        rise = height * sides * (1.1 - near) * aside**1.3
        cell = max(2.0, max(width, height) * (0.14 + 0.12 * near))
        wild = clouds((width, 1), int(rng.integers(2**32)), cell, octaves=6, roughness=0.45)[0]
        line = base - rise - HILLS * height * wild - treetops(prompt, width, tall, rng)
        line = np.maximum(line, top + 1)
        gaps = np.linalg.norm(ground - last, axis=1) * rng.uniform(0.5, 1.5, len(ground))
        tone = last = ground[gaps.argmax()]
        grain = clouds(
            (width, height), int(rng.integers(2**32)), max(2.0, max(width, height) / 10), roughness=0.65
        )
        depth = np.clip((y - line[None]) / max(1.0, 0.5 * height), 0, 1)
        surface = tone * (1.12 - 0.5 * depth)[..., None] + np.float32(GRAIN) * grain[..., None]
        over = np.clip(y - line[None], 0, 1)[..., None]
        picture = picture * (1 - over) + surface * over
    return picture


def _sky(picture: np.ndarray, hole: np.ndarray, colours: np.ndarray, rng: np.random.Generator) -> np.ndarray:
    """The sky's colour and new clouds over what was continued above, more of them the further out."""
    import cv2

    height, width = hole.shape
    inward = cv2.distanceTransform(hole.astype(np.uint8), cv2.DIST_L2, 5)
    high = np.clip(1 - np.arange(height, dtype=np.float32) / (0.45 * height), 0, 1)[:, None]
    reach = max(1.0, 0.25 * min(height, width))
    share = np.clip(inward / np.float32(reach), 0, 1)
    share = share * share * (3 - 2 * share) * high
    drift = clouds((width, 3 * height), int(rng.integers(2**32)), max(2.0, max(width, height) / 2.5))[1::3]
    # The colour that goes with the lightest best, for a sky of any two is soon the mud between them.
    other = colours[1 + np.linalg.norm(colours[1:] - colours[0], axis=1).argmin()]
    hue = colours[0] + (other - colours[0]) * np.float32(rng.uniform(0.1, 0.6))
    toned = picture + (hue - picture) * np.float32(SKY)
    toned += np.float32(CLOUDS) * np.maximum(drift, np.float32(-0.3))[..., None]
    return picture + (toned - picture) * share[..., None]
