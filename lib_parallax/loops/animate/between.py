"""The frames between two keys: both keys carried there along the motion of the source, and made one.

Each frame is made from the keys and the motion alone, never from another frame, so nothing adds
up over time and any frame can be made anew.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from itertools import islice
from typing import NamedTuple

import numpy as np

from ...errors import ParallaxError
from ...flow.dis import to_grey
from ...flow.reach import Reach, Step, inside, reaches, turned
from ...types import Image, Mask
from ...warp import warp_flow
from ...warp.blend import blend, fuse

SURE = 0.5  # trust from which a key counts in full
SEEN = 0.4  # the part of that below which it does not show a pixel
FEATHER = 9  # pixels of the flow over which a key fades out towards what it does not show
FAINT = 1e-3  # what counts of a key in its feather however near its end: all, where it is alone


class Blend(NamedTuple):
    """How several keys become one frame.

    fusion   "blend", or "gradients": no seam where a key ends, for more time
    sharpen  0 leaves the frames as they are
    """

    fusion: str = "blend"
    sharpen: float = 0.0


PLAIN = Blend()


class Carried(NamedTuple):
    """A frame of the result, and where no key shows what it does: bool `[H, W]`."""

    image: Image
    holes: Mask


class Further(NamedTuple):
    """A key beyond the two that enclose the frames.

    image  the key, as painted
    steps  the motion between it and the nearer of the two, in the order of time
    past   whether it lies before the two
    """

    image: Image
    steps: Sequence[Step]
    past: bool


class _Way(NamedTuple):
    """A key, its number counted from the first of the frames, and how they reach it, one after another."""

    key: Image
    place: int
    reaches: Iterator[Reach]


class _At(NamedTuple):
    """A key for one frame: how many frames away it lies, and how it is reached."""

    key: Image
    distance: int
    reach: Reach


def carry(
    sources: Sequence[Image],
    steps: Sequence[Step],
    first: Image | None,
    last: Image | None,
    how: Blend = PLAIN,
    further: Sequence[Further] = (),
) -> Iterator[Carried]:
    """Every frame of `sources` but, where `last` is given, the last one, at the size of the keys.

    sources  the source's frames from one key to the next, both included
    steps    the motion between them, `len(sources) - 1`, at any size of their shape
    first    the key painted for sources[0], uint8 `[H, W, 3]`; it comes back as it is
    last     the key painted for sources[-1], of the same size
    further  more keys, for what neither of the two shows; the nearest first
    Raises ParallaxError where there is no key.
    """
    if first is None and last is None:
        raise ParallaxError("no key to carry: neither the first nor the last of these frames is painted")
    if first is not None:
        yield Carried(first, np.zeros(first.shape[:2], bool))
    begin, end = int(first is not None), len(sources) - 1
    greys = greys_of(sources, steps)
    near, beyond = [], []
    if first is not None:
        near.append(_Way(first, 0, reaches(steps, greys)))
    if last is not None:
        near.append(_Way(last, end, _backwards(steps, greys, begin)))
    for key in further:
        # by composed steps alone: pictures tell nothing of the way through what leaves and comes back
        count = len(key.steps)
        if key.past:
            found = islice(reaches([*key.steps, *steps]), count - 1 + begin, None)
            beyond.append(_Way(key.image, -count, found))
        else:
            beyond.append(_Way(key.image, end + count, _backwards([*steps, *key.steps], None, begin)))
    for frame in range(begin, end + int(last is None)):
        yield _made(_all_at(near, frame), _all_at(beyond, frame), how)


def greys_of(sources: Sequence[Image], steps: Sequence[Step]) -> list[np.ndarray]:
    """The frames as flow looks at them, at its size."""
    import cv2

    if not steps:
        return []
    height, width = steps[0].forth.shape[:2]
    return [
        grey
        if grey.shape == (height, width)
        else cv2.resize(grey, (width, height), interpolation=cv2.INTER_AREA)
        for grey in map(to_grey, sources)
    ]


def _backwards(steps: Sequence[Step], greys: Sequence[np.ndarray] | None, begin: int) -> Iterator[Reach]:
    """How the frames from `begin` on reach the last one; all are found before the first is given."""
    back = None if greys is None else greys[begin:][::-1]
    return reversed(list(reaches(turned(steps[begin:]), back)))


def _all_at(ways: Sequence[_Way], frame: int) -> list[_At]:
    return [_At(way.key, abs(way.place - frame), next(way.reaches)) for way in ways]


def _made(near: list[_At], beyond: list[_At], how: Blend) -> Carried:
    """The frame: from the near keys by trust and nearness, and where they are in doubt from those beyond."""
    span = sum(at.distance for at in near)
    images, weights, seen = [], [], []
    for at in sorted(near, key=lambda at: at.distance):
        image, sure, weight = _warped(at.key, at.reach)
        images.append(image.astype(np.float32))
        seen.append(sure)
        # the farther away, the less; a key alone has the whole span for its distance
        weights.append(weight * np.float32(1 if len(near) == 1 else 1 - at.distance / span))
    for at in beyond:
        doubt = 1 - np.max(seen, axis=0)
        image, sure, weight = _warped(at.key, at.reach)
        images.append(image.astype(np.float32))
        seen.append(sure)
        weights.append(doubt * weight / np.float32(at.distance))
    joined = (fuse if how.fusion == "gradients" else blend)(images, weights)
    result = np.rint(np.clip(joined, 0, 255)).astype(np.uint8)
    if how.sharpen > 0:
        result = _sharper(result, how.sharpen)
    return Carried(result, np.max(seen, axis=0) < SEEN)


def seen_from(key: Image, reach: Reach) -> tuple[Image, Mask]:
    """The key as the frame sees it that reaches it so, and the pixels that it shows, bool `[H, W]`."""
    image, sure, _ = _warped(key, reach)
    return image, sure >= SEEN


def _warped(key: Image, reach: Reach) -> tuple[Image, np.ndarray, np.ndarray]:
    """The key carried to the frame; how surely it shows each pixel, 0..1; and what it counts, 0..1."""
    import cv2

    flow = reach.flow
    sure: np.ndarray = np.clip(reach.trust / SURE, 0, 1)
    inner = cv2.erode(sure, np.ones((FEATHER, FEATHER), np.uint8))
    weight: np.ndarray = np.maximum(np.minimum(sure, cv2.blur(inner, (FEATHER, FEATHER))), FAINT * sure)
    height, width = key.shape[:2]
    if flow.shape[:2] != (height, width):
        scale = np.array([width / flow.shape[1], height / flow.shape[0]], np.float32)
        flow, sure, weight = (
            cv2.resize(field, (width, height), interpolation=cv2.INTER_LINEAR)
            for field in (flow, sure, weight)
        )
        flow = flow * scale
        within = inside(flow)  # a smaller size's pixels reach over the edge
        sure, weight = sure * within, weight * within
    return warp_flow(key, flow), sure, weight


def _sharper(image: Image, amount: float) -> Image:
    import cv2

    soft = cv2.GaussianBlur(image, (0, 0), 1.0)
    return cv2.addWeighted(image, 1 + amount, soft, -amount, 0)
