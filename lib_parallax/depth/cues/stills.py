"""What one picture tells about depth without a network: position, focus, haze, what stands out.

Every cue is `[H, W]` float32, about 0 far to 1 near, made with fixed constants so that the
same thing gets the same value in the next frame.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from .smoothing import box, guided

# How much each cue counts where it applies. Position always does.
POSITION, FOCUS, HAZE, SALIENCY = 0.45, 0.30, 0.10, 0.25


@dataclass(frozen=True)
class StillCues:
    """The cues of one picture, and how far 0..1 its focus varies (all sharp or all soft tells nothing)."""

    position: np.ndarray
    focus: np.ndarray
    haze: np.ndarray
    saliency: np.ndarray
    focus_contrast: float

    def fused(self, focus_contrast: float) -> np.ndarray:
        """One depth `[H, W]` 0..1; the shot's own `focus_contrast` decides what focus is worth."""
        focus = FOCUS * focus_contrast
        total = POSITION + focus + HAZE + SALIENCY
        weighted = POSITION * self.position + focus * self.focus + HAZE * self.haze + SALIENCY * self.saliency
        return (weighted / total).astype(np.float32)


def still_cues(small: np.ndarray, grey: np.ndarray) -> StillCues:
    """The cues of a small RGB picture `[h, w, 3]`, float 0..1, and its grey."""
    sharp, contrast = focus(small, grey)
    return StillCues(position(*grey.shape), sharp, haze(small, grey), saliency(small), contrast)


def position(height: int, width: int) -> np.ndarray:
    """The ground plane: what stands lower in the picture stands nearer."""
    v = (np.arange(height, dtype=np.float32) + 0.5) / height
    return np.repeat(v[:, None], width, 1)


def focus(small: np.ndarray, grey: np.ndarray) -> tuple[np.ndarray, float]:
    """Sharpness of the nearest edges, spread over surfaces, and how much it varies.

    The ratio of an edge's gradient to that of the same edge blurred again tells how blurred
    it was (Zhuo and Sim 2011): a step gives a large ratio, a defocused one nearly 1.
    """
    import cv2

    fine = cv2.GaussianBlur(grey, (0, 0), 0.7)
    coarse = cv2.GaussianBlur(grey, (0, 0), 1.9)
    g1, g2 = gradient(fine), gradient(coarse)
    ratio = g1 / (g2 + 0.004)
    sharp = np.clip((ratio - 1.0) / 1.2, 0, 1)
    weight = np.minimum(g1 * g1, 0.02).astype(np.float32) + 1e-6
    radius = max(1, max(grey.shape) // 16)
    spread = guided(small, sharp, weight, radius, 0.01)
    spread = np.clip(spread, 0, 1)
    mean = float((weight * spread).sum() / weight.sum())
    deviation = float(np.sqrt((weight * (spread - mean) ** 2).sum() / weight.sum()))
    return spread, float(np.clip((deviation - 0.05) / 0.10, 0, 1))


def gradient(grey: np.ndarray) -> np.ndarray:
    """Length of the gradient, per pixel."""
    import cv2

    dx = cv2.Sobel(grey, cv2.CV_32F, 1, 0, scale=0.125)
    dy = cv2.Sobel(grey, cv2.CV_32F, 0, 1, scale=0.125)
    # Not cv2.magnitude: its last bit depends on where the array happens to lie in memory.
    return np.sqrt(dx * dx + dy * dy)


def haze(small: np.ndarray, grey: np.ndarray) -> np.ndarray:
    """Clear and colourful is near, pale and flat is far (the dark channel of He et al. 2009)."""
    import cv2

    radius = max(1, max(grey.shape) // 48)
    dark = cv2.erode(small.min(2), np.ones((2 * radius + 1, 2 * radius + 1), np.uint8))
    mean = box(grey, radius)
    contrast = np.sqrt(np.maximum(box(grey * grey, radius) - mean * mean, 0))
    veil = box(dark, radius) * np.clip(1 - contrast / 0.15, 0, 1)
    return np.clip(1 - veil, 0, 1).astype(np.float32)


def saliency(small: np.ndarray) -> np.ndarray:
    """What has other colours than the picture's top and sides stands before them."""
    height, width = small.shape[:2]
    band = max(1, min(height, width) // 16)
    border = np.concatenate(
        [small[:band].reshape(-1, 3), small[:, :band].reshape(-1, 3), small[:, -band:].reshape(-1, 3)]
    )
    scarce = 1 - _shares(small, border)
    centre = _centre(height, width)
    radius = max(1, max(height, width) // 24)
    return np.clip(box((scarce * (0.4 + 0.6 * centre)).astype(np.float32), radius), 0, 1)


def _shares(small: np.ndarray, border: np.ndarray) -> np.ndarray:
    """How common each pixel's colour is along the border, 0..1."""
    levels = 8
    counts = np.zeros((levels,) * 3)
    where = np.minimum((border * levels).astype(np.int32), levels - 1)
    np.add.at(counts, tuple(where.T), 1.0)
    for axis in range(3):
        before, after = np.roll(counts, 1, axis), np.roll(counts, -1, axis)
        counts = (before + 2 * counts + after) / 4
    common = counts / (counts + 0.004 * len(border))
    at = np.minimum((small * levels).astype(np.int32), levels - 1)
    return common[at[..., 0], at[..., 1], at[..., 2]].astype(np.float32)


def _centre(height: int, width: int) -> np.ndarray:
    y = (np.arange(height, dtype=np.float32) + 0.5) / height - 0.6
    x = (np.arange(width, dtype=np.float32) + 0.5) / width - 0.5
    return np.exp(-(x[None] ** 2) / 0.10 - y[:, None] ** 2 / 0.20)
