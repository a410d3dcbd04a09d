"""Several pictures of one thing into one that is as sharp as each of them.

A plain mean of two paintings of one surface loses what they do not agree on: strokes that differ
halve each other. So colours at large are mixed, and what is finer goes from one picture to the
other along an arc as long as both are (spherical interpolation): where the two agree that is the
plain mean, where they do not, neither fades before the other is there.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from functools import lru_cache
from typing import NamedTuple

import numpy as np

from .poisson import from_gradients

CELL = 8  # pixels; colours at large are means over about two, and likeness is judged over as many
NOISE = 2.0  # square levels below which unlikeness is rounding


def blend(images: Sequence[np.ndarray], weights: Sequence[np.ndarray]) -> np.ndarray:
    """Pictures float32 `[H, W, C]` in 0..255 into one, each by its weights float32 `[H, W]`, at least 0.

    They are taken in one after another, so those that matter most go first. Where all weights
    are 0 the first stays; where only one is not, its picture's pixels stay as they are.
    """
    result = images[0]
    for joint in _joints(images, weights):
        result = joint.result
    return result


def fuse(images: Sequence[np.ndarray], weights: Sequence[np.ndarray]) -> np.ndarray:
    """As `blend`, but it is the gradients that are mixed, and the picture is the one that has them.

    No edge comes of a picture's ending (its weight's becoming 0) beside another one of different
    colours: between two pixels counts who shows both.
    """
    result = images[0]
    right, down = np.diff(result, axis=1), np.diff(result, axis=0)
    for joint in _joints(images, weights):
        result = joint.result
        right = joint.slopes(right, 1)
        down = joint.slopes(down, 0)
    return from_gradients(result, right, down)


class _Joint(NamedTuple):
    """One more picture taken in: what was, what comes, their weights and angle, and what becomes of them."""

    image: np.ndarray
    old: np.ndarray
    new: np.ndarray
    angle: np.ndarray
    result: np.ndarray

    def slopes(self, old: np.ndarray, axis: int) -> np.ndarray:
        """The differences along an axis, `old` being those of what was."""
        ends = [slice(None)] * 2
        ends[axis] = slice(0, -1)
        low = tuple(ends)
        ends[axis] = slice(1, None)
        high = tuple(ends)
        before, after = (np.minimum(w[low], w[high]) for w in (self.old, self.new))
        total = before + after
        of_old, of_new = arc(self.angle[low], after / np.maximum(total, 1e-9))
        mixed = of_old[..., None] * old + of_new[..., None] * np.diff(self.image, axis=axis)
        return np.where((total > 0)[..., None], mixed, np.diff(self.result, axis=axis))


def _joints(images: Sequence[np.ndarray], weights: Sequence[np.ndarray]) -> Iterator[_Joint]:
    result, total = images[0], weights[0]
    for image, weight in zip(images[1:], weights[1:], strict=True):
        if not weight.any():
            continue
        share = weight / np.maximum(total + weight, 1e-9)
        # what counts for nothing must not get into the means around it either
        image = np.where((weight > 0)[..., None], image, result)
        result = np.where((total > 0)[..., None], result, image)
        large, large_new = at_large(result), at_large(image)
        angle = angle_between(result, image)
        of_old, of_new = arc(angle, share)
        result = (
            of_old[..., None] * (result - large) + of_new[..., None] * (image - large_new)
            + large + share[..., None] * (large_new - large)
        )  # fmt: skip
        yield _Joint(image, total, weight, angle, result)
        total = total + weight


def arc(angle: np.ndarray, share: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Weights of two that stand at an angle, `share` 0..1 of the way from the first to the second."""
    whole = np.sin(angle)
    return np.sin((1 - share) * angle) / whole, np.sin(share * angle) / whole


def angle_between(a: np.ndarray, b: np.ndarray) -> np.ndarray:
    """The arccosine of how the details of two pictures correlate around each pixel, above 0 to pi / 2."""
    third = np.full(3, 1 / 3, np.float32)
    light_a, light_b = a @ third, b @ third
    mean_a, mean_b = at_large(light_a), at_large(light_b)
    vary_a = np.maximum(at_large(light_a * light_a) - mean_a * mean_a, 0)
    vary_b = np.maximum(at_large(light_b * light_b) - mean_b * mean_b, 0)
    both = at_large(light_a * light_b) - mean_a * mean_b
    return np.arccos(np.clip((both + NOISE) / (np.sqrt(vary_a * vary_b) + NOISE), 0, 0.9999))


def at_large(values: np.ndarray) -> np.ndarray:
    """What remains of `[H, W]` or `[H, W, C]` without what is finer than about two cells."""
    rows, columns = _tents(values.shape[0]), _tents(values.shape[1])

    def smooth(plane: np.ndarray) -> np.ndarray:
        down, across = (part / part.sum(0) for part in (rows, columns))
        return np.asarray(rows @ (down.T @ plane @ across) @ columns.T)

    if values.ndim == 2:
        return smooth(values)
    return np.stack([smooth(values[..., i]) for i in range(values.shape[2])], -1)


@lru_cache(maxsize=8)
def _tents(length: int) -> np.ndarray:
    """How much each pixel of a line takes from each cell, float32 [length, cells]: linear, in sum 1."""
    cells = max(1, round(length / CELL))
    at = ((np.arange(length) + 0.5) * (cells / length) - 0.5).clip(0, cells - 1)
    tents: np.ndarray = np.maximum(0, 1 - np.abs(at[:, None] - np.arange(cells))).astype(np.float32)
    return tents
