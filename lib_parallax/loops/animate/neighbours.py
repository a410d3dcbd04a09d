"""The keys beyond the two around a stretch, and the motion that leads to them."""

from __future__ import annotations

from collections import deque
from collections.abc import Iterable, Iterator, Sequence
from itertools import pairwise
from typing import NamedTuple

from ...flow.reach import Step
from .spans import Span
from .stretches import Beyond, Stretch


class _Gone(NamedTuple):
    """What is left of a stretch whose frames are no longer needed."""

    span: Span
    steps: list[Step]


def with_beyond(stretches: Iterable[Stretch], most: int, passed: Iterable[Stretch] = ()) -> Iterator[Stretch]:
    """The stretches with their further keys: of the same shot, at most so many on each side.

    passed  the stretches that lead to the first of them, see `leading_to`; their frames are not kept
    Held are as many stretches as there are further keys on a side, and the motion of as many before.
    """
    past: deque[_Gone] = deque((_Gone(item.span, item.steps) for item in passed), maxlen=most)
    held: deque[Stretch] = deque()
    for stretch in stretches:
        held.append(stretch)
        if len(held) > most:
            yield _taken(held, past)
    while held:
        yield _taken(held, past)


def _taken(held: deque[Stretch], past: deque[_Gone]) -> Stretch:
    stretch = held.popleft()
    found = stretch._replace(beyond=(*_before(stretch, past), *_after(stretch, held)))
    past.append(_Gone(stretch.span, stretch.steps))
    return found


def _before(stretch: Stretch, past: Sequence[_Gone]) -> Iterator[Beyond]:
    way: list[Step] = []
    key = stretch.span.before
    for span, steps in reversed(past):
        if key is None or span.after != key or span.before is None:
            return
        way, key = [*steps, *way], span.before
        yield Beyond(key, way, past=True)


def _after(stretch: Stretch, following: Iterable[Stretch]) -> Iterator[Beyond]:
    way: list[Step] = []
    key = stretch.span.after
    for item in following:
        if key is None or item.span.before != key or item.span.after is None:
            return
        way, key = [*way, *item.steps], item.span.after
        yield Beyond(key, way, past=False)


def leading_to(spans: Sequence[Span], number: int, most: int) -> list[Span]:
    """The spans whose keys are the ones before the span of that number, at most so many, in order of time."""
    found = spans[max(0, number - most) : number + 1]
    for place, (earlier, later) in reversed(list(enumerate(pairwise(found), 1))):
        if earlier.before is None or earlier.after is None or earlier.after != later.before:
            return list(found[place:-1])
    return list(found[:-1])
