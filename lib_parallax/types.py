"""The things that travel through the house, and their units.

Image   uint8 or uint16 `[H, W, 3]` RGB; uint16 uses the full scale 0..65535.
Depth   float32 `[H, W]`, near is large (inverse depth).
Flow    float32 `[H, W, 2]`, (dx, dy) in pixels: `warped(x) = source(x + flow(x))`.
        `flow_ab` lives on the grid of a and points into b.
Mask    bool `[H, W]`, True = hole, to be painted.
Disparity  float32 `[H, W]` in pixels, near positive: a point at x with disparity d lies at
        `x - s*d` in the view shifted by s (s = +1 is the right eye's view when the source
        is the left eye's).
Time    presentation timestamps are `Fraction` seconds, a frame rate is a `Fraction`.
Size    always (width, height).
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from fractions import Fraction
from typing import Any

import numpy as np

Image = np.ndarray
Flow = np.ndarray
Mask = np.ndarray
Size = tuple[int, int]


@dataclass(frozen=True)
class Boundary:
    """A place where a job may close one segment and start the next: before this frame.

    `index` counts the source's frames from 0. `cut` is True where a new shot begins: whatever
    looks at pictures over time forgets them there. `state` holds, by stage name, what each
    stage must be given back to go on from this frame as if it had never stopped: arrays,
    numbers, strings, and dicts and lists of them. Across a cut only tallies are kept.
    """

    index: int
    cut: bool
    state: dict[str, Any] = field(default_factory=dict)


@dataclass(frozen=True)
class Frame:
    """A picture at a time. `extra` holds further pictures of the same moment by name, and as
    "vectors" the file's MotionVectors where a reader was asked for them."""

    image: Image
    pts: Fraction
    extra: Mapping[str, Any] = field(default_factory=dict)
    boundary: Boundary | None = None


@dataclass(frozen=True)
class MotionVectors:
    """A frame's motion as its file has it: blocks, and where their content lies in another frame.

    place   float32 `[N, 4]`: left, top, right and bottom of a block, 0..1 of the picture's width
            and height, so that they hold for the picture at any size
    motion  float32 `[N, 2]`: from the block to its content in the other frame, in the same shares
    past    bool `[N]`: whether the other frame comes earlier; how many frames away it is no file tells
    """

    place: np.ndarray
    motion: np.ndarray
    past: np.ndarray


@dataclass(frozen=True)
class Depth:
    """Inverse depth, float32 `[H, W]`, near is large.

    kind   "relative" (unknown scale and shift) or "metric" (1 / metres).
    range  what the values mean as (far, near) where that is known beforehand, as for a
           depth file whose full scale is the range; None where a shot's own statistics
           must tell.
    """

    values: np.ndarray
    kind: str = "relative"
    range: tuple[float, float] | None = None


@dataclass(frozen=True)
class Event:
    """Something a loop tells while it works.

    kind   "progress" (done, total), "warning" (text), "note" (text: something to know that is
           no fault), "stage" (text: what is done before there are frames; data may hold an
           "image"), "report" (figures at the end), "tally" (what they were counted from, see loops.tally).
    """

    kind: str
    text: str = ""
    data: Mapping[str, Any] = field(default_factory=dict)


OnEvent = Callable[[Event], None]


class CancelToken:
    """Asks a loop to stop; it looks between frames."""

    def __init__(self) -> None:
        self._cancelled = False

    def cancel(self) -> None:
        self._cancelled = True

    @property
    def cancelled(self) -> bool:
        return self._cancelled
