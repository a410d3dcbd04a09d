"""Pictures from words: a landscape in the colours that the words name, or shapes on a backdrop.

It shows nothing that was asked for but colours, and discs and boxes; a loop that paints can be
watched with it all the same.
"""

from __future__ import annotations

import math

import numpy as np

from ...types import Image, Size
from ..noise import clouds
from .palette import LUMA, names_a_scene, palette, shapes

RIDGES = 5
HORIZON = (0.42, 0.6)  # of the height, between which it lies
HAZE = 0.65  # how much of the sky's colour the farthest ridge takes
CLOUDS = 26.0  # levels
GRAIN = 20.0  # levels, on the nearest ridge
SUN = 0.06  # radius, of the shorter side
SHAPE = (0.14, 0.26)  # radius of a shape, of the shorter side


def draw(prompt: str, size: Size, seed: int) -> Image:
    """A picture uint8 `[H, W, 3]` of `size`; the same words, size and seed give the same bytes."""
    rng = np.random.default_rng([seed, *prompt.encode()])
    asked = shapes(prompt)
    colours = np.array(palette(prompt), np.float32)
    if asked and not names_a_scene(prompt):
        taken = [colour for _, colour in asked]
        picture = _backdrop(size, next((c for c in colours if tuple(c) not in taken), colours[-1]), rng)
    else:
        picture = _landscape(size, colours[np.argsort(-(colours @ LUMA))], rng)
    for kind, colour in asked:
        picture = _with_shape(picture, kind, np.array(colour, np.float32), rng)
    return np.rint(picture).clip(0, 255).astype(np.uint8)


def _backdrop(size: Size, colour: np.ndarray, rng: np.random.Generator) -> np.ndarray:
    """One colour with soft clouds of its own shade; float32 `[H, W, 3]`."""
    level = clouds(size, int(rng.integers(2**32)), max(2.0, max(size) / 3))
    return colour * (1 + np.float32(0.2) * level[..., None])


def _landscape(size: Size, colours: np.ndarray, rng: np.random.Generator) -> np.ndarray:
    """Sky, a sun, and ridges one before the other; `colours` `[N, 3]` from the sky to what is nearest."""
    width, height = size
    down = ((np.arange(height) + 0.5) / height).astype(np.float32)
    horizon = rng.uniform(*HORIZON)
    picture = _sky(size, colours, horizon, rng)
    along = np.linspace(0, len(colours) - 1, RIDGES + 1)
    for number in range(1, RIDGES + 1):
        near = number / RIDGES
        own = np.array([np.interp(along[number], np.arange(len(colours)), c) for c in colours.T], np.float32)
        haze = np.float32(HAZE * (1 - near))
        tone = own * (1 - haze) + picture[min(height - 1, int(horizon * height))].mean(axis=0) * haze
        line = _skyline(width, height, horizon, near, rng)
        grain = clouds(size, int(rng.integers(2**32)), max(2.0, near * max(size) / 6), roughness=0.65)
        # Darker towards the foot, where the next ridge stands before it.
        depth = np.clip((down[:, None] - line[None]) / (1 - horizon), 0, 1)
        surface = tone * (1.08 - 0.5 * depth)[..., None] + (near * GRAIN * grain)[..., None]
        over = np.clip((down[:, None] - line[None]) * height + 0.5, 0, 1)[..., None]
        picture = picture * (1 - over) + surface * over
    return picture


def _sky(size: Size, colours: np.ndarray, horizon: float, rng: np.random.Generator) -> np.ndarray:
    width, height = size
    y, x = np.mgrid[:height, :width].astype(np.float32) + np.float32(0.5)
    top = np.float32(0.6) * colours[0] + np.float32(0.4) * colours[min(1, len(colours) - 1)]
    low = colours[0] + (255 - colours[0]) * np.float32(0.25)
    share = np.clip(y / (horizon * height), 0, 1)[..., None]
    # Clouds are wider than high: squeezed from a picture three times as tall.
    drift = clouds((width, 3 * height), int(rng.integers(2**32)), max(2.0, max(size) / 2.5))[1::3]
    sky = top * (1 - share) + low * share + (CLOUDS * np.maximum(drift, -0.2))[..., None]
    centre = rng.uniform(0.2, 0.8) * width, rng.uniform(0.25, 0.8) * horizon * height
    away = np.hypot(x - centre[0], y - centre[1]) / (SUN * min(size))
    shine = np.clip((1.05 - away) * SUN * min(size) + 0.5, 0, 1) + 0.35 * np.exp(-away / 3)
    light = colours[0] * np.float32(0.3) + np.float32(0.7 * 255)
    return sky + (light - sky) * np.minimum(shine, 1)[..., None]


def _skyline(width: int, height: int, horizon: float, near: float, rng: np.random.Generator) -> np.ndarray:
    """Where a ridge ends at the top, `[W]`, as a share of the height: the nearer, the lower and wilder."""
    cell = max(2.0, max(width, height) * (0.18 + 0.3 * near))
    shape = clouds((width, 1), int(rng.integers(2**32)), cell, octaves=6, roughness=0.45)[0]
    foot = horizon + (1 - horizon) * (near - 1 / RIDGES) * 0.95
    return foot - (0.05 + 0.06 * near) * (0.6 + shape)


def _with_shape(picture: np.ndarray, kind: str, colour: np.ndarray, rng: np.random.Generator) -> np.ndarray:
    """The picture with a disc, a box or a triangle, lit from the upper left."""
    height, width = picture.shape[:2]
    short = min(height, width)
    radius = rng.uniform(*SHAPE) * short
    centre_x, centre_y = rng.uniform(0.3, 0.7) * width, rng.uniform(0.35, 0.65) * height
    y, x = np.mgrid[:height, :width].astype(np.float32) + np.float32(0.5)
    x, y = x - np.float32(centre_x), y - np.float32(centre_y)
    if kind == "disc":
        inside = radius - np.hypot(x, y)
    elif kind == "box":
        inside = radius * 0.85 - np.maximum(np.abs(x), np.abs(y))
    else:
        inside = np.minimum(radius * 0.6 - y, (y + radius) / 2 - np.abs(x) * math.sqrt(3) / 2)
    light = 1 - 0.25 * np.clip((x + y) / (2 * radius), -1, 1)
    over = np.clip(inside + 0.5, 0, 1)[..., None]
    return picture * (1 - over) + colour * light[..., None] * over
