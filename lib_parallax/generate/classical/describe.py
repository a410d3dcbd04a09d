"""What can be said of a picture without knowing what it shows: its colours, and where they are."""

from __future__ import annotations

import numpy as np

from ...types import Image
from .palette import LUMA, nearest_names

SIDE = 48  # pixels at which the picture is looked at
FEWEST = 0.12  # share of the picture that a colour must have to be named
MOST = 3
DARK, BRIGHT = 70, 175  # mean levels


def describe(image: Image) -> str:
    """A short prompt, such as "a bright picture of azure and green, azure above, green below"."""
    import cv2

    height, width = image.shape[:2]
    size = min(SIDE, width), min(SIDE, height)
    small = cv2.resize(image, size, interpolation=cv2.INTER_AREA)
    names = nearest_names(small.reshape(-1, 3)).reshape(size[::-1])
    light = float((small @ LUMA).mean())
    kind = "dark " if light < DARK else "bright " if light > BRIGHT else ""
    top, bottom = _common(names[: max(1, size[1] // 3)])[0], _common(names[-max(1, size[1] // 3) :])[0]
    where = "" if top == bottom else f", {top} above, {bottom} below"
    return f"a {kind}picture of {_listed(_common(names))}{where}"


def _common(names: np.ndarray) -> list[str]:
    """The commonest first, at least one."""
    found, counts = np.unique(names, return_counts=True)
    order = np.argsort(-counts, kind="stable")
    much = [str(found[i]) for i in order if counts[i] >= FEWEST * names.size]
    return much[:MOST] or [str(found[order[0]])]


def _listed(names: list[str]) -> str:
    return names[0] if len(names) == 1 else f"{', '.join(names[:-1])} and {names[-1]}"
