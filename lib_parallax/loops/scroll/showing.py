"""What a scroll is made of, as pictures with alpha for other tools, in the order of its layers."""

from __future__ import annotations

from collections.abc import Iterator
from fractions import Fraction

import numpy as np

from ...errors import OptionError
from ...types import Frame, Size
from .world import World

LARGEST = 100_000_000  # pixels of a strip's picture


def layers(world: World, most: int) -> Iterator[Frame]:
    """Each layer as it is at the start; bands have their soft edges. What is lacking to `most` is empty."""
    for number, (strip, rows) in enumerate(zip(world.strips, world.rows, strict=True)):
        image = strip.window(0, 0, world.size)
        if rows is not None:
            image[..., 3] = np.rint(image[..., 3] * rows[:, None])
        yield Frame(image, Fraction(number))
    yield from _empty(len(world.strips), most, world.size)


def strips(world: World, most: int, size: Size) -> Iterator[Frame]:
    """Each layer's strip with all of its land, at one end of a picture of `size`."""
    for number, strip in enumerate(world.strips):
        left, top, right, bottom = strip.bounds()
        # the start of the scroll lies at the side that the picture moves towards
        x = left if world.motion.toward[0] <= 0 else right - size[0]
        y = top if world.motion.toward[1] <= 0 else bottom - size[1]
        yield Frame(strip.window(x, y, size), Fraction(number))
    yield from _empty(len(world.strips), most, size)


def check_size(size: Size) -> None:
    """Raises OptionError for a strip that is too large for a picture."""
    if size[0] * size[1] > LARGEST:
        raise OptionError(
            f"show: a strip of {size[0]}x{size[1]} is too large for one picture; its pieces are in the job's "
            "`kept` folder",
            "show",
        )


def _empty(first: int, most: int, size: Size) -> Iterator[Frame]:
    for number in range(first, most):
        yield Frame(np.zeros((size[1], size[0], 4), np.uint8), Fraction(number))
