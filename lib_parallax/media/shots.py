"""Where shots begin, told from the frames alone, and where a job may close a segment.

A cut changes both what the picture is made of (its colour histogram) and where things are
(the correlation of small pictures). A pan changes the second alone, a lamp or a fade the
first; only a step in both, well above what the shot's own motion does, is proposed as a cut.
"""

from __future__ import annotations

from collections import deque
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass, field, replace
from fractions import Fraction
from itertools import pairwise
from typing import Any

import numpy as np

from ..types import Boundary, Frame, Image

THUMB = (48, 27)
LOOK_AHEAD = 2  # frames: a flash of up to two pictures is told from a cut by what follows it
MEMORY = 8  # steps whose mean says how lively the shot is
LOWEST = 0.22  # a step below this is never a cut
STEP_OVER_MOTION = 3.0  # a cut stands out from its neighbours this much
CERTAIN = 0.6  # above this it need not stand out

Confirm = Callable[[Image, Image], bool]


def mark_shots(
    frames: Iterable[Frame],
    segment_seconds: float = 10,
    confirm: Confirm | None = None,
    start: Boundary | None = None,
) -> Iterator[Frame]:
    """The same frames in order, some of them with a `boundary`.

    The first frame gets one (cut=True), so does every frame that begins a shot, and, without
    cut, the first frame at least `segment_seconds` after the last boundary by its timestamp.
    Flashes, fades and changes of light do not count as cuts. Two frames are held back.

    confirm  asked, where a cut is proposed, whether the two neighbouring images belong to one
             shot after all; True vetoes the cut.
    start    the boundary at which `frames` begins, to go on in the middle of a clip: later
             boundaries are the same as those of the whole clip.
    """
    watch = _Watch.restored(start)
    held: deque[tuple[Frame, np.ndarray]] = deque()
    index = start.index if start else 0
    last: Fraction | None = None
    previous: Image | None = None
    stream = iter(frames)
    while True:
        while len(held) <= LOOK_AHEAD and (frame := next(stream, None)) is not None:
            held.append((frame, thumbnail(frame.image)))
        if not held:
            return
        frame, thumb = held.popleft()
        if last is None:
            boundary: Boundary | None = Boundary(index, start.cut if start else True)
        else:
            assert previous is not None
            cut = watch.proposes(thumb, [t for _, t in held]) and not (
                confirm is not None and confirm(previous, frame.image)
            )
            due = frame.pts - last >= Fraction(segment_seconds)
            boundary = Boundary(index, cut) if cut or due else None
        if boundary:
            last = frame.pts
            if boundary.cut:
                watch = _Watch()
            else:
                boundary.state["shots"] = watch.state()
        watch.saw(thumb)
        previous = frame.image
        index += 1
        yield replace(frame, boundary=boundary)


@dataclass
class _Watch:
    """What the current shot has shown so far, in a few small pictures and figures."""

    thumbs: deque[np.ndarray] = field(default_factory=lambda: deque(maxlen=LOOK_AHEAD + 1))
    steps: deque[float] = field(default_factory=lambda: deque(maxlen=MEMORY))

    @classmethod
    def restored(cls, start: Boundary | None) -> _Watch:
        watch = cls()
        kept = (start.state.get("shots") if start and not start.cut else None) or {}
        watch.thumbs.extend(np.asarray(t, dtype=np.uint8) for t in kept.get("thumbs", ()))
        watch.steps.extend(float(s) for s in kept.get("steps", ()))
        return watch

    def state(self) -> dict[str, Any]:
        return {"thumbs": list(self.thumbs), "steps": list(self.steps)}

    def saw(self, thumb: np.ndarray) -> None:
        if self.thumbs:
            self.steps.append(step(self.thumbs[-1], thumb))
        self.thumbs.append(thumb)

    def proposes(self, thumb: np.ndarray, ahead: list[np.ndarray]) -> bool:
        """Whether a shot seems to begin with this small picture."""
        if not self.thumbs:
            return False
        size = step(self.thumbs[-1], thumb)
        if size < LOWEST:
            return False
        after = [thumb, *ahead]
        motion = [*self.steps, *(step(a, b) for a, b in pairwise(after))]
        if size < CERTAIN and motion and size < STEP_OVER_MOTION * float(np.mean(motion)):
            return False
        # Past a flash the old picture comes back; past a cut it does not.
        return all(step(old, new) >= LOWEST for old in self.thumbs for new in after)


def thumbnail(image: Image) -> np.ndarray:
    """The small picture, uint8 `[27, 48, 3]`, that frames are compared by."""
    import cv2

    small = cv2.resize(image, THUMB, interpolation=cv2.INTER_AREA)
    return (small // 256).astype(np.uint8) if small.dtype == np.uint16 else small


def step(a: np.ndarray, b: np.ndarray) -> float:
    """How far apart two small pictures are, 0 to 1: in colours and in places, both."""
    # Two views of one room share their colours: places alone may reach LOWEST, and no more.
    # A light that comes on drowns or reveals a little: a tenth of decorrelation is free.
    places = max(place_change(a, b) - 0.1, 0) / 0.9
    return float(np.sqrt(max(colour_change(a, b), 0.1) * places))


def colour_change(a: np.ndarray, b: np.ndarray) -> float:
    """Half the sum of absolute differences of the two colour histograms, 0 to 1."""
    return float(np.abs(_histogram(a) - _histogram(b)).sum() / 2)


def place_change(a: np.ndarray, b: np.ndarray) -> float:
    """One less the correlation of the two pictures, 0 to 1; brightness and contrast drop out."""
    import cv2

    x, y = (cv2.blur(t, (5, 5)).astype(np.float64) for t in (a, b))
    x, y = x - x.mean((0, 1)), y - y.mean((0, 1))
    # Five grey levels count as nothing to see: two empty pictures are alike.
    floor = 25.0 * x.size
    correlation = ((x * y).sum() + floor) / np.sqrt(((x * x).sum() + floor) * ((y * y).sum() + floor))
    return float(np.clip(1 - correlation, 0, 1))


def _histogram(thumb: np.ndarray) -> np.ndarray:
    """Shares of 6 x 6 x 6 colours, each pixel's weight shared between neighbours by a blur."""
    bins = thumb.astype(np.int32) * 6 // 256
    flat = (bins[..., 0] * 6 + bins[..., 1]) * 6 + bins[..., 2]
    counts = np.bincount(flat.ravel(), minlength=216).reshape(6, 6, 6).astype(np.float64)
    for axis in range(3):
        padded = np.concatenate([counts.take([0], axis), counts, counts.take([5], axis)], axis)
        n = 6
        counts = (
            padded.take(range(n), axis) + 2 * padded.take(range(1, n + 1), axis)
            + padded.take(range(2, n + 2), axis)
        ) / 4  # fmt: skip
    return counts / thumb[..., 0].size
