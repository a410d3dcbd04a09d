"""The measurements of `thin`, compiled by numba: crests of depth, bars of colour, levels.

A line of bars is a float64 array [n, 7]: x, y (on the thing's middle), the unit normal nx, ny,
the thing's width in pixels, and its near depth; the last column is a figure of merit.
"""

from __future__ import annotations

import math

import numpy as np
from numba import njit

X, Y, NX, NY, WIDTH, LEVEL, MERIT = range(7)
FINE = 2  # samples a pixel across a bar
ALONG = 6  # pixels each way along a thing over which its colours are averaged
BESIDE = 4.0  # pixels beside a bar that show what is behind it
GRAIN = 200.0  # squared levels: texture below this does not count against a bar
PARALLEL = 0.85  # cosine of the angle by which one thing may bend
ASIDE = 2  # pixels by which one line may wander
BELIEVED = 0.02  # share of a step that its explanation may miss
FAINT = 0.15  # share of the bar's colour at which the bar ends


@njit(cache=True, nogil=True, error_model="numpy")
def crests(
    depth: np.ndarray, slope_x: np.ndarray, slope_y: np.ndarray,
    bend_x: np.ndarray, bend_xy: np.ndarray, bend_y: np.ndarray, reach: float, prominent: float,
) -> np.ndarray:  # fmt: skip
    """Pixels on a ridge line, and the direction across it: float64 [n, 7].

    A ridge falls by `prominent` on both sides within 2 * `reach`.
    """
    height, width = slope_x.shape
    found = np.empty((height * width // 8 + 8, 7), np.float64)
    n = 0
    for y in range(1, height - 1):
        for x in range(1, width - 1):
            a, b, c = bend_x[y, x], bend_xy[y, x], bend_y[y, x]
            half = (a + c) / 2
            if half > 0:
                continue
            root = math.sqrt((a - c) * (a - c) / 4 + b * b)
            across, along = half - root, half + root
            if -across * reach * reach < prominent or -across < 2 * abs(along):
                continue
            nx, ny = (b, across - a) if abs(a - across) > abs(c - across) else (across - c, b)
            size = math.sqrt(nx * nx + ny * ny)
            if size == 0:
                continue
            nx, ny = nx / size, ny / size
            to = -(slope_x[y, x] * nx + slope_y[y, x] * ny) / across
            if abs(to * nx) > 0.6 or abs(to * ny) > 0.6 or n == len(found):
                continue
            u, v = math.floor(x + 2 * reach * nx + 0.5), math.floor(y + 2 * reach * ny + 0.5)
            s, t = 2 * x - u, 2 * y - v
            if min(u, v, s, t) < 0 or max(u, s) >= width or max(v, t) >= height:
                continue
            if depth[y, x] - max(depth[v, u], depth[t, s]) < prominent:
                continue
            found[n, X], found[n, Y], found[n, NX], found[n, NY] = x, y, nx, ny
            n += 1
    return found[:n]


@njit(cache=True, nogil=True, error_model="numpy")
def index_of(points: np.ndarray, height: int, width: int) -> np.ndarray:
    """Which point lies at each pixel, int32 [height, width], -1 for none."""
    index = np.full((height, width), -1, np.int32)
    for i in range(len(points)):
        x, y = math.floor(points[i, X] + 0.5), math.floor(points[i, Y] + 0.5)
        if 0 <= x < width and 0 <= y < height:
            index[y, x] = i
    return index


@njit(cache=True, nogil=True, error_model="numpy")
def steadied(points: np.ndarray, index: np.ndarray, reach: int) -> np.ndarray:
    """The points with their directions averaged along the line."""
    height, width = index.shape
    steady = points.copy()
    for i in range(len(points)):
        x, y = int(points[i, X]), int(points[i, Y])
        xx, xy, yy = 0.0, 0.0, 0.0
        for v in range(max(y - reach, 0), min(y + reach + 1, height)):
            for u in range(max(x - reach, 0), min(x + reach + 1, width)):
                j = index[v, u]
                if j < 0:
                    continue
                nx, ny = points[j, NX], points[j, NY]
                if abs(nx * points[i, NX] + ny * points[i, NY]) < PARALLEL:
                    continue
                if abs((u - x) * points[i, NX] + (v - y) * points[i, NY]) > ASIDE:
                    continue
                xx, xy, yy = xx + nx * nx, xy + nx * ny, yy + ny * ny
        turn = 0.5 * math.atan2(2 * xy, xx - yy)
        steady[i, NX], steady[i, NY] = math.cos(turn), math.sin(turn)
    return steady


@njit(cache=True, nogil=True, error_model="numpy")
def _profile(image: np.ndarray, point: np.ndarray, reach: int, step: int, out: np.ndarray) -> None:
    """Colours across a thing, averaged along it, into out [2 * reach * FINE + 1, 3]."""
    height, width = image.shape[:2]
    x0, y0, nx, ny = point[X], point[Y], point[NX], point[NY]
    for k in range(len(out)):
        o = (k - reach * FINE) / FINE
        out[k] = 0
        for j in range(-ALONG, ALONG + 1, step):
            x = min(max(x0 + o * nx - j * ny, 0.0), width - 1.001)
            y = min(max(y0 + o * ny + j * nx, 0.0), height - 1.001)
            u, v = int(x), int(y)
            fx, fy = x - u, y - v
            for c in range(3):
                upper = (1 - fx) * image[v, u, c] + fx * image[v, u + 1, c]
                lower = (1 - fx) * image[v + 1, u, c] + fx * image[v + 1, u + 1, c]
                out[k, c] += (1 - fy) * upper + fy * lower
        out[k] /= 2 * (ALONG // step) + 1


@njit(cache=True, nogil=True, error_model="numpy")
def bars(image: np.ndarray, points: np.ndarray, widest: float, reach: float, least: float) -> np.ndarray:
    """The points moved onto the bar of colour beside them; those without one are left out.

    A bar is at most `widest` pixels wide, at most `reach` away, and differs from what lies on
    both sides of it, the same way, by `least` levels and more than those vary.
    """
    far = math.ceil(reach + widest / 2 + BESIDE + 1)
    samples = 2 * far * FINE + 1
    colours = np.empty((samples, 3))
    sums = np.zeros((samples + 1, 4))
    beside = int(BESIDE * FINE)
    kept = np.empty_like(points)
    n = 0
    for i in range(len(points)):
        _profile(image, points[i], far, 2, colours)
        for k in range(samples):
            r, g, b = colours[k, 0], colours[k, 1], colours[k, 2]
            sums[k + 1, 0], sums[k + 1, 1], sums[k + 1, 2] = sums[k, 0] + r, sums[k, 1] + g, sums[k, 2] + b
            sums[k + 1, 3] = sums[k, 3] + r * r + g * g + b * b
        best, best_at, best_wide = 0.0, 0.0, 0
        for wide in range(1, int(widest * FINE) + 1):
            for k in range(int((far - reach) * FINE), int((far + reach) * FINE) + 1):
                a = k - wide // 2
                b = a + wide
                if a - 1 - beside < 0 or b + 1 + beside > samples:
                    continue
                left, right, both, left_spread, right_spread = 0.0, 0.0, 0.0, 0.0, 0.0
                for c in range(3):
                    inside = (sums[b, c] - sums[a, c]) / wide
                    l = (sums[a - 1, c] - sums[a - 1 - beside, c]) / beside
                    r = (sums[b + 1 + beside, c] - sums[b + 1, c]) / beside
                    left, right = left + (inside - l) ** 2, right + (inside - r) ** 2
                    both += (inside - l) * (inside - r)
                    left_spread, right_spread = left_spread - l * l, right_spread - r * r
                if both <= 0:
                    continue
                left_spread += (sums[a - 1, 3] - sums[a - 1 - beside, 3]) / beside
                right_spread += (sums[b + 1 + beside, 3] - sums[b + 1, 3]) / beside
                away = ((a + b - 1) / 2 - far * FINE) / FINE
                merit = math.sqrt(min(left / (1 + left_spread / GRAIN), right / (1 + right_spread / GRAIN)))
                merit *= math.exp(-2 * away * away / (reach * reach)) * (1 + 0.03 * wide)
                if merit > best:
                    best, best_at, best_wide = merit, away, wide
        if best < least:
            continue
        kept[n] = points[i]
        kept[n, X] += best_at * points[i, NX]
        kept[n, Y] += best_at * points[i, NY]
        kept[n, WIDTH], kept[n, MERIT] = best_wide / FINE, best
        n += 1
    return kept[:n]


@njit(cache=True, nogil=True, error_model="numpy")
def straightened(points: np.ndarray, index: np.ndarray, reach: int) -> np.ndarray:
    """The points moved onto the line that their neighbours make; loners are left out."""
    height, width = index.shape
    kept = np.empty_like(points)
    n = 0
    for i in range(len(points)):
        x0, y0, nx, ny = points[i, X], points[i, Y], points[i, NX], points[i, NY]
        x, y = math.floor(x0 + 0.5), math.floor(y0 + 0.5)
        shift, slope, wide = 0.0, 0.0, 0.0
        count = 0
        for turn in range(3):
            allowed = 3.0 - turn
            s0, s1, s2, b0, b1, wide, count = 0.0, 0.0, 0.0, 0.0, 0.0, 0.0, 0
            for v in range(max(y - reach, 0), min(y + reach + 1, height)):
                for u in range(max(x - reach, 0), min(x + reach + 1, width)):
                    j = index[v, u]
                    if j < 0 or abs(points[j, NX] * nx + points[j, NY] * ny) < PARALLEL:
                        continue
                    dx, dy = points[j, X] - x0, points[j, Y] - y0
                    t, o = dy * nx - dx * ny, dx * nx + dy * ny
                    if abs(o - shift - slope * t) > allowed:
                        continue
                    w = points[j, MERIT]
                    s0, s1, s2, b0, b1 = s0 + w, s1 + w * t, s2 + w * t * t, b0 + w * o, b1 + w * o * t
                    wide += w * points[j, WIDTH]
                    count += 1
            if count < 3:
                break
            determinant = s0 * s2 - s1 * s1
            if determinant <= 1e-6:
                count = 0
                break
            shift, slope = (b0 * s2 - b1 * s1) / determinant, (s0 * b1 - s1 * b0) / determinant
            wide /= s0
        if count < 3 or abs(shift) > 1.5 or abs(slope) > 0.5:
            continue
        kept[n] = points[i]
        kept[n, X], kept[n, Y] = x0 + shift * nx, y0 + shift * ny
        size = math.sqrt(1 + slope * slope)
        # the line runs along (-ny, nx) + slope * (nx, ny)
        kept[n, NX], kept[n, NY] = (nx + slope * ny) / size, (ny - slope * nx) / size
        kept[n, WIDTH] = wide
        n += 1
    return kept[:n]


@njit(cache=True, nogil=True, error_model="numpy")
def measured(image: np.ndarray, points: np.ndarray) -> None:
    """Gives each point its thing's width: the area of its colour's profile over the profile's height."""
    for i in range(len(points)):
        half = points[i, WIDTH] / 2
        far = math.ceil(half + BESIDE + 2)
        samples = 2 * far * FINE + 1
        colours = np.empty((samples, 3))
        _profile(image, points[i], far, 1, colours)
        middle = far * FINE
        a, b = middle - int((half + 1) * FINE), middle + int((half + 1) * FINE)
        left, right = np.zeros(3), np.zeros(3)
        for c in range(3):
            left[c] = colours[:a, c].mean()
            right[c] = colours[b + 1 :, c].mean()
        height, top = 0.0, middle
        for k in range(a + FINE, b - FINE + 1):
            apart = 0.0
            for c in range(3):
                apart += (colours[k, c] - (left[c] + right[c]) / 2) ** 2
            if apart > height:
                height, top = apart, k
        if height <= 0:
            points[i, WIDTH] = 0
            continue
        area, moment = 0.0, 0.0
        for sign in (-1, 1):
            k = top if sign > 0 else top - 1
            while 0 <= k < samples:
                share = min(max((k - a) / (b - a), 0.0), 1.0)
                there = 0.0
                for c in range(3):
                    behind = left[c] * (1 - share) + right[c] * share
                    there += (colours[k, c] - behind) * (colours[top, c] - (left[c] + right[c]) / 2)
                there /= height
                if there < FAINT:
                    break
                area += min(there, 1.0) / FINE
                moment += min(there, 1.0) * (k - middle) / (FINE * FINE)
                k += sign
        if area > 0:
            at = moment / area
            points[i, X] += at * points[i, NX]
            points[i, Y] += at * points[i, NY]
        points[i, WIDTH] = _unblurred(area)


@njit(cache=True, nogil=True, error_model="numpy")
def _unblurred(area: float) -> float:
    """The width of a bar whose profile has this area over its height, seen through a pixel's and two
    linear interpolations' worth of blur (a quadratic B-spline)."""
    low, high = 0.3, area
    for _ in range(20):
        w = (low + high) / 2
        h = w / 2
        if h >= 1.5:
            height = 1.0
        elif h >= 0.5:
            height = 1 - (1.5 - h) ** 3 / 3
        else:
            height = 1.5 * h - 2 * h**3 / 3
        if w / height > area:
            high = w
        else:
            low = w
    return (low + high) / 2


@njit(cache=True, nogil=True, error_model="numpy")
def levels(
    depth: np.ndarray,
    share: np.ndarray,
    points: np.ndarray,
    reach: int,
    lowest: float,
    highest: float,
    noise: float,
) -> np.ndarray:
    """Gives each point its thing's depth, and as merit how well that explains the depth around it.

    `share` is how much of the soft depth at a pixel comes from thin things. What is behind is
    a plane there: depth = share * level + (1 - share) * (behind + slope * across), least squares.
    Merit is what that leaves over beside what may be left over: `noise` and a share of the step.
    Returns what it leaves over, RMS. Both are infinite for a thing that is not `lowest` above
    what is behind, or is above `highest`.
    """
    height, width = depth.shape
    over = np.full(len(points), np.inf)
    for i in range(len(points)):
        x0, y0, nx, ny = points[i, X], points[i, Y], points[i, NX], points[i, NY]
        m = np.zeros((3, 3))
        right = np.zeros(3)
        square, n = 0.0, 0
        f = np.zeros(3)
        for j in range(-ALONG, ALONG + 1, 3):
            for k in range(-reach, reach + 1):
                u, v = math.floor(x0 + k * nx - j * ny + 0.5), math.floor(y0 + k * ny + j * nx + 0.5)
                if u < 0 or v < 0 or u >= width or v >= height:
                    continue
                f[0] = share[v, u]
                f[1] = 1 - f[0]
                f[2] = f[1] * k / reach
                for p in range(3):
                    right[p] += f[p] * depth[v, u]
                    for q in range(3):
                        m[p, q] += f[p] * f[q]
                square += depth[v, u] * depth[v, u]
                n += 1
        for p in range(3):
            m[p, p] += 1e-7 * n
        z = np.linalg.solve(m, right)
        rest = square - 2 * (z * right).sum() + (z * (m @ z)).sum()
        if lowest < z[0] - z[1] < highest - z[1]:
            over[i] = math.sqrt(max(rest, 0.0) / n)
        points[i, LEVEL], points[i, MERIT] = z[0], over[i] / (noise + BELIEVED * abs(z[0] - z[1]))
    return over


@njit(cache=True, nogil=True, error_model="numpy")
def evened(points: np.ndarray, index: np.ndarray, reach: int) -> np.ndarray:
    """The points with depth and width averaged along each thing, the better explained counting for more.

    Those whose merit is 1 or worse have no say, and are left out where no other speaks for them.
    """
    height, width = index.shape
    kept = np.empty_like(points)
    n = 0
    for i in range(len(points)):
        x, y = math.floor(points[i, X] + 0.5), math.floor(points[i, Y] + 0.5)
        total, level, wide = 0.0, 0.0, 0.0
        for v in range(max(y - reach, 0), min(y + reach + 1, height)):
            for u in range(max(x - reach, 0), min(x + reach + 1, width)):
                j = index[v, u]
                if j < 0 or points[j, MERIT] >= 1:
                    continue
                if abs(points[j, NX] * points[i, NX] + points[j, NY] * points[i, NY]) < PARALLEL:
                    continue
                w = 1 / (points[j, MERIT] + 0.2) ** 2
                total, level, wide = total + w, level + w * points[j, LEVEL], wide + w * points[j, WIDTH]
        if total > 0:
            kept[n] = points[i]
            kept[n, LEVEL], kept[n, WIDTH] = level / total, wide / total
            n += 1
    return kept[:n]


@njit(cache=True, nogil=True, error_model="numpy")
def drawn(points: np.ndarray, height: int, width: int) -> tuple[np.ndarray, np.ndarray]:
    """The share of each pixel that a thin thing covers, and its depth; float32 [height, width]."""
    share, level = np.zeros((height, width), np.float32), np.zeros((height, width), np.float32)
    for i in range(len(points)):
        x, y, nx, ny, wide = points[i, X], points[i, Y], points[i, NX], points[i, NY], points[i, WIDTH]
        reach = int(wide / 2 + 3)
        for v in range(max(int(y) - reach, 0), min(int(y) + reach + 2, height)):
            for u in range(max(int(x) - reach, 0), min(int(x) + reach + 2, width)):
                if abs((v - y) * nx - (u - x) * ny) > 1.8:
                    continue
                covered = min(max(wide / 2 + 0.5 - abs((u - x) * nx + (v - y) * ny), 0.0), min(wide, 1.0))
                if covered > share[v, u]:
                    share[v, u], level[v, u] = covered, points[i, LEVEL]
    return share, level
