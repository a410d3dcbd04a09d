"""VR180: a flat picture hung into the half sphere before each eye.

Each eye gets a square whose columns are longitudes and whose rows are latitudes, -90 to 90
degrees, pixel centres at half steps. A picture `W` wide that fills `fov` degrees lies on a
plane `f = (W / 2) / tan(fov / 2)` pixels away, so the direction (longitude a, latitude b
counted downward) sees the picture at

    x = f tan(a)            from the picture's centre, whatever b is
    y = f tan(b) / cos(a)

The two pictures are moved inward against each other, as a screen at a finite distance is seen
by two eyes, so that what lies behind the screen ends at infinity and the eyes never diverge.

Because x depends on the column alone, resampling all columns first and then walking down
each column is exact, and each step can filter by its own local scale: towards the edges
of a wide picture one output pixel covers several source pixels.
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from fractions import Fraction
from functools import lru_cache

import numba
import numpy as np

from ..errors import OptionError
from ..types import Image, Size

MAX_FOV = 170.0
# Two squares of this side make 8192x4096, the most that headsets' decoders take.
MAX_SIDE = 4096
_BLOCK = 32


def vr180_side(width: int, fov: float, cap: Size | None = None) -> int:
    """Side in pixels of one eye's square, even: the one at which the picture's centre keeps
    its resolution (f pixels per radian, so pi * f over 180 degrees), at most MAX_SIDE and
    small enough that two squares beside each other fit into `cap` (width, height).

    Raises OptionError where `fov` is not between 0 and MAX_FOV degrees.
    """
    side = round(math.pi * _focal(width, fov) / 2) * 2
    if cap is not None:
        side = min(side, cap[0] // 2, cap[1])
    return max(2, min(side, MAX_SIDE) // 2 * 2)


def vr180(
    left: Image,
    right: Image,
    *,
    fov: float = 90.0,
    behind: float = 2.5,
    sample_aspect: Fraction | float = 1,
    cap: Size | None = None,
) -> Image:
    """Both views as equirectangular halves beside each other, left first: `[S, 2 S, 3]` with
    S from `vr180_side`, black where no picture is.

    behind  the disparity in % of width that is put at infinity: the most that anything in
            the views lies behind the screen
    """
    width = left.shape[1]
    side = vr180_side(width, fov, cap)
    inward = behind / 100 * width / 2
    hung = np.zeros((side, 2 * side, 3), left.dtype)
    hang(left, hung[:, :side], fov, inward, sample_aspect)
    hang(right, hung[:, side:], fov, -inward, sample_aspect)
    return hung


def hang(
    image: Image, out: Image, fov: float, shift: float = 0.0, sample_aspect: Fraction | float = 1
) -> None:
    """One view, moved `shift` of its pixels to the right, into `out` `[S, S, 3]`, which must
    come in black and of the image's type."""
    height, width = image.shape[:2]
    plan = _plan((width, height), out.shape[0], float(fov), float(shift), float(sample_aspect))
    if not len(plan.starts):
        return
    full = np.float32(np.iinfo(image.dtype).max)
    _resample(
        image, plan.first_column, plan.starts, plan.counts, plan.weights, plan.y_factor, plan.y_scale,
        plan.row_tangent, plan.row_stretch, (height - 1) / 2, full, out,
    )  # fmt: skip


@dataclass(frozen=True)
class _Plan:
    """Everything about a projection that does not depend on the picture's content.

    first_column  where the picture begins in the square; the next three have an entry for
                  each column from there
    starts        int32, leftmost source column of each filter
    counts        int32, its number of taps
    weights       float32 `[columns, taps]`, 0 beyond `counts`
    y_factor      source row minus centre = y_factor[column] * row_tangent[row]
    y_scale       source rows per output row = y_scale[column] * row_stretch[row]
    """

    first_column: int
    starts: np.ndarray
    counts: np.ndarray
    weights: np.ndarray
    y_factor: np.ndarray
    y_scale: np.ndarray
    row_tangent: np.ndarray
    row_stretch: np.ndarray


@lru_cache(maxsize=4)
def _plan(size: Size, side: int, fov: float, shift: float, sample_aspect: float) -> _Plan:
    width, _ = size
    focal = _focal(width, fov)
    step = math.pi / side
    angle = (np.arange(side) + 0.5) * step - math.pi / 2
    tangent = np.tan(angle)
    stretch = 1 + tangent**2
    x = focal * tangent - shift + (width - 1) / 2
    columns = np.flatnonzero((x >= -0.5) & (x <= width - 0.5))
    starts, weights = _taps(x[columns], np.maximum(1, focal * stretch[columns] * step), width)
    y_factor = focal * sample_aspect / np.cos(angle[columns])
    return _Plan(
        int(columns[0]) if len(columns) else 0, starts, _used(weights), weights,
        y_factor, y_factor * step, tangent, stretch,
    )  # fmt: skip


def _focal(width: int, fov: float) -> float:
    if not 0 < fov <= MAX_FOV:
        raise OptionError(f"fov: {fov} is outside 0 to {MAX_FOV:g} degrees; a flat picture ends there", "fov")
    return width / 2 / math.tan(math.radians(fov) / 2)


def _taps(x: np.ndarray, scale: np.ndarray, width: int) -> tuple[np.ndarray, np.ndarray]:
    """Filters at the positions `x`, each stretched by `scale`, as first taps and weights."""
    if not len(x):
        return np.zeros(0, np.int32), np.zeros((0, 1), np.float32)
    count = int(np.ceil(4 * scale.max())) + 1
    starts = np.floor(x - 2 * scale).astype(np.int64) + 1
    taps = starts[:, None] + np.arange(count)
    weights = _cubic((taps - x[:, None]) / scale[:, None])
    weights /= weights.sum(1, keepdims=True)
    # Taps beyond the picture count for its edge pixel.
    inside = np.clip(starts, 0, max(0, width - count))
    folded = np.zeros((len(x), min(count, width)))
    np.add.at(folded, (np.arange(len(x))[:, None], np.clip(taps, 0, width - 1) - inside[:, None]), weights)
    return inside.astype(np.int32), folded.astype(np.float32)


def _used(weights: np.ndarray) -> np.ndarray:
    return (weights.shape[1] - np.argmax(weights[:, ::-1] != 0, axis=1)).astype(np.int32)


def _cubic(t: np.ndarray) -> np.ndarray:
    """Catmull-Rom's kernel: 1 at 0, 0 at the other whole numbers and from 2 on."""
    t = np.abs(t)
    near = (1.5 * t - 2.5) * t * t + 1
    far = ((-0.5 * t + 2.5) * t - 4) * t + 2
    return np.where(t < 1, near, np.where(t < 2, far, 0.0))


@numba.njit(cache=True, nogil=True)
def _resample(
    image: np.ndarray,
    first_column: int,
    starts: np.ndarray,
    counts: np.ndarray,
    weights: np.ndarray,
    y_factor: np.ndarray,
    y_scale: np.ndarray,
    row_tangent: np.ndarray,
    row_stretch: np.ndarray,
    centre: float,
    full: np.float32,
    out: np.ndarray,
) -> None:
    height = image.shape[0]
    strip = np.empty((height, _BLOCK, 3), np.float32)
    for begin in range(0, starts.size, _BLOCK):
        end = min(begin + _BLOCK, starts.size)
        taps = counts[begin:end].max()
        _columns(image, starts[begin:end], weights[begin:end, :taps].copy(), strip)
        for row in range(out.shape[0]):
            for k in range(begin, end):
                y = centre + y_factor[k] * row_tangent[row]
                if y < -0.5 or y > height - 0.5:
                    continue
                scale = max(1.0, y_scale[k] * row_stretch[row])
                _down(strip, k - begin, y, scale, full, out, row, first_column + k)


@numba.njit(cache=True, nogil=True, fastmath=True)
def _columns(image: np.ndarray, starts: np.ndarray, weights: np.ndarray, strip: np.ndarray) -> None:
    for row in range(image.shape[0]):
        for k in range(starts.size):
            r = g = b = np.float32(0)
            for tap in range(weights.shape[1]):
                weight = weights[k, tap]
                # A block's filters share one length, so the last ones may reach past the edge
                # with weight 0.
                column = min(starts[k] + tap, image.shape[1] - 1)
                r += weight * image[row, column, 0]
                g += weight * image[row, column, 1]
                b += weight * image[row, column, 2]
            strip[row, k, 0], strip[row, k, 1], strip[row, k, 2] = r, g, b


@numba.njit(cache=True, nogil=True, fastmath=True)
def _down(
    strip: np.ndarray,
    k: int,
    y: float,
    scale: float,
    full: np.float32,
    out: np.ndarray,
    out_row: int,
    out_column: int,
) -> None:
    low = math.floor(y - 2 * scale) + 1
    high = math.ceil(y + 2 * scale) - 1
    shrink = np.float32(1 / scale)
    t = np.float32(low - y) * shrink
    total = r = g = b = np.float32(0)
    for tap in range(low, high + 1):
        a = abs(t)
        if a < 1:
            weight = (np.float32(1.5) * a - np.float32(2.5)) * a * a + np.float32(1)
        else:
            weight = ((np.float32(-0.5) * a + np.float32(2.5)) * a - np.float32(4)) * a + np.float32(2)
        t += shrink
        row = min(max(tap, 0), strip.shape[0] - 1)
        total += weight
        r += weight * strip[row, k, 0]
        g += weight * strip[row, k, 1]
        b += weight * strip[row, k, 2]
    half = np.float32(0.5)
    zero = np.float32(0)
    share = np.float32(1) / total
    out[out_row, out_column, 0] = int(min(max(r * share, zero), full) + half)
    out[out_row, out_column, 1] = int(min(max(g * share, zero), full) + half)
    out[out_row, out_column, 2] = int(min(max(b * share, zero), full) + half)
