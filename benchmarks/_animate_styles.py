"""Painted versions of the scenes: a style that lives on the surfaces, so its truth is known in every frame.

What a surface looks like becomes a palette of its brightness under brush strokes of its own. Keys
painted one by one never agree: `take` is which painting it is, and takes differ in their colours,
slowly over the surface, and in their strokes.
"""

from __future__ import annotations

from collections.abc import Callable
from functools import lru_cache

import cv2
import numpy as np
from _animate_scenes import SAMPLES, Layer, Scene, _read, _texture

PALETTE = np.array(
    [[28, 24, 62], [120, 44, 70], [214, 110, 60], [244, 206, 120], [250, 246, 226]], np.float32
)


def source(scene: Scene, t: float) -> np.ndarray:
    """Frame t as the camera has it, uint8 [H, W, 3]."""
    return _rendered(scene, t, lambda layer: surface(scene.texture, layer.seed))


def painted(scene: Scene, t: float, take: int | None = None) -> np.ndarray:
    """Frame t in the style, uint8 [H, W, 3]; without a take the painting on which all takes agree."""
    return _rendered(scene, t, lambda layer: _painted(scene.texture, layer.seed, take))


def _rendered(scene: Scene, t: float, look: Callable[[Layer], np.ndarray]) -> np.ndarray:
    total = np.zeros((scene.size[1], scene.size[0], 3), np.float32)
    offsets = (np.arange(SAMPLES) + 0.5) / SAMPLES - 0.5
    for oy in offsets:
        for ox in offsets:
            points = scene._points() + complex(ox, oy)
            front = scene.front(points, t)
            for number, layer in enumerate(scene.layers):
                colour = _read(look(layer), layer.motion.back(points, t))
                np.copyto(total, total + colour, where=(front == number)[..., None])
    return np.rint(np.clip(total / SAMPLES**2, 0, 255)).astype(np.uint8)


@lru_cache(maxsize=32)
def surface(name: str, seed: int) -> np.ndarray:
    """float32 [S, S, 3] in 0..255: the scenes' textures, and "gravel", which is alike everywhere."""
    if name != "gravel":
        return _texture(name, seed)
    side = 1024
    rng = np.random.default_rng([seed, 11])
    noise = rng.standard_normal((side, side, 1)).astype(np.float32)
    bands = [cv2.GaussianBlur(noise, (0, 0), s) - cv2.GaussianBlur(noise, (0, 0), 2 * s) for s in (1.0, 2.0)]
    grain = sum(band / band.std() for band in bands)[..., None]
    return np.clip(np.array([120, 112, 98], np.float32) + 26 * grain, 0, 255)


@lru_cache(maxsize=32)
def _painted(name: str, seed: int, take: int | None) -> np.ndarray:
    """float32 [S, S, 3]: the texture of that name in the style."""
    texture = surface(name, seed)
    side = texture.shape[0]
    light = cv2.GaussianBlur(texture.mean(2), (0, 0), 1.0) / 255 * (len(PALETTE) - 1)
    low = np.clip(np.floor(light), 0, len(PALETTE) - 2).astype(int)
    part = np.clip(3 * (light - low - 0.5) + 0.5, 0, 1)[..., None]
    colour = PALETTE[low] * (1 - part) + PALETTE[low + 1] * part
    colour += 14 * _strokes(side, [seed, 1])[..., None]
    if take is not None:
        rng = np.random.default_rng([seed, take, 7])
        slow = cv2.resize(
            rng.standard_normal((6, 6, 3)).astype(np.float32), (side, side), interpolation=cv2.INTER_CUBIC
        )
        colour += 9 * slow + 10 * _strokes(side, [seed, take, 2])[..., None]
    return np.clip(cv2.GaussianBlur(colour, (0, 0), 0.7), 0, 255)


def _strokes(side: int, seed: list[int]) -> np.ndarray:
    """Short strokes in one direction, of mean 0 and deviation 1."""
    noise = np.random.default_rng(seed).standard_normal((side, side)).astype(np.float32)
    kernel = np.zeros((15, 15), np.float32)
    cv2.line(kernel, (3, 11), (11, 3), 1.0)
    strokes = cv2.GaussianBlur(cv2.filter2D(noise, -1, kernel), (0, 0), 0.8)
    return strokes / strokes.std()
