"""Depth brought from one frame to another of the same shot.

Optical flow is smooth: it carries a wire along with the wall behind it. Where the picture moves
as a rigid scene under the camera's motion, depth itself says how each point moves, and the
nearest surface that arrives at a pixel is the one seen there. So depth is carried by flow first,
and then, where the camera explains the flow, looked up again by what rigid points do.
"""

from __future__ import annotations

import numpy as np

from ..flow.camera import CameraMotion, fit_camera_motion
from ..types import Flow
from ..warp import warp_flow

UNIT = 0.025  # of the width: how many pixels of disparity depth 0..1 is taken for in the fit
OWN_MOTION = 1.0  # pixels at the flow's size by which a point may disobey the camera
AGREE = 0.08  # of the range: depth looked up for may differ from depth found
REACH = 1 / 160  # of the width: how far flow may have put a thing beside its place


def carried(values: np.ndarray, flow: Flow) -> np.ndarray:
    """Depth of a frame from a key's depth.

    values  float32 [H, W], the key's depth
    flow    float32 [h, w, 2], on the frame's grid into the key, at any smaller size
    """
    import cv2

    height, width = values.shape
    small_height, small_width = flow.shape[:2]
    scale = np.array([width / small_width, height / small_height], np.float32)
    full = cv2.resize(flow, (width, height), interpolation=cv2.INTER_LINEAR) * scale
    by_flow = warp_flow(values, full, "linear")
    span = float(values.max() - values.min())
    if span <= 0:
        return by_flow
    unit = np.float32(UNIT * width / span)  # pixels of disparity in one of depth
    small = cv2.resize(by_flow, (small_width, small_height), interpolation=cv2.INTER_AREA) * unit / scale[0]
    motion = fit_camera_motion(flow, small)
    y, x = np.mgrid[:small_height, :small_width].astype(np.float32)
    dx, dy = motion.flow(x, y, small)
    obeys = (flow[..., 0] - dx) ** 2 + (flow[..., 1] - dy) ** 2 < OWN_MOTION**2
    rigid = cv2.resize(obeys.astype(np.float32), (width, height), interpolation=cv2.INTER_LINEAR) > 0.5
    return _looked_up(values, by_flow, rigid, motion, float(scale[0]), float(unit), AGREE * span)


def _looked_up(
    values: np.ndarray,
    by_flow: np.ndarray,
    rigid: np.ndarray,
    motion: CameraMotion,
    scale: float,
    unit: float,
    agree: float,
) -> np.ndarray:
    """`by_flow`, replaced by the nearest depth nearby that the rigid motion brings here."""
    import cv2

    height, width = values.shape
    reach = max(2, round(width * REACH))
    window = np.ones((2 * reach + 1, 2 * reach + 1), np.uint8)
    high, low = cv2.dilate(by_flow, window), cv2.erode(by_flow, window)
    result = by_flow.copy()
    open_ = rigid & (high - low > agree)  # elsewhere there is nothing that flow could have misplaced
    y, x = np.nonzero(open_)
    fx, fy = x.astype(np.float32), y.astype(np.float32)
    best = np.full(len(x), -np.inf, np.float32)
    for guess in (high[y, x], by_flow[y, x], low[y, x]):
        wanted = guess
        for _ in range(2):  # the second look is at the depth that the first has found
            dx, dy = motion.flow(fx / scale, fy / scale, wanted * unit / scale)
            u = np.clip(np.rint(fx + dx * scale), 0, width - 1).astype(np.int64)
            v = np.clip(np.rint(fy + dy * scale), 0, height - 1).astype(np.int64)
            found = values[v, u]
            near = np.abs(found - wanted) <= agree
            wanted = np.where(near, found, wanted)
        best = np.where(near & (found > best), found, best)
    held = np.isfinite(best)
    result[y[held], x[held]] = best[held]
    return result
