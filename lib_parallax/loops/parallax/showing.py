"""What a move is made of, as pictures and files for other tools."""

from __future__ import annotations

from collections.abc import Iterator
from fractions import Fraction
from typing import Any

import numpy as np

from ...media import Relief, Surface
from ...media.reader import SURFACE_SUFFIXES
from ...types import Frame, Image, Mask
from .layers import Layers

FRAMES = {"layers": 2, "mask": 1, "model": 1}  # how many pictures each shows
FORMS = {**dict.fromkeys(SURFACE_SUFFIXES, "surface"), ".html": "page"}


def shown(what: str, layers: Layers, fov: float, title: str) -> Iterator[Frame]:
    """The frames of `what`, one of FRAMES."""
    front = layers.sheets[0]
    behind = layers.sheets[1] if len(layers.sheets) > 1 else None
    if what == "layers":
        nothing = np.zeros_like(front.there)
        yield _still(see_through(front.image, front.there), 0)
        yield _still(
            see_through(behind.image if behind else front.image, behind.there if behind else nothing), 1
        )
    elif what == "mask":
        there = behind.there if behind else np.zeros_like(front.there)
        yield _still(np.repeat(np.where(there, 255, 0).astype(np.uint8)[..., None], 3, axis=2), 0)
    else:
        pair = (behind.image, behind.depth) if behind else None
        extra = {
            "surface": Surface(front.image, front.depth, fov, 1.0),
            "page": Relief(front.image, front.depth, pair, title),
        }
        yield _still(front.image, 0, extra)


def see_through(image: Image, there: Mask) -> Image:
    """The picture as RGBA, see-through where there is nothing."""
    return np.dstack([image, np.where(there, 255, 0).astype(np.uint8)])


def _still(image: Image, number: int, extra: dict[str, Any] | None = None) -> Frame:
    return Frame(image, Fraction(number), extra=extra or {})
