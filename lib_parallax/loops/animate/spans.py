"""The stretches between keys: which frames are carried from which keys, never across a cut."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from itertools import pairwise
from typing import NamedTuple

LONGEST = 240  # frames that are held at a time, for their motion is followed from both ends


class Span(NamedTuple):
    """Frames `first` to `last`, both included, and the keys they are carried from.

    before  the key at `first`, or None where the shot has none up to here
    after   the key at `last + 1`, or None where the shot has none from here on
    onward  the frame at `last + 1`, as it is carried here, is the key of the next span: a shot may go on
            for hours after its last key
    """

    first: int
    last: int
    before: int | None
    after: int | None
    onward: bool = False


def spans_of(frames: int, cuts: Sequence[int], keys: Iterable[int]) -> list[Span]:
    """The spans of a clip, in order; each frame lies in one.

    cuts  the first frame of every shot, 0 first
    """
    keys = sorted(keys)
    spans: list[Span] = []
    for begin, end in pairwise([*cuts, frames]):
        spans += _of_shot(begin, end, [key for key in keys if begin <= key < end])
    return spans


def _of_shot(begin: int, end: int, keys: list[int]) -> Iterator[Span]:
    if not keys:
        yield Span(begin, end - 1, None, None)
        return
    if keys[0] > begin:
        yield from _back(begin, keys[0])
    for before, after in pairwise(keys):
        if after - before <= LONGEST:
            yield Span(before, after - 1, before, after)
        else:
            half = after - LONGEST // 2
            yield from _onward(before, half)
            yield Span(half, after - 1, None, after)
    yield from _onward(keys[-1], end)


def _onward(key: int, end: int) -> Iterator[Span]:
    """The frames from a key to before `end`, where no other key follows."""
    while end - key > LONGEST:
        yield Span(key, key + LONGEST - 1, key, None, onward=True)
        key += LONGEST
    yield Span(key, end - 1, key, None)


def _back(begin: int, key: int) -> Iterator[Span]:
    """The frames before a shot's first key; those that are too far from it have none."""
    near = max(begin, key - LONGEST)
    if near > begin:
        yield Span(begin, near - 1, None, None)
    yield Span(near, key - 1, None, key)


def first_of(spans: Sequence[Span], start: int) -> int:
    """Which span the frame `start` begins. Raises ValueError where none does."""
    return [span.first for span in spans].index(start)
