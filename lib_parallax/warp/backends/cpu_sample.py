"""Sampling a picture between its pixels in numba: serial, nogil."""

from __future__ import annotations

import math

import numpy as np
from numba import njit

_KERNELS = {"nearest": 1, "linear": 2, "cubic": 4, "lanczos": 6}


def sample(image: np.ndarray, x: np.ndarray, y: np.ndarray, interpolation: str) -> np.ndarray:
    x = np.ascontiguousarray(x, np.float32)
    y = np.ascontiguousarray(y, np.float32)
    out = _sample(np.ascontiguousarray(image), x.reshape(-1), y.reshape(-1), _KERNELS[interpolation])
    return out.reshape(*x.shape, image.shape[2])


@njit(cache=True, nogil=True, error_model="numpy")
def _weights(t: float, taps: int, w: np.ndarray) -> None:
    if taps == 1:
        w[0] = 1.0
    elif taps == 2:
        w[0], w[1] = 1 - t, t
    elif taps == 4:
        w[0] = 0.5 * t * (-1 + t * (2 - t))
        w[1] = 0.5 * (2 + t * t * (-5 + 3 * t))
        w[2] = 0.5 * t * (1 + t * (4 - 3 * t))
        w[3] = 0.5 * t * t * (t - 1)
    else:
        total = 0.0
        for i in range(6):
            d = t + (2 - i)
            if abs(d - round(d)) < 1e-6:  # the sine of a multiple of pi is not quite 0 in floats
                w[i] = 1.0 if abs(d) < 0.5 else 0.0
            elif abs(d) >= 3:
                w[i] = 0.0
            else:
                w[i] = 3 * math.sin(math.pi * d) * math.sin(math.pi * d / 3) / (math.pi * d) ** 2
            total += w[i]
        for i in range(6):
            w[i] /= total


@njit(cache=True, nogil=True, error_model="numpy")
def _sample(image: np.ndarray, xs: np.ndarray, ys: np.ndarray, taps: int) -> np.ndarray:
    height, width, channels = image.shape
    out = np.zeros((xs.shape[0], channels), np.float32)
    wx, wy = np.zeros(6, np.float32), np.zeros(6, np.float32)
    lead = max((taps - 1) // 2, 0)
    for n in range(xs.shape[0]):
        if taps == 1:
            x0, y0 = math.floor(xs[n] + np.float32(0.5)), math.floor(ys[n] + np.float32(0.5))
            tx = ty = np.float32(0)
        else:
            fx, fy = math.floor(xs[n]), math.floor(ys[n])
            x0, y0 = int(fx) - lead, int(fy) - lead
            tx, ty = xs[n] - np.float32(fx), ys[n] - np.float32(fy)
        _weights(tx, taps, wx)
        _weights(ty, taps, wy)
        for j in range(taps):
            v = min(max(y0 + j, 0), height - 1)
            for i in range(taps):
                u = min(max(x0 + i, 0), width - 1)
                weight = wy[j] * wx[i]
                for c in range(channels):
                    out[n, c] += weight * np.float32(image[v, u, c])
    return out
