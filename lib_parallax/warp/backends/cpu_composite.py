"""Panes with alpha laid over each other at exact places, in numba: serial, nogil.

What `composite` means is said in `reference_composite`. Panes are drawn from front to back, a band of
rows at a time, which stays in the processor's cache, and in each row a stretch at a time: a stretch that
panes in front hide, or that shows nothing of a pane, costs next to nothing. Colours lie in planes, so
that single instructions do several pixels.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence

import numpy as np
from numba import njit

from ..laid import TAPS, Laid

ROWS = 8
STRETCH = 512  # pixels
UNTOUCHED, OPEN, CLOSED = 0, 1, 2  # what a stretch of a band's row has become
SETTLED = np.float32(2048)  # one in so much of what lies behind is no longer seen

Draw = Callable[[np.ndarray, np.ndarray, int], None]


def composite(panes: Sequence[Laid], size: tuple[int, int]) -> np.ndarray:
    width, height = size
    frame = np.empty((height, width * 3), np.uint8)
    stretches = -(-width // STRETCH)
    band = np.empty((ROWS, 4, width), np.float32)
    states = np.empty((ROWS, stretches), np.uint8)
    drawers = [_drawer(pane, width) for pane in reversed(panes) if pane.columns[0] < pane.columns[1]]
    for top in range(0, height, ROWS):
        states.fill(UNTOUCHED)
        for begin, end, draw in drawers:
            if begin < top + ROWS and end > top:
                draw(band, states, top)
        _finish(band, states, frame[top : top + ROWS])
    return frame.reshape(height, width, 3)


def _drawer(pane: Laid, width: int) -> tuple[int, int, Draw]:
    """From which row to which a pane is seen, and what lays it behind what a band that begins there holds."""
    rows = pane.rows.copy()
    rows[: pane.lines[0]] = rows[pane.lines[1] :] = 0
    seen = np.flatnonzero(rows)
    begin, end = (int(seen[0]), int(seen[-1]) + 1) if len(seen) else (0, 0)
    words = pane.image.view(np.uint32)[..., 0]
    held = np.empty((TAPS, 4, width), np.float32)
    whose = np.full((TAPS, -(-width // STRETCH)), -1, np.int32)
    shows = np.zeros_like(whose, bool)

    def draw(band: np.ndarray, states: np.ndarray, top: int) -> None:
        _draw(
            band, states, top, words, rows, *pane.columns, pane.left, pane.top, pane.across, pane.down,
            held, whose, shows,
        )  # fmt: skip

    return begin, end, draw


@njit(cache=True, nogil=True, error_model="numpy")
def _draw(
    band: np.ndarray, states: np.ndarray, origin: int, words: np.ndarray, rows: np.ndarray, begin: int,
    end: int, left: int, top: int, across: np.ndarray, down: np.ndarray, held: np.ndarray,
    whose: np.ndarray, shows: np.ndarray,
) -> None:  # fmt: skip
    """Lays a pane behind what a band of rows holds.

    held, whose, shows  the rows of the pane that were last sampled along, which ones they are, and whether
                        their stretches show anything: a row is sampled once, however many it takes part in
    """
    width, height = band.shape[2], words.shape[0]
    near, mean = np.empty((4, STRETCH + TAPS), np.float32), np.empty((4, STRETCH), np.float32)
    part, limit = np.empty(STRETCH, np.float32), np.empty(STRETCH, np.float32)
    slots = np.zeros(TAPS, np.int64)
    whole = down[1] == 1
    for y in range(min(ROWS, rows.shape[0] - origin)):
        share = rows[origin + y]
        if share == 0:
            continue
        for s in range(begin // STRETCH, -(-end // STRETCH)):
            if states[y, s] == CLOSED:
                continue
            one, two = max(begin, s * STRETCH), min(end, (s + 1) * STRETCH)
            some = False
            for t in range(1, 2) if whole else range(TAPS):
                v = min(max(origin + y + top + t, 0), height - 1)
                slots[t] = v % TAPS
                if whose[v % TAPS, s] != v:
                    whose[v % TAPS, s] = v
                    shows[v % TAPS, s] = _hold(words[v], one, two, left, across, near, held[v % TAPS])
                some |= shows[v % TAPS, s]
            if not some:
                continue
            if states[y, s] == UNTOUCHED:
                states[y, s] = OPEN
                _clear(band[y], s * STRETCH, min((s + 1) * STRETCH, width))
            if whole:
                source, start = held[slots[1]], one
            else:
                _down(held, slots, down, one, two, mean)
                source, start = mean, 0
            settled = _lay(source, start, band[y], one, two, share, part, limit)
            if settled and two - one == min((s + 1) * STRETCH, width) - s * STRETCH:
                states[y, s] = CLOSED


@njit(cache=True, nogil=True, error_model="numpy")
def _clear(row: np.ndarray, one: int, two: int) -> None:
    for c in range(3):
        row[c, one:two] = 0
    row[3, one:two] = 1


@njit(cache=True, nogil=True, error_model="numpy")
def _hold(
    words: np.ndarray, one: int, two: int, left: int, across: np.ndarray, near: np.ndarray, held: np.ndarray
) -> bool:
    """Samples a row of a pane along, at the frame's columns `one` to `two`; whether it shows anything."""
    first, stop, length = one + left, two + left + TAPS - 1, words.shape[0]
    low, high = min(max(first, 0), length - 1), max(min(stop, length), 1)
    inner = words[low:high]
    some = np.uint32(0)
    for i in range(inner.shape[0]):
        some |= inner[i]
    if some >> 24 == 0:
        held[:, one:two] = 0
        return False
    _multiply(inner, near, low - first)
    for c in range(4):
        for i in range(low - first):
            near[c, i] = near[c, low - first]
        for i in range(high - first, stop - first):
            near[c, i] = near[c, high - first - 1]
        n, out = near[c], held[c, one:two]
        if across[1] == 1:
            for i in range(two - one):
                out[i] = n[i + 1]
        else:
            w0, w1, w2, w3 = across[0], across[1], across[2], across[3]
            for i in range(two - one):
                out[i] = w0 * n[i] + w1 * n[i + 1] + w2 * n[i + 2] + w3 * n[i + 3]
    return True


@njit(cache=True, nogil=True, error_model="numpy")
def _multiply(words: np.ndarray, planes: np.ndarray, start: int) -> None:
    """Colours 0..255 times alpha, and alpha 0..1, into planes.

    Few arrays a loop: with more the compiler gives up proving that they do not overlap.
    """
    count, unit = words.shape[0], np.float32(1 / 255)
    red, green = planes[0, start : start + count], planes[1, start : start + count]
    blue, alpha = planes[2, start : start + count], planes[3, start : start + count]
    for i in range(count):
        a = np.float32(np.int32(words[i] >> 24)) * unit
        red[i] = np.float32(np.int32(words[i] & 255)) * a
        alpha[i] = a
    for i in range(count):
        a = np.float32(np.int32(words[i] >> 24)) * unit
        green[i] = np.float32(np.int32(words[i] >> 8 & 255)) * a
        blue[i] = np.float32(np.int32(words[i] >> 16 & 255)) * a


@njit(cache=True, nogil=True, error_model="numpy")
def _down(
    held: np.ndarray, slots: np.ndarray, down: np.ndarray, one: int, two: int, mean: np.ndarray
) -> None:
    w0, w1, w2, w3 = down[0], down[1], down[2], down[3]
    for c in range(4):
        n0, n1 = held[slots[0], c, one:two], held[slots[1], c, one:two]
        n2, n3 = held[slots[2], c, one:two], held[slots[3], c, one:two]
        out = mean[c]
        for i in range(two - one):
            out[i] = w0 * n0[i] + w1 * n1[i] + w2 * n2[i] + w3 * n3[i]


@njit(cache=True, nogil=True, error_model="numpy")
def _lay(
    source: np.ndarray, start: int, row: np.ndarray, one: int, two: int, share: float, part: np.ndarray,
    limit: np.ndarray,
) -> bool:  # fmt: skip
    """Lays a stretch behind what a row holds; whether nothing behind it will be seen."""
    count, zero, unit = two - one, np.float32(0), np.float32(1)
    alpha, rest = source[3, start : start + count], row[3, one:two]
    left_open = np.int32(0)
    for i in range(count):
        a, seen = max(alpha[i], zero), share * rest[i]
        over = max(a, unit)
        part[i], limit[i] = seen / over, a * np.float32(255)
        behind = rest[i] - seen * min(a, unit)
        rest[i] = behind
        left_open |= np.int32(behind * SETTLED)
    for c in range(3):
        colour, out = source[c, start : start + count], row[c, one:two]
        for i in range(count):
            out[i] += part[i] * min(max(colour[i], zero), limit[i])
    return left_open == 0


@njit(cache=True, nogil=True, error_model="numpy")
def _finish(band: np.ndarray, states: np.ndarray, frame: np.ndarray) -> None:
    for y in range(frame.shape[0]):
        for s in range(states.shape[1]):
            one, two = s * STRETCH, min((s + 1) * STRETCH, band.shape[2])
            if states[y, s] == UNTOUCHED:
                frame[y, 3 * one : 3 * two] = 0
                continue
            red, green, blue = band[y, 0, one:two], band[y, 1, one:two], band[y, 2, one:two]
            out, half = frame[y, 3 * one : 3 * two], np.float32(0.5)
            for i in range(two - one):
                out[3 * i] = np.uint8(np.int32(red[i] + half))
                out[3 * i + 1] = np.uint8(np.int32(green[i] + half))
                out[3 * i + 2] = np.uint8(np.int32(blue[i] + half))
