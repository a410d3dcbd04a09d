"""Colours of keys: brought to those of another key, and how far they drift from the first.

Means and standard deviations in CIE Lab are compared (Reinhard and others 2001); where the source's
frames are given, of what has the same colour in both: a red bus that drives in must not turn the
street green.
"""

from __future__ import annotations

from collections.abc import Iterable
from typing import NamedTuple

import cv2
import numpy as np

from ...types import Image
from ..source import scaled

SIDE = 192  # shorter side of the pictures that figures are taken from
ALIKE = 0.25  # of Lab: where no mean and no spread differs by more, nothing is done
GAINS = (2 / 3, 3 / 2)
LARGEST_SHIFT = 30.0  # of Lab, by which a mean is moved
LEAST = 2.0  # of Lab: less spread than this tells nothing of a gain
BINS = 8  # a channel: by how many colours of the source pictures are compared
ENOUGH = 0.1  # share of the pixels that must have a colour of both sources for anything to be told


class Colours(NamedTuple):
    """Of a picture in Lab, float64 `[3]` each."""

    mean: np.ndarray
    spread: np.ndarray

    @classmethod
    def of(cls, lab: np.ndarray, weights: np.ndarray | None = None) -> Colours:
        """Of pixels `[N, 3]`; the weights add up to 1."""
        if weights is None:
            weights = np.full(len(lab), 1 / len(lab))
        mean = weights @ lab
        return cls(mean, np.sqrt(weights @ (lab - mean) ** 2))


def matched(image: Image, like: Image, sources: tuple[Image, Image] | None = None) -> Image:
    """`image` in the colours of `like`, uint8 `[H, W, 3]`; unchanged where they are the same already.

    sources  the source's frames of the two, of any size
    """
    now, wanted = _compared(image, like, sources)
    shift = np.clip(wanted.mean - now.mean, -LARGEST_SHIFT, LARGEST_SHIFT)
    if max(np.abs(shift).max(), np.abs(wanted.spread - now.spread).max()) <= ALIKE:
        return image
    gain = np.clip((wanted.spread + LEAST) / (now.spread + LEAST), *GAINS)
    lab = _to_lab(image)
    bent = (lab - now.mean) * gain + (now.mean + shift)
    rgb = cv2.cvtColor(bent.astype(np.float32), cv2.COLOR_Lab2RGB)
    return np.rint(np.clip(rgb, 0, 1) * 255).astype(np.uint8)


def drift(keys: Iterable[Image], sources: Iterable[Image] | None = None) -> dict[str, float]:
    """How far the colours of keys are from the first one's; {} for fewer than two.

    sources  the source's frames of the keys

    "colour_drift" is the distance of the mean colours of the last and the first in Lab,
    "colour_drift_most" the largest of any, "contrast" the spread of lightness of the last over the first's.
    """
    found: list[float] = []
    contrast = 1.0
    first: tuple[Image, Image | None] | None = None
    others = iter(sources) if sources is not None else None
    for key in keys:
        source = None if others is None else next(others)
        if first is None:
            first = _small(key), None if source is None else _small(source)
            continue
        pair = None if source is None or first[1] is None else (source, first[1])
        now, wanted = _compared(key, first[0], pair)
        found.append(float(np.linalg.norm(now.mean - wanted.mean)))
        contrast = float((now.spread[0] + LEAST) / (wanted.spread[0] + LEAST))
    if not found:
        return {}
    figures = {"colour_drift": found[-1], "colour_drift_most": max(found), "contrast": contrast}
    return {name: round(value, 3) for name, value in figures.items()}


def _compared(image: Image, like: Image, sources: tuple[Image, Image] | None) -> tuple[Colours, Colours]:
    """The colours of the two pictures, as far as they can be compared."""
    lab, lab_like = _lab(image), _lab(like)
    if sources is None:
        return Colours.of(lab), Colours.of(lab_like)
    here, there = (_bins(source, picture) for source, picture in zip(sources, (image, like), strict=True))
    counts, counts_like = (np.bincount(bins, minlength=BINS**3) for bins in (here, there))
    shared = np.minimum(counts / len(here), counts_like / len(there))
    both = shared > 0
    if shared.sum() < ENOUGH:
        return Colours.of(lab), Colours.of(lab)
    weights = shared[both] / shared.sum()
    return (
        Colours.of(_means(lab, here, counts)[both], weights),
        Colours.of(_means(lab_like, there, counts_like)[both], weights),
    )


def _bins(source: Image, picture: Image) -> np.ndarray:
    """Which of the source's colours each pixel of the picture in small has, int [N]."""
    height, width = _small(picture).shape[:2]
    red, green, blue = (scaled(source, (width, height)).reshape(-1, 3).astype(np.intp) * BINS // 256).T
    return np.asarray((red * BINS + green) * BINS + blue)


def _means(lab: np.ndarray, bins: np.ndarray, counts: np.ndarray) -> np.ndarray:
    """The mean of every bin, float64 `[bins, 3]`."""
    sums = [np.bincount(bins, lab[:, channel], BINS**3) for channel in range(3)]
    return np.stack(sums, 1) / np.maximum(counts, 1)[:, None]


def _lab(image: Image) -> np.ndarray:
    """The pixels of the picture in small, Lab, float64 `[N, 3]`."""
    return _to_lab(_small(image)).reshape(-1, 3).astype(np.float64)


def _to_lab(image: Image) -> np.ndarray:
    return np.asarray(cv2.cvtColor(image.astype(np.float32) / 255, cv2.COLOR_RGB2Lab))


def _small(image: Image) -> Image:
    height, width = image.shape[:2]
    scale = min(1.0, SIDE / min(height, width))
    return scaled(image, (max(1, round(width * scale)), max(1, round(height * scale))))
