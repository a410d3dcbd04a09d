"""Another frame rate than the source's: frames are left out, or made between two by their motion."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import replace
from fractions import Fraction
from typing import Any

import numpy as np

from ...flow.reach import Step
from ...media import Reader
from ...options import AnimateOptions
from ...types import Boundary, Frame, Image
from ...warp.flow import splat_flow
from ..rates import frame_rate
from .compare import beside, panes
from .motion import at_size

STEP = "step"  # in a frame's extra: the motion from the frame before to it
STATE = "retiming"
NEAR = Fraction(1, 50)  # of a frame: closer than this it is that frame


def frames_at(source: Reader, fps: float) -> int:
    """How many frames the source has at another rate, the last one standing as long as most do."""
    # by the frames themselves: what a file says of its duration may be that of its sound
    first, *rest = [*source.few(0, 1), *source.few(source.count() - 1, 1)]
    length = max((frame.pts - first.pts for frame in rest), default=Fraction(0))
    return max(1, round((length + 1 / (source.rate or Fraction(1))) * frame_rate(fps)))


def retimed(
    frames: Iterable[Frame], options: AnimateOptions, total: int, start: Boundary | None
) -> Iterator[Frame]:
    """The same clip at `options.fps`, `total` frames of it, their timestamps whole multiples of 1 / fps.

    frames  with their motion in `extra`, see STEP; without motion, as at a cut, the earlier frame stays.
            A boundary goes to the first frame at its time or after
    """
    assert options.fps is not None
    rate = frame_rate(options.fps)
    done = int(start.state[STATE]["done"]) if start else 0
    origin: Fraction | None = None
    earlier: Frame | None = None
    boundary: Boundary | None = None
    for frame in frames:
        if origin is None:
            origin = frame.pts if start is None else Fraction(start.state[STATE]["origin"])
        if earlier is not None:
            for made in _between(earlier, frame, panes(options), origin, rate, done, total):
                yield replace(made, boundary=_noted(boundary, done, origin))
                boundary = None
                done += 1
        earlier, boundary = frame, frame.boundary or boundary
    while earlier is not None and done < total:
        begun = origin or Fraction(0)
        yield replace(earlier, pts=_time(done, begun, rate), boundary=_noted(boundary, done, begun))
        boundary = None
        done += 1


def _between(
    earlier: Frame, later: Frame, panes: int, origin: Fraction, rate: Fraction, done: int, total: int
) -> Iterator[Frame]:
    """The frames from `earlier` on and before `later`, each of so many pictures side by side."""
    step: Step | None = later.extra.get(STEP)
    length = later.pts - earlier.pts
    while done < total and (at := done / rate + origin) < later.pts - NEAR * length:
        share = (at - earlier.pts) / length
        image = earlier.image
        if step is not None and share > NEAR:
            pairs = zip(*(np.hsplit(frame.image, panes) for frame in (earlier, later)), strict=True)
            image = beside(*(between(a, b, step, float(share)) for a, b in pairs))
        yield replace(earlier, image=image, pts=_time(done, origin, rate))
        done += 1


def _time(number: int, origin: Fraction, rate: Fraction) -> Fraction:
    """When the frame of that number is shown: a whole number of frames, beginning where the source does."""
    return (round(origin * rate) + number) / rate


def between(a: Image, b: Image, step: Step, share: float) -> Image:
    """The picture at `share` 0..1 of the way from a to b; both moved there, each where it shows something."""
    forth, back = (at_size(flow, (a.shape[1], a.shape[0])) for flow in (step.forth, step.back))
    moved_a, moved_b = splat_flow(a, forth * share), splat_flow(b, back * (1 - share))
    weight_a = np.where(moved_a.holes, 0, 1 - share)[..., None]
    weight_b = np.where(moved_b.holes, 0, share)[..., None]
    whole = weight_a + weight_b
    plain = a * np.float32(1 - share) + b * np.float32(share)
    mixed = (moved_a.image * weight_a + moved_b.image * weight_b) / np.where(whole > 0, whole, 1)
    return np.rint(np.where(whole > 0, mixed, plain)).astype(np.uint8)


def _noted(boundary: Boundary | None, done: int, origin: Fraction) -> Boundary | None:
    """The boundary, with what it takes to go on from it."""
    if boundary is None:
        return None
    kept: dict[str, Any] = {"done": done, "origin": str(origin)}
    return replace(boundary, state={**boundary.state, STATE: kept})
