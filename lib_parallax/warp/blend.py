"""Several pictures of one thing into one that is as sharp as each of them.

A plain mean of two paintings of one surface loses what they do not agree on: strokes that differ
halve each other. So colours at large are mixed, and what is finer goes from one picture to the
other along an arc as long as both are (spherical interpolation): where the two agree that is the
plain mean, where they do not, neither fades before the other is there.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import NamedTuple

import numpy as np

from .blend_kernel import Line, gather, line, mix, slopes
from .poisson import from_gradients

CELL = 8  # pixels; colours at large are means over about two, and likeness is judged over as many
NOISE = 2.0  # square levels below which unlikeness is rounding


def blend(images: Sequence[np.ndarray], weights: Sequence[np.ndarray]) -> np.ndarray:
    """Pictures float32 `[H, W, 3]` in 0..255 into one, each by its weights float32 `[H, W]`, at least 0.

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
        around = joint.image, joint.result, joint.old, joint.new, joint.angle
        right, down = slopes(right, *around, 0), slopes(down, *around, 1)
    return from_gradients(result, right, down)


class _Joint(NamedTuple):
    """One more picture taken in: it, the weights before and its own, the angle, and what becomes of both."""

    image: np.ndarray
    old: np.ndarray
    new: np.ndarray
    angle: np.ndarray
    result: np.ndarray


def _joints(images: Sequence[np.ndarray], weights: Sequence[np.ndarray]) -> Iterator[_Joint]:
    result, total = images[0], weights[0]
    rows, columns = (line(length, CELL) for length in total.shape)
    for image, weight in zip(images[1:], weights[1:], strict=True):
        if not weight.any():
            continue
        both = result, image, total, weight
        result, angle = mix(*both, _around_cells(gather(*both, rows, columns), rows, columns), rows, columns)
        yield _Joint(image, total, weight, angle, result)
        total = total + weight


def _around_cells(sums: np.ndarray, rows: Line, columns: Line) -> np.ndarray:
    """The mean colours of both around each cell, and the arccosine of how their details correlate."""
    means = sums[:-1, :-1] / (rows.total[:-1, None] * columns.total[:-1])[..., None]
    # few strokes are alike by chance, so one looks a little farther than for the colours
    wide = _softened(_softened(means, 0), 1)
    light_a, light_b = wide[..., 0:3].mean(-1), wide[..., 3:6].mean(-1)
    vary_a = np.maximum(wide[..., 6] - light_a * light_a, 0)
    vary_b = np.maximum(wide[..., 7] - light_b * light_b, 0)
    alike = (wide[..., 8] - light_a * light_b + NOISE) / (np.sqrt(vary_a * vary_b) + NOISE)
    angle = np.arccos(np.clip(alike, 0, 0.9999))
    fields = np.concatenate([means[..., :6], angle[..., None]], -1).astype(np.float32)
    return np.pad(fields, ((0, 1), (0, 1), (0, 0)))


def _softened(values: np.ndarray, axis: int) -> np.ndarray:
    """Each with half of itself and a quarter of either neighbour along an axis; the ends repeat."""
    count = values.shape[axis]
    before, after = (values.take(np.clip(np.arange(count) + step, 0, count - 1), axis) for step in (-1, 1))
    return np.asarray(values / 2 + (before + after) / 4)
