"""What a loop that paints several pictures for one place asks of whoever watches."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

from ..types import Image


@dataclass(frozen=True)
class Question:
    """Which of some pictures is to be taken.

    step, last  the step they were painted for, and the last there is
    names       what they are called in the store
    pictures    uint8 [H, W, 3], one a name
    best        the number of the one that a machine would take
    """

    step: int
    last: int
    names: tuple[str, ...]
    pictures: tuple[Image, ...]
    best: int = 0


# The number of the picture that is taken, or None for others in their place. It may wait as long as it
# likes, and raises Cancelled when it is not to wait any more.
Choose = Callable[[Question], int | None]
