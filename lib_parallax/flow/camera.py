"""What of the optical flow is the camera's doing, as a function of place and depth.

A rigid scene under small camera motion moves by a rotation, quadratic in the picture's
coordinates, and a translation, linear in them times the inverse depth (Longuet-Higgins and
Prazdny 1980). Both are linear in their unknowns, and because scale and shift of the inverse
depth only mix the terms, depth known up to scale and shift will do. So one robust linear fit
tells how a point moves even where something stands before it.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

GRID = 48  # samples along the longer side of the picture
ROUNDS = 8
MINIMUM = 40  # fewer samples than this say nothing


@dataclass(frozen=True)
class CameraMotion:
    """Flow of rigid points from one frame to the next, in pixels.

    weights  float64 [2, 9], of the terms of `_terms`
    size     (width, height) of the frames
    """

    weights: np.ndarray
    size: tuple[int, int]

    def flow(self, x: np.ndarray, y: np.ndarray, disparity: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
        """How far points at (x, y) with `disparity` move; arrays of one shape, pixels."""
        u, v, d = _normal(x, y, disparity, self.size)
        uu, uv, vv = u * u, u * v, v * v
        dx, dy = (
            w[0] + w[1] * u + w[2] * v + w[3] * uu + w[4] * uv + w[5] * vv + d * (w[6] + w[7] * u + w[8] * v)
            for w in self.weights.astype(np.float32)
        )
        return dx, dy

    def inverse(self, x: np.ndarray, y: np.ndarray, disparity: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
        """Where points that have arrived at (x, y) came from."""
        x0, y0 = x, y
        for _ in range(3):  # motion varies slowly over the picture, so this closes in at once
            dx, dy = self.flow(x0, y0, disparity)
            x0, y0 = x - dx, y - dy
        return x0, y0


def fit_camera_motion(flow: np.ndarray, disparity: np.ndarray) -> CameraMotion:
    """The camera's part of `flow` [H, W, 2] over `disparity` [H, W], both in pixels.

    Iteratively reweighted least squares (Geman-McClure): what moves by itself loses its say.
    Where too little is known the result is standing still.
    """
    height, width = disparity.shape
    stride = max(1, max(width, height) // GRID)
    ys, xs = np.mgrid[stride // 2 : height : stride, stride // 2 : width : stride]
    ys, xs = ys.ravel(), xs.ravel()
    target = flow[ys, xs].astype(np.float64)
    near = disparity[ys, xs].astype(np.float64)
    good = np.isfinite(target).all(1) & np.isfinite(near)
    weights = np.zeros((2, 9))
    if good.sum() < MINIMUM:
        return CameraMotion(weights, (width, height))
    target = target[good]
    terms = _terms(xs[good].astype(np.float64), ys[good].astype(np.float64), near[good], (width, height))
    trust = np.ones(len(target))
    scale = np.maximum(np.abs(terms).max(1), 1e-9)[:, None]
    damping = 1e-4 * len(target) * np.eye(len(terms))
    for _ in range(ROUNDS):
        weighted = terms / scale * trust
        normal = weighted @ (terms / scale).T + damping
        weights = (np.linalg.solve(normal, weighted @ target) / scale).T
        miss = ((target - (weights @ terms).T) ** 2).sum(1)
        spread = max(1.4826 * float(np.median(np.sqrt(miss))), 0.1)
        trust = 1 / (1 + miss / (2 * spread) ** 2) ** 2
    return CameraMotion(weights, (width, height))


def _terms(x: np.ndarray, y: np.ndarray, disparity: np.ndarray, size: tuple[int, int]) -> np.ndarray:
    """[9, M]: rotation 1, u, v, u², uv, v²; translation times inverse depth d, du, dv."""
    u, v, d = _normal(x, y, disparity, size)
    return np.stack([np.ones_like(u), u, v, u * u, u * v, v * v, d, d * u, d * v])


def _normal(
    x: np.ndarray, y: np.ndarray, disparity: np.ndarray, size: tuple[int, int]
) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Pixels and disparity over half the longer side, from the middle."""
    unit = max(size) / 2
    return (x - size[0] / 2) / unit, (y - size[1] / 2) / unit, disparity / unit
