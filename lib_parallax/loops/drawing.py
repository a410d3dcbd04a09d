"""Frames that depend on their number alone, drawn by a few threads and given in order."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import closing
from fractions import Fraction
from typing import TypeVar

from ..errors import Cancelled
from ..media import abreast
from ..types import Boundary, CancelToken

SEGMENT = 10  # seconds after which a job may close a segment
WORKERS = 4  # frames drawn at a time; the carriers' kernels let go of the interpreter

T = TypeVar("T")


def drawn(
    draw: Callable[[int], T], count: int, first: int = 0, cancel: CancelToken | None = None
) -> Iterator[T]:
    """`draw(n)` for n from `first` to `count` - 1; raises Cancelled between two once the token is set."""
    with closing(abreast(draw, range(first, count), WORKERS, WORKERS)) as made:
        for picture in made:
            if cancel is not None and cancel.cancelled:
                raise Cancelled("stopped")
            yield picture


def boundary_at(number: int, rate: Fraction) -> Boundary | None:
    """Where a job may close a segment before the frame of that number, for frames that need no state."""
    every = max(1, round(SEGMENT * rate))
    return Boundary(number, False) if number and number % every == 0 else None
