"""The stretches between keys: which frames are carried from which keys, never across a cut."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from itertools import pairwise
from typing import NamedTuple

from ...types import Size

LONGEST = 240  # frames that are held at a time, for their motion is followed from both ends
ROOM = 1 << 30  # bytes of pictures, and so fewer where they are large


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


def longest_at(size: Size) -> int:
    """How many frames of (width, height) are held at a time."""
    return min(LONGEST, max(8, ROOM // (3 * size[0] * size[1])))


def spans_of(frames: int, cuts: Sequence[int], keys: Iterable[int], longest: int = LONGEST) -> list[Span]:
    """The spans of a clip, in order; each frame lies in one.

    cuts     the first frame of every shot, 0 first
    longest  no span has more frames than this, but those without a key
    """
    keys = sorted(keys)
    spans: list[Span] = []
    for begin, end in pairwise([*cuts, frames]):
        spans += _of_shot(begin, end, [key for key in keys if begin <= key < end], longest)
    return spans


def _of_shot(begin: int, end: int, keys: list[int], longest: int) -> Iterator[Span]:
    if not keys:
        yield Span(begin, end - 1, None, None)
        return
    if keys[0] > begin:
        yield from _back(begin, keys[0], longest)
    for before, after in pairwise(keys):
        if after - before <= longest:
            yield Span(before, after - 1, before, after)
        else:
            half = after - longest // 2
            yield from _onward(before, half, longest)
            yield Span(half, after - 1, None, after)
    yield from _onward(keys[-1], end, longest)


def _onward(key: int, end: int, longest: int) -> Iterator[Span]:
    """The frames from a key to before `end`, where no other key follows."""
    while end - key > longest:
        yield Span(key, key + longest - 1, key, None, onward=True)
        key += longest
    yield Span(key, end - 1, key, None)


def _back(begin: int, key: int, longest: int) -> Iterator[Span]:
    """The frames before a shot's first key; those that are too far from it have none."""
    near = max(begin, key - longest)
    if near > begin:
        yield Span(begin, near - 1, None, None)
    yield Span(near, key - 1, None, key)


def first_of(spans: Sequence[Span], start: int) -> int:
    """Which span the frame `start` begins. Raises ValueError where none does."""
    return [span.first for span in spans].index(start)
