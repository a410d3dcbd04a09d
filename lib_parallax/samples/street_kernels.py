"""The street's surfaces, textures and exact lookups, compiled by numba."""

from __future__ import annotations

import math

import numpy as np
from numba import njit

SURFACES = 12
HORIZON = 0.30
GROUND_SLOPE = 3.01
PX = 1.0 / 1920.0


@njit(cache=True, nogil=True)
def _hash(i: int, j: int, seed: int) -> float:
    n = (i * 73856093) ^ (j * 19349663) ^ (seed * 83492791)
    n = (n ^ (n >> 13)) * 1274126177
    n = n & 0x7FFFFFFF
    n = ((n ^ (n >> 15)) * 668265263) & 0x7FFFFFFF
    n = n ^ (n >> 16)
    return (n & 0xFFFFFF) / 16777216.0


@njit(cache=True, nogil=True)
def _noise(x: float, y: float, seed: int) -> float:
    i, j = math.floor(x), math.floor(y)
    u, v = x - i, y - j
    u = u * u * (3 - 2 * u)
    v = v * v * (3 - 2 * v)
    top = _hash(i, j, seed) * (1 - u) + _hash(i + 1, j, seed) * u
    low = _hash(i, j + 1, seed) * (1 - u) + _hash(i + 1, j + 1, seed) * u
    return top * (1 - v) + low * v


@njit(cache=True, nogil=True)
def _fbm(x: float, y: float, seed: int) -> float:
    """Noise of six octaves from 100 px down to 3 px, about -1..1."""
    total, gain, scale = 0.0, 0.55, 1.0 / (100 * PX)
    for octave in range(6):
        total += gain * (2 * _noise(x * scale, y * scale, seed + octave) - 1)
        gain *= 0.74
        scale *= 2.03
    return total


@njit(cache=True, nogil=True)
def _plane(layer: int) -> tuple[float, float, float]:
    """Inverse depth of a surface as a + b*x + c*y in the reference view."""
    if layer == 0:  # facade
        return 0.06, 0.0, 0.0
    if layer == 1:  # ground
        return 0.06 - HORIZON * GROUND_SLOPE, 0.0, GROUND_SLOPE
    if layer == 2:  # wall running away on the left
        return 0.40, -1.1, 0.0
    if layer == 3:  # slanted panel
        return 0.22 - 0.60 * 1.2, 1.2, 0.0
    if layer == 4:  # far box
        return 0.30, 0.0, 0.0
    if layer == 5:  # near box, front
        return 0.50, 0.0, 0.0
    if layer == 6:  # near box, receding side
        return 0.50 + 0.55 * 5.0, -5.0, 0.0
    if layer == 7:  # fence
        return 0.42, 0.0, 0.0
    if layer == 8:  # wires
        return 0.64, 0.0, 0.0
    if layer == 9:  # hair
        return 0.71, 0.0, 0.0
    if layer == 10:  # the head and body the hair belongs to
        return 0.70, 0.0, 0.0
    if layer == 11:  # near pole
        return 0.93, 0.0, 0.0
    return 0.82, 0.0, 0.0  # 12: the crossing object


@njit(cache=True, nogil=True)
def _ground_line(z: float) -> float:
    return HORIZON + (z - 0.06) / GROUND_SLOPE


@njit(cache=True, nogil=True)
def _near_line(x: float, y: float, x0: float, y0: float, x1: float, y1: float, width: float) -> bool:
    dx, dy = x1 - x0, y1 - y0
    length = math.sqrt(dx * dx + dy * dy)
    return abs((x - x0) * dy - (y - y0) * dx) / length < 0.5 * width


@njit(cache=True, nogil=True)
def _inside(layer: int, x: float, y: float, z: float, ox: float, oy: float) -> bool:
    if layer == 0:
        return True
    if layer == 1:
        return y > HORIZON
    if layer == 2:
        return x < 0.22 and 0.05 + 0.25 * x < y < _ground_line(z)
    if layer == 3:
        return 0.60 < x < 0.80 and 0.07 < y < 0.23
    if layer == 4:
        return 0.28 < x < 0.37 and 0.25 < y < _ground_line(0.30)
    if layer == 5:
        return 0.46 < x < 0.55 and 0.32 < y < _ground_line(0.50)
    if layer == 6:
        return 0.55 <= x < 0.58 and 0.32 < y < _ground_line(z)
    if layer == 7:
        if not (0.60 < x < 0.99 and 0.29 < y < _ground_line(0.42)):
            return False
        if abs(y - 0.315) < 2.5 * PX or abs(y - 0.40) < 2.5 * PX:
            return True
        return x / (22 * PX) - math.floor(x / (22 * PX)) < 4.0 / 22.0
    if layer == 8:
        return (
            _near_line(x, y, 0.0, 0.03, 1.0, 0.07, 1.5 * PX)
            or _near_line(x, y, 0.10, 0.0, 0.34, 0.5625, 3.0 * PX)
            or _near_line(x, y, 0.59, 0.0, 0.56, 0.5625, 1.5 * PX)
            or _near_line(x, y, 0.86, 0.0, 0.97, 0.5625, 3.0 * PX)
            or _near_line(x, y, 0.20, 0.0, 0.02, 0.5625, 1.5 * PX)
        )
    if layer == 9:
        dx, dy = x - 0.42, y - 0.20
        rho = math.sqrt(dx * dx + dy * dy)
        if rho < 0.034 or rho > 0.075:
            return False
        theta = math.atan2(dy, dx) + 6.0 * (rho - 0.034)
        cell = theta * 56 / (2 * math.pi)
        i = math.floor(cell)
        centre = i + 0.2 + 0.6 * _hash(i % 56, 3, 11)
        length = 0.045 + 0.03 * _hash(i % 56, 5, 11)
        return rho < length and abs(cell - centre) * 2 * math.pi / 56 * rho < 0.7 * PX
    if layer == 10:
        dx, dy = x - 0.42, y - 0.20
        if dx * dx + dy * dy < 0.035 * 0.035:
            return True
        return abs(dx) < 0.028 + 0.02 * min(1.0, (y - 0.235) * 12) and 0.235 < y < _ground_line(0.70)
    if layer == 11:
        return abs(x - 0.725 + 0.02 * y) < 0.012
    px, py = abs(x - ox), abs(y - oy)
    if px > 0.06 or py > 0.045:
        return False
    cx, cy = px - 0.045, py - 0.03
    return cx <= 0 or cy <= 0 or cx * cx + cy * cy < 0.015 * 0.015


@njit(cache=True, nogil=True)
def _hit(xv: float, y: float, camera: float, ox: float, oy: float) -> tuple[int, float, float]:
    """The nearest surface at a view's (xv, y): its number, its reference x and its z."""
    best, best_x, best_z = 0, xv, -1.0
    for layer in range(SURFACES + 1):
        a, b, c = _plane(layer)
        x = (xv + camera * (a + c * y)) / (1 - camera * b)
        z = a + b * x + c * y
        if z > best_z and _inside(layer, x, y, z, ox, oy):
            best, best_x, best_z = layer, x, z
    return best, best_x, best_z


@njit(cache=True, nogil=True)
def _paint(layer: int, x: float, y: float, ox: float, oy: float) -> tuple[float, float, float]:
    n = _fbm(x, y, 17 * layer + 1)
    if layer == 0:
        if y > 0.06 + 0.02 * math.floor(3 * _noise(x * 9, 0.5, 3)):
            wx, wy = x / 0.03 - math.floor(x / 0.03), y / 0.04 - math.floor(y / 0.04)
            if 0.25 < wx < 0.75 and 0.2 < wy < 0.8:
                lit = _hash(math.floor(x / 0.03), math.floor(y / 0.04), 5)
                return 50 + 120 * lit + 50 * n, 60 + 100 * lit + 50 * n, 80 + 60 * lit + 50 * n
            return 150 + 75 * n, 120 + 70 * n, 100 + 60 * n
        return 170 + 45 * n, 190 + 40 * n, 215 + 30 * n
    if layer == 1:
        depth = 1.0 / (0.06 + (y - HORIZON) * GROUND_SLOPE)
        tx, ty = (x - 0.5) * depth * 6, depth * 3
        joint = min(tx - math.floor(tx), ty - math.floor(ty))
        shade = 105 + 70 * n if joint > 0.07 else 60 + 30 * n
        return shade, shade * 0.97, shade * 0.9
    if layer == 2:
        row = math.floor(y / 0.012)
        bx = x / 0.03 + 0.5 * (row % 2)
        mortar = min(bx - math.floor(bx), y / 0.012 - row) < 0.1
        if mortar:
            return 190 + 20 * n, 185 + 20 * n, 175 + 20 * n
        return 150 + 60 * n, 80 + 40 * n, 60 + 35 * n
    if layer == 3:
        stripe = math.sin(x * 260) * math.sin(y * 330 + 3 * n)
        return 205 + 30 * stripe + 30 * n, 60 + 60 * stripe + 20 * n, 60 + 90 * n
    if layer == 4 or layer == 5:
        plank = y / 0.018 - math.floor(y / 0.018)
        dark = 0.55 if plank < 0.08 else 1.0
        return dark * (185 + 60 * n), dark * (140 + 50 * n), dark * (80 + 40 * n)
    if layer == 6:
        return 110 + 40 * n, 85 + 30 * n, 50 + 25 * n
    if layer == 7:
        return 40 + 20 * n, 60 + 20 * n, 50 + 20 * n
    if layer == 8:
        return 22.0, 22.0, 26.0
    if layer == 9:
        return 62 + 20 * n, 36 + 15 * n, 18 + 8 * n
    if layer == 10:
        if y < 0.235:
            return 205 + 25 * n, 160 + 25 * n, 135 + 25 * n
        return 45 + 30 * n, 70 + 40 * n, 140 + 60 * n
    if layer == 11:
        return 95 + 60 * n, 105 + 60 * n, 110 + 60 * n
    m = _fbm(x - ox, y - oy, 401)
    if abs(y - oy) < 0.008:
        return 240 + 15 * m, 235 + 15 * m, 220 + 20 * m
    return 200 + 55 * m, 170 + 60 * m, 30 + 40 * m


@njit(cache=True, nogil=True)
def render(width: int, height: int, camera: float, ox: float, oy: float, supersample: int) -> tuple:
    image = np.empty((height, width, 3), np.uint8)
    depth = np.empty((height, width), np.float32)
    surface = np.empty((height, width), np.int8)
    unit = 1.0 / width
    for j in range(height):
        for i in range(width):
            layer, _, z = _hit((i + 0.5) * unit, (j + 0.5) * unit, camera, ox, oy)
            depth[j, i] = z
            surface[j, i] = layer
            red = green = blue = 0.0
            for v in range(supersample):
                for u in range(supersample):
                    xv, y = (i + (u + 0.5) / supersample) * unit, (j + (v + 0.5) / supersample) * unit
                    layer, x, _ = _hit(xv, y, camera, ox, oy)
                    r, g, b = _paint(layer, x, y, ox, oy)
                    red += min(max(r, 0.0), 255.0)
                    green += min(max(g, 0.0), 255.0)
                    blue += min(max(b, 0.0), 255.0)
            count = supersample * supersample
            image[j, i, 0] = int(red / count + 0.5)
            image[j, i, 1] = int(green / count + 0.5)
            image[j, i, 2] = int(blue / count + 0.5)
    return image, depth, surface


@njit(cache=True, nogil=True)
def visible(width: int, height: int, camera: float, source: float, ox: float, oy: float) -> tuple:
    seen = np.zeros((height, width), np.bool_)
    outside = np.zeros((height, width), np.bool_)
    unit = 1.0 / width
    for j in range(height):
        y = (j + 0.5) * unit
        for i in range(width):
            layer, x, z = _hit((i + 0.5) * unit, y, camera, ox, oy)
            xs = x - source * z
            if xs < 0 or xs >= 1:
                outside[j, i] = True
            else:
                seen[j, i] = _hit(xs, y, source, ox, oy)[0] == layer
    return seen, outside


@njit(cache=True, nogil=True)
def flow(
    width: int, height: int, camera: float, camera2: float,
    ox: float, oy: float, ox2: float, oy2: float,
) -> np.ndarray:  # fmt: skip
    result = np.zeros((height, width, 2), np.float32)
    unit = 1.0 / width
    for j in range(height):
        for i in range(width):
            layer, _, z = _hit((i + 0.5) * unit, (j + 0.5) * unit, camera, ox, oy)
            result[j, i, 0] = (camera - camera2) * z * width
            if layer == SURFACES:
                result[j, i, 0] += (ox2 - ox) * width
                result[j, i, 1] = (oy2 - oy) * width
    return result
