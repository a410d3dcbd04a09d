"""From flow to inverse depth: how the camera turned and moved, and what parallax is left.

For a point with inverse depth p, a camera that turns by w and moves by t sees the flow
`p * A t + B w` (Longuet-Higgins and Prazdny 1980), A and B depending on the place in the
picture only. Turning tells nothing of depth, so w and the direction of t are found such that
what is left points along A t wherever possible; its length along A t is then the inverse
depth, up to a scale and, for sideways moves, a shift.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import lru_cache

import numpy as np

FOCAL = 1.0  # in picture widths: about 53 degrees, a usual lens
SAMPLES = 700


@dataclass(frozen=True)
class Parallax:
    """What the flow of one frame says.

    inverse     `[H, W]` signed parallax in pixels a unit of `reach`; larger is nearer or, if
                the camera moved the other way along `direction`, farther.
    reach       `[H, W]` 0..1, how strongly depth shows at a pixel (0 at the point moved towards).
    violation   `[H, W]` pixels of motion that no depth explains: things that move by themselves.
    left        `[H, W]` length of the motion that is not the camera's turning, in pixels.
    direction   unit vector `[3]` of the camera's move.
    noise       typical violation in pixels.
    forward     share -1..1 of pixels whose parallax has a positive sign.
    """

    inverse: np.ndarray
    reach: np.ndarray
    violation: np.ndarray
    left: np.ndarray
    direction: np.ndarray
    noise: float
    forward: float


def parallax(flow: np.ndarray, trust: np.ndarray, before: np.ndarray | None) -> Parallax:
    """Inverse depth from `flow` `[H, W, 2]`, counting pixels by `trust` `[H, W]` 0..1.

    `before` is the direction found for the last frame: it is tried first.
    """
    height, width = flow.shape[:2]
    pick = _grid(height, width)
    u = (flow[pick] / (FOCAL * width)).astype(np.float64)
    weight = trust[pick].astype(np.float64) + 1e-6
    x, y = _rays(height, width)
    xs, ys = x[pick].astype(np.float64), y[pick].astype(np.float64)
    direction, turn, noise = _motion(u, xs, ys, weight, before)

    rest = flow / np.float32(FOCAL * width) - _turning(x, y, turn.astype(np.float32))
    ax, ay = _moving(x, y, direction.astype(np.float32))
    length = np.hypot(ax, ay) + np.float32(1e-6)
    along = (rest[..., 0] * ax + rest[..., 1] * ay) / length
    across = (rest[..., 1] * ax - rest[..., 0] * ay) / length
    pixels = np.float32(FOCAL * width)
    reach = np.minimum(length / np.float32(np.median(length) + 1e-6), 1)
    inverse = along * pixels / np.maximum(length, 0.05)
    sampled = inverse[pick]
    forward = float(
        (np.sign(sampled) * weight * np.abs(sampled)).sum() / ((weight * np.abs(sampled)).sum() + 1e-9)
    )
    return Parallax(
        inverse, reach, np.abs(across) * pixels, np.hypot(rest[..., 0], rest[..., 1]) * pixels,
        direction, noise * float(pixels), forward,
    )  # fmt: skip


def _motion(
    u: np.ndarray, x: np.ndarray, y: np.ndarray, weight: np.ndarray, before: np.ndarray | None
) -> tuple[np.ndarray, np.ndarray, float]:
    """Direction of the move, turn, and noise (in picture widths) that explain the samples best."""
    scale = max(_spread(u, weight), 1e-5)
    candidates = _hemisphere()
    if before is not None:
        candidates = np.concatenate([before[None], candidates])
    cost, turns = _cost(candidates, u, x, y, weight, scale)
    if before is not None:
        cost[0] *= 0.9  # a camera goes on as it went
    for radius in (0.15, 0.05, 0.015):
        candidates = _around(candidates[int(np.argmin(cost))], radius)
        cost, turns = _cost(candidates, u, x, y, weight, scale)
    chosen = int(np.argmin(cost))
    best, turn = candidates[chosen], turns[chosen]
    rest = _across(best[None], u, x, y, turn[None])[0]
    return best, turn, float(_median(np.abs(rest), weight) * 1.48)


def _cost(
    candidates: np.ndarray, u: np.ndarray, x: np.ndarray, y: np.ndarray, weight: np.ndarray, scale: float
) -> tuple[np.ndarray, np.ndarray]:
    """Robust misfit of each candidate `[K, 3]` and the turn `[K, 3]` that suits it best."""
    nx, ny = _normals(candidates, x, y)
    bx, by = _turning_columns(x, y)
    rows = nx[..., None] * bx + ny[..., None] * by  # [K, N, 3]
    target = nx * u[:, 0] + ny * u[:, 1]
    w = np.repeat(weight[None], len(candidates), 0)
    ridge = np.eye(3) * 1e-6 * weight.sum()
    for _ in range(3):
        wrows = rows * w[..., None]
        normal = np.matmul(wrows.transpose(0, 2, 1), rows) + ridge
        right = np.matmul(wrows.transpose(0, 2, 1), target[..., None])
        turns = np.linalg.solve(normal, right)[..., 0]
        miss = target - np.matmul(rows, turns[..., None])[..., 0]
        w = weight / (1 + (miss / scale) ** 2)
    cost = (weight * np.log1p((miss / scale) ** 2)).sum(1)
    return cost, turns


def _across(
    candidates: np.ndarray, u: np.ndarray, x: np.ndarray, y: np.ndarray, turns: np.ndarray
) -> np.ndarray:
    nx, ny = _normals(candidates, x, y)
    bx, by = _turning_columns(x, y)
    rest_x = u[:, 0] - turns @ bx.T
    rest_y = u[:, 1] - turns @ by.T
    return nx * rest_x + ny * rest_y


def _normals(candidates: np.ndarray, x: np.ndarray, y: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Unit vectors across A t at each sample, `[K, N]` each."""
    tx, ty, tz = (candidates[:, i, None] for i in range(3))
    ax, ay = tz * x - tx, tz * y - ty
    length = np.hypot(ax, ay) + 1e-4
    return -ay / length, ax / length


def _moving(x: np.ndarray, y: np.ndarray, t: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    return t[2] * x - t[0], t[2] * y - t[1]


def _turning_columns(x: np.ndarray, y: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """B of each sample as two `[N, 3]`."""
    return np.stack([x * y, -(1 + x * x), y], -1), np.stack([1 + y * y, -x * y, -x], -1)


def _turning(x: np.ndarray, y: np.ndarray, w: np.ndarray) -> np.ndarray:
    """Flow `[H, W, 2]` of a turn w."""
    xy = x * y
    return np.stack(
        [xy * w[0] - (1 + x * x) * w[1] + y * w[2], (1 + y * y) * w[0] - xy * w[1] - x * w[2]], -1
    )


def _spread(u: np.ndarray, weight: np.ndarray) -> float:
    """A scale for the robust cost: a tenth of a pixel at least, else a part of the motion's spread."""
    centre = np.array([_median(u[:, i], weight) for i in range(2)])
    return 0.15 * _median(np.hypot(*(u - centre).T), weight) + 0.1 / 384


def _median(values: np.ndarray, weight: np.ndarray) -> float:
    order = np.argsort(values, kind="stable")
    total = np.cumsum(weight[order])
    return float(values[order[min(int(np.searchsorted(total, total[-1] / 2)), len(order) - 1)]])


@lru_cache(maxsize=4)
def _rays(height: int, width: int) -> tuple[np.ndarray, np.ndarray]:
    x = (np.arange(width, dtype=np.float32) + 0.5 - width / 2) / (FOCAL * width)
    y = (np.arange(height, dtype=np.float32) + 0.5 - height / 2) / (FOCAL * width)
    return np.broadcast_to(x, (height, width)), np.broadcast_to(y[:, None], (height, width))


@lru_cache(maxsize=4)
def _grid(height: int, width: int) -> tuple[np.ndarray, np.ndarray]:
    """About SAMPLES places spread evenly over the picture, as an index."""
    pitch = max(1.0, np.sqrt(height * width / SAMPLES))
    rows = np.unique(np.arange(pitch / 2, height, pitch).astype(int))
    columns = np.unique(np.arange(pitch / 2, width, pitch).astype(int))
    down, across = np.meshgrid(rows, columns, indexing="ij")
    return down.ravel(), across.ravel()


@lru_cache(maxsize=1)
def _hemisphere(count: int = 60) -> np.ndarray:
    """Directions spread evenly over half a sphere; the other half is the same up to sign."""
    i = np.arange(count) + 0.5
    z = i / count
    angle = np.pi * (1 + 5**0.5) * i
    radius = np.sqrt(1 - z * z)
    return np.stack([radius * np.cos(angle), radius * np.sin(angle), z], -1)


def _around(direction: np.ndarray, width: float) -> np.ndarray:
    """The direction and eight neighbours at about `width` radians."""
    least = np.eye(3)[int(np.argmin(np.abs(direction)))]
    first = np.cross(direction, least)
    first /= np.linalg.norm(first)
    second = np.cross(direction, first)
    angles = np.arange(8) * np.pi / 4
    ring = direction + width * (np.cos(angles)[:, None] * first + np.sin(angles)[:, None] * second)
    every = np.concatenate([direction[None], ring])
    return every / np.linalg.norm(every, axis=1, keepdims=True)
