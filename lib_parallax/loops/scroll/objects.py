"""Things that stand in the picture: cut out, painted away, laid back to move with the layer they stand in."""

from __future__ import annotations

from collections.abc import Sequence
from typing import NamedTuple

import numpy as np

from ...errors import OptionError
from ...media.masks import NamedMask
from ...types import Image, Mask
from .cutting import Paint
from .cutting.by_masks import fitted, is_soft
from .cutting.by_words import Segmenter, fineness, found_by_words
from .cutting.mattes import snapped
from .cutting.nearest import nearest_known

EVERYTHING = 0.9  # of the picture: a mask of more leaves nothing to paint from
APART = 1 / 12  # of the longer side: parts of a mask farther apart are things of their own
SPECK = 1 / 100_000  # of the picture: smaller parts are no things
CARE = 1 / 400  # of the longer side: how closely masks are drawn by hand
AROUND = 1 / 130  # of the longer side: how far around a thing is painted away with it
FOOT = 1 / 40  # of the picture's height: how much of a thing is looked at for where it stands
EDGE = 2  # pixels inside a thing's edge that may have colours of what is behind it


class Thing(NamedTuple):
    """Something cut out.

    name    of its mask, or the words that found it
    image  RGBA uint8 [h, w, 4], alpha not multiplied in
    x, y    where its first pixel lies in the picture
    """

    name: str
    image: np.ndarray
    x: int
    y: int

    @property
    def base(self) -> int:
        """The lowest row of the picture that it covers."""
        return self.y + int(np.flatnonzero((self.image[..., 3] >= 128).any(axis=1))[-1])


def by_masks(picture: Image, masks: Sequence[NamedMask], soft: float = 2.0) -> list[Thing]:
    """The things that masks of any size show; a mask's parts are one thing unless they are far apart.

    soft  pixels over which an edge fades, where the mask's is not soft
    Raises OptionError for a mask that covers nothing, or nearly everything.
    """
    found = [NamedMask(name, fitted(mask, picture)) for name, mask in masks]
    return _cut_out(picture, found, soft, max(2, round(CARE * max(picture.shape[:2]))), "objects")


def by_words(picture: Image, prompts: Sequence[str], segmenter: Segmenter, soft: float = 2.0) -> list[Thing]:
    """The things that words find. Raises OptionError for words that find nothing, or nearly everything."""
    found = found_by_words(picture, prompts, segmenter, "object_prompts")
    return _cut_out(picture, found, soft, fineness(picture), "object_prompts")


def cleaned(picture: Image, things: Sequence[Thing], paint: Paint, words: str = "") -> Image:
    """The picture without things, and the same to the bit where they are not.

    words  what must not be painted again, as a negative prompt
    """
    import cv2

    covered = np.zeros(picture.shape[:2], np.uint8)
    for thing in things:
        height, width = thing.image.shape[:2]
        covered[thing.y : thing.y + height, thing.x : thing.x + width] |= thing.image[..., 3]
    if not covered.any():
        return picture
    reach = max(2, round(AROUND * max(picture.shape[:2])))
    disc = cv2.getStructuringElement(cv2.MORPH_ELLIPSE, (2 * reach + 1,) * 2)
    hole = cv2.dilate((covered > 0).astype(np.uint8), disc) > 0
    return np.where(hole[..., None], paint(picture, hole, words), picture)


def standing_in(thing: Thing, mattes: np.ndarray) -> int:
    """The layer that a thing stands in: the one that shows most at and just below its base.

    mattes  float32 [n, h, w] of the picture without it
    """
    height, width = mattes.shape[1:]
    foot = max(1, round(FOOT * height))
    alpha = thing.image[..., 3] >= 128
    columns = alpha[max(0, thing.base - thing.y + 1 - foot) : thing.base - thing.y + 1].any(axis=0)
    where = thing.x + np.flatnonzero(columns)
    rows = slice(thing.base, min(thing.base + foot, height))
    return int(np.argmax(mattes[:, rows][..., where[where < width]].mean(axis=(1, 2))))


def _cut_out(picture: Image, masks: Sequence[NamedMask], soft: float, radius: int, field: str) -> list[Thing]:
    """radius  pixels by which the edge of a mask that is not soft may move to one of the picture"""
    things: list[Thing] = []
    for name, mask in masks:
        covered = float((mask >= 0.5).mean())
        if covered == 0:
            raise OptionError(f"{field}: {name} covers nothing of the picture", field)
        if covered > EVERYTHING:
            raise OptionError(
                f"{field}: {name} covers {covered:.0%} of the picture, so there is too little to paint what "
                "is behind it from",
                field,
            )
        own_edge = is_soft(mask)
        alpha = mask if own_edge else _softened(mask >= 0.5, picture, soft, radius)
        for part in _apart(alpha >= 0.5):
            thing = _thing(picture, name, np.where(part, alpha, 0))
            things.append(thing if own_edge else _unmixed(thing))
    return things


def _softened(inside: Mask, picture: Image, soft: float, radius: int) -> np.ndarray:
    """The mask with its edge on the picture's, over which it fades out, half of it inside; float32 [h, w]."""
    import cv2

    sharp: np.ndarray = snapped(inside.astype(np.int16), picture, radius).astype(np.float32)
    if soft > 0:
        sharp = cv2.GaussianBlur(sharp, (0, 0), soft / 4, borderType=cv2.BORDER_REPLICATE)
    return sharp if (sharp >= 0.5).any() else inside.astype(np.float32)


def _apart(inside: Mask) -> list[Mask]:
    """For each of its parts that are far from each other, the pixels nearest to that one."""
    import cv2

    reach = max(1, round(APART * max(inside.shape) / 2))
    square = np.ones((2 * reach + 1,) * 2, np.uint8)
    count, labels = cv2.connectedComponents(cv2.dilate(inside.astype(np.uint8), square))
    sizes = [int((inside & (labels == number)).sum()) for number in range(1, count)]
    least = min(max(4, SPECK * inside.size), max(sizes))
    nearest = labels.ravel()[nearest_known(labels > 0)]
    return [nearest == number for number, size in enumerate(sizes, 1) if size >= least]


def _thing(picture: Image, name: str, alpha: np.ndarray) -> Thing:
    levels = np.rint(alpha * 255).astype(np.uint8)
    y, x = (np.flatnonzero((levels > 0).any(axis=axis)) for axis in (1, 0))
    part = slice(int(y[0]), int(y[-1]) + 1), slice(int(x[0]), int(x[-1]) + 1)
    return Thing(name, np.dstack([picture[part], levels[part]]), part[1].start, part[0].start)


def _unmixed(thing: Thing) -> Thing:
    """Colours at its edge, which have something of what is behind it, are those a little further in."""
    import cv2

    colours, levels = thing.image[..., :3], thing.image[..., 3]
    own = cv2.erode((levels == 255).astype(np.uint8), np.ones((2 * EDGE - 1,) * 2, np.uint8)) > 0
    if not own.any():
        return thing
    further = colours.reshape(-1, 3)[nearest_known(own)]
    colours = np.where((levels < 255)[..., None], further, colours)
    return thing._replace(image=np.dstack([colours, levels]))
