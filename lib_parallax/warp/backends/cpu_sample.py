"""Sampling a picture between its pixels in numba: serial, nogil."""

from __future__ import annotations

import math

import numpy as np
from numba import njit

LANCZOS = 3
TAPS = 2 * LANCZOS


def sample(image: np.ndarray, x: np.ndarray, y: np.ndarray, interpolation: str) -> np.ndarray:
    x = np.ascontiguousarray(x, np.float32)
    y = np.ascontiguousarray(y, np.float32)
    out = _KERNELS[interpolation](np.ascontiguousarray(image), x.reshape(-1), y.reshape(-1))
    return out.reshape(*x.shape, image.shape[2])


@njit(cache=True, nogil=True, error_model="numpy", inline="always")
def _within(place: int, length: int) -> int:
    return min(max(place, 0), length - 1)


@njit(cache=True, nogil=True, error_model="numpy")
def _nearest(image: np.ndarray, xs: np.ndarray, ys: np.ndarray) -> np.ndarray:
    height, width, channels = image.shape
    out = np.empty((xs.shape[0], channels), np.float32)
    half = np.float32(0.5)
    for n in range(xs.shape[0]):
        u = _within(math.floor(xs[n] + half), width)
        v = _within(math.floor(ys[n] + half), height)
        for c in range(channels):
            out[n, c] = image[v, u, c]
    return out


@njit(cache=True, nogil=True, error_model="numpy")
def _linear(image: np.ndarray, xs: np.ndarray, ys: np.ndarray) -> np.ndarray:
    height, width, channels = image.shape
    out = np.empty((xs.shape[0], channels), np.float32)
    one = np.float32(1)
    for n in range(xs.shape[0]):
        fx, fy = math.floor(xs[n]), math.floor(ys[n])
        tx, ty = xs[n] - np.float32(fx), ys[n] - np.float32(fy)
        u, right = _within(fx, width), _within(fx + 1, width)
        v, below = _within(fy, height), _within(fy + 1, height)
        for c in range(channels):
            out[n, c] = (
                (one - ty) * (one - tx) * np.float32(image[v, u, c])
                + (one - ty) * tx * np.float32(image[v, right, c])
                + ty * (one - tx) * np.float32(image[below, u, c])
                + ty * tx * np.float32(image[below, right, c])
            )
    return out


@njit(cache=True, nogil=True, error_model="numpy", inline="always")
def _catmull_rom(t: float) -> tuple[float, float, float, float]:
    half, one, two = np.float32(0.5), np.float32(1), np.float32(2)
    three, four, five = np.float32(3), np.float32(4), np.float32(5)
    return (
        half * t * (t * (two - t) - one),
        half * (two + t * t * (three * t - five)),
        half * t * (one + t * (four - three * t)),
        half * t * t * (t - one),
    )


@njit(cache=True, nogil=True, error_model="numpy")
def _cubic(image: np.ndarray, xs: np.ndarray, ys: np.ndarray) -> np.ndarray:
    height, width, channels = image.shape
    out = np.empty((xs.shape[0], channels), np.float32)
    for n in range(xs.shape[0]):
        fx, fy = math.floor(xs[n]), math.floor(ys[n])
        x, y = fx - 1, fy - 1
        a, b, c, d = _catmull_rom(xs[n] - np.float32(fx))
        down = _catmull_rom(ys[n] - np.float32(fy))
        s, t, u, v = _within(x, width), _within(x + 1, width), _within(x + 2, width), _within(x + 3, width)
        for channel in range(channels):
            total = np.float32(0)
            for j in range(4):
                row = image[_within(y + j, height)]
                total += down[j] * (
                    a * np.float32(row[s, channel])
                    + b * np.float32(row[t, channel])
                    + c * np.float32(row[u, channel])
                    + d * np.float32(row[v, channel])
                )
            out[n, channel] = total
    return out


@njit(cache=True, nogil=True, error_model="numpy")
def _windowed(t: float, w: np.ndarray) -> None:
    total = 0.0
    for i in range(TAPS):
        d = t + (LANCZOS - 1 - i)
        if abs(d - round(d)) < 1e-6:  # the sine of a multiple of pi is not quite 0 in floats
            w[i] = 1.0 if abs(d) < 0.5 else 0.0
        elif abs(d) >= LANCZOS:
            w[i] = 0.0
        else:
            w[i] = LANCZOS * math.sin(math.pi * d) * math.sin(math.pi * d / LANCZOS) / (math.pi * d) ** 2
        total += w[i]
    for i in range(TAPS):
        w[i] /= total


@njit(cache=True, nogil=True, error_model="numpy")
def _lanczos(image: np.ndarray, xs: np.ndarray, ys: np.ndarray) -> np.ndarray:
    height, width, channels = image.shape
    out = np.zeros((xs.shape[0], channels), np.float32)
    wx, wy = np.zeros(TAPS, np.float32), np.zeros(TAPS, np.float32)
    for n in range(xs.shape[0]):
        fx, fy = math.floor(xs[n]), math.floor(ys[n])
        _windowed(xs[n] - np.float32(fx), wx)
        _windowed(ys[n] - np.float32(fy), wy)
        for j in range(TAPS):
            v = _within(fy + j - LANCZOS + 1, height)
            for i in range(TAPS):
                u = _within(fx + i - LANCZOS + 1, width)
                weight = wy[j] * wx[i]
                for c in range(channels):
                    out[n, c] += weight * np.float32(image[v, u, c])
    return out


_KERNELS = {"nearest": _nearest, "linear": _linear, "cubic": _cubic, "lanczos": _lanczos}
