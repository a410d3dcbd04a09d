"""Flow between neighbouring frames out of the motion vectors that the video file has anyway.

An encoder's vector says where a block's content lies in another frame, which need not be the
frame before, nor be the same thing at all: it is chosen for its price in bits. So vectors are
taken for proposals, and the two pictures decide (see `motion_vectors_kernel`).
"""

from __future__ import annotations

import numpy as np

from ..types import Flow, Mask, MotionVectors

MEDIAN = 5  # cells: single blocks that found something else that looks alike are outvoted
UNLIKE = 14.0  # grey levels between what was followed and what it was followed to: something else
NOISE = 4.0  # ... but no less than so many times the median difference, in pictures full of grain


def flow_from_vectors(later: np.ndarray, earlier: np.ndarray, vectors: MotionVectors) -> Flow:
    """Flow float32 `[H, W, 2]` from `later`, the vectors' frame, into `earlier`, the one shown before it.

    later, earlier  uint8 luma `[H, W]` of one size, which may be smaller than the file's
    """
    import cv2

    from .motion_vectors_kernel import CELL, chosen, painted, spread

    height, width = later.shape
    rows, columns = -(-height // CELL), -(-width // CELL)
    place = vectors.place * np.array([width, height] * 2, np.float32) / CELL
    motion = vectors.motion * np.array([width, height], np.float32)
    past, future = (
        painted(place[these], motion[these], rows, columns) for these in (vectors.past, ~vectors.past)
    )
    flow = chosen(later, earlier, past, future)
    spread(flow, later, earlier)
    flow = cv2.merge([cv2.medianBlur(part, MEDIAN) for part in cv2.split(np.nan_to_num(flow))])
    full = cv2.resize(flow, (columns * CELL, rows * CELL), interpolation=cv2.INTER_LINEAR)
    return np.ascontiguousarray(full[:height, :width])


def inverse_flow(flow: Flow, later: np.ndarray, earlier: np.ndarray) -> Flow:
    """The flow from `earlier` into `later`, given that from `later` into `earlier`."""
    from .motion_vectors_kernel import turned_round

    return turned_round(flow, later, earlier)


def unlike(a: np.ndarray, b: np.ndarray, flow: Flow) -> Mask:
    """Pixels of a for which `flow` leads out of b, or to something that looks different.

    It stands in for the check forth and back where there is a flow in one direction alone.
    a, b  uint8 luma `[H, W]`
    """
    import cv2

    height, width = a.shape
    x = flow[..., 0] + np.arange(width, dtype=np.float32)
    y = flow[..., 1] + np.arange(height, dtype=np.float32)[:, None]
    gap = cv2.absdiff(a, cv2.remap(b, x, y, cv2.INTER_LINEAR, borderMode=cv2.BORDER_REPLICATE))
    near = cv2.blur(gap, (3, 3))
    outside = (x < -0.5) | (y < -0.5) | (x > width - 0.5) | (y > height - 0.5)
    return (near > max(UNLIKE, NOISE * float(np.median(gap)))) | outside
