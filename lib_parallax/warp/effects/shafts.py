"""Light shafts: the brightest far light drawn out from its place, where near things do not stand before it.

What shines is bright and far. It is blurred along the lines that meet at the light's place, in a few rounds
of a few samples, each round closing the gaps of the one before (Mitchell, GPU Gems 3, chapter 13, with
Sousa's rounds), at a fraction of the picture's size; and it is laid over the picture as a second exposure.
"""

from __future__ import annotations

import numpy as np
from numba import njit

from .grade import LUMA
from .levels import from_unit, to_unit

ROWS = 200  # of the small picture in which the shafts are drawn
SAMPLES = 6  # a round
LENGTH = 0.92  # of the way to the light that is drawn out
SHINING = 0.72  # of the brightest far light's luma: what shines less gives no shafts
DARKEST = 0.2  # luma below which nothing is a light
PEAK = 16  # so much rather than its equals does the brightest light draw the middle of the shafts to it
STRENGTH = 3.0  # of a small light
WIDE = 14.0  # so much weaker is one that fills the frame, such as the sky


def shafts(image: np.ndarray, depth: np.ndarray, amount: float) -> np.ndarray:
    """The picture [H, W, 3] with rays of an amount 0..1 from its brightest far light.

    depth  float32 [H, W], 1 near. Where all is near or dark there is no light, and nothing changes.
    """
    unit = np.ascontiguousarray(to_unit(image), np.float32)
    step = max(1, round(image.shape[0] / ROWS))
    small, air = _reduced(unit, depth, step)
    shining, place = lights(small, air)
    if not shining.any():
        return image
    strength = np.float32(amount * STRENGTH / (1 + WIDE * float((shining @ LUMA).mean())))
    reach = LENGTH
    for _ in range(3):
        shining = _drawn(shining, place, np.float32(reach / SAMPLES))
        reach /= SAMPLES
    return from_unit(_exposed(unit, depth, shining * strength, step), image)


def lights(image: np.ndarray, air: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """What shines, float32 [h, w, 3], and where the shafts meet, float32 (x, y) in pixels.

    air  [h, w], 1 far to 0 near
    The place is the mean of all, weighed so that the brightest decides; it has no jumps as a light moves
    or another overtakes it.
    """
    luma = (image @ LUMA.astype(np.float32)) * air * air
    brightest = float(luma.max())
    if brightest < DARKEST:
        return np.zeros_like(image), np.zeros(2, np.float32)
    weight = (luma / brightest) ** PEAK
    weight /= weight.sum()
    x, y = weight.sum(axis=0) @ np.arange(luma.shape[1]), weight.sum(axis=1) @ np.arange(luma.shape[0])
    above = np.clip((luma / brightest - SHINING) / (1 - SHINING), 0, 1)
    fade = min((brightest - DARKEST) / DARKEST, 1.0)
    return (image * (above * fade)[..., None]).astype(np.float32), np.array([x, y], np.float32)


@njit(cache=True, nogil=True, error_model="numpy", fastmath=True)
def _reduced(image: np.ndarray, depth: np.ndarray, step: int) -> tuple[np.ndarray, np.ndarray]:
    """Mean colours and mean farness of squares of `step` pixels; what is left at the far edges is cut."""
    height, width = max(depth.shape[0] // step, 1), max(depth.shape[1] // step, 1)
    out = np.zeros((height, width, 3), np.float32)
    air = np.zeros((height, width), np.float32)
    share = np.float32(1 / (step * step))
    for y in range(height * step):
        for x in range(width * step):
            i, j = y // step, x // step
            air[i, j] += (np.float32(1) - depth[y, x]) * share
            for c in range(3):
                out[i, j, c] += image[y, x, c] * share
    return out, air


@njit(cache=True, nogil=True, error_model="numpy", fastmath=True)
def _drawn(image: np.ndarray, place: np.ndarray, step: float) -> np.ndarray:
    """The mean of SAMPLES points on the way to a place, `step` of the way apart."""
    height, width, _ = image.shape
    to_x, to_y = place[0], place[1]
    out = np.empty_like(image)
    share = np.float32(1 / SAMPLES)
    for y in range(height):
        for x in range(width):
            red = green = blue = np.float32(0)
            for n in range(SAMPLES):
                way = np.float32(n) * step
                u = np.float32(x) + (to_x - np.float32(x)) * way
                v = np.float32(y) + (to_y - np.float32(y)) * way
                i, j = int(v), int(u)
                i1, j1 = min(i + 1, height - 1), min(j + 1, width - 1)
                t, s = v - np.float32(i), u - np.float32(j)
                a, b = (1 - t) * (1 - s), (1 - t) * s
                c, d = t * (1 - s), t * s
                red += a * image[i, j, 0] + b * image[i, j1, 0] + c * image[i1, j, 0] + d * image[i1, j1, 0]
                green += a * image[i, j, 1] + b * image[i, j1, 1] + c * image[i1, j, 1] + d * image[i1, j1, 1]
                blue += a * image[i, j, 2] + b * image[i, j1, 2] + c * image[i1, j, 2] + d * image[i1, j1, 2]
            out[y, x, 0], out[y, x, 1], out[y, x, 2] = red * share, green * share, blue * share
    return out


@njit(cache=True, nogil=True, error_model="numpy", fastmath=True)
def _exposed(image: np.ndarray, depth: np.ndarray, light: np.ndarray, step: int) -> np.ndarray:
    """1 - (1 - image) (1 - light): less of it before near things, which have less lit air before them."""
    height, width, _ = image.shape
    rows, columns, _ = light.shape
    out = np.empty_like(image)
    one, half = np.float32(1), np.float32(0.5)
    scale = np.float32(1 / step)
    for y in range(height):
        v = min(max((np.float32(y) + half) * scale - half, np.float32(0)), np.float32(rows - 1))
        i = int(v)
        i1, t = min(i + 1, rows - 1), v - np.float32(i)
        for x in range(width):
            u = min(max((np.float32(x) + half) * scale - half, np.float32(0)), np.float32(columns - 1))
            j = int(u)
            j1, s = min(j + 1, columns - 1), u - np.float32(j)
            air = one - np.float32(0.75) * depth[y, x]
            for c in range(3):
                top = light[i, j, c] + s * (light[i, j1, c] - light[i, j, c])
                low = light[i1, j, c] + s * (light[i1, j1, c] - light[i1, j, c])
                lit = min(air * (top + t * (low - top)), one)
                out[y, x, c] = image[y, x, c] + lit * (one - image[y, x, c])
    return out
