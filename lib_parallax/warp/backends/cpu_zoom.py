"""Pictures laid over each other at any scale and angle, in numba: serial, nogil.

What each function means is said in `reference_zoom`. A band of rows goes through all layers while
it stays in the processor's cache, and nothing is drawn where a layer above hides it. In a band the
rows lie innermost, [width * 3, ROWS]: whatever is done along a row is then done for all of them by
single instructions.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence

import numpy as np
from numba import njit

from ..area import FEWEST_TAPS, REACH, area_taps
from ..placed import Placed

ROWS = 16  # floats in the widest registers
PHASES = 256  # of a cell, at which weights are tabled; in between they run nearly straight

Draw = Callable[[np.ndarray, int], None]


def halve(image: np.ndarray) -> np.ndarray:
    return _halve(np.ascontiguousarray(image))


def compose(layers: Sequence[Placed], size: tuple[int, int], full: int) -> np.ndarray:
    width, height = size
    frame = np.empty((height, width * 3), layers[0].image.dtype)
    solid = [layer.solid(size) for layer in layers]
    hidden = [*solid[1:], np.zeros((height, 2), np.int32)]
    drawers = [_drawer(layer, size, above) for layer, above in zip(layers, hidden, strict=True)]
    covered = bool((solid[0] == (0, width)).all())
    band = np.zeros((width * 3, ROWS), np.float32)
    for top in range(0, height, ROWS):
        if not covered:
            band.fill(0)
        for draw in drawers:
            draw(band, top)
        _finish(band, frame[top : top + ROWS], np.float32(full))
    return frame.reshape(height, width, 3)


def _drawer(layer: Placed, size: tuple[int, int], above: np.ndarray) -> Draw:
    """What mixes the layer into a band of rows that begins at `top`, but for what `above` hides."""
    spans = np.concatenate([layer.visible(size), above], 1)
    height, width, _ = layer.image.shape
    flat = layer.image.reshape(height, width * 3)
    if layer.straight:
        columns, rows = layer.columns(size[0]), layer.rows(size[1])
        across, down = layer.fades(size)
        reach = 3 * (int(columns.first[-1] - columns.first[0]) + columns.weights.shape[1])
        lines, turned = np.empty((ROWS, reach), np.float32), np.empty((reach, ROWS), np.float32)
        return lambda band, top: _straight(
            band, top, flat, *columns, *rows, across, down, spans, lines, turned
        )
    place, scale = layer.place, layer.place.scale
    wide, high = layer.extent or (math.inf, math.inf)
    feather, opacity = layer.feather, layer.opacity
    starts = np.linspace(0, 1, PHASES + 1)
    starts[-1] = np.nextafter(1, 0)  # of the same cell as the others
    table = area_taps(starts, scale).weights
    return lambda band, top: _turned(
        band, top, flat, table, place.turn, place.shift, scale, wide, high, feather, opacity, spans
    )


@njit(cache=True, nogil=True, error_model="numpy")
def _halve(image: np.ndarray) -> np.ndarray:
    height, width, channels = image.shape
    out = np.empty(((height + 1) // 2, (width + 1) // 2, channels), image.dtype)
    for y in range(out.shape[0]):
        one, two = image[2 * y], image[min(2 * y + 1, height - 1)]
        for x in range(out.shape[1]):
            right = min(2 * x + 1, width - 1)
            for c in range(channels):
                total = np.int64(one[2 * x, c]) + one[right, c] + two[2 * x, c] + two[right, c]
                out[y, x, c] = (total + 2) >> 2
    return out


@njit(cache=True, nogil=True, error_model="numpy")
def _finish(band: np.ndarray, frame: np.ndarray, full: np.float32) -> None:
    for y in range(frame.shape[0]):
        row = frame[y]
        for i in range(band.shape[0]):
            row[i] = np.int32(min(max(band[i, y], np.float32(0)), full) + np.float32(0.5))


@njit(cache=True, nogil=True, error_model="numpy")
def _straight(
    band: np.ndarray,
    top: int,
    flat: np.ndarray,
    first: np.ndarray,
    weights: np.ndarray,
    row_first: np.ndarray,
    row_weights: np.ndarray,
    across: np.ndarray,
    down: np.ndarray,
    spans: np.ndarray,
    lines: np.ndarray,
    turned: np.ndarray,
) -> None:
    rows = min(ROWS, spans.shape[0] - top)
    share = np.zeros(ROWS, np.float32)
    share[:rows] = down[top : top + rows]
    begin, end, hole, hole_end = _common(spans[top : top + rows])
    for side in range(2):
        one = begin if side == 0 else max(begin, hole_end)
        two = min(end, hole) if side == 0 else end
        if one < two:
            origin = first[one]
            stop = first[two - 1] + weights.shape[1]
            for y in range(rows):
                _down(flat, row_first[top + y], row_weights[top + y], origin, stop, lines[y])
            for i in range((stop - origin) * 3):
                for y in range(ROWS):
                    turned[i, y] = lines[y, i]
            _along(band, turned, first, weights, across, share, one, two)


@njit(cache=True, nogil=True, error_model="numpy")
def _common(spans: np.ndarray) -> tuple[int, int, int, int]:
    """The columns that any row shows, and those that are hidden in all of them."""
    begin, end, hole, hole_end = 1 << 30, 0, 0, 1 << 30
    for y in range(spans.shape[0]):
        if spans[y, 0] < spans[y, 1]:
            begin, end = min(begin, spans[y, 0]), max(end, spans[y, 1])
        hole, hole_end = max(hole, spans[y, 2]), min(hole_end, spans[y, 3])
    if hole >= hole_end:
        hole = hole_end = end
    return begin, end, hole, hole_end


@njit(cache=True, nogil=True, error_model="numpy")
def _down(
    flat: np.ndarray, first: int, weights: np.ndarray, origin: int, stop: int, line: np.ndarray
) -> None:
    """One row of the frame at the picture's columns `origin` to `stop`; beyond the edge the edge."""
    height, width = flat.shape[0], flat.shape[1] // 3
    left = min(max(origin, 0), width - 1)
    right = max(min(stop, width), left + 1)
    lead, count = max(left - origin, 0), (right - left) * 3
    under = line[lead * 3 : lead * 3 + count]
    for t in range(len(weights)):
        weight = weights[t]
        source = flat[min(max(first + t, 0), height - 1), left * 3 : right * 3]
        if t == 0:
            for i in range(count):
                under[i] = weight * np.float32(source[i])
        elif weight != 0:
            for i in range(count):
                under[i] += weight * np.float32(source[i])
    for x in range(lead):
        for c in range(3):
            line[3 * x + c] = under[c]
    for x in range(lead + right - left, stop - origin):
        for c in range(3):
            line[3 * x + c] = under[count - 3 + c]


@njit(cache=True, nogil=True, error_model="numpy")
def _along(
    band: np.ndarray,
    turned: np.ndarray,
    first: np.ndarray,
    weights: np.ndarray,
    across: np.ndarray,
    down: np.ndarray,
    begin: int,
    end: int,
) -> None:
    """Columns `begin` to `end` of the frame, from what `_down` made of the picture's columns."""
    for x in range(begin, end):
        w, a, start = weights[x], across[x], (first[x] - first[begin]) * 3
        w0, w1, w2, w3, w4, w5, w6, w7 = w[0], w[1], w[2], w[3], w[4], w[5], w[6], w[7]
        for c in range(3):
            i = start + c
            out = band[3 * x + c]
            # written out: a loop over the taps keeps its sums in memory and takes three times as long
            n0, n1, n2, n3 = turned[i], turned[i + 3], turned[i + 6], turned[i + 9]
            n4, n5, n6, n7 = turned[i + 12], turned[i + 15], turned[i + 18], turned[i + 21]
            for y in range(ROWS):
                mean = w0 * n0[y] + w1 * n1[y] + w2 * n2[y] + w3 * n3[y]
                mean += w4 * n4[y] + w5 * n5[y] + w6 * n6[y] + w7 * n7[y]
                out[y] += a * down[y] * (mean - out[y])
            for t in range(FEWEST_TAPS, len(w), 4):
                k = i + 3 * t
                n0, n1, n2, n3 = turned[k], turned[k + 3], turned[k + 6], turned[k + 9]
                v0, v1, v2, v3 = w[t], w[t + 1], w[t + 2], w[t + 3]
                for y in range(ROWS):
                    out[y] += a * down[y] * (v0 * n0[y] + v1 * n1[y] + v2 * n2[y] + v3 * n3[y])


@njit(cache=True, nogil=True, error_model="numpy")
def _turned(
    band: np.ndarray,
    top: int,
    flat: np.ndarray,
    table: np.ndarray,
    turn: complex,
    shift: complex,
    scale: float,
    wide: float,
    high: float,
    feather: float,
    opacity: float,
    spans: np.ndarray,
) -> None:
    edge = np.zeros((FEWEST_TAPS, FEWEST_TAPS * 3), flat.dtype)
    across, down = np.zeros(FEWEST_TAPS, np.float32), np.zeros(FEWEST_TAPS, np.float32)
    sums = np.zeros(FEWEST_TAPS * 3, np.float32)
    height, width = flat.shape[0], flat.shape[1] // 3
    for y in range(min(ROWS, spans.shape[0] - top)):
        span = spans[top + y]
        begin, end, hole, hole_end = span[0], span[1], span[2], span[3]
        for x in range(begin, end):
            if hole <= x < hole_end:
                continue
            at = turn * complex(x + 0.5, top + y + 0.5) + shift
            part = opacity
            if wide < math.inf:
                part *= _fade(at.real, wide, feather, scale) * _fade(at.imag, high, feather, scale)
            u = _look_up(table, at.real - scale / 2, across)
            v = _look_up(table, at.imag - scale / 2, down)
            if u >= 0 and u + FEWEST_TAPS <= width and v >= 0 and v + FEWEST_TAPS <= height:
                near = flat[v : v + FEWEST_TAPS, 3 * u : 3 * (u + FEWEST_TAPS)]
            else:
                _copy_clamped(flat, u, v, edge)
                near = edge[:, :]
            _sum_rows(near, down, sums)
            for c in range(3):
                mean = np.float32(0)
                for i in range(FEWEST_TAPS):
                    mean += across[i] * sums[3 * i + c]
                out = band[3 * x + c]
                out[y] += np.float32(part) * (mean - out[y])


@njit(cache=True, nogil=True, error_model="numpy")
def _look_up(table: np.ndarray, start: float, weights: np.ndarray) -> int:
    """Fills in the weights of the stretch that begins at `start`; the first cell comes back."""
    cell = math.floor(start)
    place = (start - cell) * (table.shape[0] - 1)
    row = min(int(place), table.shape[0] - 2)
    rest = np.float32(place - row)
    one, two = table[row], table[row + 1]
    for i in range(FEWEST_TAPS):
        weights[i] = one[i] + rest * (two[i] - one[i])
    return int(cell) - REACH


@njit(cache=True, nogil=True, error_model="numpy")
def _sum_rows(near: np.ndarray, w: np.ndarray, sums: np.ndarray) -> None:
    n0, n1, n2, n3, n4, n5, n6, n7 = near[0], near[1], near[2], near[3], near[4], near[5], near[6], near[7]
    w0, w1, w2, w3, w4, w5, w6, w7 = w[0], w[1], w[2], w[3], w[4], w[5], w[6], w[7]
    f = np.float32
    for i in range(FEWEST_TAPS * 3):
        total = w0 * f(n0[i]) + w1 * f(n1[i]) + w2 * f(n2[i]) + w3 * f(n3[i])
        total += w4 * f(n4[i]) + w5 * f(n5[i]) + w6 * f(n6[i]) + w7 * f(n7[i])
        sums[i] = total


@njit(cache=True, nogil=True, error_model="numpy")
def _copy_clamped(flat: np.ndarray, u: int, v: int, out: np.ndarray) -> None:
    """The square of pixels at (u, v) that the taps need, beyond the picture's edge the edge."""
    height, width = flat.shape[0], flat.shape[1] // 3
    for j in range(FEWEST_TAPS):
        row = flat[min(max(v + j, 0), height - 1)]
        for i in range(FEWEST_TAPS):
            k = 3 * min(max(u + i, 0), width - 1)
            for c in range(3):
                out[j, 3 * i + c] = row[k + c]


@njit(cache=True, nogil=True, error_model="numpy")
def _fade(at: float, length: float, feather: float, scale: float) -> float:
    t = min(max((min(at, length - at) + scale / 2) / (feather + scale), 0.0), 1.0)
    return t * t * (3 - 2 * t)
