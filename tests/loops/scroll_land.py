"""A land of three layers with exact depth, as wide as one likes: sky, hills and bushes before each other."""

from __future__ import annotations

import numpy as np

SIZE = (480, 300)
DEPTHS = (0.1, 0.5, 0.9)
SPEEDS = (2, 8, 24)  # pixels a step, to the left
COLOURS = np.array([(90, 140, 210), (150, 110, 60), (40, 110, 40)], float)


def views(step: int) -> list[np.ndarray]:
    """Each layer alone, RGBA uint8, as it lies in the picture after so many steps."""
    width, height = SIZE
    made = []
    for layer, speed in enumerate(SPEEDS):
        x = np.arange(width) + speed * step
        y = np.arange(height)[:, None]
        wave = np.sin(x / (34.0 + 18 * layer)) + 0.6 * np.sin(x / 10.6 + layer)
        tops = (np.full(width, -1.0), 124 + 18 * wave, 216 + 26 * wave)[layer]
        grain = np.sin(x * (1.7 + layer) + 0.9 * y * (layer + 1)) * 14 + np.cos(x * 0.31 - y * 0.7) * 8
        colour = np.clip(COLOURS[layer] + grain[..., None], 0, 255).astype(np.uint8)
        made.append(np.dstack([colour, np.where(y >= tops, 255, 0).astype(np.uint8)]))
    return made


def labels(step: int) -> np.ndarray:
    """Which layer each pixel shows, int [h, w]."""
    found = np.zeros(SIZE[::-1], int)
    for layer, view in enumerate(views(step)):
        found[view[..., 3] > 0] = layer
    return found


def picture(step: int) -> np.ndarray:
    shown = np.stack([view[..., :3] for view in views(step)])
    return np.take_along_axis(shown, labels(step)[None, ..., None], 0)[0]


def depth(step: int) -> np.ndarray:
    return np.array(DEPTHS, np.float32)[labels(step)]


def moved(sheets: list[np.ndarray]) -> list[np.ndarray]:
    """Sheets a step later; what comes in is empty."""
    later = []
    for sheet, speed in zip(sheets, SPEEDS, strict=True):
        shifted = np.zeros_like(sheet)
        shifted[:, :-speed] = sheet[:, speed:]
        later.append(shifted)
    return later


def coverage(sheets: list[np.ndarray]) -> np.ndarray:
    """How much of each sheet is seen, float32 [n, h, w]."""
    mattes, free = [], np.ones(sheets[0].shape[:2], np.float32)
    for sheet in reversed(sheets):
        alpha = sheet[..., 3].astype(np.float32) / 255
        mattes.append(free * alpha)
        free = free * (1 - alpha)
    return np.stack(mattes[::-1])


def laid(sheets: list[np.ndarray]) -> np.ndarray:
    """Sheets over each other, float [h, w, 3]; the first lies behind."""
    shown = np.zeros((*sheets[0].shape[:2], 3))
    for sheet in sheets:
        alpha = sheet[..., 3:] / 255
        shown = sheet[..., :3] * alpha + shown * (1 - alpha)
    return shown


def grey_edges(image: np.ndarray) -> np.ndarray:
    """The picture as a lens draws it: a pixel on either side of an edge has of both colours."""
    wide = np.pad(image.astype(float), ((1, 1), (1, 1), (0, 0)), mode="edge")
    across = (wide[1:-1, :-2] + 2 * wide[1:-1, 1:-1] + wide[1:-1, 2:]) / 4
    return np.rint(across).astype(np.uint8)


def overlap(a: np.ndarray, b: np.ndarray) -> float:
    """Intersection over union."""
    return float((a & b).sum() / max((a | b).sum(), 1))
