"""Cutting a picture into layers that slide by themselves: by depth, by masks, or by words.

Layers are numbered from far to near, as bands are from top to bottom. A layer's matte says how much of it
each pixel shows. Its edge fades outwards, over what lies behind, so that no colour of a nearer layer is ever
taken for one of a farther layer.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Protocol

import numpy as np

from ....types import Image, Mask

DepthOf = Callable[[Image], np.ndarray]
"""Depth of a picture, float32 [h, w], 0 far to 1 near."""


class Cutter(Protocol):
    """How a picture is cut, now and as it is painted further.

    names      of the layers, known after `first`
    distances  how far away they are, in no unit, where that is known; after `first`
    """

    @property
    def names(self) -> tuple[str, ...]: ...

    @property
    def distances(self) -> tuple[float, ...] | None: ...

    def first(self, picture: Image) -> np.ndarray:
        """Mattes float32 [n, h, w] of a picture uint8 [h, w, 3]: 0..1, 1 in sum at every pixel.

        Raises OptionError for a picture that cannot be cut so.
        """
        ...

    def more(self, picture: Image, mattes: np.ndarray, new: Mask) -> np.ndarray:
        """The mattes of a picture that was painted further.

        mattes  of what was known; where `new`, bool [h, w], they mean nothing
        Those of what was known come back untouched.
        """
        ...

    def record(self) -> str:
        """What `restore` needs for another cutter to go on as this one would."""
        ...

    def restore(self, text: str) -> None: ...


class Paint(Protocol):
    """Who paints: `image` uint8 [h, w, 3] again, with something else where `mask`, bool [h, w], says so."""

    def __call__(self, image: Image, mask: Mask, negative: str = "") -> Image: ...
