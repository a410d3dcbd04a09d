"""Other programs' ways to a second view, each in its simplest form, from its description alone.

Like `synthesize_view` they take a picture uint8 [H, W, 3], disparity in pixels float32 [H, W] (near is
large) and how far the eye is moved, and give the view: what lies at x moves to `x - shift * disparity`.
They round, order and fill as they are said to; their kernels are compiled as Parallax's own are, so that
it is the methods that are compared.
"""

from __future__ import annotations

import cv2
import numpy as np
from numba import njit


def grid_sample(image: np.ndarray, disparity: np.ndarray, shift: float) -> np.ndarray:
    """A gather at the target's pixels by the disparity that the source has there: a rubber sheet."""
    y, x = np.mgrid[: image.shape[0], : image.shape[1]].astype(np.float32)
    moved = x + np.float32(shift) * disparity
    return cv2.remap(image, moved, y, cv2.INTER_LINEAR, borderMode=cv2.BORDER_REPLICATE)


def naive_splat(image: np.ndarray, disparity: np.ndarray, shift: float) -> np.ndarray:
    """Pixels laid at whole columns, the farthest first; holes interpolated between their borders."""
    return _splatted(image, disparity, np.float32(shift), True)


def shift_fill(image: np.ndarray, disparity: np.ndarray, shift: float) -> np.ndarray:
    """Pixels moved to whole columns, the nearest wins; holes repeat the pixel at their farther border."""
    return _splatted(image, disparity, np.float32(shift), False)


def polylines(image: np.ndarray, disparity: np.ndarray, shift: float) -> np.ndarray:
    """Each row a polyline through its moved pixels, rasterised; of pieces over each other the nearest."""
    return _rasterised(image, disparity, np.float32(shift))


@njit(cache=True, nogil=True)
def _splatted(image, disparity, shift, between):  # type: ignore[no-untyped-def]
    height, width = disparity.shape
    out = np.zeros((height, width, 3), np.uint8)
    taken = np.empty(width, np.int64)  # the source's column; -1 for a hole
    for y in range(height):
        taken[:] = -1
        row = disparity[y]
        if between:
            for x in np.argsort(row):  # the painter's order
                at = round(x - shift * row[x])
                if 0 <= at < width:
                    taken[at] = x
        else:
            for x in range(width):
                at = round(x - shift * row[x])
                if 0 <= at < width and (taken[at] < 0 or row[taken[at]] < row[x]):
                    taken[at] = x
        at = 0
        while at < width:
            if taken[at] >= 0:
                out[y, at] = image[y, taken[at]]
                at += 1
                continue
            end = at
            while end < width and taken[end] < 0:
                end += 1
            left = taken[at - 1] if at > 0 else (taken[end] if end < width else 0)
            right = taken[end] if end < width else left
            for hole in range(at, end):
                if between:
                    part = (hole - at + 1) / (end - at + 1)
                    for c in range(3):
                        mixed = (1 - part) * image[y, left, c] + part * image[y, right, c]
                        out[y, hole, c] = np.uint8(mixed + 0.5)
                else:
                    out[y, hole] = image[y, left if row[left] <= row[right] else right]
            at = end
    return out


@njit(cache=True, nogil=True)
def _rasterised(image, disparity, shift):  # type: ignore[no-untyped-def]
    height, width = disparity.shape
    out = np.zeros((height, width, 3), np.uint8)
    near = np.empty(width, np.float32)
    for y in range(height):
        near[:] = -np.inf
        row = disparity[y]
        for x in range(-1, width):  # from pixel to pixel; beyond the ends the row goes on level
            a, b = max(x, 0), min(x + 1, width - 1)
            begin, end = x - shift * row[a], x + 1 - shift * row[b]
            if end <= begin:
                continue  # seen from behind
            if x < 0:
                begin = 0.0
            if x == width - 1:
                end = float(width - 1)
            first, last = max(int(np.ceil(begin)), 0), min(int(np.floor(end)), width - 1)
            for at in range(first, last + 1):
                part = (at - begin) / (end - begin)
                depth = (1 - part) * row[a] + part * row[b]
                if depth > near[at]:
                    near[at] = depth
                    for c in range(3):
                        mixed = (1 - part) * image[y, a, c] + part * image[y, b, c]
                        out[y, at, c] = np.uint8(mixed + 0.5)
    return out
