"""Part of `parallax`: the first hit by brute force, and planes whose every view is known exactly."""

from __future__ import annotations

from typing import Any

import numpy as np

from lib_parallax.warp import Camera

STEPS = 400
HALVINGS = 30
Size = tuple[int, int]


def dense_view(
    image: np.ndarray, depth: np.ndarray, camera: Camera, steps: int = STEPS, halvings: int = HALVINGS
) -> tuple[np.ndarray, np.ndarray]:
    """The view by the formula as it stands: `steps` even heights from above, in float64, then halvings.

    Picture and depth are bilinear, and mirrored with the edge repeated. Two pictures float64 [H, W, 3]
    come back: after the halvings, and as the bare steps find it.
    """
    high, wide = depth.shape
    aspect = wide / high
    gx, gy = (g.ravel() for g in _screen((wide, high), 0.5, 0.5))

    def place(u: np.ndarray, who: Any = slice(None)) -> tuple[np.ndarray, np.ndarray]:
        x, y = formula(camera, gx[who], gy[who], u)
        return (x / aspect + 1) * wide / 2 - 0.5, (y + 1) * high / 2 - 0.5

    def above(u: np.ndarray, who: Any = slice(None)) -> np.ndarray:
        return u - camera.height * bilinear(depth, *place(u, who))

    upper = np.full(wide * high, float(camera.height))
    lower = upper.copy()
    left = np.flatnonzero(above(upper) > 0)
    for k in range(1, steps + 1):
        lower[left] = camera.height * (1 - k / steps)
        left = left[above(lower[left], left) > 0]
        upper[left] = lower[left]
    bare = bilinear(image.astype(np.float64), *place(lower)).reshape(high, wide, 3)
    for _ in range(halvings):
        middle = (upper + lower) / 2
        free = above(middle) > 0
        upper, lower = np.where(free, middle, upper), np.where(free, lower, middle)
    return bilinear(image.astype(np.float64), *place(lower)).reshape(high, wide, 3), bare


def formula(camera: Camera, gx: np.ndarray, gy: np.ndarray, u: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Where the rays of the screen's points are at height u, in half heights."""
    c = camera
    s = (1 - u + c.dolly) / (1 + c.dolly)
    f = 1 - c.focus * c.height
    scale = c.zoom * (c.isometric + (1 - c.isometric) * (1 - u + c.dolly) / (f + c.dolly))
    away = 1 - s / (1 - c.steady * c.height)
    x, y = (
        g * scale + c.offset[i] * away + c.origin[i] * (1 - s) + c.center[i] * s
        for i, g in enumerate((gx, gy))
    )
    return x, y


def bilinear(values: np.ndarray, x: np.ndarray, y: np.ndarray) -> np.ndarray:
    x0, y0 = np.floor(x).astype(np.int64), np.floor(y).astype(np.int64)
    fx, fy = x - x0, y - y0
    if values.ndim == 3:
        fx, fy = fx[..., None], fy[..., None]
    (top, bottom), (left, right) = (
        (_mirrored(at, n), _mirrored(at + 1, n)) for at, n in ((y0, len(values)), (x0, values.shape[1]))
    )
    one = values[top, left] * (1 - fx) + values[top, right] * fx
    two = values[bottom, left] * (1 - fx) + values[bottom, right] * fx
    return one * (1 - fy) + two * fy


def _mirrored(index: np.ndarray, length: int) -> np.ndarray:
    index = index % (2 * length)
    return np.where(index < length, index, 2 * length - 1 - index)


# Inverse depth a + b x + c y in half heights: what lies behind, sloping ground, and two boards before it.
PLANES = ((0.10, 0.0, 0.0), (0.35, 0.0, 0.30), (0.55, 0.10, 0.0), (0.80, 0.0, 0.0))


def planes_view(camera: Camera | None, size: Size, samples: int = 3) -> tuple[np.ndarray, ...]:
    """Picture, depth, and which plane each pixel shows, through `camera` or, for None, as the picture.

    Each ray meets each plane where a linear equation says; the nearest hit that lies on the plane's own
    part of the picture is what is seen. Nothing is interpolated.
    """
    wide, high = size
    total = np.zeros((high, wide, 3))
    offsets = (np.arange(samples) + 0.5) / samples
    for v in offsets:
        for t in offsets:
            x, y, number, _ = _seen(camera, *_screen(size, t, v))
            total += _paint(x, y, number)
    x, y, number, depth = _seen(camera, *_screen(size, 0.5, 0.5))
    image = np.rint(total / samples**2).clip(0, 255).astype(np.uint8)
    return image, depth.astype(np.float32), number, x, y


def planes_known(camera: Camera, size: Size) -> np.ndarray:
    """bool [H, W]: pixels of the view whose own surface the picture shows, off the edges of things."""
    *_, number, x, y = planes_view(camera, size, 1)
    aspect = size[0] / size[1]
    _, _, front, _ = _seen(None, x, y)
    inside = (np.abs(x) < aspect - 0.02) & (np.abs(y) < 0.98)
    known = (front == number) & inside
    for axis in (0, 1):
        for shift in (-3, 3):
            known &= (np.roll(number, shift, axis) == number) & (np.roll(front, shift, axis) == front)
    return known


def _screen(size: Size, across: float, down: float) -> tuple[np.ndarray, np.ndarray]:
    wide, high = size
    gx = (2 * (np.arange(wide) + across) / wide - 1) * wide / high
    gy = 2 * (np.arange(high) + down) / high - 1
    return gx[None].repeat(high, 0), gy[:, None].repeat(wide, 1)


def _seen(camera: Camera | None, gx: np.ndarray, gy: np.ndarray) -> tuple[np.ndarray, ...]:
    """Where in the picture, on which plane and how near each point of the screen is."""
    best = np.full(gx.shape, -1.0)
    found_x, found_y, number = gx.copy(), gy.copy(), np.zeros(gx.shape, np.int64)
    for i, (a, b, c) in enumerate(PLANES):
        if camera is None:
            x, y = gx, gy
        else:
            x0, y0 = formula(camera, gx, gy, np.zeros_like(gx))
            x1, y1 = formula(camera, gx, gy, np.ones_like(gx))
            # u = h (a + b x(u) + c y(u)), and x and y are linear in u
            h = camera.height
            u = h * (a + b * x0 + c * y0) / (1 - h * (b * (x1 - x0) + c * (y1 - y0)))
            x, y = x0 + u * (x1 - x0), y0 + u * (y1 - y0)
        depth = a + b * x + c * y
        nearer = _belongs(i, x, y) & (depth > best)
        best, number = np.where(nearer, depth, best), np.where(nearer, i, number)
        found_x, found_y = np.where(nearer, x, found_x), np.where(nearer, y, found_y)
    return found_x, found_y, number, best


def _belongs(plane: int, x: np.ndarray, y: np.ndarray) -> np.ndarray:
    if plane == 0:
        return np.ones(x.shape, bool)
    if plane == 1:
        return y > 0.15
    if plane == 2:
        return (np.abs(x + 0.75) < 0.30) & (np.abs(y + 0.05) < 0.45)
    return (np.abs(x - 0.55) < 0.22) & (y > -0.5) & (y < 0.62)


def _paint(x: np.ndarray, y: np.ndarray, number: np.ndarray) -> np.ndarray:
    """Waves of many directions and lengths, other ones on each plane."""
    colour = np.empty((*x.shape, 3))
    for channel in range(3):
        value = np.zeros(x.shape)
        for wave in range(9):
            seed = 1 + wave + 9 * channel + 27 * number
            angle = seed * 2.399963
            pitch = 6.0 * 1.38**wave
            value += np.sin(pitch * (np.cos(angle) * x + np.sin(angle) * y) + seed) / (1 + 0.35 * wave)
        colour[..., channel] = 128 + 24 * value
    return colour
