"""How much of its area a flow leaves to each pixel, compiled by numba."""

from __future__ import annotations

import numpy as np
from numba import njit


@njit(cache=True, nogil=True, error_model="numpy")
def areas(flow: np.ndarray) -> np.ndarray:
    """The area that each pixel covers where the flow leads, float32 `[H, W]`; 1 where it is no number."""
    height, width = flow.shape[:2]
    found = np.ones((height, width), np.float32)
    half, one, most = np.float32(0.5), np.float32(1), np.float32(1e9)
    for y in range(height):
        above, below = max(y - 1, 0), min(y + 1, height - 1)
        for x in range(width):
            left, right = max(x - 1, 0), min(x + 1, width - 1)
            x_across = half * (flow[y, right, 0] - flow[y, left, 0])
            y_across = half * (flow[y, right, 1] - flow[y, left, 1])
            x_down = half * (flow[below, x, 0] - flow[above, x, 0])
            y_down = half * (flow[below, x, 1] - flow[above, x, 1])
            area = (one + x_across) * (one + y_down) - x_down * y_across
            if abs(area) < most:
                found[y, x] = area
    return found
