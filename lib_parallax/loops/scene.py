"""A frame with its depth, and both eyes' views of it: what travels inside the stereo loop."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np

from ..types import Frame
from ..warp.backends import Carrier

DEPTH_STEPS = 65535  # depth is held as a 16-bit file keeps it, so that a saved one gives the same result


def in_steps(depth: np.ndarray) -> np.ndarray:
    """Depth 0..1 as uint16, full scale."""
    return np.rint(np.clip(depth, 0, 1) * DEPTH_STEPS).astype(np.uint16)


@dataclass(frozen=True)
class Scene:
    """A frame, its depth, and how depth becomes disparity.

    depth       uint16 [H, W], full scale, near is large
    gain, bias  disparity between the eyes, in % of width before the screen, is
                gain * depth / DEPTH_STEPS + bias
    """

    frame: Frame
    depth: np.ndarray
    gain: float
    bias: float

    @property
    def cut(self) -> bool:
        return self.frame.boundary is not None and self.frame.boundary.cut

    @property
    def percent(self) -> np.ndarray:
        """Disparity in % of width, + in front of the screen; float32 [H, W]."""
        return self.depth * np.float32(self.gain / DEPTH_STEPS) + np.float32(self.bias)

    @property
    def disparity(self) -> np.ndarray:
        """Disparity in pixels; float32 [H, W]."""
        return self.pixels(self.depth)

    def pixels(self, depth: Any) -> Any:
        """Disparity in pixels of depth in this scene's steps."""
        unit = self.frame.image.shape[1] / 100
        return _line(depth, self.gain * unit / DEPTH_STEPS, self.bias * unit)

    def entered(self, on: Carrier) -> tuple[Any, Any]:
        """Its picture and its disparity in pixels, as the carrier takes them: bytes cross, not floats."""
        if on.name == "cpu":
            return self.frame.image, self.disparity
        return on.enter(self.frame.image), self.pixels(on.enter(self.depth))


def _line(depth: Any, gain: float, bias: float) -> Any:
    if isinstance(depth, np.ndarray):
        return depth * np.float32(gain) + np.float32(bias)
    return depth.float() * float(np.float32(gain)) + float(np.float32(bias))


@dataclass(frozen=True)
class Views:
    """Both eyes' pictures, and of each what its picture uncovers; None for the source itself.

    Numpy, or tensors of the carrier that made them.
    """

    left: Any
    right: Any
    holes: tuple[Any, Any]

    @property
    def filled(self) -> float:
        """How much of a synthesised picture had to be filled, 0..1; the worse eye's."""
        return max((_share(mask) for mask in self.holes if mask is not None), default=0.0)


def _share(mask: Any) -> float:
    return float(mask.sum()) / (mask.shape[0] * mask.shape[1])
