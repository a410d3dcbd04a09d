"""Dense inverse search, as OpenCV has it: no weights, quick, the same bytes on every run."""

from __future__ import annotations

from typing import Any

import numpy as np

from ..errors import ParallaxError

# The patch search reads 8 x 8 patches on a pyramid and fails or crashes on less than this.
SMALLEST = 16


class DIS:
    """A FlowEstimator over OpenCV's DISOpticalFlow at one of its presets: ultrafast, fast, medium.

    "fine" is medium down to whole pixels: half the error, at two to three times the price.
    Raises ParallaxError where the two pictures differ in size or are no pictures.
    """

    def __init__(self, name: str, preset: str):
        import cv2

        self.name = name
        self._fine = preset == "fine"
        level = "MEDIUM" if self._fine else preset.upper()
        self._preset = getattr(cv2, f"DISOPTICAL_FLOW_PRESET_{level}")

    def __call__(self, a: Any, b: Any) -> Any:
        """Flow float32 `[H, W, 2]` on a into b; see FlowEstimator."""
        device = getattr(a, "device", None) if hasattr(a, "detach") else None
        grey_a, grey_b = to_grey(a), to_grey(b)
        if grey_a.shape != grey_b.shape:
            sizes = " and ".join(f"{g.shape[1]}x{g.shape[0]}" for g in (grey_a, grey_b))
            raise ParallaxError(f"flow needs two pictures of one size, got {sizes}")
        flow = self._between(grey_a, grey_b)
        if device is None:
            return flow
        import torch

        return torch.from_numpy(flow).to(device)

    def _between(self, a: np.ndarray, b: np.ndarray) -> np.ndarray:
        height, width = a.shape
        below, right = max(0, SMALLEST - height), max(0, SMALLEST - width)
        if below or right:
            a, b = (np.pad(g, ((0, below), (0, right)), mode="edge") for g in (a, b))
        import cv2

        # One searcher a call: it keeps pyramids, which two threads cannot share, and once it has seen a
        # small picture it stays with that one's patch size.
        searcher = cv2.DISOpticalFlow_create(self._preset)  # type: ignore[attr-defined,unused-ignore]
        if self._fine:
            searcher.setFinestScale(0)
            # twice the time for more of these finds hardly more
            searcher.setPatchStride(4)
            searcher.setGradientDescentIterations(6)
            searcher.setVariationalRefinementIterations(2)
        flow = searcher.calc(a, b, None)
        return np.ascontiguousarray(flow[:height, :width], dtype=np.float32)


def to_grey(image: Any) -> np.ndarray:
    """A picture as uint8 luma `[H, W]`, whatever it came as. Raises ParallaxError."""
    import cv2

    picture = np.asarray(image.detach().cpu() if hasattr(image, "detach") else image)
    if picture.ndim not in (2, 3) or (picture.ndim == 3 and picture.shape[2] != 3) or not picture.size:
        raise ParallaxError(f"flow needs pictures of shape [H, W, 3] or [H, W], got {list(picture.shape)}")
    if picture.dtype == np.uint16:
        picture = (picture >> 8).astype(np.uint8)
    elif np.issubdtype(picture.dtype, np.floating):
        picture = np.rint(np.clip(picture, 0, 1) * 255).astype(np.uint8)
    elif picture.dtype != np.uint8:
        raise ParallaxError(f"flow needs uint8, uint16 or float pictures, got {picture.dtype}")
    if picture.ndim == 3:
        picture = cv2.cvtColor(np.ascontiguousarray(picture), cv2.COLOR_RGB2GRAY)
    return np.ascontiguousarray(picture)
